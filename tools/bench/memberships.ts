/**
 * As many memberships as a benchmark wants, made by arithmetic: the same every time, each computed
 * from its number alone, so that ten million are never held at once. What everybody holds is told
 * twice, as plain facts (what an alternative is filled with) and as the events of this project's
 * log.
 */
import type { Catalogue } from '#domain/catalogue.js';
import type { DomainEvent, GrantFact, Metadata, Recorded } from '#domain/events.js';
import type { Instant, Scope } from '#domain/ids.js';
import { encode, NO_HASH, type MetadataInput } from '#eventlog/codec.js';
import type { EncodedEvent, EventLog } from '#eventlog/event-log.js';

export interface Shape {
  readonly organizations: number;
  /** Of each organization. */
  readonly members: number;
  /** Service accounts of each organization, with a key each; absent: none. */
  readonly accounts?: number;
  /** Other seeds make other memberships. */
  readonly seed?: number;
}

export interface Space {
  readonly id: string;
  readonly isActive: boolean;
}

export interface Team {
  readonly id: string;
  readonly grants: readonly GrantFact[];
}

export interface Account {
  readonly id: string;
  readonly key: string;
  readonly grants: readonly GrantFact[];
}

export interface Organization {
  readonly number: number;
  readonly id: string;
  readonly isSuspended: boolean;
  readonly spaces: readonly Space[];
  /** Empty in catalogues of one role each, where teams hold none. */
  readonly teams: readonly Team[];
  /** Absent: none. */
  readonly accounts?: readonly Account[];
}

export interface Member {
  readonly id: string;
  readonly user: string;
  readonly isActive: boolean;
  readonly grants: readonly GrantFact[];
  readonly teams: readonly Team[];
}

/** An event and the stream it belongs to. */
export interface Happened {
  readonly stream: string;
  readonly event: DomainEvent;
}

const SPACES = 4;
const FOUNDED = Date.parse('2025-01-01T00:00:00.000Z');
/** Of a tenth of the grants; far from any clock that a benchmark runs by. */
const TIMES = [
  { expiresAt: '2025-06-01T00:00:00.000Z' as Instant },
  { expiresAt: '2099-01-01T00:00:00.000Z' as Instant },
  { notBefore: '2098-01-01T00:00:00.000Z' as Instant },
];

/** A number below `limit` that looks random and depends on nothing but the others. */
export function draw(limit: number, a: number, b: number, c: number, d = 0): number {
  let mixed = stirred(0x9e3779b9, a);
  mixed = stirred(mixed, b);
  mixed = stirred(mixed, c);
  return (stirred(mixed, d) >>> 0) % limit;
}

