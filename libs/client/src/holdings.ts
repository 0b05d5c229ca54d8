/** Who holds what in one organization: the rows of the change stream, folded. */
import { contains, union, without, type Span, type Spans } from './spans.js';

/** As the stream tells it; times in RFC 3339, absent: without bound. */
export interface Row {
  readonly principal: string;
  /** The person a member is. */
  readonly user?: string;
  /** `organization`, or a space. */
  readonly scope: string;
  readonly change: 'gained' | 'lost';
  readonly permissions: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

/** What may be held at a space at all; told when that changes. */
export interface SpaceRow {
  readonly space: string;
  readonly status: 'active' | 'inactive' | 'deleted';
  /** Of an inactive space: what is left. */
  readonly only?: readonly string[];
}

const ORGANIZATION = 'organization';

/** scope → permission → when. */
type Held = Map<string, Map<string, Spans>>;

export class Holdings {
  readonly #held = new Map<string, Held>();
  /** Person → the members they are; and member → the person it was last told to be. */
  readonly #members = new Map<string, Set<string>>();
  readonly #persons = new Map<string, string>();
  readonly #spaces = new Map<string, SpaceRow>();
  /** Every permission that was ever told of. */
  readonly #known = new Set<string>();

  /** What one event changed. Telling it twice changes nothing. */
  apply(rows: readonly Row[], spaces: readonly SpaceRow[]): void {
    for (const space of spaces) this.#spaces.set(space.space, space);
    for (const row of rows) if (row.change === 'lost') this.#fold(row, without);
    for (const row of rows) if (row.change === 'gained') this.#fold(row, union);
  }

  /**
   * Whether the permission is held at that moment (milliseconds since the epoch), as a check would
   * say; `undefined` of a permission that nobody was ever told to hold: there may be none of the
   * name, which is for the service to say.
   */
  answer(
    { principal, space, permission }: { principal: string; space?: string; permission: string },
    now: number,
  ): boolean | undefined {
    if (!this.#known.has(permission)) return undefined;
    if (space !== undefined && !this.#isOpen(space, permission)) return false;
    const scopes = space === undefined ? [ORGANIZATION] : [ORGANIZATION, space];
    const principals = [principal, ...(this.#members.get(principal) ?? [])];
    return principals.some((one) =>
      scopes.some((scope) => contains(this.#held.get(one)?.get(scope)?.get(permission) ?? [], now)),
    );
  }

  #isOpen(space: string, permission: string): boolean {
    const row = this.#spaces.get(space);
    if (row === undefined || row.status === 'deleted') return false;
    return row.status === 'active' || (row.only?.includes(permission) ?? false);
  }

  #identify(member: string, person: string): void {
    const before = this.#persons.get(member);
    if (before === person) return;
    if (before !== undefined) this.#members.get(before)?.delete(member);
    this.#persons.set(member, person);
    entryOf(this.#members, person, () => new Set<string>()).add(member);
  }

  #fold({ principal, user, scope, permissions, ...row }: Row, change: typeof union): void {
    if (user !== undefined) this.#identify(principal, user);
    const held: Held = entryOf(this.#held, principal, () => new Map());
    const here = entryOf(held, scope, () => new Map<string, Spans>());
    const span = spanOf(row);
    for (const permission of permissions) {
      this.#known.add(permission);
      const spans = change(here.get(permission) ?? [], span);
      if (spans.length > 0) here.set(permission, spans);
      else here.delete(permission);
    }
    if (here.size === 0) held.delete(scope);
    if (held.size === 0) this.#held.delete(principal);
  }
}

const spanOf = ({ from, until }: Pick<Row, 'from' | 'until'>): Span => ({
  from: from === undefined ? -Infinity : Date.parse(from),
  until: until === undefined ? Infinity : Date.parse(until),
});

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
