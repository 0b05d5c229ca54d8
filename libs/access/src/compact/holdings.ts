/**
 * What each membership is with. Its things lie side by side, two words for each, so that one look brings
 * all of them that a question needs: a role without times is in its words; all else has a number there.
 */
import type { GrantId, TeamId } from '#domain/ids.js';
import {
  GRANT_SOURCES,
  type Grant,
  type GrantSource,
  type Member,
  type Team,
  type TeamPlace,
} from '#domain/state.js';
import { Column } from './column.js';
import { Names, NONE } from './names.js';
import { PackedIds, type PackedCopy } from './packed-ids.js';
import { Terms, type TermsCopy } from './terms.js';
import {
  grantOf,
  placeOf,
  roleOf,
  teamPlaceOf,
  Things,
  type Place,
  type Thing,
  type ThingsCopy,
} from './things.js';

/** Bits of the first word of a slot: no more things of this row follow; the second word is the number
 * of a thing and not a scope; where the grant is from; and, above these, the role. */
const LAST = 1;
const NUMBERED = 2;
const SOURCE = 2;
const ROLE = 6;
const SOURCES_MASK = (1 << (ROLE - SOURCE)) - 1;

export const isLast = (word: number): boolean => (word & LAST) !== 0;
export const isNumbered = (word: number): boolean => (word & NUMBERED) !== 0;
/** The number of a role that is not numbered. */
export const roleIn = (word: number): number => word >>> ROLE;
const sourceIn = (word: number): GrantSource => GRANT_SOURCES[(word >>> SOURCE) & SOURCES_MASK]!;

export interface HoldingsCopy {
  readonly terms: TermsCopy;
  readonly things: ThingsCopy;
  readonly teams: (string | undefined)[];
  readonly first: Uint32Array[];
  readonly firstOfTeam: Uint32Array[];
  readonly words: Uint32Array[];
  readonly ids: PackedCopy<GrantId>;
  readonly slots: number;
  readonly free: (readonly [room: number, slots: readonly number[]])[];
}

/** Few are given just what they need. Of many there is room for more: else whoever is given one role
 * after the other would leave behind room of every length. */
const roomFor = (length: number): number =>
  length <= 4 ? length : 2 ** Math.ceil(Math.log2(length));

const NOWHERE: readonly Place[] = [];

type Held = Pick<Member, 'grants' | 'teams'>;

export class Holdings {
  readonly terms: Terms;
  /** What has times, and places in teams. */
  readonly #things: Things;
  /** Every team by its id and its organization. */
  readonly #teams: Names<string>;
  /** Row → its first slot; the others follow. */
  readonly #first: Column;
  /** Team → the first slot of its grants. */
  readonly #firstOfTeam: Column;
  /** Slot → two words. */
  readonly #words: Column;
  /** Slot → the id of that grant. */
  readonly #ids: PackedIds<GrantId>;
  /** Room → first slots of as many that nobody has. */
  readonly #free: Map<number, number[]>;
  /** The highest slot that was ever used. */
  #slots: number;

  /** @param from as `copy` gave it. */
  constructor(from?: HoldingsCopy) {
    this.terms = new Terms(from?.terms);
    this.#things = new Things(this.terms, from?.things);
    this.#teams = new Names(from?.teams);
    this.#first = new Column(from?.first);
    this.#firstOfTeam = new Column(from?.firstOfTeam);
    this.#words = new Column(from?.words);
    this.#ids = new PackedIds('grant_', from?.ids);
    this.#free = new Map(from?.free.map(([room, slots]) => [room, [...slots]]));
    this.#slots = from?.slots ?? 0;
  }

