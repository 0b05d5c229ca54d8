/**
 * The client of EventStoreDB, tamed: the only file that knows it. What it really does, and so why
 * each timer here is our own, is recorded beside the double in `test/`; it relies on nothing else.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AllStreamSubscription,
  BACKWARDS,
  END,
  ErrorType,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  type ResolvedEvent,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { DamagedEvent, LIMITS, LogStopped, LogUnavailable } from '../event-log.js';
import {
  type AppendAnswer,
  deadlineOf,
  type Listener,
  NoRecord,
  type ProposedEvent,
  type Running,
  type StoredEvent,
  type Times,
} from './store.js';

/** Milliseconds by which our own timer is later than the deadline that the client was told. */
const GRACE = 500;
/** Between two tries of a read, in milliseconds. */
const BETWEEN = { first: 25, most: 500 } as const;

/** Windows of 32 records after which a subscription that finds nothing says so. */
const CHECKPOINTS = 64;

/** Milliseconds between two signs of life on a connection; less is against the client's advice. */
const KEEP_ALIVE = 10_000;

/** Any credentials of its own make the client send an append by itself, with a deadline that works;
 * without TLS nobody reads them. */
const ANYBODY = { username: 'membership', password: 'membership' };

export class Connection {
  #client: EventStoreDBClient;
  readonly #credentials: { username: string; password: string };
  readonly #replaced = new Set<() => void>();
  #clients = 0;
  /** When the client last answered anything, or was made. */
  #answeredAt = performance.now();
  #trouble: string | undefined;
  #closed = false;

  /** @param url as `EVENTSTORE_URL`. @throws Error for one that the client can't read */
  constructor(
    private readonly url: string,
    private readonly times: Times,
  ) {
    this.#client = this.#create();
    this.#credentials = credentialsOf(url) ?? ANYBODY;
  }

