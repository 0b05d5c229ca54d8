/** What a call goes through, whatever its method. */
import { once } from 'node:events';
import {
  Metadata,
  status as STATUS,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedHandleCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import type { INestApplicationContext } from '@nestjs/common';
import type { Logger } from 'pino';
import { refuse } from '#domain/refusals.js';
import { EventLog } from '#eventlog/event-log.js';
import type { Config } from '../config.js';
import { Metrics } from '../http/metrics.js';
import { isLocal, NOT_LOCAL } from '../local.js';
import { BATCH_LIMIT, BODY_LIMIT } from '../server.js';
import { traceOf } from '../trace.js';
import { failureOf, type Failure } from './failures.js';
import { reader, type Incoming } from './incoming.js';
import { News } from './news.js';
import { Operations } from './operations.js';
import { statusOf, type Method } from './protos.js';
import { roomIn } from '../unread.js';
import { checkStream, tail, watch, type Stream } from './streams.js';

type Plain = { readonly [field: string]: unknown };
type Unary = ServerUnaryCall<Buffer, Buffer>;
type Questions = ServerDuplexStream<Buffer, Buffer>;
type Watch = ServerWritableStream<Buffer, Buffer>;
type Call = Unary | Questions | Watch;

/** Methods whose messages hold many rows. */
const MANY: ReadonlySet<string> = new Set(['InviteMembers', 'BatchCheck']);

export class Handlers {
  readonly #operations: Operations;
  readonly #news: News;
  readonly #metrics: Metrics;
  readonly #read: ReturnType<typeof reader>;
  /** Of the calls that go on: ends one. */
  readonly #ends = new Set<AbortController>();

  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly log: Logger,
    private readonly stopping: AbortSignal,
  ) {
    this.#operations = new Operations(app);
    this.#news = new News(app.get(EventLog));
    this.#metrics = app.get(Metrics);
    this.#read = reader(config.TRUSTED_PROXIES);
    stopping.addEventListener('abort', () => this.#ends.forEach((one) => one.abort()));
  }

  /** @throws Error for a method that is no operation. */
  of(method: Method): UntypedHandleCall {
    if (!this.#operations.has(method.operation)) throw new Error(`no ${method.operation}`);
    if (method.requestStream) return (call: Questions) => this.#questions(method, call);
    if (method.responseStream) return (call: Watch) => this.#watch(method, call);
    return (call: Unary, answer: sendUnaryData<Buffer>) => this.#one(method, call, answer);
  }

  #one(method: Method, call: Unary, callback: sendUnaryData<Buffer>): void {
    const limit = MANY.has(method.name) ? BATCH_LIMIT : BODY_LIMIT;
    const carryOut = async (incoming: Incoming): Promise<Buffer> => {
      const message = messageOf(method, call.request, limit);
      const answer = await this.#operations.carryOut(method.operation, message, incoming);
      const bytes = method.write(method.answer(answer));
      call.sendMetadata(headOf(incoming));
      return bytes;
    };
    void this.#accounted(method, call, carryOut).then(
      (bytes) => callback(null, bytes),
      (failure: object) => callback(failure),
    );
  }

  #questions(method: Method, call: Questions): void {
    this.#goesOn(method, call, (stream) =>
      checkStream(this.#operations, stream, messagesOf(method, call, stream.signal)),
    );
  }

  #watch(method: Method, call: Watch): void {
    this.#goesOn(method, call, (stream) => {
      const question = messageOf(method, call.request, BODY_LIMIT);
      return method.name === 'Tail'
        ? tail(this.#operations, this.#news, question, stream)
        : watch(this.#operations, method.operation, question, stream);
    });
  }

  #goesOn(method: Method, call: Questions | Watch, work: (stream: Stream) => Promise<void>): void {
    const end = new AbortController();
    this.#ends.add(end);
    call.on('cancelled', () => end.abort());
    // What is written to one who has left is nobody's.
    call.on('error', () => end.abort());
    const send = async (answer: object): Promise<void> => {
      if (!call.write(method.write(answer))) await roomIn(call, end.signal);
    };
    const run = async (incoming: Incoming): Promise<void> => {
      call.sendMetadata(headOf(incoming));
      incoming.request.ended = end.signal;
      try {
        await work({ call: incoming, signal: end.signal, send });
      } finally {
        if (this.stopping.aborted) stopped();
      }
    };
    void this.#accounted(method, call, run)
      .finally(() => this.#ends.delete(end))
      .then(
        () => call.end(),
        (failure: object) => call.cancelled || call.emit('error', failure),
      );
  }

  /**
   * One line in the log and one measurement for each call; never an address or a message.
   * @throws what the caller is told.
   */
  async #accounted<T>(
    { path }: Method,
    call: Call,
    work: (incoming: Incoming) => Promise<T>,
  ): Promise<T> {
    const started = performance.now();
    const headers = textsOf(call.metadata);
    const incoming = this.#read({ headers, peer: call.getPeer() });
    const { request } = incoming;
    let code: number = STATUS.OK;
    try {
      if (this.stopping.aborted) stopped();
      if (this.config.development && !isLocal(headers, call.getHost())) {
        refuse('permission.denied', NOT_LOCAL);
      }
      return await work(incoming);
    } catch (thrown) {
      const failure = failureOf(thrown, request);
      ({ code } = failure);
      if (failure.isUnexpected && !call.cancelled) {
        const about = { request: request.id, correlation: request.correlationId };
        this.log.error({ msg: 'unexpected error', ...about, ...traceOf(thrown) });
      }
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw toldOf(failure, incoming);
    } finally {
      if (call.cancelled) code = STATUS.CANCELLED;
      const status = STATUS[code]!;
      const ms = performance.now() - started;
      this.#metrics.calls.labels({ method: path, status }).observe(ms / 1000);
      const line = {
        msg: 'request',
        method: request.method,
        route: path,
        status,
        ms: Math.round(ms * 10) / 10,
        request: request.id,
        correlation: request.correlationId,
        actor: request.caller?.actor.id,
      };
      if (code === STATUS.INTERNAL || code === STATUS.UNAVAILABLE) this.log.error(line);
      else this.log.info(line);
    }
  }
}

