/** What a follower has made of the log, on disk: when it is written, and whether what is there can be
 * begun with. */
import type { Mark, Recorded } from '#domain/events.js';
import type { EventLog } from './event-log.js';
import { readKept, writeKept } from './kept.js';
import { holds, markOf } from './mark.js';
import type { Snapshots } from './snapshots.js';
import { UnknownEvent } from './upcasts.js';

/** Events after which it is written again while it runs; more where it holds more, so that writing
 * stays small beside what there was to apply. */
export const EVERY = 50_000;
/** Events that make it worth while at the end. */
export const WORTH = 500;

/** What is kept of a state, and under which name. */
export interface Form<State, Copy extends object> {
  /** In place of the name of a stream, which it can't be: those are of organizations and catalogues. */
  readonly stream: string;
  /** With a number: what was written under another one is left alone, and the log is read from its
   * beginning. */
  readonly name: string;
  /** Throws where the copy can't be begun with any more. */
  readonly restored: (copy: Copy) => State;
}

export interface Restored<State> {
  readonly state: State;
  readonly mark: Mark;
}

export class Keeping<State, Copy extends object> {
  #last: Recorded | undefined;
  /** Events since it was written. */
  #since = 0;
  #writing: Promise<void> | undefined;

  /**
   * @param snapshots absent: nothing is kept.
   * @param worth events that make it worth while at the end.
   */
  constructor(
    private readonly log: EventLog,
    private readonly snapshots: Snapshots | undefined,
    private readonly form: Form<State, Copy>,
    private readonly worth = WORTH,
  ) {}

  /** What was kept, if the log still has the event that it ends with. */
  async restore(): Promise<Restored<State> | undefined> {
    const { stream, name } = this.form;
    const snapshot = await this.snapshots?.load(stream, name);
    if (snapshot === undefined) return undefined;
    const restored = await this.#read(snapshot.payload);
    try {
      if (restored !== undefined && (await holds(this.log, restored.mark))) return restored;
    } catch (error) {
      // A newer node has kept it, and goes on with it.
      if (error instanceof UnknownEvent) return undefined;
      throw error;
    }
    // It can't be used here, is of another log, or of one that has lost its end since.
    await this.snapshots?.remove(stream);
    return undefined;
  }

  /** `undefined` where another version of the engine wrote it, or what is in it is refused today. */
  async #read(payload: Buffer): Promise<Restored<State> | undefined> {
    try {
      const { mark, copy } = await readKept<Copy>(payload);
      return { state: this.form.restored(copy), mark };
    } catch {
      return undefined;
    }
  }

  applied(events: readonly Recorded[]): void {
    this.#last = events.at(-1) ?? this.#last;
    this.#since += events.length;
  }

  /**
   * Writes it beside everything else, if it is time.
   * @param copy what is held now, later changes not in it; `undefined` where that can't be begun with.
   * @param size of what is held, counted in what events add.
   */
  consider(copy: () => Copy | undefined, size: () => number): void {
    if (this.#writing !== undefined || this.#since < EVERY || this.#since < size() / 2) return;
    this.#writing = this.#write(copy())
      // A snapshot costs time, never facts: the next one may succeed.
      .catch(() => undefined)
      .finally(() => (this.#writing = undefined));
  }

  /** Nothing more is applied. */
  async end(copy: () => Copy | undefined): Promise<void> {
    await this.#writing;
    if (this.#since >= this.worth) await this.#write(copy()).catch(() => undefined);
  }

  async #write(copy: Copy | undefined): Promise<void> {
    if (this.snapshots === undefined || this.#last === undefined || copy === undefined) return;
    this.#since = 0;
    const mark = markOf(this.#last);
    const payload = await writeKept(mark, copy);
    const { stream, name } = this.form;
    const { hash } = mark;
    await this.snapshots.save({ stream, name, revision: Number(mark.position), hash, payload });
  }
}