const stirred = (mixed: number, number: number): number => {
  const once = Math.imul(mixed ^ number, 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
};

/** As long as the ids that the service makes: they cost what those cost. */
const id = (prefix: string, number: number): string =>
  `${prefix}_01jm8w3f3nedx9q7vz${number.toString(16).padStart(8, '0')}`;

/** Everybody in a number of organizations on one catalogue. */
export class Memberships {
  readonly #atOrganization: readonly string[];
  readonly #atSpace: readonly string[];

  constructor(
    readonly catalogue: Catalogue,
    readonly shape: Shape,
  ) {
    const given = [...catalogue.roles.values()].filter(
      ({ kind }) =>
        kind === 'base' || (kind === 'specialized' && catalogue.rolesPerMember === 'many'),
    );
    const ofLevel = (level: 'organization' | 'space') =>
      given.filter(({ scopes }) => scopes.has(level)).map((role) => role.id);
    this.#atOrganization = ofLevel('organization');
    this.#atSpace = catalogue.scopes.has('space') ? ofLevel('space') : [];
  }

  get size(): number {
    return this.shape.organizations * this.shape.members;
  }

  #draw(limit: number, one: number, what: number, n = 0): number {
    return draw(limit, this.shape.seed ?? 0, one, what, n);
  }

  organization(number: number): Organization {
    const spaces = Array.from({ length: this.#atSpace.length > 0 ? SPACES : 0 }, (_, n) => ({
      id: id('space', number * SPACES + n),
      isActive: n !== 0 || number % 3 !== 0,
    }));
    const teams =
      this.catalogue.rolesPerMember === 'many' ? Math.ceil(this.shape.members / 200) : 0;
    return {
      number,
      id: id('org', number),
      isSuspended: number % 10 === 9,
      spaces,
      teams: Array.from({ length: teams }, (_, n) => {
        const one = number * teams + n;
        return { id: id('team', one), grants: this.#grants('team', one, spaces, 1) };
      }),
      accounts: Array.from({ length: this.shape.accounts ?? 0 }, (_, n) =>
        this.#account(number * (this.shape.accounts ?? 0) + n, spaces),
      ),
    };
  }

  /** With a role that is made for such, where it can be held. */
  #account(one: number, spaces: readonly Space[]): Account {
    const roles = [...this.catalogue.roles.values()].filter(
      ({ kind }) => kind === 'service_account',
    );
    const role = roles[this.#draw(roles.length, one, 30)];
    const scope = role?.scopes.has('organization') ? 'organization' : spaces[one % SPACES]?.id;
    const grant = { id: id('grant', 2 ** 29 + one), role: role?.id, scope } as GrantFact;
    return { id: id('svc', one), key: id('key', one), grants: role === undefined ? [] : [grant] };
  }

  /** @param number below `shape.members`. */
  member({ number: organization, spaces, teams }: Organization, number: number): Member {
    const one = organization * this.shape.members + number;
    const isInTeam = teams.length > 0 && this.#draw(5, one, 1) === 0;
    return {
      id: id('mem', one),
      user: id('usr', number),
      isActive: this.#draw(33, one, 2) !== 0,
      grants: this.#grants('mem', one, spaces, isInTeam ? 0 : 1),
      teams: isInTeam ? [teams[this.#draw(teams.length, one, 3)]!] : [],
    };
  }

  /** Up to two more than `least`, no role twice at a scope; one in catalogues of one role each. */
  #grants(
    holder: 'mem' | 'team',
    one: number,
    spaces: readonly Space[],
    least: number,
  ): GrantFact[] {
    const isOne = this.catalogue.rolesPerMember === 'one';
    const grants: GrantFact[] = [];
    const salt = holder === 'mem' ? 10 : 20;
    for (let n = isOne ? 1 : least + this.#draw(3, one, salt); n > 0; n -= 1) {
      const isAtSpace = this.#atSpace.length > 0 && this.#draw(2, one, salt + 1, n) === 0;
      const roles = isAtSpace ? this.#atSpace : this.#atOrganization;
      const space = this.#draw(SPACES, one, salt + 2, n);
      const role = roles[this.#draw(roles.length, one, salt + 3, n)]!;
      const scope = isAtSpace ? spaces[space]!.id : 'organization';
      if (grants.some((other) => other.role === role && other.scope === scope)) continue;
      const times = TIMES[this.#draw(30, one, salt + 4, n)];
      const number = one * 4 + n + (holder === 'mem' ? 0 : 2 ** 28);
      grants.push({ id: id('grant', number), role, scope, ...times } as GrantFact);
    }
    return grants;
  }

  /** One of the moments at which members had joined every organization: one came every second. */
  moment(number: number): Instant {
    return at(60 + (number % this.shape.members));
  }

  *organizations(): Generator<Organization> {
    for (let n = 0; n < this.shape.organizations; n += 1) yield this.organization(n);
  }

  *members(organization: Organization): Generator<Member> {
    for (let n = 0; n < this.shape.members; n += 1) yield this.member(organization, n);
  }

  /** What the log of the organizations says, one organization after the other, without catalogues. */
  *events(): Generator<Happened> {
    for (const organization of this.organizations()) yield* this.#told(organization);
  }

  *#told(organization: Organization): Generator<Happened> {
    const { id: named, version, sha256 } = this.catalogue;
    const stream = `organization-${organization.id}`;
    // Ids are not branded here: none of them is asked for by another kind.
    const tell = (event: object): Happened => ({ stream, event: event as DomainEvent });
    const create = { catalogue: named, version, sha256, ownDomains: [] };
    yield tell({ type: 'organization.create', name: `Number ${organization.number}`, ...create });
    for (const { id: space } of organization.spaces) {
      yield tell({ type: 'space.create', space, name: 'Space' });
    }
    for (const { id: team, grants } of organization.teams) {
      yield tell({ type: 'team.create', team, name: 'Team', scope: 'organization' as Scope });
      yield tell({ type: 'team.role_change', team, added: grants, removed: [], cause: 'direct' });
    }
    for (const member of this.members(organization)) {
      yield tell(joined(member));
      const left = { type: 'member.deactivate', member: member.id, cause: 'direct' };
      if (!member.isActive) yield tell(left);
    }
    for (const { id: account, key, grants } of organization.accounts ?? []) {
      yield tell({ type: 'service_account.create', account, name: 'Account', grants });
      const made = { type: 'api_key.create', key, owner: account, name: 'Key', scopes: [] };
      yield tell({ ...made, secretHash: '' });
    }
    for (const { id: space, isActive } of organization.spaces) {
      if (!isActive) yield tell({ type: 'space.deactivate', space });
    }
    if (organization.isSuspended) yield tell({ type: 'organization.suspend' });
  }

  /** What happens afterwards: members everywhere, one after the other and again and again, are given
   * another role for those they had. */
  *#changes(count: number): Generator<Happened> {
    const organizations = [...this.organizations()];
    const grantOf = (change: number) => id('grant', 2 ** 30 + change);
    for (let n = 0; n < count; n += 1) {
      const organization = organizations[n % organizations.length]!;
      const number = Math.floor(n / organizations.length) % this.shape.members;
      const member = this.member(organization, number);
      const before = n < this.size ? member.grants.map((one) => one.id) : [grantOf(n - this.size)];
      const role = this.#atOrganization[this.#draw(this.#atOrganization.length, n, 4)]!;
      const event = {
        type: 'member.role_change',
        member: member.id,
        cause: 'direct',
        removed: before,
        added: [{ id: grantOf(n), role, scope: 'organization' }],
      };
      yield { stream: `organization-${organization.id}`, event: event as unknown as DomainEvent };
    }
  }

  /**
   * The same as a reader of the log is handed it, the catalogue first. Nobody has hashed it: what is
   * measured with this is what folds it.
   * @param count how many events there are at least; beyond the first ones roles change.
   */
  *recorded(count = 0): Generator<Recorded> {
    let position = 0n;
    const revisions = new Map<string, number>();
    const metadata: Metadata[] = [];
    const recorded = ({ stream, event }: Happened): Recorded => {
      const revision = (revisions.get(stream) ?? -1) + 1;
      revisions.set(stream, revision);
      position += 1n;
      metadata[revision] ??= { ...metadataAt(revision), previousHash: NO_HASH, hash: NO_HASH };
      return { stream, event, revision, position, id: '', metadata: metadata[revision] };
    };
    for (const happened of this.#withCatalogue()) yield recorded(happened);
    for (const happened of this.#changes(count - Number(position))) yield recorded(happened);
  }

  *#withCatalogue(): Generator<Happened> {
    yield publication(this.catalogue);
    yield* this.events();
  }

  /** Appends them to a log that has none of these organizations; the catalogue too where asked. */
  async store(log: EventLog, { catalogue }: { readonly catalogue: boolean }): Promise<void> {
    let [stream, revision, hash] = ['', -1, NO_HASH];
    let batch: EncodedEvent[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await log.append(batch);
      batch = [];
    };
    for (const happened of catalogue ? this.#withCatalogue() : this.events()) {
      if (happened.stream !== stream) {
        await flush();
        [stream, revision, hash] = [happened.stream, -1, NO_HASH];
      }
      revision += 1;
      const one = encode(stream, revision, hash, happened.event, metadataAt(revision));
      ({ hash } = one.metadata);
      batch.push(one);
      if (batch.length === 500) await flush();
    }
    await flush();
  }
}

/** When the event with this revision happened. */
const at = (revision: number): Instant =>
  new Date(FOUNDED + revision * 1000).toISOString() as Instant;

const joined = ({ id: member, user, grants, teams }: Member) => ({
  type: 'member.join',
  source: 'sso',
  member,
  user,
  tag: null,
  email: null,
  displayEmail: null,
  name: null,
  authentication: 'sso',
  grants,
  replaced: [],
  teams: teams.map((team) => team.id),
});

const publication = ({ id: catalogue, version, sha256, content }: Catalogue): Happened => ({
  stream: `catalogue-${catalogue}`,
  event: { type: 'catalogue.publish', catalogue, version, sha256, content },
});

const metadataAt = (revision: number): MetadataInput =>
  ({
    commandId: 'cmd_bench',
    actor: { kind: 'system', id: 'configuration', via: 'internal' },
    correlationId: 'bench',
    occurredAt: at(revision),
    schemaVersion: 1,
    catalogueVersion: 1,
  }) as unknown as MetadataInput;