const stopped = (): never =>
  refuse('service.stopping', 'The service is stopping; repeat the request.');

function messageOf({ read }: Method, bytes: Buffer, limit: number): Plain {
  if (bytes.length > limit) {
    refuse('request.too_large', `The message is larger than the ${limit} bytes this method takes.`);
  }
  try {
    return read(bytes);
  } catch {
    return refuse('request.invalid', 'The message is not the one that this method takes.');
  }
}

/** What the caller sends; each is read when it is asked for. Ends with the caller or the signal. */
async function* messagesOf(
  method: Method,
  call: Questions,
  signal: AbortSignal,
): AsyncGenerator<Plain> {
  const aborted = once(signal, 'abort').then(() => undefined);
  // The end of what is sent is not the end of what is answered.
  const coming = call.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
  while (!signal.aborted) {
    const next = await Promise.race([coming.next(), aborted]);
    if (next === undefined || next.done) return;
    yield messageOf(method, next.value, BODY_LIMIT);
  }
}

/** A failure as the transport takes it. */
function toldOf({ code, message, details }: Failure, incoming: Incoming) {
  const metadata = headOf(incoming);
  metadata.set('grpc-status-details-bin', statusOf({ code, message, details }));
  return { code, details: message, metadata };
}

/** Texts among the metadata; of several of a name the first. */
const textsOf = (metadata: Metadata): { [name: string]: string } =>
  Object.fromEntries(
    Object.entries(metadata.getMap()).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );

function headOf({ head }: Incoming): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of head) metadata.set(name, value);
  return metadata;
}