  /** What it holds now; later changes are not in it. */
  copy(): HoldingsCopy {
    return {
      terms: this.terms.copy(),
      things: this.#things.copy(),
      teams: this.#teams.ids(),
      first: this.#first.pages(),
      firstOfTeam: this.#firstOfTeam.pages(),
      words: this.#words.pages(),
      ids: this.#ids.copy(),
      slots: this.#slots,
      free: [...this.#free].map(([room, slots]) => [room, [...slots]]),
    };
  }

  /** What it takes in memory, ids of grants apart. */
  get bytes(): number {
    return this.#first.bytes + this.#firstOfTeam.bytes + this.#words.bytes;
  }

  /** What the ids of the grants take. */
  get idBytes(): number {
    return this.#ids.bytes;
  }

  /** How many slots there are, in use or not. */
  get slots(): number {
    return this.#slots;
  }

  /** How many slots are in use. */
  get size(): number {
    const free = [...this.#free].map(([room, slots]) => room * slots.length);
    return free.reduce((left, slots) => left - slots, this.#slots);
  }

  /** The first slot of a row, the next ones follow up to the one that `isLast`; or `NONE`. */
  first(row: number): number {
    return this.#first.signed[row]!;
  }

  /** The first slot of a team's grants. */
  firstOfTeam(team: number): number {
    return this.#firstOfTeam.signed[team]!;
  }

  /**
   * Two for each slot, until the next change. What the first one says: `isLast`, `isNumbered`, `roleIn`.
   * The second one is the scope of a role; of what is numbered the number.
   */
  get words(): Int32Array {
    return this.#words.signed;
  }

  /** Each of the things of a row. */
  *of(row: number): Generator<Thing> {
    for (const slot of this.#slotsFrom(this.first(row))) yield this.#thing(slot);
  }

  /** Those of them that are places in teams. */
  places(row: number): readonly Place[] {
    const first = this.first(row);
    if (first === NONE) return NOWHERE;
    let places = NOWHERE;
    for (let slot = first; ; slot++) {
      const [word, about] = this.#at(slot);
      if (isNumbered(word) && !this.terms.isRole(about)) {
        places = [...places, this.#things.get(about) as Place];
      }
      if (isLast(word)) return places;
    }
  }

  read(row: number): Held {
    const grants: Grant[] = [];
    const teams: TeamPlace[] = [];
    for (const slot of this.#slotsFrom(this.first(row))) {
      const thing = this.#thing(slot);
      if (thing.team === undefined) grants.push(grantOf(thing, this.#ids.get(slot)));
      else teams.push(teamPlaceOf(thing));
    }
    return { grants, teams };
  }

  /** A row that is with nothing yet. */
  begin(row: number): void {
    this.#first.set(row, NONE);
  }

  /** @param organization the number of the one that the row is of. */
  write(row: number, { grants, teams }: Held, organization: number): void {
    this.release(row);
    const places = teams.map((place) => placeOf(place, this.#team(place.team, organization)));
    const first = this.#hold([...grants.map(roleOf), ...places]);
    grants.forEach(({ id }, n) => this.#ids.set(first + n, id));
    this.#first.set(row, first);
  }

  /** Puts these in the place of the grants a team had. */
  writeTeam(team: TeamId, grants: Team['grants'], organization: number): void {
    const number = this.#team(team, organization);
    this.#letGo(this.#firstOfTeam.get(number));
    const things = grants.map((grant) => roleOf({ ...grant, source: 'team' }));
    this.#firstOfTeam.set(number, this.#hold(things));
  }

  /** The row is with nothing any more. */
  release(row: number): void {
    this.#letGo(this.first(row));
    this.#first.set(row, NONE);
  }

  /** It keeps the number for good: places in it may be let go after the team itself. */
  #team(team: TeamId, organization: number): number {
    const number = this.#teams.take(`${organization} ${team}`);
    if (number >= this.#firstOfTeam.length) this.#firstOfTeam.set(number, NONE);
    return number;
  }

  *#slotsFrom(first: number): Generator<number> {
    if (first === NONE) return;
    for (let slot = first; ; slot++) {
      yield slot;
      if (isLast(this.#at(slot)[0])) return;
    }
  }

  #at(slot: number): readonly [word: number, about: number] {
    return [this.#words.get(2 * slot), this.#words.get(2 * slot + 1)];
  }

  #thing(slot: number): Thing {
    const [word, about] = this.#at(slot);
    if (isNumbered(word)) return this.#things.get(about);
    const { roles, scopes } = this.terms;
    return roleOf({
      role: roles.id(roleIn(word)),
      scope: scopes.id(about),
      source: sourceIn(word),
    });
  }

  /** Puts things side by side; gives the first slot, or `NONE`. */
  #hold(things: readonly Thing[]): number {
    if (things.length === 0) return NONE;
    const first = this.#take(things.length);
    things.forEach((thing, n) => {
      const [word, about] = this.#wordsOf(thing);
      const slot = first + n;
      this.#words.set(2 * slot, n === things.length - 1 ? word | LAST : word);
      this.#words.set(2 * slot + 1, about);
    });
    return first;
  }

  /** The first of as many slots that nobody has, one after the other. */
  #take(length: number): number {
    const room = roomFor(length);
    const free = this.#free.get(room)?.pop();
    if (free !== undefined) return free;
    const first = this.#slots + 1;
    this.#slots += room;
    return first;
  }

  #letGo(first: number): void {
    const slots = [...this.#slotsFrom(first)];
    if (slots.length === 0) return;
    for (const slot of slots) {
      const [word, about] = this.#at(slot);
      if (isNumbered(word)) this.#things.release(about);
      this.#ids.release(slot);
    }
    const room = roomFor(slots.length);
    const free = this.#free.get(room) ?? [];
    this.#free.set(room, free);
    free.push(first);
  }

  #wordsOf(thing: Thing): readonly [word: number, about: number] {
    const isTimeless = (thing.notBefore ?? thing.expiresAt) === undefined;
    if (thing.team !== undefined || !isTimeless) return [NUMBERED, this.#things.take(thing)];
    const { roles, scopes } = this.terms;
    const source = GRANT_SOURCES.indexOf(thing.source);
    const word = (roles.take(thing.role) << ROLE) | (source << SOURCE);
    return [word, scopes.take(thing.scope)];
  }
}