  /** Why the store does not answer; undefined: it does, as far as anybody knows. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /**
   * One append at an exact revision (`before`: that of the stream's last event, -1 for none), tried
   * once. Ends within `deadline` milliseconds and a second.
   * @throws LogStopped, DamagedEvent where the store refuses for good; nothing was written then.
   */
  async append(
    stream: string,
    before: number,
    events: readonly ProposedEvent[],
    deadline = deadlineOf(this.times, events.length),
  ): Promise<AppendAnswer> {
    try {
      const proposed = events.map((event) => jsonEvent(event as Parameters<typeof jsonEvent>[0]));
      const result = await this.#attempt(deadline + GRACE, (client) =>
        client.appendToStream(stream, proposed, {
          expectedRevision: before === -1 ? NO_STREAM : BigInt(before),
          credentials: this.#credentials,
          requiresLeader: true,
          deadline,
        }),
      );
      const revision = Number(result.nextExpectedRevision);
      if (!result.success) return { answer: 'wrong_revision', actual: revision };
      if (result.position === undefined || revision !== before + events.length) {
        return { answer: 'unknown', reason: `it answered ${revision} without sense` };
      }
      return { answer: 'written', revision, position: result.position.commit };
    } catch (error) {
      if (kindOf(error) === ErrorType.WRONG_EXPECTED_VERSION) {
        const { actualVersion } = error as { actualVersion: bigint | string };
        return { answer: 'wrong_revision', actual: revisionOf(actualVersion) };
      }
      throwRefusal(error, stream);
      return { answer: 'unknown', reason: reasonOf(error) };
    }
  }

  /** A page of one stream, or its last event; undefined: there is no such stream.
   * @param most milliseconds that it may take, tried once; absent: as long as it is asked again.
   * @throws LogUnavailable */
  async readStream(
    stream: string,
    from: number | 'last',
    count = 1,
    most?: number,
  ): Promise<StoredEvent[] | undefined> {
    const last = { fromRevision: END, direction: BACKWARDS } as const;
    const place =
      from === 'last' ? last : ({ fromRevision: BigInt(from), direction: FORWARDS } as const);
    const options = { ...place, maxCount: count, requiresLeader: true };
    try {
      return await this.#read((client) => client.readStream(stream, options), stream, most);
    } catch (error) {
      if (kindOf(error) === ErrorType.STREAM_NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** A page of everything there is, from a record on, which is included.
   * @throws LogUnavailable, NoRecord */
  readAll(from: bigint, count: number): Promise<StoredEvent[]> {
    const fromPosition = { commit: from, prepare: from };
    const options = { fromPosition, maxCount: count, requiresLeader: true };
    return this.#read((client) => client.readAll({ ...options, direction: FORWARDS }));
  }

  /** A page of everything backwards, from the end or a record on, which is included.
   * @throws LogUnavailable */
  readAllBack(from: bigint | 'end', count: number): Promise<StoredEvent[]> {
    const fromPosition = from === 'end' ? (END as typeof END) : { commit: from, prepare: from };
    const options = { fromPosition, maxCount: count, requiresLeader: true };
    return this.#read((client) => client.readAll({ ...options, direction: BACKWARDS }));
  }

  /** Everything after `after` (`null`: from the beginning) in streams with these prefixes. */
  subscribe(after: bigint | null, prefixes: readonly string[], listener: Listener): Running {
    const fromPosition = after === null ? START : { commit: after, prepare: after };
    // A checkpoint runs ahead of what was handed on: it says that the subscription lives, no more.
    const filter = streamNameFilter({
      prefixes: [...prefixes],
      checkpointInterval: CHECKPOINTS,
      checkpointReached: async () => listener.sign(),
    });
    let stream: AllStreamSubscription | undefined;
    const end = (reason: string) => {
      if (stream === undefined) return;
      const ending = stream;
      stream = undefined;
      this.#replaced.delete(replaced);
      ending.unsubscribe().catch(ignore);
      listener.ended(reason);
    };
    const replaced = () => end('the client was replaced');
    stream = this.#client.subscribeToAll({ fromPosition, filter });
    this.#replaced.add(replaced);
    // The listener for errors stays for ever: one that comes later would end the process.
    stream
      .on('error', (error) => end(reasonOf(error)))
      .on('end', () => end('it ended'))
      .on('close', () => end('it was closed'))
      .on('confirmation', () => listener.sign())
      .on('caughtUp', () => listener.sign())
      .on('data', (resolved) => {
        if (stream !== undefined && resolved.event) listener.event(storedEvent(resolved));
      });
    return {
      pause: () => void stream?.pause(),
      resume: () => void stream?.resume(),
      stop: () => end('it was stopped'),
    };
  }

  /** Leaves the client to what it is doing and takes another one. */
  #replace(client: EventStoreDBClient): void {
    if (client !== this.#client || this.#closed) return;
    this.#answeredAt = performance.now();
    this.#client = this.#create();
    for (const replaced of [...this.#replaced]) replaced();
    this.#retire(client, deadlineOf(this.times, LIMITS.appendEvents) + this.times.read);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const replaced of [...this.#replaced]) replaced();
    await dispose(this.#client);
  }

  /** What is under way on it ends by its own timers. */
  #retire(client: EventStoreDBClient, after: number): void {
    setTimeout(() => void dispose(client), after).unref();
  }

  #create(): EventStoreDBClient {
    const client = EventStoreDBClient.connectionString(unlike(this.url, this.#clients++));
    // It is called and not awaited, and fails where the cluster can't be found.
    const untamed = client as unknown as Untamed;
    const { handleError } = untamed;
    untamed.handleError = (...call) => handleError(...call).catch(ignore);
    return client;
  }

  /** One call under our own timer, and what it says about the client. */
  #attempt<T>(time: number, call: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    return this.#judged((client) => within(time, call(client)));
  }

  /** What a call that ends by itself says about the client. */
  async #judged<T>(call: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const client = this.#client;
    try {
      const result = await call(client);
      this.#succeeded(client);
      return result;
    } catch (error) {
      this.#failed(client, error);
      throw error;
    }
  }

  #succeeded(client: EventStoreDBClient): void {
    if (client === this.#client) this.#answeredAt = performance.now();
    this.#trouble = undefined;
  }

  #failed(client: EventStoreDBClient, error: unknown): void {
    if (isAnswer(error)) return this.#succeeded(client);
    this.#trouble = reasonOf(error);
    // One call says little: a client that is to be replaced has answered nobody for a while.
    if (performance.now() - this.#answeredAt >= this.times.read) this.#replace(client);
  }

  async #read(
    open: (client: EventStoreDBClient) => Reading,
    stream?: string,
    most?: number,
  ): Promise<StoredEvent[]> {
    const until = performance.now() + this.times.patience;
    for (let between: number = BETWEEN.first; ; between = Math.min(2 * between, BETWEEN.most)) {
      let reading: Reading | undefined;
      try {
        return await this.#judged((client) => {
          const all = collect((reading = open(client)), this.times.read);
          return most === undefined ? all : within(most, all);
        });
      } catch (error) {
        reading?.cancel().catch(ignore);
        throwRefusal(error, stream);
        if (isAnswer(error)) throw error;
        if (this.#closed || most !== undefined || performance.now() + between > until) {
          const reason = `EventStoreDB does not answer: ${reasonOf(error)}`;
          throw new LogUnavailable(reason, { cause: error });
        }
        // It holds the process: who asks has nothing else that does.
        await pause(between);
      }
    }
  }
}

