/**
 * Every membership of every organization, in columns of numbers: where, whose, and what it is with.
 * A membership with one grant takes 28 bytes here, and four for the person whose only one it is.
 */
import type { MemberId, OrganizationId, UserId } from '#domain/ids.js';
import type { StatusChangeCause } from '#domain/events.js';
import type { Grant, Member, TeamPlace } from '#domain/state.js';
import { Column } from './column.js';
import { Names, NONE } from './names.js';
import { PackedIds, type PackedCopy } from './packed-ids.js';
import {
  grantOf,
  placeOf,
  roleOf,
  teamPlaceOf,
  Things,
  type Thing,
  type ThingsCopy,
} from './things.js';

/** The highest bit says that the others are the number of something else. */
const TAG = 0x8000_0000;
const isTagged = (value: number): boolean => value >= TAG;
const tagged = (number: number): number => number + TAG;
const untagged = (value: number): number => value - TAG;

/** Above the number of the organization: whether and why the membership is inactive. */
const STATUS = 29;
const STATUSES: readonly (StatusChangeCause | 'active')[] = [
  'active',
  'direct',
  'scim',
  'sso',
  'erased',
];

/** A person with more memberships than this has a map of them in place of a chain. */
const LONG = 16;

/** What the same id in a second organization is called: no id holds a blank. */
const alias = (id: MemberId, organization: number): MemberId => `${id} ${organization}` as MemberId;

/** What of a member the columns do not hold: no question about permissions asks for it. */
const UNTOLD = { tag: null, authentication: 'local', named: NONE, accepted: [] } as const;

/** All of it at a moment. */
export interface MembershipsCopy {
  readonly organizations: (OrganizationId | undefined)[];
  readonly users: (UserId | undefined)[];
  readonly members: (MemberId | undefined)[];
  readonly things: ThingsCopy;
  readonly columns: { readonly [C in ColumnName]: Uint32Array[] };
  readonly ids: PackedCopy;
  readonly linkIds: PackedCopy;
  readonly links: number;
  readonly freeLinks: number[];
}

type ColumnName = 'home' | 'next' | 'first' | 'held' | 'thing' | 'after';

/** A row is the number of a member; `NONE` is no row. */
export class Memberships {
  readonly organizations: Names<OrganizationId>;
  readonly users: Names<UserId>;
  readonly things: Things;
  readonly #members: Names<MemberId>;
  #aliases: number;

  /** Row → organization and status. */
  readonly #home: Column;
  /** Row → the next row of the same person; of the last one, tagged, the person; or nobody. */
  readonly #next: Column;
  /** Person → their first row. */
  readonly #first: Column;
  /** Person → organization → row, of those with many. */
  readonly #busy = new Map<number, Map<number, number>>();

  /** Row → the one thing it is with, the id of that grant being `#ids`; or, tagged, a link. */
  readonly #held: Column;
  readonly #ids: PackedIds;
  /** Link → a thing, the id of that grant, and the next link. */
  readonly #thing: Column;
  readonly #linkIds: PackedIds;
  readonly #after: Column;
  readonly #freeLinks: number[];
  #links: number;

  /** @param from as `copy` gave it. */
  constructor(from?: MembershipsCopy) {
    this.organizations = new Names(from?.organizations);
    this.users = new Names(from?.users);
    this.things = new Things(from?.things);
    this.#members = new Names(from?.members);
    this.#aliases = from?.members.filter((id) => id?.includes(' ')).length ?? 0;
    this.#home = new Column(from?.columns.home);
    this.#next = new Column(from?.columns.next);
    this.#first = new Column(from?.columns.first);
    this.#held = new Column(from?.columns.held);
    this.#ids = new PackedIds(from?.ids);
    this.#thing = new Column(from?.columns.thing);
    this.#linkIds = new PackedIds(from?.linkIds);
    this.#after = new Column(from?.columns.after);
    this.#freeLinks = from?.freeLinks ?? [];
    this.#links = from?.links ?? 0;
    from?.members.forEach((id, row) => {
      if (id !== undefined) this.#markBusy(row);
    });
  }

