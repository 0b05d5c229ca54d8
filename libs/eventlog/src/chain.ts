import { claimed, hashOf, idOf, NO_HASH } from './codec.js';
import { DamagedEvent, type EventLog, type StoredRecord } from './event-log.js';

/** What can be wrong with a stored event or stream. */
export type Problem =
  /** The content does not have the hash stored beside it. */
  | 'damaged'
  /** Its content is that of another place in the log. */
  | 'misplaced'
  /** The id is not the one its hash gives. */
  | 'wrong_id'
  /** Revisions before it are missing. */
  | 'gap'
  /** The revision has been there already, or comes too late. */
  | 'out_of_order'
  /** It does not follow the event before it. */
  | 'broken_chain'
  /** The stream's end, or what is found by its name, is not what the log holds. */
  | 'wrong_reading'
  /** The log can't be read on. */
  | 'unreadable'
  /** Against exported heads: the stream is shorter than it was. */
  | 'cut_tail'
  /** Against exported heads: the stream is gone. */
  | 'missing_stream'
  /** Against exported heads: another event is where the stream ended then. */
  | 'rewritten';

export interface Finding {
  readonly stream: string;
  readonly revision: number;
  readonly problem: Problem;
  readonly detail: string;
}

export interface Report {
  readonly log: string;
  readonly events: number;
  readonly streams: number;
  readonly findings: readonly Finding[];
  /** Findings beyond those listed. */
  readonly more: number;
  /** What this verification cannot know, in words for whoever reads the report. */
  readonly unknown: readonly string[];
}

/** The ends of all streams at some time, kept outside the log's reach. JSON. */
export interface Heads {
  readonly log: string;
  /** Stream, revision and hash of its last event. */
  readonly heads: readonly (readonly [stream: string, revision: number, hash: string])[];
}

/** Where a stream stands while its records go by. */
interface Place {
  revision: number;
  hash: string;
}

/** Findings listed in a report. */
const LISTED = 1000;

/** The ends of all streams as they are now: what a later `verify` is held against. */
export const exportHeads = async (log: EventLog): Promise<Heads> => {
  const ends = await endsOf(log);
  return { log: log.id, heads: [...ends].map(([stream, end]) => [stream, end.revision, end.hash]) };
};

/**
 * Reads the whole log and checks every chain: edits, insertions, reorderings and removals before a
 * stream's end. With `heads` exported earlier also what a chain can't show of itself: a cut tail,
 * a missing stream, a history written anew with hashes that fit.
 */
export const verify = async (log: EventLog, options: { heads?: Heads } = {}): Promise<Report> => {
  const verification = new Verification(options.heads);
  // Before and after: appends go on meanwhile.
  const before = await verification.attempt(() => endsOf(log));
  const wholly = await verification.attempt(async () => {
    for await (const records of log.records()) verification.records(records);
    return true;
  });
  const after = await verification.attempt(() => endsOf(log));
  if (wholly && before !== undefined) verification.compareEnds(before);
  if (wholly && after !== undefined) verification.compareStreams(after);
  for (const [stream, end] of before ?? []) {
    await verification.attempt(() => verification.readByName(log, stream, end));
  }
  return verification.report(log.id, wholly === true);
};

const endsOf = async (log: EventLog): Promise<Map<string, Place>> => {
  const ends = new Map<string, Place>();
  for await (const { stream, revision, hash } of log.heads()) ends.set(stream, { revision, hash });
  return ends;
};

/** What is found while records go by, in the order of the log or of an export. */
export class Verification {
  readonly #places = new Map<string, Place>();
  readonly #findings: Finding[] = [];
  readonly #expected: ReadonlyMap<string, Place> | undefined;
  readonly #seenExpected = new Set<string>();
  readonly #otherLog: string | undefined;
  #events = 0;
  #more = 0;

  constructor(heads: Heads | undefined) {
    this.#otherLog = heads?.log;
    this.#expected =
      heads && new Map(heads.heads.map(([stream, revision, hash]) => [stream, { revision, hash }]));
  }

  records(records: readonly StoredRecord[]): void {
    for (const record of records) this.#record(record);
  }

