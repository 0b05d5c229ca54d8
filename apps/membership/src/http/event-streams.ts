/** Answers that go on, as server-sent events; what has no answer over HTTP goes on as it is. */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '#domain/refusals.js';
import { traceOf } from '../trace.js';
import { roomIn } from '../unread.js';
import { callerOf } from './caller.js';
import { OpenStreams } from './open-streams.js';
import { problemOf, refusalOf } from './problems.js';

/** As browsers say where they were, who open a stream again. */
export const LastEventId = (): MethodDecorator =>
  ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string' },
    description: 'The cursor to go on after, in the place of how the address says to begin',
  });

/** A message by its name; its cursor is the id of the event. */
export type Message = { readonly [name: string]: { readonly cursor?: string } };

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  connection: 'close',
  // Proxies of nginx's make keep back what they can.
  'x-accel-buffering': 'no',
};
/** Milliseconds that what was sent last has to be taken in. */
const GRACE = 10_000;

@Injectable()
export class EventStreams implements OnModuleDestroy {
  readonly #log = new Logger('http');
  readonly #open = new Set<AbortController>();
  #isStopping = false;

  constructor(private readonly streams: OpenStreams) {}

  onModuleDestroy(): void {
    this.#isStopping = true;
    for (const one of this.#open) one.abort();
  }

  /**
   * Aborted when the caller leaves, or the service stops; until then it is one of the caller's
   * streams. @throws Refusal `rate.limited` where they have too many.
   */
  endOf(request: FastifyRequest, reply: FastifyReply): AbortSignal {
    // Whoever hands on a call of gRPC has counted it.
    if (request.ended !== undefined) return request.ended;
    const end = new AbortController();
    // Whoever has left while it was found out who they are: of that nothing is told any more.
    if (reply.raw.destroyed) end.abort();
    this.streams.begin(callerOf(request).actor, end.signal);
    if (end.signal.aborted) return end.signal;
    this.#open.add(end);
    reply.raw.once('close', () => {
      this.#open.delete(end);
      end.abort();
    });
    return end.signal;
  }

  /**
   * Sends what is told until it ends; to HEAD, that there is something. What is refused before the
   * first message is thrown, as by any route; later it is the last event, `refusal`.
   */
  async send<M extends object>(
    request: FastifyRequest,
    reply: FastifyReply,
    messages: AsyncIterable<M>,
    end: AbortSignal,
  ): Promise<AsyncIterable<M> | undefined> {
    if (request.channel === 'grpc') return messages;
    const coming = messages[Symbol.asyncIterator]();
    const first = await coming.next();
    reply.hijack();
    const { raw } = reply;
    // What is written to one who has left is nobody's.
    raw.on('error', () => undefined);
    raw.writeHead(200, { ...reply.getHeaders(), ...HEADERS } as never);
    try {
      const isHead = request.method === 'HEAD';
      for (let next = first; !isHead && next.done !== true; next = await coming.next()) {
        if (!raw.write(eventOf(next.value as unknown as Message))) await roomIn(raw, end);
      }
      if (this.#isStopping) throw new Refusal('service.stopping', 'The service is stopping.');
    } catch (error) {
      if (!end.aborted || this.#isStopping) raw.write(this.#refusalOf(error, request));
    }
    finish(raw);
    await coming.return?.();
    return undefined;
  }

  #refusalOf(error: unknown, request: FastifyRequest): string {
    const refusal = refusalOf(error, request);
    if (refusal === undefined) {
      const { id, correlationId } = request;
      const about = { request: id, correlation: correlationId, ...traceOf(error) };
      this.#log.error({ msg: 'unexpected error', ...about });
    }
    return `event: refusal\ndata: ${JSON.stringify(problemOf(refusal, request.id))}\n\n`;
  }
}

/** Ends it, be it taken in or not. What was not sent to its end, Fastify would not account for. */
function finish(raw: FastifyReply['raw']): void {
  const giveUp = (): void => {
    raw.destroy();
    raw.emit('error', new Error('the caller has left'));
  };
  if (raw.destroyed) return giveUp();
  const timer = setTimeout(giveUp, GRACE).unref();
  raw.end(() => clearTimeout(timer));
}

const eventOf = (message: Message): string =>
  Object.entries(message)
    .map(([name, data]) => {
      const id = data.cursor === undefined ? '' : `id: ${data.cursor}\n`;
      return `${id}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    })
    .join('');
