/**
 * Makes histories that could have happened, one move after the other, over every type of event.
 * It knows only as much of what is going on as it needs to name things that exist.
 */
import type { CatalogueContent } from '#domain/catalogue.js';
import type { DomainEvent, GrantFact } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import { published, remaps } from './catalogues.js';
import type { Happened } from './oracle.js';

/** One random step: what to do, and numbers to choose with. */
export interface Move {
  readonly what: number;
  readonly choices: readonly number[];
}

export interface Event extends Happened {
  readonly at: Instant;
}

export const START = Date.parse('2026-03-01T12:00:00.000Z');
const HOUR = 3_600_000;
const USERS = ['usr_ann', 'usr_bob', 'usr_cyn', 'usr_dan', 'usr_eve'];
const CUSTOM = ['documents:edit', 'documents:view', 'billing:pay', 'members:view', 'spaces:view'];
const SEALED = { subject: 'mem_x', sealed: 'AAAA' };

interface Holder {
  readonly id: string;
  grants: GrantFact[];
}
interface Member extends Holder {
  user: string | undefined;
  isActive: boolean;
  isErased: boolean;
  teams: { team: string; source: 'direct' | 'scim' | 'oidc_group'; group?: string }[];
}
interface Team extends Holder {
  readonly scope: string;
}

/** A principal or a space, where it is and since which event. */
export interface Named {
  readonly organization: string;
  readonly id: string;
  readonly since: number;
}

const catalogueOf = (organization: string): string =>
  organization === 'platform' ? 'platform' : 'works';

/** One organization, as far as a history needs it. */
class Organization {
  status: 'active' | 'suspended' | 'deleted' = 'active';
  version = 1;
  spaces: string[] = [];
  members: Member[] = [];
  teams: Team[] = [];
  accounts: Holder[] = [];
  keys: string[] = [];
  roles: string[] = [];
  invitations: { id: string; member: string; generation: number }[] = [];

  readonly catalogue: string;

  constructor(readonly id: string) {
    this.catalogue = catalogueOf(id);
  }

  get holders(): Holder[] {
    return [...this.members, ...this.teams, ...this.accounts];
  }
}

/** Three organizations: the platform, and two on the catalogue `works`. */
export class World {
  readonly events: Event[] = [];
  /** Everything that was ever named, dead or alive: what questions are made of. */
  readonly named: Named[] = [];
  readonly boundaries: number[] = [];
  now = START;
  readonly #organizations: Organization[] = [];
  /** Of each catalogue, how many versions are published. */
  readonly #published = new Map<string, number>();
  #ids = 0;
  #choices: readonly number[] = [];

  /** @param lasts no organization is deleted before there are so many events. */
  constructor(private readonly lasts = 0) {
    for (const catalogue of Object.keys(published)) this.#publish(catalogue);
    for (const id of ['platform', 'acme', 'beta']) {
      const organization = new Organization(id);
      const { catalogue } = organization;
      const create = { type: 'organization.create', name: id, catalogue, version: 1, sha256: '' };
      this.#happens(organization, { ...create, ownDomains: [] });
      this.#organizations.push(organization);
    }
    const acme = this.#organizations[1]!;
    for (const name of ['space', 'space', 'team', 'role'] as const) this.#moves[name](acme);
  }

  /** A version of the catalogue that an organization is on. */
  content(organization: string, version: number): CatalogueContent {
    return published[catalogueOf(organization)]![version - 1]!;
  }

  /** Carries out a move, or nothing where it makes no sense now. */
  move({ what, choices }: Move): void {
    this.#choices = choices;
    // Most moves happen in the same organization, so that its history gets deep.
    const organization = this.#organizations[[1, 1, 1, 1, 1, 0, 0, 2][this.#number(8)]!]!;
    if (organization.status === 'deleted') return;
    const moves = organization.id === 'platform' ? PLATFORM_MOVES : MOVES;
    this.now += this.#number(12) * HOUR;
    // Nobody leaves an organization suspended for long: nothing else is told of it then.
    const isResumed = organization.status === 'suspended' && this.#number(6) === 0;
    if (isResumed) return this.#moves.organization(organization);
    this.#moves[moves[what % moves.length]!](organization);
  }

