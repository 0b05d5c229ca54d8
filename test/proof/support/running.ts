/** The built service as its own process, on a folder of its own, to be killed at will. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvitationId, OrganizationId } from '#domain/ids.js';
import { loadKeyring } from '#vault/keyring.js';
import { InvitationTokens } from '#vault/tokens.js';

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

export interface Session {
  readonly email: string;
  readonly token: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export class RunningService {
  readonly directory = mkdtempSync(join(tmpdir(), 'membership-proof-'));
  private process: ChildProcess | undefined;
  private output = '';
  private port = 0;

  /** @param agent what it is asked with. */
  constructor(readonly agent = new Agent({ keepAlive: true, maxSockets: 128 })) {}

  /**
   * Starts it and waits until commands and reads are served; gives the milliseconds that took.
   * @param patience the longest that may take, in milliseconds.
   */
  async start(environment: Record<string, string> = {}, patience = 30_000): Promise<number> {
    // The same port after every restart, so that sessions stay good.
    if (this.port === 0) this.port = await freePort();
    const started = performance.now();
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', 'dist/apps/membership/src/main.js'],
      {
        env: {
          PATH: process.env['PATH'],
          HTTP_PORT: String(this.port),
          GRPC_PORT: '0',
          DATA_DIR: this.directory,
          RATE_LIMITS: 'off',
          LOG_LEVEL: 'error',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.process = child;
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the service stopped:\n${this.output}`);
      const ready = await this.send('GET', '/health/ready').catch(() => undefined);
      if (ready?.status === 200) return performance.now() - started;
      if (performance.now() - started > patience) throw new Error(`not ready:\n${this.output}`);
      await sleep(20);
    }
  }

  /** Ends the process as a power cut would end it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.process;
    if (child === undefined || !this.isRunning) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async dispose(): Promise<void> {
    await this.kill();
    this.agent.destroy();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Position of the last event of the log. */
  async head(): Promise<number> {
    const { body } = await this.send('GET', '/health/ready');
    return Number(body.head);
  }

  /** Seconds of a core that it has taken since it started; `undefined` where nobody can say. */
  processorTime(): number | undefined {
    const file = `/proc/${this.process?.pid}/stat`;
    if (!existsSync(file)) return undefined;
    // User and system time, in hundredths of a second.
    const [user, system] = readFileSync(file, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
    return (Number(user) + Number(system)) / 100;
  }

  /** What it takes of a core while so many seconds pass; `undefined` where nobody can say. */
  async processorShare(seconds: number): Promise<number | undefined> {
    const before = this.processorTime();
    await sleep(seconds * 1000);
    const after = this.processorTime();
    return before === undefined || after === undefined ? undefined : (after - before) / seconds;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** It was started, and has not ended. */
  get isRunning(): boolean {
    const child = this.process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The last the service said on its standard output and error. */
  get log(): string {
    return this.output;
  }

  /** How many mails lie in the local mailbox. */
  mails(): number {
    return readdirSync(join(this.directory, 'mailbox')).length;
  }

  async signIn(
    name: string,
    options: { platformAdmin?: boolean; domain?: string } = {},
  ): Promise<Session> {
    const { domain = 'proof.example.org', ...rest } = options;
    const email = `${name}@${domain}`;
    const { body, status } = await this.send('POST', '/dev/token', { email, name, ...rest });
    if (status >= 300) throw new Error(`/dev/token answered ${status} ${JSON.stringify(body)}`);
    const token = body.accessToken as string;
    const authorization = `Bearer ${token}`;
    return {
      email,
      token,
      call: (method, path, payload, headers) =>
        this.send(method, `/api/v1${path}`, payload, { authorization, ...headers }),
    };
  }

  /** The token of an invitation's link, made with the installation's own keys. */
  link(organization: string, invitation: string, generation = 1): string {
    const { tokens } = loadKeyring({ file: join(this.directory, 'keys.json'), logExists: true });
    return new InvitationTokens(tokens).issue({
      organization: organization as OrganizationId,
      invitation: invitation as InvitationId,
      generation,
    });
  }

  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: this.agent,
          timeout: PATIENCE,
          headers: {
            ...(payload === undefined
              ? {}
              : {
                  'content-type': 'application/json',
                  'content-length': Buffer.byteLength(payload),
                }),
            ...headers,
          },
        },
        (incoming) => {
          // It has begun, and ends never.
          if (incoming.headers['content-type']?.startsWith('text/event-stream')) {
            resolve({ status: incoming.statusCode ?? 0, body: '' });
            outgoing.destroy();
            return;
          }
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            const isJson = /application\/(problem\+)?json/.test(
              incoming.headers['content-type'] ?? '',
            );
            resolve({
              status: incoming.statusCode ?? 0,
              body: isJson && text !== '' ? JSON.parse(text) : text,
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.end(payload);
    });
  }
}

/** Milliseconds without a byte: a page of the feed may be waited for for 60 s. */
const PATIENCE = 75_000;

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** How much of a proof to run: 1 is all of it. */
export const scaled = (full: number): number =>
  Math.max(1, Math.round(full * Number(process.env['PROOF_SCALE'] ?? 1)));

/** Numbers in [0, 1) from a printed seed (mulberry32). */
export function randomness(label: string): () => number {
  const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`${label}: PROOF_SEED=${seed}`);
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
