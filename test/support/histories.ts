/**
 * Random plausible histories: events as they could stand in the log, of every type, in several
 * organizations at once. Personal values are `plain:…` until `seal` puts them under real keys.
 */
import type { ActorFact, DomainEvent, GrantFact, MembershipEvent, Sealed } from '#domain/events.js';
import { organizationOf } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { encode, NO_HASH, type MetadataInput } from '#eventlog/codec.js';
import type { EncodedEvent, EventLog } from '#eventlog/event-log.js';
import type { SealedField, Vault } from '#vault/vault.js';

/** An event before it is sealed and encoded. */
export interface Happened {
  readonly stream: string;
  readonly event: DomainEvent;
  readonly metadata: MetadataInput;
}

/** A seeded source of chance (mulberry32): the same seed gives the same history. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number in [0, end). */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  maybe(probability = 0.5): boolean {
    return this.next() < probability;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  some<T>(items: readonly T[], most: number): T[] {
    const left = [...items];
    const count = this.below(Math.min(most, left.length) + 1);
    return Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0] as T);
  }
}

/** A personal value that waits to be sealed. */
export const plain = (subject: string, text: string): Sealed => ({
  subject,
  sealed: `plain:${subject}:${text}`,
});

/** What a value that waits to be sealed says; `null` for none. */
export const plainText = (value: Sealed | null | undefined): string | null =>
  value == null ? null : value.sealed.slice(`plain:${value.subject}:`.length);

const ROLES = ['owner', 'editor', 'viewer', 'auditor', 'billing-manager'];
const NAMES = ['Ada Łukasz', 'Bo Çelik', 'Chidi O’Neil', 'Dörte Ångström', 'Emi 山田', 'Zoë X'];
const DOMAINS = ['example.com', 'firma.example', 'xn--bcher-kva.example'];

interface OpenInvitation {
  id: string;
  member: string;
  generation: number;
  email: string;
  grants: GrantFact[];
  teams: string[];
  expired: boolean;
}
interface LivingMember {
  id: string;
  active: boolean;
  user: string | undefined;
  grants: Set<string>;
  places: string[];
  erased: boolean;
}

/** One organization's story, an event at a time. */
class Story {
  readonly stream: string;
  #started = false;
  ended = false;
  #suspended = false;
  #version = 1;
  #spaces: string[] = [];
  #spaceStatus = new Map<string, boolean>();
  #invitations: OpenInvitation[] = [];
  #members: LivingMember[] = [];
  /** Gone, their data still here. */
  #former: string[] = [];
  #teams = new Map<string, { scope: string; grants: Set<string> }>();
  #accounts = new Map<string, Set<string>>();
  #keys: { id: string; owner: string }[] = [];
  #customRoles: string[] = [];

  constructor(
    organization: string,
    private readonly chance: Chance,
    private readonly id: (prefix: string) => string,
    private readonly people: readonly { user: string; email: string; name: string }[],
  ) {
    this.stream = `organization-${organization}`;
  }

