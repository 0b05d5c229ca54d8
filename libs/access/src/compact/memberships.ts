/**
 * Every membership of every organization, in columns of numbers: where, whose (`persons.ts`), and what it
 * is with (`holdings.ts`). One with one grant takes 20 bytes, four for the person whose only one it is, and
 * ids apart.
 */
import type { StatusChangeCause } from '#domain/events.js';
import type { MemberId, OrganizationId } from '#domain/ids.js';
import type { Member } from '#domain/state.js';
import { prefixOf } from '../questions.js';
import { Column } from './column.js';
import { Holdings, type HoldingsCopy } from './holdings.js';
import { Names, NONE } from './names.js';
import { PackedNames, type PackedNamesCopy } from './packed-names.js';
import { Persons, type PersonsCopy } from './persons.js';

/** Above the number of the organization: whether and why the membership is inactive. */
const STATUS = 29;
const ORGANIZATION_MASK = (1 << STATUS) - 1;
const STATUSES: readonly (StatusChangeCause | 'active')[] = [
  'active',
  'direct',
  'scim',
  'sso',
  'erased',
];

/** What the same id in a second organization is called: no id holds a blank. */
const alias = (id: string, organization: number): MemberId => `${id} ${organization}` as MemberId;
const isAlias = (id: MemberId): boolean => id.includes(' ');

/** What of a member the columns do not hold: no question about permissions asks for it. */
const UNTOLD = { tag: null, authentication: 'local', named: NONE, accepted: [] } as const;

/** All of it at a moment. */
export interface MembershipsCopy {
  readonly organizations: (OrganizationId | undefined)[];
  readonly members: PackedNamesCopy<MemberId>;
  readonly home: Uint32Array[];
  readonly persons: PersonsCopy;
  readonly holdings: HoldingsCopy;
}

/** A row is the number of a member; `NONE` is no row. */
export class Memberships {
  readonly organizations: Names<OrganizationId>;
  readonly persons: Persons;
  readonly holdings: Holdings;
  readonly #members: PackedNames<MemberId>;
  #aliases: number;
  /** Row → organization and status. */
  readonly #home: Column;

  /** @param from as `copy` gave it. */
  constructor(from?: MembershipsCopy) {
    this.organizations = new Names(from?.organizations);
    this.#members = new PackedNames(prefixOf('member'), from?.members);
    this.#aliases = from?.members.ids.others.filter(([, id]) => isAlias(id)).length ?? 0;
    this.#home = new Column(from?.home);
    this.persons = new Persons((row) => this.organizationOf(row), from?.persons);
    this.holdings = new Holdings(from?.holdings);
    for (const row of this.#members.numbers()) this.persons.restore(row);
  }

  /** What it holds now; later changes are not in it. */
  copy(): MembershipsCopy {
    return {
      organizations: this.organizations.ids(),
      members: this.#members.copy(),
      home: this.#home.pages(),
      persons: this.persons.copy(),
      holdings: this.holdings.copy(),
    };
  }

  get size(): number {
    return this.#members.size;
  }

  /** What the columns take in memory, ids apart. */
  get bytes(): number {
    return this.#home.bytes + this.persons.bytes + this.holdings.bytes;
  }

  /** What the ids of members, persons and grants take. */
  get idBytes(): number {
    return this.#members.bytes + this.persons.idBytes + this.holdings.idBytes;
  }

  row(organization: number, member: string): number {
    const row = this.#members.number(member);
    if (row !== NONE && this.organizationOf(row) === organization) return row;
    return this.#aliases === 0 ? NONE : this.#members.number(alias(member, organization));
  }

  /** The organization of a member. Where an id is in several, which the service never makes, only the
   * first of them is known, and nothing once it has left that one. */
  home(member: string): OrganizationId | undefined {
    const row = this.#members.number(member);
    return row === NONE ? undefined : this.organizations.id(this.organizationOf(row));
  }

  id(row: number): MemberId {
    const id = this.#members.id(row);
    return this.#aliases === 0 ? id : (id.split(' ', 1)[0] as MemberId);
  }

  organizationOf(row: number): number {
    return this.#home.get(row) & ORGANIZATION_MASK;
  }

  isActive(row: number): boolean {
    return this.#home.get(row) >>> STATUS === 0;
  }

  read(row: number): Member {
    const user = this.persons.userOf(row);
    const member = {
      ...UNTOLD,
      id: this.id(row),
      ...(user === undefined ? {} : { user }),
      ...this.holdings.read(row),
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
    this.#home.set(row, organization | (STATUSES.indexOf(status) << STATUS));
    const { user } = member;
    if (user === undefined) this.persons.unlink(row);
    else if (user !== this.persons.userOf(row)) this.persons.link(row, user);
    this.holdings.write(row, member, organization);
    return row;
  }

  remove(row: number): void {
    this.persons.unlink(row);
    this.holdings.release(row);
    if (this.#aliases > 0 && isAlias(this.#members.id(row))) this.#aliases -= 1;
    this.#members.release(row);
  }

  #begin(organization: number, { id }: Member): number {
    const before = this.#members.size;
    let row = this.#members.take(id);
    if (this.#members.size === before) {
      this.#aliases += 1;
      row = this.#members.take(alias(id, organization));
    }
    this.#home.set(row, organization);
    this.persons.begin(row);
    this.holdings.begin(row);
    return row;
  }
}
