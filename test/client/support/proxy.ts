/** A real proxy before a service: counts what passes, and can stop passing anything on. */
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class Proxy {
  /** `POST /api/v1/access/check`, in the order they came. */
  readonly passed: string[] = [];
  readonly #streams = new Set<IncomingMessage>();
  #areStreamsFrozen = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(target: string): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const proxy = new Proxy(server, `http://127.0.0.1:${port}`);
    server.on('request', (asked, answered) => {
      const { method = '', url = '', headers } = asked;
      proxy.passed.push(`${method} ${url.split('?', 1)[0]}`);
      const onward = request(`${target}${url}`, { method, headers }, (answer) => {
        answered.writeHead(answer.statusCode ?? 502, answer.headers);
        answered.flushHeaders();
        const isStream = answer.headers['content-type']?.startsWith('text/event-stream');
        if (isStream) proxy.#streams.add(answer);
        answer.on('close', () => proxy.#streams.delete(answer));
        answer.on('data', (bytes: Buffer) => void answered.write(bytes));
        answer.on('end', () => answered.end());
        answer.on('error', () => answered.destroy());
        if (isStream && proxy.#areStreamsFrozen) answer.pause();
      });
      onward.on('error', () => answered.destroy());
      answered.on('close', () => onward.destroy());
      asked.pipe(onward);
    });
    return proxy;
  }

  /** How many requests to this path have passed. */
  count(path: string): number {
    return this.passed.filter((one) => one.endsWith(` ${path}`)).length;
  }

  /** From now on streams stand still, also those that are opened later, and nobody is told. */
  freezeStreams(): void {
    this.#areStreamsFrozen = true;
    for (const answer of this.#streams) answer.pause();
  }

  thawStreams(): void {
    this.#areStreamsFrozen = false;
    for (const answer of this.#streams) answer.resume();
  }

  /** Ends every connection. */
  cut(): void {
    this.server.closeAllConnections();
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}
