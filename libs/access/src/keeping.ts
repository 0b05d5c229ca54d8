/** The index on disk: when it is written, and whether what is there can be begun with. */
import type { Recorded } from '#domain/events.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { holds, markOf, type Mark } from './mark.js';
import { PermissionIndex } from './permission-index.js';
import { INDEX_SNAPSHOT, INDEX_STREAM, readIndex, writeIndex } from './snapshot.js';

/** Events after which it is written again while it runs; more where it holds more, so that writing
 * stays small beside what there was to apply. */
const EVERY = 50_000;
const WORTH = 500;

export interface Restored {
  readonly index: PermissionIndex;
  readonly mark: Mark;
}

export class Keeping {
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
    private readonly worth = WORTH,
  ) {}

  /** What was kept, if the log still has the event that it ends with. */
  async restore(): Promise<Restored | undefined> {
    const snapshot = await this.snapshots?.load(INDEX_STREAM, INDEX_SNAPSHOT);
    if (snapshot === undefined) return undefined;
    const restored = await read(snapshot.payload);
    try {
      if (restored !== undefined && (await holds(this.log, restored.mark))) return restored;
    } catch (error) {
      // A newer node has kept it, and goes on with it.
      if (error instanceof UnknownEvent) return undefined;
      throw error;
    }
    // It can't be used here, is of another log, or of one that has lost its end since.
    await this.snapshots?.remove(INDEX_STREAM);
    return undefined;
  }

  applied(events: readonly Recorded[]): void {
    this.#last = events.at(-1) ?? this.#last;
    this.#since += events.length;
  }

  /** Writes it beside everything else, if it is time. */
  consider(index: PermissionIndex): void {
    if (this.#writing !== undefined || this.#since < Math.max(EVERY, index.size / 2)) return;
    this.#writing = this.#write(index)
      // A snapshot costs time, never facts: the next one may succeed.
      .catch(() => undefined)
      .finally(() => (this.#writing = undefined));
  }

  /** Nothing more is applied. */
  async end(index: PermissionIndex): Promise<void> {
    await this.#writing;
    if (this.#since >= this.worth) await this.#write(index).catch(() => undefined);
  }

  async #write(index: PermissionIndex): Promise<void> {
    const copy = index.copy();
    if (this.snapshots === undefined || this.#last === undefined || copy === undefined) return;
    this.#since = 0;
    const mark = markOf(this.#last);
    const payload = await writeIndex(mark, copy);
    const { hash } = mark;
    const revision = Number(mark.position);
    await this.snapshots.save({
      stream: INDEX_STREAM,
      name: INDEX_SNAPSHOT,
      revision,
      hash,
      payload,
    });
  }
}

/** `undefined` where another version of the engine wrote it, or a catalogue in it is refused today. */
async function read(payload: Buffer): Promise<Restored | undefined> {
  try {
    const { mark, copy } = await readIndex(payload);
    return { index: new PermissionIndex(copy), mark };
  } catch {
    return undefined;
  }
}
