/** Errors in words that hold no personal data: for the log, for health. */
import { basename } from 'node:path';
import { DatabaseError } from '#database/errors.js';
import { AheadOfLog, DamagedEvent } from '#eventlog/event-log.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { NotYetKnown } from '#mailing/current-invitation.js';
import { MailCheckpointLost } from '#mailing/mails.js';
import { RelayCheckpointLost } from '#publishing/checkpoints.js';
import { NotPublished, TopicUnusable } from '#publishing/publisher.js';
import { RelayPositionUnknown } from '#publishing/relay.js';
import { CheckpointLost } from '#readstore/checkpoints.js';
import { KeyDestroyed, KeyMissing, SealBroken } from '#vault/vault.js';

/** Their sentences name ids, events and positions, and nothing else. */
const SPEAKING = [
  ...[AheadOfLog, DamagedEvent, UnknownEvent, CheckpointLost, MailCheckpointLost, NotYetKnown],
  ...[KeyDestroyed, KeyMissing, SealBroken],
  ...[NotPublished, RelayCheckpointLost, RelayPositionUnknown, TopicUnusable],
];

export interface Trace {
  /** Its name, and its code where it has one. */
  readonly error: string;
  /** What it says, where that can name nobody. */
  readonly reason?: string;
  readonly stack: readonly string[];
}

/** An error of another thread, where classes do not follow: what was told of it. */
export class ToldError extends Error {
  constructor(readonly trace: Trace) {
    super(trace.reason ?? trace.error);
  }
}

/** An error without what it says, unless that is known to be harmless: names of functions and files are. */
export function traceOf(thrown: unknown): Trace {
  if (thrown instanceof ToldError) return thrown.trace;
  if (!(thrown instanceof Error)) return { error: typeof thrown, stack: [] };
  const stack = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const reason = sentenceOf(thrown);
  return {
    error: named(thrown),
    ...(reason === undefined ? {} : { reason }),
    stack: stack.slice(0, 12).map((line) => line.trim()),
  };
}

/** Why something failed: its sentence where that can name nobody, else what it is called. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? (sentenceOf(thrown) ?? named(thrown)) : typeof thrown;

/** An error class is called what it is called in the code, whether it says so itself or not. */
const named = (error: Error): string => {
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? `${name} ${code}` : name;
};

function sentenceOf(error: Error): string | undefined {
  if (error instanceof ToldError) return error.message;
  if (SPEAKING.some((one) => error instanceof one)) return error.message;
  // The folder may be called after somebody.
  if (error instanceof DatabaseError) {
    return error.message.replaceAll(error.path, basename(error.path));
  }
  const because = error.cause instanceof Error ? sentenceOf(error.cause) : undefined;
  return because === undefined ? undefined : `${named(error)}: ${because}`;
}
