/** Copies a log into another engine and proves that it is the same there, event by event. */
import { setTimeout as pause } from 'node:timers/promises';
import { verify, Verification, type Finding, type Report } from './chain.js';
import { encodedOf } from './codec.js';
import { type EncodedEvent, type EventLog, LIMITS, type StoredRecord } from './event-log.js';

/** The log is damaged, or is to go where something else is; nothing more was written. */
export class MoveRefused extends Error {}

export type Work = 'events copied' | 'events compared' | 'streams verified';

export interface MoveOptions {
  /** Positions in the old log whose places in the new one are asked for. */
  readonly wanted: ReadonlySet<bigint>;
  /** Told after each event, and in the end after each stream. */
  readonly onProgress?: (work: Work, done: number, all: number) => void;
  /** Told in words what is in the way; it is tried again. */
  readonly onTrouble?: (words: string) => void;
  /** Milliseconds for which an append is repeated that nobody answers; 60,000 where left out. */
  readonly patience?: number;
}

/** Events of one append; a shorter one has a shorter deadline. */
const APPEND = 500;
/** Milliseconds between two tries. */
const BETWEEN = 500;

/**
 * Appends to `to` what it lacks of `from`, in the same order and the very same bytes, and then
 * compares all of it. Goes on where an earlier run ended. Nobody else appends to either.
 * @returns for each wanted position that there is, the position of the same event in `to`.
 * @throws MoveRefused, and Error where the new engine does not answer
 */
export async function moveLog(
  from: EventLog,
  to: EventLog,
  options: MoveOptions,
): Promise<ReadonlyMap<bigint, bigint>> {
  const report = await verify(from);
  refuseDamage('the log', report.findings);
  await copy(from, to, report, options);
  return compare(from, to, report, options);
}

function refuseDamage(what: string, [first]: readonly Finding[]): void {
  if (first === undefined) return;
  const { stream, revision, problem, detail } = first;
  throw new MoveRefused(
    `${what} is not whole (${problem} ${stream}/${revision}: ${detail}); see "membership verify", and restore a backup`,
  );
}

async function copy(
  from: EventLog,
  to: EventLog,
  { events: all }: Report,
  options: MoveOptions,
): Promise<void> {
  const there = each(to.records());
  let next = await there.next();
  let batch: EncodedEvent[] = [];
  let [events, bytes] = [0, 0];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await append(to, batch, options);
    [batch, bytes] = [[], 0];
  };
  for await (const record of each(from.records())) {
    options.onProgress?.('events copied', ++events, all);
    if (next.done !== true) {
      refuseOther(record, next.value);
      next = await there.next();
      continue;
    }
    const event = encodedOf(record);
    const isFull = batch.length === APPEND || bytes + event.dataBytes > LIMITS.appendBytes;
    if (batch[0]?.stream !== record.stream || isFull) await flush();
    batch.push(event);
    bytes += event.dataBytes;
  }
  await flush();
  if (next.done !== true) {
    const { stream, revision } = next.value;
    throw new MoveRefused(
      `${stream}/${revision} is there, and not here: somebody has gone on there`,
    );
  }
}

/** Until the store says which: an append without an answer is repeated unchanged. */
async function append(
  to: EventLog,
  events: readonly EncodedEvent[],
  { patience = 60_000, onTrouble }: MoveOptions,
): Promise<void> {
  const [{ stream, revision }] = events as [EncodedEvent];
  for (const until = performance.now() + patience; ;) {
    const done = await to.append(events);
    if (done.outcome === 'committed') return;
    if (done.outcome === 'conflict') {
      throw new MoveRefused(
        `${stream} is at ${done.actual} there, and was to be at ${revision - 1}: somebody else writes there`,
      );
    }
    if (performance.now() > until) {
      throw new Error(`there is no answer (${done.reason}); repeat the command, it goes on here`);
    }
    onTrouble?.(`no answer yet: ${done.reason}`);
    await pause(BETWEEN);
  }
}

async function compare(
  from: EventLog,
  to: EventLog,
  all: Report,
  { wanted, onProgress }: MoveOptions,
): Promise<ReadonlyMap<bigint, bigint>> {
  const places = new Map<bigint, bigint>();
  const verification = new Verification(undefined);
  const there = each(to.records());
  let [events, last] = [0, -1n];
  for await (const record of each(from.records())) {
    const { value, done } = await there.next();
    const { stream, revision } = record;
    if (done === true) throw new MoveRefused(`${stream}/${revision} is missing there`);
    refuseOther(record, value);
    verification.records([value]);
    if (value.position <= last)
      throw new MoveRefused(`${stream}/${revision} is out of order there`);
    last = value.position;
    if (wanted.has(record.position)) places.set(record.position, last);
    onProgress?.('events compared', ++events, all.events);
  }
  // Found by its name, too, each stream is whole and ends as it does here.
  let streams = 0;
  for await (const { stream, ...end } of from.heads()) {
    await verification.readByName(to, stream, end);
    onProgress?.('streams verified', ++streams, all.streams);
  }
  refuseDamage('what was written', verification.found().findings);
  return places;
}

/** The same event, byte for byte, at its place in the order of the log. */
function refuseOther(record: StoredRecord, other: StoredRecord): void {
  const { stream, revision, id, hash, canonical } = record;
  const isSame =
    other.stream === stream &&
    other.revision === revision &&
    other.id === id &&
    other.hash === hash &&
    other.canonical === canonical;
  if (isSame) return;
  throw new MoveRefused(
    `where ${stream}/${revision} (${hash}) is to be there is ${other.stream}/${other.revision} (${other.hash}): give a place that holds nothing else`,
  );
}

async function* each(
  records: AsyncIterable<readonly StoredRecord[]>,
): AsyncGenerator<StoredRecord, undefined> {
  for await (const some of records) yield* some;
  return undefined;
}
