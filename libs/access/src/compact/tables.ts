/** The tables of one organization over the columns that hold all memberships. */
import {
  ID_PREFIX,
  type MemberId,
  type Scope,
  type ServiceAccountId,
  type SpaceId,
  type TeamId,
  type UserId,
} from '#domain/ids.js';
import { Layer, type Group, type Table } from '#domain/layer.js';
import {
  type Ended,
  type Grant,
  type Member,
  type Organization,
  type Space,
  type Team,
} from '#domain/state.js';
import type { Memberships } from './memberships.js';
import { NONE, type Names } from './names.js';
import { Roster } from './roster.js';
import type { Thing } from './things.js';

/** Commands are decided elsewhere, upon states that can be laid over. */
const notLaidOver = (): never => {
  throw new Error('Nothing is laid over the index of permissions.');
};

/** The members of one organization; by id, in order. */
export class MembersOf implements Table<MemberId, Member> {
  readonly #roster: Roster;

  /**
   * @param organization its number.
   * @param rows of those who are there, as `rows` gave them.
   */
  constructor(
    private readonly memberships: Memberships,
    readonly organization: number,
    rows?: Uint32Array,
  ) {
    this.#roster = new Roster(memberships, rows);
  }

  /** Their rows as they are now. */
  rows(): Uint32Array {
    return this.#roster.rows();
  }

  get size(): number {
    return this.#roster.size;
  }

  get bytes(): number {
    return this.#roster.bytes;
  }

  row = (id: string): number => this.memberships.row(this.organization, id);

  get(id: MemberId): Member | undefined {
    const row = this.row(id);
    return row === NONE ? undefined : this.memberships.read(row);
  }

  has(id: MemberId): boolean {
    return this.row(id) !== NONE;
  }

  set(id: MemberId, member: Member): void {
    const before = this.memberships.size;
    const row = this.memberships.write(this.organization, member);
    if (this.memberships.size > before) this.#roster.add(row, id);
  }

  delete(id: MemberId): void {
    const row = this.row(id);
    if (row === NONE) return;
    this.#roster.remove(id);
    this.memberships.remove(row);
  }

