/** The calls that read, and those that go on reading. */
import { setTimeout as pause } from 'node:timers/promises';
import type * as grpc from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { refusedAtOnce, type Serving } from './appends.js';
import { tooSlow } from './faults.js';
import { deleted, failure, response, streamOf } from './messages.js';
import { NotARecord, StreamDeleted, type MemoryStore, type StoredEvent } from './store.js';

type Call = grpc.ServerWritableStream<streams.ReadReq, streams.ReadResp>;
type Options = streams.ReadReq.Options;

const BACKWARDS = 1;
/** Records that a filter looks at before a checkpoint is due, unless it is asked otherwise. */
const WINDOW = 32;
/** Records that wait for a live consumer, and milliseconds for which it may take none, before it is
 * cut off. */
const SLOW = { records: 32, time: 300 } as const;

/** The .NET exceptions that the server shows as they are. */
const unexpected = (of: string) => failure(status.UNKNOWN, `Unexpected ${of}: Error`);
const thrown = failure(status.UNKNOWN, 'Exception was thrown by handler.');

export const read =
  (serving: Serving) =>
  (call: Call): void => {
    const options = call.request.getOptions() as Options;
    const isSubscription = options.hasSubscription();
    const fault = serving.faults.take(isSubscription ? 'subscribe' : 'read');
    call.on('error', () => undefined);
    const refused = refusedAtOnce(fault);
    if (refused !== undefined) return void call.emit('error', refused);
    if (fault?.kind === 'never') return;
    if (fault?.kind === 'half_close') return void call.end();
    if (fault?.kind === 'cut') return serving.cut();
    const by = fault?.kind === 'slow' ? fault.by : 0;
    const begin = () =>
      isSubscription ? subscribe(serving, call, options) : page(serving, call, options, by);
    if (fault?.kind === 'late') setTimeout(() => void begin(), fault.by);
    else void begin();
  };

const page = async (
  { store }: Serving,
  call: Call,
  options: Options,
  by: number,
): Promise<void> => {
  try {
    const found = options.hasAll() ? ofAll(store, options) : ofStream(store, options);
    for (const message of found) {
      if (by > 0) await pause(by);
      await sent(call, message);
    }
    call.end();
  } catch (error) {
    call.emit('error', error);
  }
};

/** Messages that the server has under way before it waits. */
const UNDER_WAY = 256;

/** Written, and room for the next. */
const sent = async (call: Call, message: streams.ReadResp): Promise<void> => {
  if (call.write(message) || call.writableLength < UNDER_WAY || call.cancelled) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      call.off('drain', go).off('cancelled', go);
      resolve();
    };
    call.on('drain', go).on('cancelled', go);
  });
};

function* ofStream(store: MemoryStore, options: Options): Generator<streams.ReadResp> {
  const from = options.getStream() as streams.ReadReq.Options.StreamOptions;
  const stream = streamOf(from.getStreamIdentifier());
  const events = readable(store, stream);
  if (options.getCount() === '0') throw unexpected('ReadStreamResult');
  const backwards = options.getReadDirection() === BACKWARDS;
  if (from.hasEnd() && !backwards) throw unexpected('ReadStreamResult');
  if (events === undefined) return yield response.notFound(stream);
  const at = from.hasEnd() ? Infinity : from.hasStart() ? 0 : Number(from.getRevision());
  const wanted = backwards
    ? events.filter(({ revision }) => revision <= at).reverse()
    : events.filter(({ revision }) => revision >= at);
  yield* wanted.slice(0, Number(options.getCount())).map(response.event);
}

const readable = (store: MemoryStore, stream: string) => {
  try {
    return store.stream(stream);
  } catch (error) {
    throw error instanceof StreamDeleted ? deleted(stream) : error;
  }
};

function* ofAll(store: MemoryStore, options: Options): Generator<streams.ReadResp> {
  const from = options.getAll() as streams.ReadReq.Options.AllOptions;
  const backwards = options.getReadDirection() === BACKWARDS;
  let index = from.hasStart() ? 0 : store.count;
  const at = from.getPosition();
  if (at !== undefined) {
    if (BigInt(at.getCommitPosition()) < BigInt(at.getPreparePosition())) throw thrown;
    index = indexOf(store, BigInt(at.getCommitPosition()), 'ReadAllResult');
  }
  if (options.getCount() === '0') throw unexpected('ReadAllResult');
  const step = backwards ? -1 : 1;
  if (backwards) index--;
  for (let left = Number(options.getCount()); left > 0; left--, index += step) {
    const record = store.record(index);
    if (record === undefined) return;
    yield response.event(record);
  }
}

