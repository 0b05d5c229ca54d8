/** One who listens to server-sent events. */
import { get, type IncomingMessage } from 'node:http';
import type { HttpClient } from './http.js';
import { eventually } from './service.js';

export interface Heard {
  readonly name: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

export class Listening {
  readonly heard: Heard[] = [];
  #end: string | undefined;
  readonly stop: () => void;

  constructor(http: HttpClient, path: string, headers: Readonly<Record<string, string>> = {}) {
    const authorization = `Bearer ${http.token}`;
    const all = { accept: 'text/event-stream', authorization, ...headers };
    const request = get(`${http.url}/api/v1${path}`, { headers: all });
    request.on('response', (response: IncomingMessage) => {
      const isStream = response.headers['content-type']?.startsWith('text/event-stream');
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (!isStream) return;
        const events = text.split('\n\n');
        text = events.pop()!;
        for (const event of events) this.#take(event);
      });
      response.on('end', () => {
        this.#end ??= isStream ? 'ok' : (JSON.parse(text) as { code: string }).code;
      });
    });
    request.on('error', () => (this.#end ??= 'lost'));
    this.stop = () => request.destroy();
  }

  #take(event: string): void {
    const fields = new Map(
      event.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]),
    );
    const data = JSON.parse(String(fields.get('data'))) as Record<string, unknown>;
    const name = String(fields.get('event'));
    if (name === 'refusal') this.#end = String(data['code']);
    else this.heard.push({ name, id: fields.get('id'), data });
  }

  get events(): Record<string, unknown>[] {
    return this.heard.filter(({ name }) => name === 'event').map(({ data }) => data);
  }

  hears(isIt: (one: Heard) => boolean): Promise<Heard> {
    return eventually(() => this.heard.find(isIt), 'such message');
  }

  /** `ok`, or the code of the refusal that ended it. */
  ended(): Promise<string> {
    return eventually(() => this.#end, 'end');
  }
}
