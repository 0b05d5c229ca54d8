/**
 * What each membership is with. One grant alone, which most are with, takes four bytes and its id; more
 * things are links of a chain.
 */
import type { GrantId } from '#domain/ids.js';
import type { Grant, Member, TeamPlace } from '#domain/state.js';
import { Column } from './column.js';
import { NONE } from './names.js';
import { PackedIds, type PackedCopy } from './packed-ids.js';
import { isTagged, tagged, untagged } from './tags.js';
import type { Terms } from './terms.js';
import {
  grantOf,
  placeOf,
  roleOf,
  teamPlaceOf,
  Things,
  type Thing,
  type ThingsCopy,
} from './things.js';

export interface HoldingsCopy {
  readonly things: ThingsCopy;
  readonly held: Uint32Array[];
  readonly ids: PackedCopy;
  readonly thing: Uint32Array[];
  readonly linkIds: PackedCopy;
  readonly after: Uint32Array[];
  readonly links: number;
  readonly freeLinks: number[];
}

type Held = Pick<Member, 'grants' | 'teams'>;

export class Holdings {
  readonly #things: Things;
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
  constructor(from?: HoldingsCopy) {
    this.#things = new Things(from?.things);
    this.#held = new Column(from?.held);
    this.#ids = new PackedIds(from?.ids);
    this.#thing = new Column(from?.thing);
    this.#linkIds = new PackedIds(from?.linkIds);
    this.#after = new Column(from?.after);
    this.#freeLinks = from?.freeLinks ?? [];
    this.#links = from?.links ?? 0;
  }

  /** What it holds now; later changes are not in it. */
  copy(): HoldingsCopy {
    return {
      things: this.#things.copy(),
      held: this.#held.pages(),
      ids: this.#ids.copy(),
      thing: this.#thing.pages(),
      linkIds: this.#linkIds.copy(),
      after: this.#after.pages(),
      links: this.#links,
      freeLinks: [...this.#freeLinks],
    };
  }

  get bytes(): number {
    const parts = [this.#held, this.#ids, this.#thing, this.#linkIds, this.#after];
    return parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** How many different things there are. */
  get size(): number {
    return this.#things.size;
  }

  /** The first of the things of a row, to be followed with `after`; or `NONE`. */
  first(row: number): number {
    return this.#held.get(row);
  }

  after(at: number): number {
    return isTagged(at) ? this.#after.get(untagged(at)) : NONE;
  }

  /** The number of the thing, by which `terms` says what of it decides. */
  number(at: number): number {
    return isTagged(at) ? this.#thing.get(untagged(at)) : at;
  }

  get terms(): Terms {
    return this.#things.terms;
  }

  thing(at: number): Thing {
    return this.#things.get(this.number(at));
  }

  /** Each of the things of a row. */
  *of(row: number): Generator<Thing> {
    for (let at = this.first(row); at !== NONE; at = this.after(at)) yield this.thing(at);
  }

  read(row: number): Held {
    const grants: Grant[] = [];
    const teams: TeamPlace[] = [];
    for (let at = this.first(row); at !== NONE; at = this.after(at)) {
      const thing = this.thing(at);
      if (thing.team === undefined) grants.push(grantOf(thing, this.#grantId(row, at)));
      else teams.push(teamPlaceOf(thing));
    }
    return { grants, teams };
  }

  /** A row that is with nothing yet. */
  begin(row: number): void {
    this.#held.set(row, NONE);
  }

  write(row: number, held: Held): void {
    const before = this.first(row);
    this.#hold(row, held);
    this.#letGo(before);
  }

  /** The row is with nothing any more. */
  release(row: number): void {
    this.#letGo(this.first(row));
    this.#held.set(row, NONE);
    this.#ids.release(row);
  }

  #grantId(row: number, at: number): GrantId {
    return isTagged(at) ? this.#linkIds.get(untagged(at)) : this.#ids.get(row);
  }

  #hold(row: number, { grants, teams }: Held): void {
    const [only, ...more] = grants;
    if (only !== undefined && more.length + teams.length === 0) {
      this.#ids.set(row, only.id);
      return this.#held.set(row, this.#things.take(roleOf(only)));
    }
    let next = NONE;
    for (const place of teams.toReversed()) next = this.#put(placeOf(place), undefined, next);
    for (const grant of grants.toReversed()) next = this.#put(roleOf(grant), grant.id, next);
    this.#held.set(row, next);
  }

  #put(thing: Thing, id: GrantId | undefined, next: number): number {
    const link = this.#freeLinks.pop() ?? (this.#links += 1);
    this.#thing.set(link, this.#things.take(thing));
    if (id !== undefined) this.#linkIds.set(link, id);
    this.#after.set(link, next);
    return tagged(link);
  }

  #letGo(first: number): void {
    for (let at = first; at !== NONE;) {
      if (!isTagged(at)) return this.#things.release(at);
      const link = untagged(at);
      at = this.#after.get(link);
      this.#things.release(this.#thing.get(link));
      this.#linkIds.release(link);
      this.#freeLinks.push(link);
    }
  }
}
