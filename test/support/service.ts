/** The whole service for tests: in this process on any free port, or as the built program. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../apps/membership/src/config.js';
import { createLog, NestLog } from '../../apps/membership/src/logging.js';
import { start, type Service } from '../../apps/membership/src/service.js';
import { GrpcClient } from './grpc.js';
import { HttpClient } from './http.js';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly link?: string;
}

/** Settings of every service of a suite, by its folder: for suites of `test/engines`. */
type Settings = Readonly<Record<string, string>>;
let everywhere: (folder: string) => Settings | Promise<Settings> = () => ({});
export const use = (settings: typeof everywhere): void => {
  everywhere = settings;
};
export const settingsIn = async (folder: string): Promise<Settings> => everywhere(folder);

export class TestService {
  private constructor(
    readonly service: Service,
    readonly dataDir: string,
    /** Every line the service has logged. */
    readonly logs: readonly string[],
  ) {}

  /** @param settings besides a folder and a port of its own. */
  static async start(
    settings: Readonly<Record<string, string>> = {},
    dataDir = mkdtempSync(join(tmpdir(), 'membership-')),
  ): Promise<TestService> {
    const config = readConfig({
      NODE_ENV: 'test',
      HTTP_PORT: '0',
      GRPC_PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'debug',
      RATE_LIMITS: 'off',
      ...(await settingsIn(dataDir)),
      ...settings,
    });
    const logs: string[] = [];
    const log = createLog(config.LOG_LEVEL, { write: (line: string) => void logs.push(line) });
    const service = await start(config, log, new NestLog(log), { inThread: false });
    return new TestService(service, dataDir, logs);
  }

  get url(): string {
    return this.service.url;
  }

  /** Nobody, on a connection of gRPC that the test closes. */
  get grpc(): GrpcClient {
    return new GrpcClient(this.service.grpc.address);
  }

  /** Nobody. */
  get anybody(): HttpClient {
    return new HttpClient(this.url);
  }

  /** Somebody who signs in with this address at the development issuer. */
  async signIn(
    email: string,
    options: { name?: string; platformAdmin?: boolean } = {},
  ): Promise<HttpClient> {
    const { status, body } = await this.anybody.post<{ accessToken: string }>('//dev/token', {
      email,
      ...options,
    });
    if (status !== 200) throw new Error(`no token for ${email}: ${JSON.stringify(body)}`);
    return this.anybody.as(body.accessToken);
  }

  /** The newest mail to this address, once it has been sent. */
  async mailTo(email: string, isIt: (mail: Mail) => boolean = () => true): Promise<Mail> {
    return eventually(async () => {
      const { body } = await this.anybody.get<{ items: Mail[] }>('//dev/mailbox');
      return body.items.filter((mail) => mail.to.includes(email) && isIt(mail)).at(-1);
    }, `mail to ${email}`);
  }

  /** The token in the link of the newest mail to this address. */
  async linkOf(email: string, isIt?: (mail: Mail) => boolean): Promise<string> {
    const { link } = await this.mailTo(email, isIt);
    return new URL(link!).hash.slice(1);
  }

  /** Ready, and nobody who follows the log is behind. */
  async caughtUp(): Promise<void> {
    await eventually(async () => {
      const { status, body } = await this.anybody.get<{ followers: { lag: number }[] }>(
        '//health/ready',
      );
      return (status === 200 && body.followers.every(({ lag }) => lag === 0)) || undefined;
    }, 'service that has caught up');
  }

  async stop(): Promise<void> {
    await this.service.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** Asks until there is something, for at most so many milliseconds. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  what: string,
  patience = 10_000,
): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`there was no ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

/** A port nothing listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** The built program as a process of its own. */
export class SpawnedService {
  output = '';

  private constructor(
    readonly process: ChildProcess,
    readonly url: string,
    readonly dataDir: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    }
  }

  /** Does not wait until it serves. */
  static async spawn(
    settings: Readonly<Record<string, string>> = {},
    dataDir = mkdtempSync(join(tmpdir(), 'membership-')),
  ): Promise<SpawnedService> {
    const port = await freePort();
    const child = spawn(process.execPath, ['dist/apps/membership/src/main.js'], {
      env: {
        PATH: process.env['PATH'],
        HTTP_PORT: String(port),
        GRPC_PORT: '0',
        DATA_DIR: dataDir,
        ...(await settingsIn(dataDir)),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new SpawnedService(child, `http://127.0.0.1:${port}`, dataDir);
  }

  /** Resolves when commands and reads are served; milliseconds since the call. */
  async ready(patience = 40_000): Promise<number> {
    const begun = Date.now();
    await eventually(
      async () => {
        if (this.process.exitCode !== null) throw new Error(`it has ended:\n${this.output}`);
        const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
        return answer?.ok || undefined;
      },
      'readiness',
      patience,
    );
    return Date.now() - begun;
  }

  /** Sends the signal and gives the exit code. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null) return Promise.resolve(this.process.exitCode);
    return new Promise((resolve) => {
      this.process.once('exit', (code) => resolve(code));
      this.process.kill(signal);
    });
  }
}