  #record(record: StoredRecord): void {
    const { stream, revision, hash, canonical } = record;
    this.#events++;
    if (hashOf(canonical) !== hash) {
      this.#found(stream, revision, 'damaged', `its content does not have the hash ${hash}`);
    }
    if (record.id !== idOf(hash)) {
      this.#found(stream, revision, 'wrong_id', `${record.id} is not the id of ${hash}`);
    }
    const content = parse(canonical);
    if (content.stream !== stream || content.revision !== revision) {
      const there = `${content.stream}/${content.revision}`;
      this.#found(stream, revision, 'misplaced', `the content of ${there} is there`);
    }
    this.#follows(record, content.previousHash);
    this.#compareExpected(record);
  }

  #follows({ stream, revision, hash }: StoredRecord, previousHash: string | undefined): void {
    const place = this.#places.get(stream);
    const next = (place?.revision ?? -1) + 1;
    if (revision < next) {
      this.#found(stream, revision, 'out_of_order', `revision ${next} was expected`);
      return;
    }
    if (revision > next) this.#found(stream, next, 'gap', `${revision} follows ${next - 1}`);
    else if (previousHash !== (place?.hash ?? NO_HASH)) {
      this.#found(stream, revision, 'broken_chain', `it follows ${previousHash}`);
    }
    this.#places.set(stream, { revision, hash });
  }

  #compareExpected({ stream, revision, hash }: StoredRecord): void {
    const expected = this.#expected?.get(stream);
    if (expected?.revision !== revision) return;
    this.#seenExpected.add(stream);
    if (expected.hash !== hash) {
      this.#found(stream, revision, 'rewritten', `it was ${expected.hash} and is ${hash}`);
    }
  }

  /** `ends` were taken before the records were read, which may go beyond them. */
  compareEnds(ends: ReadonlyMap<string, Place>): void {
    for (const [stream, end] of ends) {
      const place = this.#places.get(stream);
      if (place === undefined || place.revision < end.revision) {
        const last = place?.revision ?? -1;
        this.#found(stream, end.revision, 'wrong_reading', `the last event found is ${last}`);
      } else if (place.revision === end.revision && place.hash !== end.hash) {
        this.#found(stream, end.revision, 'wrong_reading', `it should have the hash ${end.hash}`);
      }
    }
  }

  /** `ends` were taken after the records were read: there is one for each stream by now. */
  compareStreams(ends: ReadonlyMap<string, Place>): void {
    for (const [stream, { revision }] of this.#places) {
      const end = ends.get(stream)?.revision ?? -1;
      if (end < revision)
        this.#found(stream, revision, 'wrong_reading', `the stream ends at ${end}`);
    }
  }

  /** The way a stream is found must lead to the same events as the way through the whole log. */
  async readByName(log: EventLog, stream: string, end: Place): Promise<void> {
    let next = 0;
    for await (const records of log.records(stream)) {
      for (const { revision, hash, canonical } of records) {
        if (revision > end.revision) return;
        const content = parse(canonical);
        const other = content.stream !== stream || content.revision !== next;
        if (other || revision !== next || (revision === end.revision && hash !== end.hash)) {
          const there = `${content.stream}/${content.revision}`;
          this.#found(stream, next, 'wrong_reading', `read by its name it goes on with ${there}`);
          return;
        }
        next++;
      }
    }
    if (next <= end.revision) {
      this.#found(stream, next, 'wrong_reading', `read by its name it ends before ${next}`);
    }
  }

  /** A part that is no record. */
  unreadable(detail: string): void {
    this.#found('', -1, 'unreadable', detail);
  }

  /** Streams that were met, with how far each goes. */
  get streams(): ReadonlyMap<string, { readonly revision: number }> {
    return this.#places;
  }

  /** What can't be read on is a finding like any other. */
  async attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const { stream, revision } =
        error instanceof DamagedEvent ? error : { stream: '', revision: -1 };
      this.#found(stream, revision, 'unreadable', detail);
      return undefined;
    }
  }

  #found(stream: string, revision: number, problem: Problem, detail: string): void {
    if (this.#findings.length === LISTED) this.#more++;
    else this.#findings.push({ stream, revision, problem, detail });
  }

  #missing(): void {
    for (const [stream, { revision }] of this.#expected ?? []) {
      if (this.#places.has(stream)) continue;
      this.#found(stream, revision, 'missing_stream', `it had ${revision + 1} events`);
    }
  }

  /** Of the streams that are there: was any longer, or another, when the heads were exported? */
  compareHeads(): void {
    for (const [stream, { revision }] of this.#expected ?? []) {
      const place = this.#places.get(stream);
      if (place === undefined) continue;
      if (place.revision < revision) {
        this.#found(stream, place.revision + 1, 'cut_tail', `it went on to ${revision}`);
      } else if (!this.#seenExpected.has(stream)) {
        this.#found(stream, revision, 'rewritten', 'the event it ended with is not there');
      }
    }
  }

  /** `wholly`: the log was read to its end, so that what was not met is not there. */
  report(log: string, wholly: boolean): Report {
    if (wholly) {
      this.#missing();
      this.compareHeads();
    }
    const unknown =
      this.#expected === undefined
        ? [
            'Without heads exported earlier nobody can tell whether events were cut off the end of a stream, whether whole streams are missing, or whether a history was written anew with hashes that fit.',
          ]
        : [
            'What was appended after the heads were exported is known to be chained, not to be complete.',
            ...(this.#otherLog === log
              ? []
              : [`The heads are of the log ${this.#otherLog}; this one is ${log}.`]),
          ];
    return { log, ...this.found(), unknown };
  }

  found(): Omit<Report, 'log' | 'unknown'> {
    return {
      events: this.#events,
      streams: this.#places.size,
      findings: this.#findings,
      more: this.#more,
    };
  }
}

/** As much of the content as there is. */
const parse = (
  canonical: string,
): { stream: string; revision: number; previousHash: string | undefined } => {
  try {
    const { stream, revision, metadata } = JSON.parse(canonical) as {
      stream: string;
      revision: number;
      metadata?: { previousHash?: string };
    };
    return { stream, revision, previousHash: metadata?.previousHash };
  } catch {
    return { ...claimed(canonical), previousHash: undefined };
  }
};
