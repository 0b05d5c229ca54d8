/** One organization's rows are made anew from its own stream. */
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { Checkpoints } from '#readstore/checkpoints.js';
import type { ReadStore } from '#readstore/store.js';
import type { Applying } from './applying.js';
import { NotApplicable, type Build } from './build.js';
import type { Turns } from './turns.js';

export interface RepairingOptions {
  readonly log: EventLog;
  readonly store: ReadStore;
  readonly checkpoints: Checkpoints;
  readonly applying: Applying;
  readonly turns: Turns;
}

/**
 * Quarantines the stream, takes its rows away, and applies its events up to where the build is.
 * The quarantine ends with that, or stays at the event that can't be applied or read.
 */
export async function repair(
  { log, store, checkpoints, applying, turns }: RepairingOptions,
  build: Build,
  stream: string,
): Promise<void> {
  await turns.run(async () => {
    const last = await log.last(stream);
    if (last === undefined) return;
    const reason = 'its rows are being made anew';
    const { revision, event } = last;
    const at = last.metadata.occurredAt;
    const row = { build: build.number, stream, revision, type: event.type, reason, at };
    store.transaction(() => {
      checkpoints.quarantine(row);
      build.clear(stream);
    });
    build.quarantine.set(stream, row);
  });
  let next = 0;
  /** Applies what the build as a whole has behind it. */
  const pass = async () => {
    for await (const events of log.read(stream, next)) {
      const due = events.filter(({ position }) => position <= build.position);
      await applying.replay(build, due);
      next += due.length;
      if (due.length < events.length) return;
    }
  };
  try {
    await pass();
    // What came meanwhile, while nothing more comes.
    await turns.run(async () => {
      await pass();
      store.transaction(() => checkpoints.release(build.number, stream));
      build.quarantine.delete(stream);
    });
  } catch (error) {
    const isDamage = error instanceof DamagedEvent;
    if (!isDamage && !(error instanceof NotApplicable)) throw error;
    const row = isDamage ? applying.lostRow(build, error) : applying.row(error);
    store.transaction(() => checkpoints.quarantine(row));
    build.quarantine.set(stream, row);
  }
}
