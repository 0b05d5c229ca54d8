/** One who watches who gains and loses what, over either transport. */
import { get, type IncomingMessage } from 'node:http';
import { toldOf, type GrpcClient } from './grpc.js';
import type { HttpClient } from './http.js';
import { eventually } from './service.js';

interface Row {
  readonly principal: string;
  readonly kind: string;
  readonly user?: string;
  readonly scope: string;
  readonly change: string;
  readonly permissions: readonly string[];
  readonly from?: string | object;
  readonly until?: string | object;
}
export interface Message {
  readonly cursor?: string;
  readonly organization?: string;
  readonly reason?: string;
  readonly event?: { readonly type: string; readonly organization: string };
  readonly more?: boolean;
  readonly changes?: readonly Row[];
  readonly spaces?: readonly { readonly space: string; readonly status: string }[];
  readonly revisions?: Readonly<Record<string, string>>;
}

export class Watching {
  readonly heard: { readonly name: string; readonly message: Message }[] = [];
  bytes = 0;
  #end: string | undefined;
  /** Reads no more, until it is told to. */
  pause: () => void = () => undefined;
  resume: () => void = () => undefined;
  stop: () => void = () => undefined;

  /** What is asked with, as the query has it. */
  static over(
    transport: 'http' | 'grpc',
    { http, grpc }: { readonly http: HttpClient; readonly grpc: GrpcClient },
    question: Readonly<Record<string, string | boolean>>,
    headers: Readonly<Record<string, string>> = {},
  ): Watching {
    const watching = new Watching();
    if (transport === 'http') watching.#overHttp(http, question, headers);
    else watching.#overGrpc(grpc, question);
    return watching;
  }

  #overGrpc(grpc: GrpcClient, question: object): void {
    const path = '/membership.v1.AccessService/WatchPermissions';
    const stream = grpc.watch(path, question as never, { deadline: 60_000 });
    stream.on('data', (one: Record<string, Message>) => {
      this.bytes += JSON.stringify(one).length;
      for (const [name, message] of Object.entries(one)) {
        if (name !== 'message') this.heard.push({ name, message });
      }
    });
    stream.on('error', (error) => (this.#end = toldOf(error as never).code));
    stream.on('status', ({ code }) => code === 0 && (this.#end = 'ok'));
    Object.assign(this, {
      pause: () => stream.pause(),
      resume: () => stream.resume(),
      stop: () => stream.cancel(),
    });
  }

  #overHttp(http: HttpClient, question: object, more: object): void {
    const query = new URLSearchParams(question as Record<string, string>);
    const headers = { authorization: `Bearer ${http.token}`, ...more };
    const request = get(`${http.url}/api/v1/access/changes?${query}`, { headers });
    request.on('response', (response: IncomingMessage) => {
      const isStream = response.headers['content-type']?.startsWith('text/event-stream');
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        this.bytes += piece.length;
        text += piece;
        if (!isStream) return;
        const events = text.split('\n\n');
        text = events.pop()!;
        for (const event of events) this.#take(event);
      });
      response.on('end', () => {
        this.#end ??= isStream ? 'ok' : (JSON.parse(text) as { code: string }).code;
      });
      response.on('error', () => (this.#end ??= 'lost'));
      Object.assign(this, { pause: () => response.pause(), resume: () => response.resume() });
    });
    request.on('error', () => (this.#end ??= 'lost'));
    this.stop = () => request.destroy();
  }

  /** One server-sent event. */
  #take(event: string): void {
    const fields = new Map(event.split('\n').map((line) => line.split(/: (.*)/s) as never));
    const name = String(fields.get('event'));
    const message = JSON.parse(String(fields.get('data'))) as Message & { readonly code: string };
    if (name === 'refusal') this.#end = message.code;
    else this.heard.push({ name, message });
    if (message.cursor !== fields.get('id')) throw new Error('the id is not the cursor');
  }

  /** `ok`, or the code of the refusal that ended it. */
  ended(patience?: number): Promise<string> {
    return eventually(() => this.#end, 'end', patience);
  }

  /** The first message that is it. */
  hears(isIt: (message: Message, name: string) => boolean | undefined): Promise<Message> {
    return eventually(
      () => this.heard.find(({ name, message }) => isIt(message, name))?.message,
      'such message',
    );
  }

  /** What an event of this type changes, once it is told. */
  async changesOf(type: string): Promise<readonly Row[]> {
    return (await this.hears(({ event }) => event?.type === type)).changes ?? [];
  }
}