  /** What it holds now; later changes are not in it. */
  copy(): MembershipsCopy {
    return {
      organizations: this.organizations.ids(),
      users: this.users.ids(),
      members: this.#members.ids(),
      things: this.things.copy(),
      columns: {
        home: this.#home.pages(),
        next: this.#next.pages(),
        first: this.#first.pages(),
        held: this.#held.pages(),
        thing: this.#thing.pages(),
        after: this.#after.pages(),
      },
      ids: this.#ids.copy(),
      linkIds: this.#linkIds.copy(),
      links: this.#links,
      freeLinks: [...this.#freeLinks],
    };
  }

  /** A row that knows its person, of one whom no row is the first of. */
  #markBusy(row: number): void {
    const next = this.#next.get(row);
    if (!isTagged(next) || this.#first.get(untagged(next)) !== NONE) return;
    const rows = this.#busy.get(untagged(next)) ?? new Map<number, number>();
    this.#busy.set(untagged(next), rows.set(this.organizationOf(row), row));
  }

  get size(): number {
    return this.#members.size;
  }

  /** What the columns take in memory, the ids themselves apart. */
  get bytes(): number {
    const columns = [this.#home, this.#next, this.#first, this.#held, this.#thing, this.#after];
    return [...columns, this.#ids, this.#linkIds].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  row(organization: number, member: string): number {
    const row = this.#members.number(member);
    if (row !== NONE && this.organizationOf(row) === organization) return row;
    return this.#aliases === 0
      ? NONE
      : this.#members.number(alias(member as MemberId, organization));
  }

  /** The row of a person there. */
  rowOf(organization: number, person: number): number {
    if (person === NONE) return NONE;
    const busy = this.#busy.get(person);
    if (busy !== undefined) return busy.get(organization) ?? NONE;
    let row = this.#first.get(person);
    while (row !== NONE && !isTagged(row)) {
      if (this.organizationOf(row) === organization) return row;
      row = this.#next.get(row);
    }
    return NONE;
  }

  /** Every row of a person. */
  rowsOf(person: number): number[] {
    if (person === NONE) return [];
    const busy = this.#busy.get(person);
    if (busy !== undefined) return [...busy.values()];
    const rows: number[] = [];
    let row = this.#first.get(person);
    for (; row !== NONE && !isTagged(row); row = this.#next.get(row)) rows.push(row);
    return rows;
  }

  /** The organization of a member, the first of those it is in. */
  home(member: string): OrganizationId | undefined {
    const row = this.#members.number(member);
    return row === NONE ? undefined : this.organizations.id(this.organizationOf(row));
  }

  id(row: number): MemberId {
    const id = this.#members.id(row);
    return this.#aliases === 0 ? id : (id.split(' ', 1)[0] as MemberId);
  }

  organizationOf(row: number): number {
    return this.#home.get(row) & (2 ** STATUS - 1);
  }

  isActive(row: number): boolean {
    return this.#home.get(row) >>> STATUS === 0;
  }

  /** The person it is, or `NONE`. */
  person(row: number): number {
    let value = this.#next.get(row);
    while (value !== NONE && !isTagged(value)) value = this.#next.get(value);
    return value === NONE ? NONE : untagged(value);
  }

  /** The first of the things it is with, to be followed with `after`; or `NONE`. */
  first(row: number): number {
    return this.#held.get(row);
  }

  after(at: number): number {
    return isTagged(at) ? this.#after.get(untagged(at)) : NONE;
  }

  thing(at: number): Thing {
    return this.things.get(isTagged(at) ? this.#thing.get(untagged(at)) : at);
  }

  read(row: number): Member {
    const grants: Grant[] = [];
    const teams: TeamPlace[] = [];
    for (let at = this.first(row); at !== NONE; at = this.after(at)) {
      const thing = this.thing(at);
      if (thing.team === undefined) grants.push(grantOf(thing, this.#grantId(row, at)));
      else teams.push(teamPlaceOf(thing));
    }
    const person = this.person(row);
    const member = {
      ...UNTOLD,
      id: this.id(row),
      ...(person === NONE ? {} : { user: this.users.id(person) }),
      grants,
      teams,
    };
    const status = STATUSES[this.#home.get(row) >>> STATUS]!;
    return status === 'active'
      ? { ...member, status }
      : { ...member, status: 'inactive', cause: status };
  }

  /** Puts the member in the place of what it was there before. */
  write(organization: number, member: Member): number {
    const row = this.row(organization, member.id) || this.#begin(organization, member);
    const status = member.status === 'active' ? member.status : member.cause;
    this.#home.set(row, organization + STATUSES.indexOf(status) * 2 ** STATUS);
    const person = this.person(row);
    if (member.user !== (person === NONE ? undefined : this.users.id(person))) {
      this.#unlink(row);
      if (member.user !== undefined) {
        // One row of a person in an organization: the newest.
        this.#unlink(this.rowOf(organization, this.users.number(member.user)));
        this.#link(row, this.users.take(member.user));
      }
    }
    const before = this.first(row);
    this.#hold(row, member);
    this.#letGo(before);
    return row;
  }

  remove(row: number): void {
    this.#unlink(row);
    this.#letGo(this.first(row));
    this.#held.set(row, NONE);
    this.#ids.release(row);
    if (this.#members.id(row).includes(' ')) this.#aliases -= 1;
    this.#members.release(row);
  }

  #begin(organization: number, { id }: Member): number {
    const isTaken = this.#members.number(id) !== NONE;
    if (isTaken) this.#aliases += 1;
    const row = this.#members.take(isTaken ? alias(id, organization) : id);
    for (const column of [this.#home, this.#next, this.#held]) column.set(row, NONE);
    return row;
  }

  #grantId(row: number, at: number) {
    return isTagged(at) ? this.#linkIds.get(untagged(at)) : this.#ids.get(row);
  }

  #hold(row: number, { grants, teams }: Member): void {
    const [only, ...more] = grants;
    if (only !== undefined && more.length + teams.length === 0) {
      this.#ids.set(row, only.id);
      return this.#held.set(row, this.things.take(roleOf(only)));
    }
    let next = NONE;
    for (const place of teams.toReversed()) next = this.#put(placeOf(place), undefined, next);
    for (const grant of grants.toReversed()) next = this.#put(roleOf(grant), grant.id, next);
    this.#held.set(row, next);
  }

  #put(thing: Thing, id: Grant['id'] | undefined, next: number): number {
    const link = this.#freeLinks.pop() ?? (this.#links += 1);
    this.#thing.set(link, this.things.take(thing));
    if (id !== undefined) this.#linkIds.set(link, id);
    this.#after.set(link, next);
    return tagged(link);
  }

  #letGo(first: number): void {
    for (let at = first; at !== NONE;) {
      if (!isTagged(at)) return this.things.release(at);
      const link = untagged(at);
      at = this.#after.get(link);
      this.things.release(this.#thing.get(link));
      this.#linkIds.release(link);
      this.#freeLinks.push(link);
    }
  }

  #link(row: number, person: number): void {
    const first = person < this.#first.length ? this.#first.get(person) : NONE;
    const rows = this.#busy.get(person) ?? this.#mapOf(person, first);
    rows?.set(this.organizationOf(row), row);
    const isOnly = first === NONE || rows !== undefined;
    this.#next.set(row, isOnly ? tagged(person) : first);
    this.#first.set(person, rows === undefined ? row : NONE);
  }

  /** Where the chain has become long: in its place. */
  #mapOf(person: number, first: number): Map<number, number> | undefined {
    const chain: number[] = [];
    for (let row = first; row !== NONE && !isTagged(row); row = this.#next.get(row)) {
      chain.push(row);
    }
    if (chain.length < LONG) return undefined;
    for (const row of chain) this.#next.set(row, tagged(person));
    const rows = new Map(chain.map((row) => [this.organizationOf(row), row]));
    this.#busy.set(person, rows);
    return rows;
  }

  #unlink(row: number): void {
    if (row === NONE) return;
    const person = this.person(row);
    if (person === NONE) return;
    const next = this.#next.get(row);
    this.#next.set(row, NONE);
    const busy = this.#busy.get(person);
    if (busy !== undefined) {
      busy.delete(this.organizationOf(row));
      if (busy.size > 0) return;
      this.#busy.delete(person);
      return this.users.release(person);
    }
    let before = this.#first.get(person);
    if (before !== row) {
      while (this.#next.get(before) !== row) before = this.#next.get(before);
      return this.#next.set(before, next);
    }
    this.#first.set(person, isTagged(next) ? NONE : next);
    if (isTagged(next)) this.users.release(person);
  }
}
