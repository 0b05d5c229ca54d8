/** One stream, folded up to any of its events without beginning anew each time. */
import { organizationOf, type MembershipEvent, type Recorded } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';
import type { EventLog } from '#eventlog/event-log.js';

/** Which event of a stream, and when. */
export interface Stamp {
  readonly revision: number;
  readonly position: bigint;
  readonly occurredAt: Instant;
}

/** The state right after an event. Nobody changes it. */
export interface Mark extends Stamp {
  readonly organization: Organization;
}

/** About what one row takes in memory, its indexes included; in bytes. */
const ROW_BYTES = 1000;

/**
 * Keeps the state after every `every` events, each as a layer over the one before, so that all of
 * them together take what was changed and no more. Made as far as it was ever asked.
 */
export class Timeline {
  readonly #marks: Mark[] = [];
  #rows = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly stream: string,
    readonly every: number,
  ) {}

  /** What is kept takes about so many bytes. */
  get bytes(): number {
    return this.#rows * ROW_BYTES;
  }

  /** States kept; what is read of the newest falls through all of them. */
  get depth(): number {
    return this.#marks.length;
  }

  /**
   * The state after the last event that was by then; `undefined` where there was none.
   * @param wasBy true of every event up to some place in the stream, false from there on.
   */
  last(wasBy: (stamp: Stamp) => boolean): Promise<Mark | undefined> {
    // One after the other: who waits finds the states that were kept on the way.
    const found = this.#turn.then(() => this.#fold(wasBy));
    this.#turn = found.catch(() => undefined);
    return found;
  }

  async #fold(wasBy: (stamp: Stamp) => boolean): Promise<Mark | undefined> {
    let mark = this.#marks.findLast(wasBy);
    let rows = 0;
    const organization = () =>
      mark === undefined
        ? emptyOrganization(organizationOf(this.stream) as OrganizationId)
        : overlay(mark.organization);
    let state = organization();
    const from = (mark?.revision ?? -1) + 1;
    // A state that is kept and too late says that nothing beyond it is wanted.
    const to = this.#marks.find(({ revision }) => revision >= from)?.revision;
    for await (const batch of this.log.read(this.stream, from, to)) {
      for (const recorded of batch) {
        const stamp = stampOf(recorded);
        if (!wasBy(stamp)) return mark && { ...mark, organization: state };
        rows += rowsOf(recorded.event as MembershipEvent, state);
        evolve(state, { ...recorded, event: recorded.event as MembershipEvent });
        mark = { ...stamp, organization: state };
        if ((stamp.revision + 1) % this.every > 0) continue;
        this.#marks.push(mark);
        this.#rows += Math.min(rows, size(state));
        rows = 0;
        state = organization();
      }
    }
    return mark && { ...mark, organization: state };
  }
}

export const stampOf = ({ revision, position, metadata }: Recorded): Stamp => ({
  revision,
  position,
  occurredAt: metadata.occurredAt,
});

/** How many rows an event writes, at most. */
const rowsOf = ({ type }: MembershipEvent, state: Organization): number =>
  type === 'organization.catalogue_adopt' ||
  type === 'role.retire' ||
  type === 'space.delete' ||
  type === 'team.delete'
    ? size(state)
    : 2;

const size = (state: Organization): number =>
  state.members.size +
  state.former.size +
  state.invitations.size +
  state.teams.size +
  state.serviceAccounts.size +
  state.apiKeys.size +
  state.spaces.size +
  state.commands.size +
  state.ended.size +
  1;
