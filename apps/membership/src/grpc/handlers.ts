/** What a call goes through, whatever its method. */
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
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { refuse, type RefusalCode } from '#domain/refusals.js';
import type { Config } from '../config.js';
import { Authentication, credentialsOf } from '../http/authentication.js';
import { Metrics } from '../http/metrics.js';
import { OpenStreams } from '../http/open-streams.js';
import { refusalIn } from '../http/problems.js';
import { isLocal, NOT_LOCAL } from '../local.js';
import { levelOf } from '../refusals.js';
import { BATCH_LIMIT, BODY_LIMIT } from '../server.js';
import { traceOf } from '../trace.js';
import { parentIn } from '../tracing/requests.js';
import type { Span, Tracing } from '../tracing/tracing.js';
import { failureOf, type Failure } from './failures.js';
import { reader, type Incoming } from './incoming.js';
import { News } from '#eventlog/news.js';
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

/** What ends a call and is no fault of the caller. */
const OURS: ReadonlySet<number> = new Set([STATUS.INTERNAL, STATUS.UNAVAILABLE]);

export class Handlers {
  readonly #operations: Operations;
  readonly #news: News;
  readonly #metrics: Metrics;
  readonly #authentication: Authentication;
  readonly #open: OpenStreams;
  readonly #read: ReturnType<typeof reader>;
  /** Of the calls that go on: ends one. */
  readonly #ends = new Set<AbortController>();

  constructor(
    app: INestApplicationContext,
    private readonly config: Config,
    private readonly log: Logger,
    private readonly stopping: AbortSignal,
    private readonly tracing?: Tracing,
  ) {
    this.#operations = new Operations(app);
    this.#news = app.get(News);
    this.#metrics = app.get(Metrics);
    this.#authentication = app.get(Authentication);
    this.#open = app.get(OpenStreams);
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
      const credentials = credentialsOf(incoming.request as unknown as FastifyRequest);
      this.#open.begin((await this.#authentication.caller(credentials)).actor, end.signal);
      call.sendMetadata(headOf(incoming));
      incoming.request.ended = end.signal;
      try {
        await work({ call: incoming, signal: end.signal, send });
      } finally {
        if (this.stopping.aborted) stopped();
      }
    };
    void this.#accounted(method, call, run)
      .finally(() => {
        this.#ends.delete(end);
        end.abort();
      })
      .then(
        () => call.end(),
        (failure: object) => call.cancelled || call.emit('error', failure),
      );
  }

  /** A span for the call, whose parent is the caller's. */
  #begin(path: string, { request }: Incoming): Span | undefined {
    if (this.tracing === undefined) return undefined;
    const [, service = '', method = ''] = path.split('/');
    const attributes = {
      'rpc.system': 'grpc',
      'rpc.service': service,
      'rpc.method': method,
      'membership.request': request.id,
    };
    const work = { name: `${service}/${method}`, kind: 'server', attributes } as const;
    return (request.span = this.tracing.begin(work, parentIn(request.headers)));
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
    const span = this.#begin(path, incoming);
    let code: number = STATUS.OK;
    let refused: RefusalCode | undefined;
    try {
      if (this.stopping.aborted) stopped();
      if (this.config.development && !isLocal(headers, call.getHost())) {
        refuse('permission.denied', NOT_LOCAL);
      }
      return await work(incoming);
    } catch (thrown) {
      const failure = failureOf(thrown, request);
      ({ code } = failure);
      refused = refusalIn(thrown)?.code;
      if (failure.isUnexpected && !call.cancelled) {
        const about = { request: request.id, correlation: request.correlationId };
        this.log.error({ msg: 'unexpected error', ...about, ...traceOf(thrown) });
      }
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw toldOf(failure, incoming);
    } finally {
      if (call.cancelled) code = isPast(call.getDeadline()) ? DEADLINE_EXCEEDED : CANCELLED;
      const status = STATUS[code]!;
      const ms = performance.now() - started;
      this.#metrics.calls.labels({ method: path, status }).observe(ms / 1000);
      const failed = OURS.has(code) ? status : undefined;
      span?.end({ 'rpc.grpc.status_code': code }, failed);
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
      if (OURS.has(code)) this.log[levelOf(refused)](line);
      else this.log.info(line);
    }
  }
}

const { CANCELLED, DEADLINE_EXCEEDED } = STATUS;
const isPast = (deadline: Date | number): boolean => Number(deadline) <= Date.now();

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
  // The end of what is sent is not the end of what is answered.
  const coming = call.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
  while (!signal.aborted) {
    const next = await unlessAborted(coming.next(), signal);
    if (next === undefined || next.done) return;
    yield messageOf(method, next.value, BODY_LIMIT);
  }
}

/** What comes, or nothing once it is aborted. A race would leave something behind on the signal's end
 * for every message. */
const unlessAborted = <T>(coming: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const end = () => resolve(undefined);
    signal.addEventListener('abort', end, { once: true });
    void coming.then(resolve, reject).then(() => signal.removeEventListener('abort', end));
  });

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
