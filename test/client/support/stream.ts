/** A real HTTP server that tells a change stream as it is told to, and counts who asks instead. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class StreamServer {
  /** The query of each stream that was opened. */
  readonly opened: Record<string, string>[] = [];
  /** Checks that were asked. */
  asked = 0;
  /** What the next stream is refused with. */
  refuses: { readonly status: number; readonly code: string } | undefined;
  #stream: ServerResponse | undefined;
  #onOpen = (): void => {};

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<StreamServer> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const stream = new StreamServer(server, `http://127.0.0.1:${port}`);
    server.on('request', ({ url = '' }, response) => stream.#answer(url, response));
    return stream;
  }

  /** Resolves when so many streams have been opened in all. */
  async hasOpened(count: number): Promise<void> {
    while (this.opened.length < count) {
      await new Promise<void>((resolve) => {
        this.#onOpen = resolve;
      });
    }
  }

  say(event: string, data: object, id?: string): void {
    const named = id === undefined ? '' : `id: ${id}\n`;
    this.#stream?.write(`event: ${event}\n${named}data: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the stream, as a server does that stops. */
  end(): void {
    this.#stream?.end();
  }

  /** Breaks it off in the middle of a word. */
  cut(): void {
    this.#stream?.write('event: cha');
    this.#stream?.destroy();
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  #answer(url: string, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(url, this.url);
    if (pathname !== '/api/v1/access/changes') {
      this.asked += 1;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ allowed: false, reason: 'no_role', revision: 'YWNtZSA3' }));
      return;
    }
    this.opened.push(Object.fromEntries(searchParams));
    if (this.refuses !== undefined) {
      response.writeHead(this.refuses.status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ ...this.refuses, detail: 'd', instance: 'req-1' }));
      this.refuses = undefined;
    } else {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      this.#stream = response;
    }
    this.#onOpen();
  }
}