/** Channels that are alike share one connection, dead or not: each client keeps it alive a millisecond
 * less often than the one before. */
const unlike = (url: string, number: number): string => {
  const asked = /[?&]keepAliveInterval=(\d+)/i.exec(url);
  const interval = Number(asked?.[1] ?? KEEP_ALIVE) + (number % 1000);
  if (asked !== null) return url.replace(asked[0], `${asked[0][0]}keepAliveInterval=${interval}`);
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveInterval=${interval}`;
};

/** What the client keeps from us. */
interface Untamed {
  handleError(...call: unknown[]): Promise<void>;
  getChannel(): Promise<{ close(): void }>;
}

type Reading =
  ReturnType<EventStoreDBClient['readStream']> | ReturnType<EventStoreDBClient['readAll']>;

const ignore = (): void => undefined;

const within = async <T>(time: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no answer within ${Math.round(time)} ms`)), time);
  });
  work.catch(ignore);
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
};

/** Parts in which silence is counted: what comes late because this process is busy is one of them. */
const PARTS = 8;

/** All that comes, unless nothing does for `silence` milliseconds. */
const collect = async (reading: Reading, silence: number): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  let silent = 0;
  let counting: NodeJS.Timeout | undefined;
  try {
    return await new Promise<StoredEvent[]>((resolve, reject) => {
      counting = setInterval(() => {
        silent += 1;
        if (silent === PARTS) reject(new Error(`no answer within ${silence} ms`));
      }, silence / PARTS);
      reading
        .on('data', (resolved: ResolvedEvent) => {
          silent = 0;
          if (resolved.event) events.push(storedEvent(resolved));
        })
        .on('error', reject)
        .on('end', () => resolve(events))
        .on('close', () => reject(new Error('the read was closed')));
    });
  } finally {
    clearInterval(counting);
  }
};

const storedEvent = ({ event }: ResolvedEvent): StoredEvent => {
  const { streamId, revision, position, id, type, data, metadata } = event as NonNullable<
    typeof event
  >;
  return {
    stream: streamId,
    revision: Number(revision),
    position: position?.commit ?? -1n,
    id,
    type,
    data,
    metadata,
  };
};

/** Streams under way end, and the connection with them. */
const dispose = async (client: EventStoreDBClient): Promise<void> => {
  const streams = within(GRACE, client.dispose()).catch(ignore);
  const channel = (client as unknown as Untamed).getChannel().then((one) => one.close());
  await Promise.all([streams, within(GRACE, channel).catch(ignore)]);
};

/** By its type first: what it says of a failed connection is no error of its own kind. */
const kindOf = (error: unknown): string | undefined => (error as { type?: string } | null)?.type;

/** The store has answered, if only that it will not. */
const isAnswer = (error: unknown): boolean => ANSWERS.has(kindOf(error) ?? '') || isNoRecord(error);

const ANSWERS = new Set<string>([
  ErrorType.WRONG_EXPECTED_VERSION,
  ErrorType.STREAM_NOT_FOUND,
  ErrorType.STREAM_DELETED,
  ErrorType.ACCESS_DENIED,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
]);

/** What the store says for its own exception where a position is no record. */
const NO_RECORD = 'Unexpected ReadAllResult';

const isNoRecord = (error: unknown): boolean =>
  (error as Error | null)?.message?.includes(NO_RECORD) === true;

const REFUSED = 'EventStoreDB refuses this user; mind user and password, and what the user may do';

/** What the store refuses now and always. */
const throwRefusal = (error: unknown, stream = ''): void => {
  if (isNoRecord(error)) {
    throw new NoRecord('there is no such position', { cause: error });
  }
  switch (kindOf(error)) {
    case ErrorType.STREAM_DELETED:
      throw new DamagedEvent(stream, 0, 'somebody has deleted the stream in EventStoreDB');
    case ErrorType.ACCESS_DENIED:
      throw new LogStopped(REFUSED, { cause: error });
    case ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED:
      throw new LogStopped('EventStoreDB takes only smaller appends', { cause: error });
    default:
  }
};

const revisionOf = (actual: bigint | string): number =>
  typeof actual === 'bigint' ? Number(actual) : -1;

/** Some of its errors have no message. */
const reasonOf = (error: unknown): string => {
  const { message, type } = error as { message?: string; type?: string };
  return message || type || String(error);
};

const credentialsOf = (url: string): { username: string; password: string } | undefined => {
  const found = /^[^:]+:\/\/([^:@/]+):([^@/]+)@/.exec(url);
  if (found === null) return undefined;
  const [, username = '', password = ''] = found;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
};