  /** A number below `limit`, from this move's choices. */
  #number(limit: number): number {
    const [first = 0, ...rest] = this.#choices;
    this.#choices = [...rest, Math.floor(first / limit)];
    return first % limit;
  }

  #one<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.#number(list.length)];
  }

  #id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_${this.#ids}`;
  }

  #name({ id: organization }: Organization, id: string): void {
    this.named.push({ organization, id, since: this.events.length });
  }

  #record(stream: string, event: DomainEvent): void {
    this.events.push({ stream, event, at: new Date(this.now).toISOString() as Instant });
  }

  /** The next version, if there is one. */
  #publish(catalogue: string): void {
    const count = this.#published.get(catalogue) ?? 0;
    const content = published[catalogue]![count];
    if (content === undefined) return;
    this.#published.set(catalogue, count + 1);
    this.#record(`catalogue-${catalogue}`, {
      type: 'catalogue.publish',
      catalogue: content.id,
      version: content.version,
      sha256: '',
      content,
    });
  }

  /** Ids are not branded here: nothing in a test mistakes one for another. */
  #happens(organization: Organization, event: object): void {
    this.#record(`organization-${organization.id}`, event as unknown as DomainEvent);
  }

  #grant(organization: Organization, fixed?: { role?: string; scope?: string }): GrantFact {
    const roles =
      organization.id === 'platform'
        ? ['platform-admin', 'platform-auditor', 'works/owner', 'works/clerk', 'works/viewer']
        : [
            'owner',
            'editor',
            ...this.content(organization.id, organization.version).roles.map(({ id }) => id),
            ...organization.roles,
          ];
    const kind = this.#number(6);
    const begins = this.now + (this.#number(5) - 1) * 20 * HOUR;
    const ends = Math.max(begins, this.now) + (1 + this.#number(5)) * 20 * HOUR;
    if (kind < 2) this.boundaries.push(begins);
    if (kind === 0 || kind === 2) this.boundaries.push(ends);
    return {
      id: this.#id('grant'),
      role: fixed?.role ?? this.#one(roles),
      scope: fixed?.scope ?? this.#one(['organization', 'organization', ...organization.spaces]),
      ...(kind < 2 ? { notBefore: new Date(begins).toISOString() } : {}),
      ...(kind === 0 || kind === 2 ? { expiresAt: new Date(ends).toISOString() } : {}),
    } as unknown as GrantFact;
  }

  #grants(organization: Organization): GrantFact[] {
    return Array.from({ length: 1 + this.#number(2) }, () => this.#grant(organization));
  }

  #changeRoles(organization: Organization, holder: Holder, type: string, field: string): void {
    // What is taken away is a role at a scope: every grant of it.
    const lost = this.#number(2) === 0 ? this.#one(holder.grants) : undefined;
    const isLost = (one: GrantFact) => one.role === lost?.role && one.scope === lost?.scope;
    const scope =
      'scope' in holder && holder.scope !== 'organization' ? { scope: String(holder.scope) } : {};
    const added = lost === undefined ? [this.#grant(organization, scope)] : [];
    const removed = holder.grants.filter(isLost).map(({ id }) => id);
    holder.grants = [...holder.grants.filter((one) => !isLost(one)), ...added];
    this.#happens(organization, {
      type,
      [field]: holder.id,
      added,
      removed,
      cause: 'direct',
    });
  }

  #freeUser(organization: Organization): string | undefined {
    return this.#one(USERS.filter((user) => organization.members.every((m) => m.user !== user)));
  }

  #joins(organization: Organization, user: string | undefined, id: string, grants: GrantFact[]) {
    const member = { id, user, grants, isActive: true, isErased: false, teams: [] };
    organization.members.push(member);
    this.#name(organization, id);
    if (user !== undefined) this.#name(organization, user);
  }

  #invite(organization: Organization) {
    const invitation = { id: this.#id('inv'), member: this.#id('mem'), generation: 1 };
    organization.invitations.push(invitation);
    this.#happens(organization, {
      type: 'member.invite',
      invitation: invitation.id,
      member: invitation.member,
      tag: `tag_${invitation.id}`,
      email: SEALED,
      displayEmail: SEALED,
      grants: this.#grants(organization),
      teams: [],
      expiresAt: new Date(this.now + 100 * HOUR).toISOString(),
      generation: 1,
    });
    return invitation;
  }

  #ends(organization: Organization, type: string, more: object = {}): void {
    const invitation = this.#one(organization.invitations);
    if (invitation === undefined) return;
    organization.invitations = organization.invitations.filter((one) => one !== invitation);
    this.#happens(organization, { type, invitation: invitation.id, ...more });
  }

  /** Whoever leaves takes keys along. */
  #remove(organization: Organization, member: Member, reason: string): void {
    organization.members = organization.members.filter((one) => one !== member);
    this.#happens(organization, { type: 'member.remove', member: member.id, reason });
  }

  readonly #moves = {
    space: (o: Organization) => {
      const space = this.#id('space');
      o.spaces.push(space);
      this.#name(o, space);
      this.#happens(o, { type: 'space.create', space, name: space });
    },
    spaceChange: (o: Organization) => {
      const space = this.#one(o.spaces);
      const type = this.#one(['rename', 'deactivate', 'deactivate', 'reactivate'])!;
      if (space === undefined) return;
      this.#happens(o, { type: `space.${type}`, space, ...(type === 'rename' && { name: 'x' }) });
    },
    spaceDelete: (o: Organization) => {
      const space = this.#one(o.spaces);
      if (space === undefined) return;
      o.spaces = o.spaces.filter((one) => one !== space);
      o.teams = o.teams.filter(({ scope }) => scope !== space);
      for (const holder of o.holders) {
        holder.grants = holder.grants.filter(({ scope }) => scope !== space);
      }
      this.#happens(o, { type: 'space.delete', space });
    },
    invite: (o: Organization) => void this.#invite(o),
    resend: (o: Organization) => {
      const invitation = this.#one(o.invitations);
      if (invitation === undefined) return;
      invitation.generation += 1;
      this.#happens(o, {
        type: 'member.invite_resend',
        invitation: invitation.id,
        generation: invitation.generation,
        expiresAt: new Date(this.now + 100 * HOUR).toISOString(),
      });
    },
    invitationEnds: (o: Organization) => {
      const reason = { reason: 'asked' };
      const how = this.#number(4);
      if (how === 0) this.#ends(o, 'member.invite_revoke', reason);
      else if (how === 1) this.#ends(o, 'member.invite_decline');
      else if (how === 2) this.#ends(o, 'member.invite_expire');
      else this.#ends(o, 'member.invite_erase', { member: 'mem_gone' });
    },
    accept: (o: Organization) => {
      const user = this.#freeUser(o);
      if (user === undefined) return;
      const { id, member, generation } = this.#one(o.invitations) ?? this.#invite(o);
      o.invitations = o.invitations.filter((one) => one.id !== id);
      const grants = this.#grants(o);
      this.#joins(o, user, member, grants);
      const team = this.#one(o.teams);
      this.#happens(o, {
        type: 'member.accept',
        invitation: id,
        generation,
        member,
        user,
        tag: `tag_${id}`,
        email: SEALED,
        displayEmail: SEALED,
        name: null,
        authentication: 'local',
        grants,
        replaced: [],
        teams: team === undefined ? [] : [team.id],
      });
    },
    /** Somebody who is here already gets the invited roles on top, or in the place of one. */
    acceptAgain: (o: Organization) => {
      const member = this.#one(o.members.filter(({ user, isActive }) => user && isActive));
      if (member === undefined) return;
      const { id, generation } = this.#one(o.invitations) ?? this.#invite(o);
      o.invitations = o.invitations.filter((one) => one.id !== id);
      const grants = this.#grants(o);
      const replaced = this.#number(2) === 0 ? member.grants.slice(0, 1) : [];
      member.grants = [...member.grants.filter((one) => !replaced.includes(one)), ...grants];
      this.#happens(o, {
        type: 'member.accept',
        invitation: id,
        generation,
        member: member.id,
        user: member.user,
        tag: `tag_${id}`,
        email: SEALED,
        displayEmail: SEALED,
        name: null,
        authentication: 'local',
        grants,
        replaced: replaced.map((one) => one.id),
        teams: [],
      });
    },
    join: (o: Organization) => {
      const user = this.#number(3) === 0 ? undefined : this.#freeUser(o);
      const member = this.#id('mem');
      const grants = this.#grants(o);
      this.#joins(o, user, member, grants);
      this.#happens(o, {
        type: 'member.join',
        source: this.#one(['founder', 'configuration', 'sso', 'scim', 'domain'])!,
        member,
        ...(user === undefined ? {} : { user }),
        tag: null,
        email: null,
        displayEmail: null,
        name: null,
        authentication: 'sso',
        grants,
        replaced: [],
        teams: [],
      });
    },
    link: (o: Organization) => {
      const member = this.#one(o.members.filter((m) => m.user === undefined && !m.isErased));
      const user = this.#freeUser(o);
      if (member === undefined || user === undefined) return;
      member.user = user;
      const link = { type: 'member.identity_link', member: member.id, user };
      this.#happens(o, { ...link, authentication: 'sso' });
    },
    roles: (o: Organization) => {
      const member = this.#one(o.members);
      if (member) this.#changeRoles(o, member, 'member.role_change', 'member');
    },
    /** What the sweeper writes when a time has come. */
    sweep: (o: Organization) => {
      const member = this.#one(o.members);
      const moment = new Date(this.now).toISOString();
      for (const { id, notBefore, expiresAt } of member?.grants ?? []) {
        if (notBefore !== undefined && notBefore <= moment) {
          this.#happens(o, { type: 'member.grant_start', member: member!.id, grant: id });
        }
        if (expiresAt === undefined || expiresAt > moment) continue;
        member!.grants = member!.grants.filter((one) => one.id !== id);
        this.#happens(o, { type: 'member.grant_expire', member: member!.id, grant: id });
      }
    },
    deactivate: (o: Organization) => {
      const member = this.#one(o.members.filter(({ isActive }) => isActive));
      if (member === undefined) return;
      member.isActive = false;
      const cause = this.#one(['direct', 'scim', 'sso']);
      this.#happens(o, { type: 'member.deactivate', member: member.id, cause });
    },
    reactivate: (o: Organization) => {
      const member = this.#one(o.members.filter((m) => !m.isActive && !m.isErased));
      if (member === undefined) return;
      member.isActive = true;
      this.#happens(o, { type: 'member.reactivate', member: member.id, cause: 'direct' });
    },
    remove: (o: Organization) => {
      const member = this.#one(o.members);
      if (member) this.#remove(o, member, this.#one(['removed', 'left', 'deprovisioned'])!);
    },
    erase: (o: Organization) => {
      const member = this.#one(o.members.filter(({ isErased }) => !isErased));
      if (member === undefined) return;
      if (this.#number(2) === 0) this.#remove(o, member, 'erased');
      else {
        member.isActive = false;
        member.isErased = true;
        const deactivate = { type: 'member.deactivate', member: member.id, cause: 'erased' };
        this.#happens(o, deactivate);
      }
      member.user = undefined;
      this.#happens(o, { type: 'member.personal_data_erase', member: member.id });
    },
    profile: (o: Organization) => {
      const member = this.#one(o.members);
      if (member === undefined) return;
      const change = { type: 'member.profile_change', member: member.id, name: null };
      this.#happens(o, change);
    },
    team: (o: Organization) => {
      const team = this.#id('team');
      const scope = this.#one(['organization', ...o.spaces])!;
      o.teams.push({ id: team, scope, grants: [] });
      this.#happens(o, { type: 'team.create', team, name: team, scope });
    },
    teamChange: (o: Organization) => {
      const team = this.#one(o.teams);
      if (team === undefined) return;
      if (this.#number(6) > 0) this.#changeRoles(o, team, 'team.role_change', 'team');
      else this.#happens(o, { type: 'team.rename', team: team.id, name: 'x' });
    },
    teamDelete: (o: Organization) => {
      const team = this.#one(o.teams);
      if (team === undefined) return;
      o.teams = o.teams.filter((one) => one !== team);
      this.#happens(o, { type: 'team.delete', team: team.id });
    },
    teamAdd: (o: Organization) => {
      const team = this.#one(o.teams)?.id;
      const member = this.#one(o.members);
      if (team === undefined || member === undefined) return;
      const source = this.#one(['direct', 'scim', 'oidc_group'] as const)!;
      const group = source === 'oidc_group' ? { group: this.#one(['a', 'b'])! } : {};
      member.teams.push({ team, source, ...group });
      const add = { type: 'team.member_add', team, member: member.id, source, ...group };
      this.#happens(o, add);
    },
    teamRemove: (o: Organization) => {
      const member = this.#one(o.members.filter(({ teams }) => teams.length > 0));
      const place = member && this.#one(member.teams);
      if (member === undefined || place === undefined) return;
      member.teams = member.teams.filter((one) => one !== place);
      this.#happens(o, { type: 'team.member_remove', member: member.id, ...place });
    },
    account: (o: Organization) => {
      const account = this.#id('svc');
      const grants =
        o.id === 'platform'
          ? [this.#grant(o, this.#number(2) ? {} : { role: 'platform-service' })]
          : this.#grants(o);
      o.accounts.push({ id: account, grants });
      this.#name(o, account);
      const create = { type: 'service_account.create', account, name: account, grants };
      this.#happens(o, create);
    },
    accountChange: (o: Organization) => {
      const account = this.#one(o.accounts);
      if (account === undefined) return;
      if (this.#number(4) > 0) {
        this.#changeRoles(o, account, 'service_account.role_change', 'account');
      } else {
        const change = { type: 'service_account.change', account: account.id, name: 'x' };
        this.#happens(o, change);
      }
    },
    accountDelete: (o: Organization) => {
      const account = this.#one(o.accounts);
      if (account === undefined) return;
      o.accounts = o.accounts.filter((one) => one !== account);
      this.#happens(o, { type: 'service_account.delete', account: account.id });
    },
    key: (o: Organization) => {
      const key = this.#id('key');
      const owners = [...o.members, ...o.accounts].map(({ id }) => id);
      o.keys.push(key);
      this.#name(o, key);
      this.#happens(o, {
        type: 'api_key.create',
        key,
        owner: this.#one([...owners, ...owners, 'organization'])!,
        name: key,
        scopes: this.#one([['docs:read'], ['docs:read', 'docs:write'], []])!,
        ...this.#expiry(),
        secretHash: '',
      });
    },
    keyChange: (o: Organization) => {
      const key = this.#one(o.keys);
      if (key === undefined) return;
      const how = this.#number(6);
      if (how === 0) this.#happens(o, { type: 'api_key.revoke', key });
      else if (how === 1) {
        this.#happens(o, { type: 'api_key.rotate', key, secretHash: '' });
      } else {
        const scopes = how < 4 ? { scopes: this.#one([['docs:write'], []]) } : {};
        const expiry = how === 5 ? { expiresAt: null } : this.#expiry();
        this.#happens(o, { type: 'api_key.change', key, ...scopes, ...expiry });
      }
      if (how === 0) o.keys = o.keys.filter((one) => one !== key);
    },
    role: (o: Organization) => {
      const role = this.#id('role');
      o.roles.push(role);
      this.#happens(o, {
        type: 'role.define',
        role,
        name: role,
        scopes: ['organization', 'space'],
        permissions: CUSTOM.slice(this.#number(5)),
      });
    },
    roleChange: (o: Organization) => {
      const role = this.#one(o.roles);
      if (role === undefined) return;
      const permissions = CUSTOM.slice(0, this.#number(5));
      const change = this.#number(5) === 0 ? { name: 'x' } : { permissions };
      this.#happens(o, { type: 'role.change', role, ...change });
    },
    roleRetire: (o: Organization) => {
      const role = this.#one(o.roles);
      if (role === undefined) return;
      o.roles = o.roles.filter((one) => one !== role);
      const isUsed = o.holders.some(({ grants }) =>
        grants.some((one) => String(one.role) === role),
      );
      const remapTo = this.#one(['editor', 'viewer', ...o.roles]);
      if (isUsed) this.#remap(o, { [role]: remapTo! });
      this.#happens(o, { type: 'role.retire', role, ...(isUsed && { remapTo }) });
    },
    publish: (o: Organization) => this.#publish(o.catalogue),
    adopt: (o: Organization) => {
      const newest = this.#published.get(o.catalogue)!;
      if (o.version === newest) return;
      const from = o.version;
      o.version += 1 + this.#number(newest - o.version);
      const to = o.version;
      const remap = (o.catalogue === 'works' ? remaps[to] : undefined) ?? {};
      this.#remap(o, remap);
      const adopt = { type: 'organization.catalogue_adopt', from, to, sha256: '', remap };
      this.#happens(o, adopt);
    },
    organization: (o: Organization) => {
      const type = this.#one(['rename', 'policy_change', 'suspend', 'suspend', 'delete'])!;
      if (o.status === 'suspended') {
        o.status = 'active';
        this.#happens(o, { type: 'organization.resume' });
      } else if (type === 'rename') {
        this.#happens(o, { type: 'organization.rename', name: 'x' });
      } else if (type === 'policy_change') {
        this.#happens(o, { type: 'organization.policy_change', changes: { seats: 9 } });
      } else if (type === 'suspend') {
        o.status = 'suspended';
        this.#happens(o, { type: 'organization.suspend' });
      } else if (o.id !== 'platform' && this.events.length >= this.lasts && this.#number(3) === 0) {
        o.status = 'deleted';
        this.#happens(o, { type: 'organization.delete' });
      }
    },
  };

  #expiry(): { expiresAt?: string } {
    if (this.#number(2) === 0) return {};
    const at = this.now + (1 + this.#number(4)) * 20 * HOUR;
    this.boundaries.push(at);
    return { expiresAt: new Date(at).toISOString() };
  }

  #remap(organization: Organization, remap: { readonly [role: string]: string }): void {
    for (const holder of organization.holders) {
      holder.grants = holder.grants.map((one) => ({
        ...one,
        role: (remap[one.role] ?? one.role) as GrantFact['role'],
      }));
    }
  }
}

type MoveName = keyof typeof NAMES;
/** How often each move is made, in proportion. */
const NAMES = {
  space: 3,
  spaceChange: 2,
  spaceDelete: 1,
  invite: 1,
  resend: 1,
  invitationEnds: 1,
  accept: 5,
  acceptAgain: 2,
  join: 3,
  link: 1,
  roles: 6,
  sweep: 2,
  deactivate: 2,
  reactivate: 2,
  remove: 1,
  erase: 1,
  profile: 1,
  team: 2,
  teamChange: 3,
  teamDelete: 1,
  teamAdd: 4,
  teamRemove: 2,
  account: 2,
  accountChange: 2,
  accountDelete: 1,
  key: 3,
  keyChange: 2,
  role: 2,
  roleChange: 2,
  roleRetire: 1,
  publish: 2,
  adopt: 3,
  organization: 1,
} as const;

const MOVES = (Object.entries(NAMES) as [MoveName, number][]).flatMap(([name, often]) =>
  Array.from({ length: often }, () => name),
);
/** The platform has no spaces and no roles of its own. */
const PLATFORM_MOVES = MOVES.filter((name) => !/^(space|role)/.test(name) || name === 'roles');