  next(now: Instant): MembershipEvent {
    if (!this.#started) return this.#create();
    for (;;) {
      const event = this.#choose(now);
      if (event !== undefined) return event;
    }
  }

  actor(): ActorFact {
    const { chance } = this;
    const member = this.#members.length === 0 ? undefined : chance.of(this.#members);
    const kind = chance.below(10);
    const via = chance.of(['http', 'grpc', 'cli', 'internal'] as const);
    if (kind === 0) return { kind: 'system', id: 'sweeper', via };
    if (kind === 1 && this.#accounts.size > 0) {
      return {
        kind: 'service_account',
        id: chance.of([...this.#accounts.keys()]),
        via,
      } as ActorFact;
    }
    if (kind === 2 && this.#keys.length > 0) {
      return { kind: 'api_key', id: chance.of(this.#keys).id, via } as ActorFact;
    }
    if (member?.user === undefined) {
      return { kind: 'user', id: chance.of(this.people).user, via } as ActorFact;
    }
    return { kind: 'user', id: member.user, member: member.id, via } as ActorFact;
  }

  #create(): MembershipEvent {
    this.#started = true;
    return {
      type: 'organization.create',
      name: `Org ${this.chance.below(1000)}`,
      catalogue: 'mondoo',
      version: 1,
      sha256: 'c'.repeat(64),
      ownDomains: this.chance.some(DOMAINS, 2),
    } as unknown as MembershipEvent;
  }

  #choose(now: Instant): MembershipEvent | undefined {
    const table: [number, () => object | undefined][] = [
      [20, () => this.#invite(now)],
      [12, () => this.#accept()],
      [6, () => this.#join()],
      [4, () => this.#resend(now)],
      [3, () => this.#endInvitation()],
      [2, () => this.#expire()],
      [10, () => this.#changeRoles(now)],
      [2, () => this.#grantTime()],
      [4, () => this.#changeStatus()],
      [3, () => this.#removeMember()],
      [3, () => this.#profile()],
      [2, () => this.#erase()],
      [2, () => this.#link()],
      [4, () => this.#changeSpace()],
      [6, () => this.#changeTeam()],
      [3, () => this.#changeAccount(now)],
      [4, () => this.#changeKey(now)],
      [4, () => this.#changeRole()],
      [3, () => this.#changeOrganization()],
    ];
    let at = this.chance.below(table.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, make] of table) {
      at -= weight;
      if (at < 0) return make() as MembershipEvent | undefined;
    }
    return undefined;
  }

  #grants(now: Instant, scopes = this.#scopes(), most = 3): GrantFact[] {
    const { chance } = this;
    const roles = [...ROLES, ...this.#customRoles];
    const seen = new Set<string>();
    return Array.from({ length: 1 + chance.below(most) }, () => {
      const day = Date.parse(now) + 86_400_000;
      return {
        id: this.id('grant'),
        role: chance.of(roles),
        scope: chance.of(scopes),
        ...(chance.maybe(0.1) ? { notBefore: new Date(day).toISOString() } : {}),
        ...(chance.maybe(0.2) ? { expiresAt: new Date(day * 1.01).toISOString() } : {}),
      } as unknown as GrantFact;
    }).filter((grant) => {
      const { id: _, ...rest } = grant;
      const key = JSON.stringify(rest);
      return !seen.has(key) && seen.add(key);
    });
  }

  #scopes(): string[] {
    return ['organization', 'organization', ...this.#spaces];
  }

  #address(member: string, email: string) {
    const display = this.chance.maybe(0.3) ? email.replace(/^./, (a) => a.toUpperCase()) : email;
    return {
      tag: `tag_${email}`,
      email: plain(member, email),
      displayEmail: plain(member, display),
    };
  }

  #invite(now: Instant): object {
    const { chance } = this;
    const member = this.id('mem');
    const { email } = chance.of(this.people);
    const invitation: OpenInvitation = {
      id: this.id('inv'),
      member,
      generation: 1,
      email,
      grants: this.#grants(now),
      teams: chance.some([...this.#teams.keys()], 2),
      expired: false,
    };
    this.#invitations.push(invitation);
    return {
      type: 'member.invite',
      invitation: invitation.id,
      member,
      ...this.#address(member, email),
      grants: invitation.grants,
      teams: invitation.teams,
      ...(chance.maybe(0.2) ? { message: plain(member, 'Welcome aboard') } : {}),
      expiresAt: new Date(Date.parse(now) + (1 + chance.below(168)) * 3_600_000).toISOString(),
      generation: 1,
      ...(chance.maybe(0.2) ? { batch: this.id('cmd') } : {}),
      ...(chance.maybe(0.1) ? { joinRequest: this.id('join') } : {}),
    };
  }

  #resend(now: Instant): object | undefined {
    if (this.#invitations.length === 0) return undefined;
    const invitation = this.chance.of(this.#invitations);
    invitation.expired = false;
    invitation.generation += 1;
    return {
      type: 'member.invite_resend',
      invitation: invitation.id,
      generation: invitation.generation,
      expiresAt: new Date(Date.parse(now) + 48 * 3_600_000).toISOString(),
    };
  }

  #take(): OpenInvitation | undefined {
    if (this.#invitations.length === 0) return undefined;
    return this.#invitations.splice(this.chance.below(this.#invitations.length), 1)[0];
  }

  #endInvitation(): object | undefined {
    const invitation = this.#take();
    if (invitation === undefined) return undefined;
    const { id, member } = invitation;
    const how = this.chance.below(4);
    if (how === 0) return { type: 'member.invite_erase', invitation: id, member };
    this.#former.push(member);
    if (how === 1) return { type: 'member.invite_decline', invitation: id };
    const reason = this.chance.of(['asked', 'replaced', 'inviter_left', 'role_retired']);
    return { type: 'member.invite_revoke', invitation: id, reason };
  }

  #expire(): object | undefined {
    const open = this.#invitations.filter((one) => !one.expired);
    if (open.length === 0) return undefined;
    const invitation = this.chance.of(open);
    invitation.expired = true;
    return { type: 'member.invite_expire', invitation: invitation.id };
  }

  #accept(): object | undefined {
    const { chance } = this;
    const index = this.#invitations.findIndex((one) => !one.expired);
    if (this.#suspended || index === -1) return undefined;
    const [invitation] = this.#invitations.splice(index, 1) as [OpenInvitation];
    const person = this.people.find(({ email }) => email === invitation.email)!;
    const known = this.#members.find(({ user }) => user === person.user);
    if (known?.active === false || known?.erased) {
      this.#invitations.splice(index, 0, invitation);
      return undefined;
    }
    const replaced = known === undefined || chance.maybe() ? [] : chance.some([...known.grants], 1);
    const member = known ?? this.#newMember(invitation.member, person.user);
    for (const id of replaced) member.grants.delete(id);
    const spaces = this.#scopes();
    const grants = invitation.grants.filter((grant) => spaces.includes(grant.scope));
    for (const { id } of grants) member.grants.add(id);
    if (member.id !== invitation.member) this.#former.push(invitation.member);
    return {
      type: 'member.accept',
      invitation: invitation.id,
      generation: invitation.generation,
      member: member.id,
      user: person.user,
      ...this.#address(member.id, person.email),
      name: chance.maybe(0.8) ? plain(member.id, person.name) : null,
      authentication: chance.of(['local', 'sso']),
      grants,
      replaced,
      teams: invitation.teams.filter((team) => this.#teams.has(team)),
    };
  }

  #newMember(id: string, user: string | undefined): LivingMember {
    const member = { id, active: true, user, grants: new Set<string>(), places: [], erased: false };
    this.#members.push(member);
    return member;
  }

  #join(): object | undefined {
    const { chance } = this;
    const person = chance.of(this.people);
    if (this.#members.some(({ user }) => user === person.user)) return undefined;
    const id = this.id('mem');
    const signedIn = chance.maybe(0.8);
    const member = this.#newMember(id, signedIn ? person.user : undefined);
    const grants = this.#grants('2026-01-01T00:00:00.000Z' as Instant, ['organization'], 1);
    for (const grant of grants) member.grants.add(grant.id);
    const known = chance.maybe(0.9);
    return {
      type: 'member.join',
      source: chance.of(['founder', 'sso', 'scim', 'domain', 'join_request']),
      member: id,
      ...(signedIn ? { user: person.user } : {}),
      ...(known ? this.#address(id, person.email) : { tag: null, email: null, displayEmail: null }),
      name: chance.maybe(0.8) ? plain(id, person.name) : null,
      authentication: chance.of(['local', 'sso', 'scim']),
      grants,
      replaced: [],
      teams: chance.some([...this.#teams.keys()], 1),
      ...(chance.maybe(0.2) ? { externalId: plain(id, `ext-${id}`) } : {}),
    };
  }

  #changeRoles(now: Instant): object | undefined {
    if (this.#members.length === 0) return undefined;
    const { chance } = this;
    const member = chance.of(this.#members);
    const removed = chance.some([...member.grants], 2);
    const added = removed.length === 0 || chance.maybe() ? this.#grants(now) : [];
    for (const id of removed) member.grants.delete(id);
    for (const { id } of added) member.grants.add(id);
    const cause = chance.of(['direct', 'transfer', 'sso', 'scim', 'scope_removal']);
    return { type: 'member.role_change', member: member.id, added, removed, cause };
  }

  #grantTime(): object | undefined {
    const holders = this.#members.filter((one) => one.grants.size > 0);
    if (holders.length === 0) return undefined;
    const member = this.chance.of(holders);
    const grant = this.chance.of([...member.grants]);
    if (this.chance.maybe()) return { type: 'member.grant_start', member: member.id, grant };
    member.grants.delete(grant);
    return { type: 'member.grant_expire', member: member.id, grant };
  }

  #changeStatus(): object | undefined {
    const members = this.#members.filter((one) => !one.erased);
    if (members.length === 0) return undefined;
    const member = this.chance.of(members);
    member.active = !member.active;
    const type = member.active ? 'member.reactivate' : 'member.deactivate';
    return { type, member: member.id, cause: this.chance.of(['direct', 'scim', 'sso']) };
  }

  #removeMember(): object | undefined {
    if (this.#members.length === 0) return undefined;
    const [member] = this.#members.splice(this.chance.below(this.#members.length), 1);
    const { id } = member!;
    this.#former.push(id);
    this.#keys = this.#keys.filter((key) => key.owner !== id);
    return {
      type: 'member.remove',
      member: id,
      reason: this.chance.of(['removed', 'left', 'deprovisioned']),
    };
  }

  #profile(): object | undefined {
    const members = this.#members.filter((one) => !one.erased);
    if (members.length === 0) return undefined;
    const { id } = this.chance.of(members);
    const name = this.chance.maybe(0.9) ? plain(id, this.chance.of(NAMES)) : null;
    return { type: 'member.profile_change', member: id, name };
  }

  #erase(): object | undefined {
    if (this.#former.length > 0 && this.chance.maybe(0.7)) {
      const [member] = this.#former.splice(this.chance.below(this.#former.length), 1);
      return { type: 'member.personal_data_erase', member };
    }
    const inactive = this.#members.filter((one) => !one.active && !one.erased);
    if (inactive.length === 0) return undefined;
    const member = this.chance.of(inactive);
    member.erased = true;
    const { user } = member;
    member.user = undefined;
    return {
      type: 'member.personal_data_erase',
      member: member.id,
      ...(user === undefined ? {} : { user }),
    };
  }

  #link(): object | undefined {
    const strangers = this.#members.filter((one) => one.user === undefined && !one.erased);
    if (strangers.length === 0) return undefined;
    const { user } = this.chance.of(this.people);
    if (this.#members.some((one) => one.user === user)) return undefined;
    const member = this.chance.of(strangers);
    member.user = user;
    const authentication = this.chance.of(['sso', 'scim']);
    return { type: 'member.identity_link', member: member.id, user, authentication };
  }

  #changeSpace(): object {
    const { chance } = this;
    if (this.#spaces.length === 0 || chance.maybe(0.4)) {
      const space = this.id('space');
      this.#spaces.push(space);
      this.#spaceStatus.set(space, true);
      return { type: 'space.create', space, name: `Space ${chance.below(100)}` };
    }
    const space = chance.of(this.#spaces);
    const what = chance.below(4);
    if (what === 0) return { type: 'space.rename', space, name: `Space ${chance.below(100)}` };
    if (what < 3) {
      const active = !this.#spaceStatus.get(space);
      this.#spaceStatus.set(space, active);
      return { type: active ? 'space.reactivate' : 'space.deactivate', space };
    }
    this.#spaces = this.#spaces.filter((one) => one !== space);
    for (const [team, { scope }] of this.#teams) if (scope === space) this.#dropTeam(team);
    return { type: 'space.delete', space };
  }

  #dropTeam(team: string): void {
    this.#teams.delete(team);
    for (const member of this.#members) {
      member.places = member.places.filter((place) => !place.startsWith(`${team} `));
    }
  }

  #changeTeam(): object | undefined {
    const { chance } = this;
    if (this.#teams.size === 0 || chance.maybe(0.2)) {
      const team = this.id('team');
      const scope = chance.of(this.#scopes());
      this.#teams.set(team, { scope, grants: new Set() });
      return {
        type: 'team.create',
        team,
        name: `Team ${chance.below(100)}`,
        scope,
        ...(chance.maybe(0.2) ? { externalGroup: `group-${chance.below(10)}` } : {}),
      };
    }
    const team = chance.of([...this.#teams.keys()]);
    const what = chance.below(8);
    if (what === 0) return { type: 'team.rename', team, name: `Team ${chance.below(100)}` };
    if (what === 1 && chance.maybe(0.5)) {
      this.#dropTeam(team);
      return { type: 'team.delete', team };
    }
    if (what < 4) {
      const { grants, scope } = this.#teams.get(team)!;
      const removed = chance.some([...grants], 2);
      const now = '2026-01-01T00:00:00.000Z' as Instant;
      const scopes = scope === 'organization' ? this.#scopes() : [scope];
      const added = removed.length === 0 ? this.#grants(now, scopes, 2) : [];
      for (const id of removed) grants.delete(id);
      for (const { id } of added) grants.add(id);
      return { type: 'team.role_change', team, added, removed, cause: 'direct' };
    }
    if (this.#members.length === 0) return undefined;
    const member = chance.of(this.#members);
    const source = chance.of(['direct', 'scim', 'oidc_group'] as const);
    const group = source === 'direct' ? {} : { group: `group-${chance.below(3)}` };
    const place = `${team} ${source} ${group.group ?? ''}`;
    const there = member.places.includes(place);
    member.places = there
      ? member.places.filter((one) => one !== place)
      : [...member.places, place];
    const type = there ? 'team.member_remove' : 'team.member_add';
    return { type, team, member: member.id, source, ...group };
  }

  #changeAccount(now: Instant): object {
    const { chance } = this;
    if (this.#accounts.size === 0 || chance.maybe(0.4)) {
      const account = this.id('svc');
      const grants = this.#grants(now, this.#scopes(), 2);
      this.#accounts.set(account, new Set(grants.map(({ id }) => id)));
      const description = chance.maybe() ? { description: 'Runs scans' } : {};
      return { type: 'service_account.create', account, name: 'Scanner', ...description, grants };
    }
    const account = chance.of([...this.#accounts.keys()]);
    const what = chance.below(4);
    if (what === 0) {
      this.#accounts.delete(account);
      this.#keys = this.#keys.filter((key) => key.owner !== account);
      return { type: 'service_account.delete', account };
    }
    if (what === 1) {
      const change = chance.maybe() ? { name: `Scanner ${chance.below(9)}` } : {};
      return { type: 'service_account.change', account, ...change, description: 'Changed' };
    }
    const held = this.#accounts.get(account)!;
    const removed = chance.some([...held], 1);
    const added = this.#grants(now, this.#scopes(), 1);
    for (const id of removed) held.delete(id);
    for (const { id } of added) held.add(id);
    return { type: 'service_account.role_change', account, added, removed, cause: 'direct' };
  }

  #changeKey(now: Instant): object {
    const { chance } = this;
    if (this.#keys.length === 0 || chance.maybe(0.4)) {
      const owners = ['organization', ...this.#accounts.keys()];
      const owner = chance.of([...owners, ...this.#members.map(({ id }) => id)]);
      const key = this.id('key');
      this.#keys.push({ id: key, owner });
      const expiresAt = new Date(Date.parse(now) + 864_000_000).toISOString();
      return {
        type: 'api_key.create',
        key,
        owner,
        name: `Key ${chance.below(100)}`,
        scopes: chance.some(['findings:read', 'scans:run', 'sca:submit'], 3),
        ...(chance.maybe() ? { expiresAt } : {}),
        secretHash: `hash_${key}`,
      };
    }
    const { id: key } = chance.of(this.#keys);
    const what = chance.below(4);
    if (what === 0) {
      this.#keys = this.#keys.filter((one) => one.id !== key);
      return { type: 'api_key.revoke', key };
    }
    if (what === 1) return { type: 'api_key.rotate', key, secretHash: `hash2_${key}` };
    return {
      type: 'api_key.change',
      key,
      ...(chance.maybe() ? { name: `Key ${chance.below(100)}` } : {}),
      ...(chance.maybe() ? { scopes: ['scans:run'] } : {}),
      ...(chance.maybe(0.3) ? { expiresAt: null } : {}),
    };
  }

  #changeRole(): object {
    const { chance } = this;
    const permissions = chance.some(['alerts:view', 'scans:run', 'users:invite'], 3);
    if (this.#customRoles.length === 0 || chance.maybe(0.4)) {
      const role = this.id('role');
      this.#customRoles.push(role);
      const scopes = ['organization', 'space'];
      return { type: 'role.define', role, name: `Role ${chance.below(9)}`, scopes, permissions };
    }
    const role = chance.of(this.#customRoles);
    if (chance.maybe()) {
      return { type: 'role.change', role, description: 'Changed', permissions };
    }
    this.#customRoles = this.#customRoles.filter((one) => one !== role);
    const remapTo = chance.of([...ROLES, ...this.#customRoles]);
    return { type: 'role.retire', role, remapTo };
  }

  #changeOrganization(): object | undefined {
    const { chance } = this;
    switch (chance.below(8)) {
      case 0:
        return { type: 'organization.rename', name: `Org ${chance.below(1000)}` };
      case 1:
        return {
          type: 'organization.policy_change',
          changes: {
            'invitation.ttl': chance.maybe() ? null : 3600 * (1 + chance.below(100)),
            ...(chance.maybe() ? { ssoDefaultRole: chance.of(ROLES) } : {}),
          },
        };
      case 2: {
        const from = this.#version++;
        // Also roles that change places.
        const olds = chance.some(ROLES, 3);
        const remap = Object.fromEntries(olds.map((role) => [role, chance.of(ROLES)]));
        const sha256 = 'd'.repeat(64);
        return { type: 'organization.catalogue_adopt', from, to: from + 1, sha256, remap };
      }
      case 7:
        if (chance.maybe(0.9)) return undefined;
        this.ended = true;
        return { type: 'organization.delete' };
      default:
        this.#suspended = !this.#suspended;
        return this.#suspended
          ? { type: 'organization.suspend', reason: 'unpaid' }
          : { type: 'organization.resume' };
    }
  }
}

export interface HistoryOptions {
  readonly seed: number;
  /** How many events, over all streams. */
  readonly events: number;
  /** How many organizations at a time; a deleted one is followed by another. */
  readonly organizations?: number;
}

/** A history: the same options give the same one. Begins with a published catalogue. */
export function history({ seed, events, organizations = 3 }: HistoryOptions): Happened[] {
  const chance = new Chance(seed);
  let count = 0;
  const id = (prefix: string) =>
    `${prefix}_${String(++count).padStart(7, '0')}${chance.below(0xffff).toString(16)}`;
  const people = Array.from({ length: 12 }, (_, index) => ({
    user: `usr_${String(index).padStart(4, '0')}${chance.below(0xffff).toString(16)}`,
    email: `person.${index}.${chance.below(0xffffff).toString(16)}@${chance.of(DOMAINS)}`,
    name: `${chance.of(NAMES)} ${chance.below(0xffffff).toString(16)}`,
  }));
  const begin = () => new Story(id('org'), chance, id, people);
  const stories = Array.from({ length: organizations }, begin);
  let now = Date.parse('2026-01-05T08:00:00.000Z');
  const published: Happened = {
    stream: 'catalogue-mondoo',
    event: {
      type: 'catalogue.publish',
      catalogue: 'mondoo',
      version: 1,
      sha256: 'c'.repeat(64),
      content: { id: 'mondoo' },
    } as unknown as DomainEvent,
    metadata: metadataOf({ kind: 'system', id: 'catalogue', via: 'internal' }, now, id),
  };
  const happened = Array.from({ length: events - 1 }, (): Happened => {
    now += chance.below(6 * 3_600_000);
    const index = chance.below(stories.length);
    const story = stories[index] as Story;
    const actor = story.actor();
    const event = story.next(new Date(now).toISOString() as Instant);
    if (story.ended) stories[index] = begin();
    const metadata = metadataOf(actor, now, id, chance.maybe(0.5) ? '203.0.113.7' : undefined);
    return { stream: story.stream, event, metadata };
  });
  return [published, ...happened];
}

function metadataOf(
  actor: ActorFact,
  now: number,
  id: (prefix: string) => string,
  address?: string,
): MetadataInput {
  const subject = 'member' in actor && actor.member !== undefined ? actor.member : actor.id;
  const commandId = id('cmd');
  return {
    commandId,
    actor,
    ...(address === undefined ? {} : { clientAddress: plain(subject, address) }),
    correlationId: commandId,
    occurredAt: new Date(now).toISOString(),
    schemaVersion: 1,
    catalogueVersion: 1,
  } as MetadataInput;
}

/** Puts every `plain:` value of an event under a real key of the vault. */
export async function seal(vault: Vault, happened: Happened): Promise<Happened> {
  const organization = organizationOf(happened.stream);
  if (organization === undefined) return happened;
  const event = await sealed(vault, organization, happened.event);
  const metadata = await sealed(vault, organization, happened.metadata);
  return { ...happened, event: event as DomainEvent, metadata: metadata as MetadataInput };
}

const isPlain = (value: unknown): value is Sealed =>
  typeof value === 'object' &&
  value !== null &&
  'sealed' in value &&
  (value as Sealed).sealed.startsWith('plain:');

async function sealed(vault: Vault, organization: OrganizationId, fields: object): Promise<object> {
  const entries = await Promise.all(
    Object.entries(fields).map(async ([field, value]: [string, unknown]) => {
      if (!isPlain(value)) return [field, value];
      const { subject } = value;
      const text = plainText(value) ?? '';
      await vault.ensure(organization, [subject]);
      const closed = await vault.seal(organization, subject, field as SealedField, text);
      return [field, closed];
    }),
  );
  return Object.fromEntries(entries) as object;
}

/** Encodes events in order, each stream chained to its end in `heads`, which is carried on. */
export class Encoding {
  readonly #heads = new Map<string, { revision: number; hash: string }>();

  encode({ stream, event, metadata }: Happened): EncodedEvent {
    const head = this.#heads.get(stream) ?? { revision: -1, hash: NO_HASH };
    const encoded = encode(stream, head.revision + 1, head.hash, event, metadata);
    this.#heads.set(stream, { revision: encoded.revision, hash: encoded.metadata.hash });
    return encoded;
  }
}

/** Seals, encodes and appends, in order, events that wait together in one flush. */
export async function append(
  log: EventLog,
  vault: Vault,
  encoding: Encoding,
  history: readonly Happened[],
): Promise<void> {
  const closed = await Promise.all(history.map((happened) => seal(vault, happened)));
  const outcomes = await Promise.all(closed.map((one) => log.append([encoding.encode(one)])));
  const failed = outcomes.find(({ outcome }) => outcome !== 'committed');
  if (failed !== undefined) throw new Error(`not appended: ${failed.outcome}`);
}