const indexOf = (store: MemoryStore, position: bigint, of: string): number => {
  try {
    return store.indexOf(position);
  } catch (error) {
    throw error instanceof NotARecord ? unexpected(of) : error;
  }
};

const subscribe = async (serving: Serving, call: Call, options: Options): Promise<void> => {
  const { store, faults } = serving;
  try {
    const there = options.hasStream() ? readable(store, nameOf(options)) : [];
    const isMissing = there === undefined;
    const isWanted = filterOf(options, there?.[0]?.revision ?? 0);
    let index = begins(store, options);
    if (!faults.silent) await sent(call, response.confirmation());
    const waiting = new Waiting(store, call);
    let isOver = false;
    const end = (error?: Error) => {
      isOver = true;
      faults.live.delete(end);
      if (error === undefined) call.end();
      else call.emit('error', error);
    };
    call.on('cancelled', () => faults.live.delete(end)).on('finish', () => faults.live.delete(end));
    let isLive = false;
    for (let scanned = 0; !call.cancelled && !isOver;) {
      const record = store.record(index);
      if (faults.silent || record === undefined) {
        if (!isLive && !isMissing && !faults.silent) await sent(call, response.caughtUp());
        if (!isLive) faults.live.add(end);
        isLive = true;
        await waiting.next();
        continue;
      }
      index++;
      scanned++;
      const { stream, revision } = record;
      if (isWanted(record) && !faults.skips(stream, revision)) {
        await taken(serving, call, response.event(record), isLive ? index : undefined);
        if (faults.repeats(stream, revision)) await sent(call, response.event(record));
      }
      const filter = options.getFilter();
      if (filter !== undefined && scanned % windowOf(filter) === 0) {
        const at = faults.checkpointsAhead ? store.record(store.count - 1) : record;
        const commit = (at ?? record).position;
        await sent(call, response.checkpoint(commit, isLive ? commit : 0n));
      }
    }
  } catch (error) {
    call.emit('error', error);
  }
};

/** Hands one over; a live consumer that takes nothing while others wait is cut off. */
const taken = async (
  { store, faults }: Serving,
  call: Call,
  message: streams.ReadResp,
  liveAt: number | undefined,
): Promise<void> => {
  if (liveAt === undefined) return sent(call, message);
  let isTaken = false;
  const done = sent(call, message).then(() => (isTaken = true));
  while (!isTaken) {
    await Promise.race([done, pause(SLOW.time, undefined, { ref: false })]);
    if (!isTaken && store.count - liveAt > SLOW.records) {
      faults.cutOff++;
      throw tooSlow();
    }
  }
};

/** Waits for records, or for the end of the call. */
class Waiting {
  #wake: () => void = () => undefined;

  constructor(store: MemoryStore, call: Call) {
    const stop = store.watch(() => this.#wake());
    call.on('cancelled', () => {
      stop();
      this.#wake();
    });
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

const nameOf = (options: Options) => streamOf(options.getStream()?.getStreamIdentifier());

/** Index of the first record that a subscription looks at; a position is exclusive. */
const begins = (store: MemoryStore, options: Options): number => {
  const all = options.getAll();
  if (all === undefined) return 0;
  if (all.hasStart()) return 0;
  const at = all.getPosition();
  if (at === undefined) return store.count;
  const index = indexOf(store, BigInt(at.getCommitPosition()), 'ReadAllResult');
  return Math.min(index + 1, store.count);
};

/** @param from the first revision that is left of the one stream, if it is about one. */
const filterOf = (options: Options, from: number): ((event: StoredEvent) => boolean) => {
  if (options.hasStream()) {
    const name = nameOf(options);
    const first = options.getStream()?.getRevision();
    const after = options.getStream()?.hasRevision() === true ? Number(first) : -1;
    return ({ stream, revision }) => stream === name && revision > after && revision >= from;
  }
  const filter = options.getFilter();
  if (filter === undefined) return () => true;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  const regex = expression?.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  const prefixes = expression?.getPrefixList() ?? [];
  return (event) => {
    const value = filter.hasStreamIdentifier() ? event.stream : event.type;
    return regex === undefined ? prefixes.some((one) => value.startsWith(one)) : regex.test(value);
  };
};

const windowOf = (filter: streams.ReadReq.Options.FilterOptions): number =>
  (filter.hasMax() ? filter.getMax() : WINDOW) *
  Math.max(1, filter.getCheckpointintervalmultiplier());
