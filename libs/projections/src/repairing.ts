/** One organization's rows are made anew from its own stream. */
import type { Recorded } from '#domain/events.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { Checkpoints } from '#readstore/checkpoints.js';
import type { QuarantineTable } from '#readstore/rows.js';
import type { Writer } from '#readstore/store.js';
import type { Applying } from './applying.js';
import { NotApplicable, type Build } from './build.js';
import type { Turns } from './turns.js';

/** The quarantine of what only a newer program understands. */
export const NEWER: DamagedEvent['kind'] = 'newer';

export interface RepairingOptions {
  readonly log: EventLog;
  readonly writer: Writer;
  readonly checkpoints: Checkpoints;
  readonly applying: Applying;
  readonly turns: Turns;
}

/**
 * Quarantines the stream, takes its rows away, and applies its events up to where the build is.
 * The quarantine ends with that, or stays at the event that can't be applied or read.
 */
export async function repair(
  { log, writer, checkpoints, applying, turns }: RepairingOptions,
  build: Build,
  stream: string,
): Promise<void> {
  await turns.run(async () => {
    const last = await log.last(stream).catch(damageIn);
    if (last === undefined) return;
    const isLost = last instanceof DamagedEvent;
    const row = isLost ? applying.lostRow(build, last) : begun(build, last);
    await writer.transaction(() => {
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
      await writer.transaction(() => checkpoints.release(build.number, stream));
      build.quarantine.delete(stream);
    });
  } catch (error) {
    const isDamage = error instanceof DamagedEvent;
    if (!isDamage && !(error instanceof NotApplicable)) throw error;
    const row = isDamage ? applying.lostRow(build, error) : applying.row(error);
    await writer.transaction(() => checkpoints.quarantine(row));
    build.quarantine.set(stream, row);
  }
}

/** While its rows are made anew. What was closed for a newer program is called so still: where this is
 * interrupted, the next start goes on. */
const begun = (
  { number, quarantine }: Build,
  { stream, revision, event, metadata }: Recorded,
): QuarantineTable => {
  const type = quarantine.get(stream)?.type === NEWER ? NEWER : event.type;
  const reason = 'its rows are being made anew';
  return { build: number, stream, revision, type, reason, at: metadata.occurredAt };
};

const damageIn = (error: unknown): DamagedEvent => {
  if (error instanceof DamagedEvent) return error;
  throw error;
};
