/**
 * What each event changes of what anybody may do, from the log alone: events come in commit order,
 * each exactly once, and what was before them is folded from the log.
 */
import { setImmediate as breath } from 'node:timers/promises';
import { affected, affectsEverybody, inhabitants, type Around } from '#domain/affected.js';
import { organizationOf, type MembershipEvent, type Recorded } from '#domain/events.js';
import { PLATFORM, type OrganizationId } from '#domain/ids.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import { abroad } from './abroad.js';
import { Comparison, type ChangeRow } from './changes.js';
import { Outlook } from './outlook.js';
import type { Place } from '../place.js';
import { type Principal } from '../questions.js';
import { spacesOf, spacesTouched } from './spaces.js';
import { latest, placeOf, type State, type States } from './states.js';
import type { Changed, SpaceRow, Watched } from './watched.js';

/** A part of what is told of one organization. */
export type Part = Omit<Changed, 'event' | 'tells'>;
/** Nothing can be said of an organization from here on: one of its events is lost, or unknown here. */
export interface Lost {
  readonly organization: OrganizationId;
  readonly damage: DamagedEvent;
}
/** A part, what is lost, or a moment to see to something else. */
export type Step = Part | Lost | 'breath';

export const isLost = (step: Part | Lost): step is Lost => 'damage' in step;

/** Rows in one part: clients of gRPC take no more than 4 MiB at once, unless they are set to. */
const ROWS = 500;
/** Principals that are looked at in one go: some milliseconds' work. */
const SLICE = 200;

export class Derivation {
  #position: bigint | null = null;

  /**
   * @param organizations all there are; asked only where all are watched.
   * @param isOpen false of an organization of which nothing can be said, from when that was told.
   */
  constructor(
    private readonly states: States,
    private readonly watched: Pick<Watched, 'organization' | 'principal' | 'permission'>,
    private readonly organizations: () => Iterable<OrganizationId> | AsyncIterable<OrganizationId>,
    private readonly isOpen: (organization: OrganizationId) => boolean,
  ) {}

  /** Everything up to it is taken; `null`: nothing is. */
  get position(): bigint | null {
    return this.#position;
  }

  /** There is nothing to take up to this place. */
  skipTo(position: bigint | null): void {
    this.#position = position;
  }

  /** Of the organization's last event that was taken; -1: there was none. @throws DamagedEvent */
  async revision(organization: OrganizationId): Promise<number> {
    return (await this.#state(organization))?.revision ?? -1;
  }

  /** All that is held in the organization, and is to be held. */
  async *held(organization: OrganizationId): AsyncGenerator<Step> {
    const state = await this.#found(organization);
    if (state instanceof DamagedEvent) return yield { organization, damage: state };
    if (state === undefined) return;
    const platform = await this.#state(PLATFORM);
    const place = placeOf(state, organization === PLATFORM ? state : platform);
    const of = { organization, revision: state.revision };
    const around = [place.organization];
    const principals = chained(
      inhabitants(place.organization),
      visitors(platform, organization, around),
    );
    for (const spaces of portions(spacesOf(place))) yield { ...of, changes: [], spaces };
    yield* this.#differences(of, undefined, place, principals);
  }

  /** Takes the event: what it changes, in every organization that is watched. @throws DamagedEvent
   * of the platform, without which nothing can be said of anybody */
  async *take(recorded: Recorded): AsyncGenerator<Step> {
    const id = organizationOf(recorded.stream);
    const isLate = this.#position !== null && recorded.position <= this.#position;
    // Catalogues give nothing by themselves.
    if (id !== undefined && this.isOpen(id)) yield* this.#take(recorded, id, isLate);
    if (!isLate) this.#position = recorded.position;
  }

  async *#take(recorded: Recorded, id: OrganizationId, isLate: boolean): AsyncGenerator<Step> {
    const found = await this.#found(id);
    if (found instanceof DamagedEvent) return yield { organization: id, damage: found };
    // What comes late, as the last of its stream, can be in the state and not be told.
    const isUntold = isLate && found?.revision === recorded.revision;
    const before = isUntold ? await this.states.before(recorded, id) : found;
    // It may come twice.
    if (recorded.revision <= (before?.revision ?? -1)) return;
    const after = this.states.after(before, recorded, id);
    if (this.#isWatched(id)) yield* this.#home(recorded, before, after);
    if (id === PLATFORM) yield* this.#elsewhere(recorded, before, after);
    this.states.take(before, recorded, after);
  }

  /** What changes in the organization that the event is of. */
  async *#home(recorded: Recorded, before: State | undefined, after: State): AsyncGenerator<Step> {
    const event = recorded.event as MembershipEvent;
    const { id } = after.organization;
    const platform = id === PLATFORM ? undefined : await this.#state(PLATFORM);
    const was = before && placeOf(before, id === PLATFORM ? before : platform);
    const is = placeOf(after, id === PLATFORM ? after : platform);
    const around = [was?.organization, is.organization];
    const principals = chained(
      affected(event, around),
      affectsEverybody(event) ? visitors(platform, id, around) : [],
    );
    const of = { organization: id, revision: recorded.revision };
    for (const spaces of portions(spacesTouched(event, is))) yield { ...of, changes: [], spaces };
    yield* this.#differences(of, was, is, principals);
  }