  clear(): void {
    for (const row of this.#roster.rows()) this.memberships.remove(row);
    this.#roster.clear();
  }

  *entries(): IterableIterator<[MemberId, Member]> {
    for (const row of this.#roster.after()) {
      yield [this.memberships.id(row), this.memberships.read(row)];
    }
  }

  keys = (): IterableIterator<MemberId> => this.after();

  /** Those whose id comes after `after`. */
  *after(after?: string): IterableIterator<MemberId> {
    for (const row of this.#roster.after(after)) yield this.memberships.id(row);
  }

  *values(): IterableIterator<Member> {
    for (const row of this.#roster.after()) yield this.memberships.read(row);
  }

  /** Who is in which team, once for each way they came to be. */
  *inTeams(): IterableIterator<[TeamId, MemberId]> {
    const { holdings } = this.memberships;
    for (const row of this.#roster.rows()) {
      for (const { team } of holdings.places(row)) yield [team, this.memberships.id(row)];
    }
  }

  /** Those who are with such a thing. */
  *having(isSuch: (thing: Thing) => boolean): IterableIterator<MemberId> {
    const { holdings } = this.memberships;
    for (const row of this.#roster.after()) {
      if ([...holdings.of(row)].some(isSuch)) yield this.memberships.id(row);
    }
  }

  overlay = notLaidOver;
}

/** The spaces of one organization. */
class SpacesOf extends Layer<SpaceId, Space> {
  readonly #byScope = new Map<number, Space>();

  constructor(private readonly names: Names<Scope>) {
    super();
  }

  override set(id: SpaceId, space: Space): void {
    super.set(id, space);
    this.#byScope.set(this.names.take(id), space);
  }

  override delete(id: SpaceId): void {
    super.delete(id);
    this.#byScope.delete(this.names.number(id));
  }

  /** @param scope its number. */
  at(scope: number): Space | undefined {
    return this.#byScope.get(scope);
  }

  override overlay = notLaidOver;
}

/** The teams of one organization; what they hold stands in the columns too. */
class TeamsOf extends Layer<TeamId, Team> {
  /** @param organization its number. */
  constructor(
    private readonly memberships: Memberships,
    private readonly organization: number,
  ) {
    super();
  }

  override set(id: TeamId, team: Team): void {
    super.set(id, team);
    this.memberships.holdings.writeTeam(id, team.grants, this.organization);
  }

  override delete(id: TeamId): void {
    super.delete(id);
    this.memberships.holdings.writeTeam(id, [], this.organization);
  }

  clear(): void {
    for (const id of [...this.keys()]) this.delete(id);
  }

  override overlay = notLaidOver;
}

/** Which member a person is: as the members' own rows say. */
class ByUser implements Table<UserId, MemberId> {
  constructor(
    private readonly memberships: Memberships,
    private readonly members: MembersOf,
  ) {}

  get size(): number {
    return [...this.keys()].length;
  }

  get(user: UserId): MemberId | undefined {
    const { persons } = this.memberships;
    const row = persons.rowAt(this.members.organization, persons.number(user));
    return row === NONE ? undefined : this.memberships.id(row);
  }

  has(user: UserId): boolean {
    return this.get(user) !== undefined;
  }

  set(): void {
    // Told by the member's row.
  }

  delete(): void {
    // Told by the member's row.
  }

  *entries(): IterableIterator<[UserId, MemberId]> {
    for (const { user, id } of this.members.values()) if (user !== undefined) yield [user, id];
  }

  *keys(): IterableIterator<UserId> {
    for (const [user] of this.entries()) yield user;
  }

  *values(): IterableIterator<MemberId> {
    for (const [, id] of this.entries()) yield id;
  }

  overlay = notLaidOver;
}

/** An index that is not kept: who it names is looked for when it is asked for. */
class Sought<K, V> implements Group<K, V> {
  constructor(readonly of: (key: K) => IterableIterator<V>) {}

  has(key: K, value: V): boolean {
    return [...this.of(key)].includes(value);
  }

  count(key: K): number {
    return [...this.of(key)].length;
  }

  add(): void {
    // Found where it is.
  }

  remove(): void {
    // Found where it is.
  }

  clear(): void {
    // Found where it is.
  }

  overlay = notLaidOver;
}

/** A table, or an index, of what no question about permissions asks for. */
class Unkept implements Table<never, never>, Group<never, never> {
  readonly size = 0;
  get = (): undefined => undefined;
  has = (): boolean => false;
  set = (): void => undefined;
  delete = (): void => undefined;
  entries = (): IterableIterator<never> => [].values();
  keys = (): IterableIterator<never> => [].values();
  values = (): IterableIterator<never> => [].values();
  of = (): IterableIterator<never> => [].values();
  count = (): number => 0;
  add = (): void => undefined;
  remove = (): void => undefined;
  clear = (): void => undefined;
  overlay = notLaidOver;
}

const UNKEPT = new Unkept();

/** What has ended of the keys: of them alone an answer says that they have. */
export class EndedKeys extends Layer<string, Ended> {
  /** @param forget told of everything else that ends, and of each key that is remembered no more. */
  constructor(private readonly forget: (id: string) => void) {
    super();
  }

  override set(id: string, how: Ended): void {
    if (id.startsWith(`${ID_PREFIX.api_key}_`)) super.set(id, how);
    else this.forget(id);
  }

  override delete(id: string): void {
    super.delete(id);
    this.forget(id);
  }
}

/** An organization for questions about permissions, to be folded as any other. */
export interface Compact extends Organization {
  readonly members: MembersOf;
  readonly spaces: SpacesOf;
  readonly teams: TeamsOf;
}

/**
 * The same organization, its members in the columns and without what is not asked for.
 * @param forget told of what ends in it and is not remembered.
 */
export function compacted(
  from: Organization,
  members: MembersOf,
  memberships: Memberships,
  forget: (id: string) => void,
): Compact {
  const organization: Compact = {
    // Each by its name: an object that takes over as many has no shape that reads could rely on.
    id: from.id,
    status: from.status,
    name: from.name,
    catalogue: from.catalogue,
    policies: from.policies,
    activeMembers: from.activeMembers,
    occurredAt: from.occurredAt,
    spaces: new SpacesOf(memberships.holdings.terms.scopes),
    teams: new TeamsOf(memberships, members.organization),
    teamMembers: from.teamMembers,
    serviceAccounts: from.serviceAccounts,
    apiKeys: from.apiKeys,
    keysByOwner: from.keysByOwner,
    customRoles: from.customRoles,
    members,
    memberByUser: new ByUser(memberships, members),
    holdersByRole: new Sought(function* (role) {
      yield* members.having((thing) => thing.role === role);
      yield* others(organization, (grant) => grant.role === role);
    }),
    holdersBySpace: new Sought(function* (space) {
      yield* members.having((thing) => thing.scope === space);
      yield* others(organization, (grant) => grant.scope === space);
      for (const team of organization.teams.values()) if (team.scope === space) yield team.id;
    }),
    ended: new EndedKeys(forget),
    memberByTag: UNKEPT,
    former: UNKEPT,
    formerByTag: UNKEPT,
    formerByUser: UNKEPT,
    invitations: UNKEPT,
    invitationsByTag: UNKEPT,
    invitationsByTeam: UNKEPT,
    invitationsByInviter: UNKEPT,
    promised: UNKEPT,
    promises: UNKEPT,
    directHolders: UNKEPT,
    roleUses: UNKEPT,
    commands: UNKEPT,
    commandsBy: UNKEPT,
  };
  for (const space of from.spaces.values()) organization.spaces.set(space.id, space);
  for (const team of from.teams.values()) organization.teams.set(team.id, team);
  for (const member of from.members.values()) members.set(member.id, member);
  for (const [id, how] of from.ended.entries()) organization.ended.set(id, how);
  return organization;
}

/** Teams and service accounts with such a grant. */
function* others(
  { teams, serviceAccounts }: Organization,
  isSuch: (grant: Grant) => boolean,
): Generator<TeamId | ServiceAccountId> {
  for (const holder of [...teams.values(), ...serviceAccounts.values()]) {
    if (holder.grants.some(isSuch)) yield holder.id;
  }
}
