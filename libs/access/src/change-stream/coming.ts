/** What comes in the log, as far as it is applied here. */
import type { Recorded } from '#domain/events.js';
import { followPastDamage, type Followed } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { isBefore } from '#eventlog/mark.js';

/** Kept open from one question to the next: what is found late comes to whoever is there. */
export class Coming {
  readonly #over = new AbortController();
  readonly #followed: AsyncIterator<Followed, undefined>;
  #next: Promise<IteratorResult<Followed, undefined>> | undefined;
  /** `#next` need not be waited for. */
  #isHere = false;
  /** Everything up to it has come. */
  #position: bigint | null;
  /** Has come, and is not applied yet. */
  #early: readonly Recorded[] = [];

  /** @param after everything up to it is left out. */
  constructor(log: EventLog, after: bigint | null, signal: AbortSignal) {
    this.#position = after;
    this.#followed = followPastDamage(log, after, AbortSignal.any([signal, this.#over.signal]));
  }

  /**
   * What has not been given yet, in the order in which it has come: all up to there, and what was
   * found late. An event that is lost is left out.
   *
   * @param applied how far the log is applied at this very moment.
   */
  async *upTo(applied: bigint | null): AsyncGenerator<Recorded> {
    if (applied === null) return;
    const isApplied = ({ position }: Recorded): boolean => position <= applied;
    let events = this.#early;
    for (;;) {
      this.#early = events.filter((one) => !isApplied(one));
      yield* events.filter(isApplied);
      if (this.#early.length > 0) return;
      const next = (this.#next ??= this.#ask());
      if (!this.#isHere && !isBefore(this.#position, applied)) return;
      const { done, value } = await next;
      if (done) return;
      this.#next = this.#ask();
      events = value instanceof DamagedEvent ? [] : value;
      this.#position = value instanceof DamagedEvent ? value.position : events.at(-1)!.position;
    }
  }

  /** Nothing more is asked of it. */
  end(): void {
    this.#over.abort();
    // What has come and was not taken would keep it open.
    void this.#followed.return?.().catch(() => undefined);
  }

  #ask(): Promise<IteratorResult<Followed, undefined>> {
    const next = this.#followed.next();
    const come = (): void => void (this.#isHere = true);
    this.#isHere = false;
    next.then(come, come);
    return next;
  }
}
