/** A real HTTP server that answers as it is told, one step after the other. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Step {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Takes the request and ends the connection without an answer. */
  readonly cut?: true;
  /** Takes the request and says nothing. */
  readonly silent?: true;
}

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
}

export const problem = (code: string, status: number, headers: Step['headers'] = {}): Step => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: {
    type: `urn:membership:problem:${code}`,
    title: 't',
    status,
    detail: 'd',
    instance: 'req-1',
    code,
  },
});

export class ScriptedServer {
  readonly received: Received[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** The last step is repeated. */
  static async answering(...steps: readonly Step[]): Promise<ScriptedServer> {
    const received: Received[] = [];
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      const at = performance.now();
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        received.push({ method, path: url, headers, body, at });
        const step = steps[Math.min(received.length, steps.length) - 1]!;
        if (step.silent) return;
        if (step.cut) request.socket.destroy();
        else {
          const type = { 'content-type': 'application/json' };
          response.writeHead(step.status ?? 200, { ...type, ...step.headers });
          response.end(JSON.stringify(step.body ?? {}));
        }
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const scripted = new ScriptedServer(server, `http://127.0.0.1:${port}`);
    Object.assign(scripted, { received });
    return scripted;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