  /** What an event of the platform changes in the other organizations. */
  async *#elsewhere(
    recorded: Recorded,
    before: State | undefined,
    after: State,
  ): AsyncGenerator<Step> {
    const around = [before?.organization, after.organization];
    const platform = new Set(affected(recorded.event as MembershipEvent, around));
    if (platform.size === 0) return;
    const { organization: only } = this.watched;
    for await (const id of only === undefined ? this.#all() : [only]) {
      if (id === PLATFORM || !this.#isWatched(id)) continue;
      const state = await this.#found(id);
      if (state instanceof DamagedEvent) {
        yield { organization: id, damage: state };
        continue;
      }
      if (state === undefined) continue;
      const { organization, revision } = state;
      const principals = abroad(platform, [organization]);
      const [was, is] = [placeOf(state, before), placeOf(state, after)];
      yield* this.#differences({ organization: id, revision }, was, is, principals);
      yield 'breath';
    }
  }

  async *#differences(
    of: Pick<Part, 'organization' | 'revision'>,
    before: Place | undefined,
    after: Place,
    principals: Iterable<Principal>,
  ): AsyncGenerator<Step> {
    const comparison = new Comparison(new Outlook(before), new Outlook(after), latest(after));
    let changes: ChangeRow[] = [];
    const looked = new Set<Principal>();
    for (const principal of principals) {
      if (looked.has(principal)) continue;
      looked.add(principal);
      for (const row of comparison.of(principal).flatMap((one) => this.#wanted(one))) {
        changes.push(row);
        if (changes.length < ROWS) continue;
        yield { ...of, changes, spaces: [] };
        changes = [];
      }
      if (looked.size % SLICE > 0) continue;
      await breath();
      yield 'breath';
    }
    if (changes.length > 0) yield { ...of, changes, spaces: [] };
  }

  #wanted(row: ChangeRow): ChangeRow[] {
    const { principal, permission } = this.watched;
    if (principal !== undefined && principal !== row.principal && principal !== row.user) return [];
    if (permission === undefined) return [row];
    return row.permissions.includes(permission) ? [{ ...row, permissions: [permission] }] : [];
  }

  /** As they are now, whatever happens while they are walked. */
  #all(): Iterable<OrganizationId> | AsyncIterable<OrganizationId> {
    const all = this.organizations();
    return Symbol.iterator in all ? [...all] : all;
  }

  #isWatched(organization: OrganizationId): boolean {
    const { organization: only } = this.watched;
    return (only === undefined || only === organization) && this.isOpen(organization);
  }

  #state(organization: OrganizationId): Promise<State | undefined> {
    return this.states.of(organization, this.#position);
  }

  /** The state; of an organization that is lost, by what. */
  async #found(organization: OrganizationId): Promise<State | DamagedEvent | undefined> {
    try {
      return await this.#state(organization);
    } catch (error) {
      if (error instanceof DamagedEvent && organization !== PLATFORM) return error;
      throw error;
    }
  }
}

/** Those to whom the platform may give something in an organization, as who they are there. */
function* visitors(
  platform: State | undefined,
  organization: OrganizationId,
  around: Around,
): Generator<Principal> {
  if (organization === PLATFORM || platform === undefined) return;
  yield* abroad(inhabitants(platform.organization), around);
}

function* chained(...parts: readonly Iterable<Principal>[]): Generator<Principal> {
  for (const part of parts) yield* part;
}

const portions = (spaces: readonly SpaceRow[]): SpaceRow[][] =>
  Array.from({ length: Math.ceil(spaces.length / ROWS) }, (_, part) =>
    spaces.slice(part * ROWS, (part + 1) * ROWS),
  );
