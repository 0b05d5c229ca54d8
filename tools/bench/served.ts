/** This project's service as its own process, with memberships in its log, and asked over HTTP and
 * gRPC as its callers ask it. */
import { join } from 'node:path';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { FILES } from '../../apps/membership/src/files.js';
import { freePort, RunningService, type Session } from '../../test/proof/support/running.js';
import { GrpcClient } from '../../test/support/grpc.js';
import type { Memberships } from './memberships.js';
import { CONNECTIONS } from './load.js';
import type { Engine, Loaded, Sent, Spoken } from './peers/engine.js';
import { post, residentBytes } from './peers/program.js';
import type { Question } from './questions.js';

const TOGETHER = 100;
const ACCESS = '/membership.v1.AccessService';

interface Answer {
  readonly allowed: boolean;
}
interface Batch {
  readonly results: readonly Answer[];
}

export class Served {
  readonly #service = new RunningService();
  #session: Session | undefined;
  #grpc: GrpcClient | undefined;
  /** How long its first start took, in seconds. */
  #filled = 0;

  /** Path of its log. */
  get log(): string {
    return join(this.#service.directory, FILES.events);
  }

  /** Writes them into its log; whoever asks may ask about everybody. */
  async fill(all: Memberships): Promise<void> {
    // It makes its own keys, and publishes its catalogues, before anything else is in its log.
    await this.#service.start();
    this.#session = await this.#service.signIn('bench', { platformAdmin: true });
    await this.pause();
    const log = new SqliteEventLog(this.log);
    await all.store(log, { catalogue: false });
    await log.close();
  }

  /** Gives the seconds from the start to the first answer. */
  async start(): Promise<number> {
    const port = await freePort();
    const took = await this.#service.start({ GRPC_PORT: String(port) }, 600_000);
    this.#grpc = new GrpcClient(`127.0.0.1:${port}`, this.#session?.token);
    await this.#settled();
    this.#filled ||= took / 1000;
    return took / 1000;
  }

  /** Stops it as who runs it does; it can be started again. */
  async pause(): Promise<void> {
    this.#grpc?.close();
    await this.#service.kill('SIGTERM');
  }

  /** Did its last start begin with a snapshot of everybody's permissions? */
  async isRestored(): Promise<boolean> {
    const { body } = await this.#service.send('GET', '/health/ready');
    return (body.followers as { restored?: string }[]).some(({ restored }) => restored);
  }

  /** Until the read models are there too and nothing is written any more. */
  async #settled(): Promise<void> {
    for (let before = -1, quiet = 0; quiet < 5; await sleep(100)) {
      const { body } = await this.#service.send('GET', '/health/ready');
      const isBehind = (body.followers as { lag: number }[]).some(({ lag }) => lag > 0);
      quiet = isBehind || body.head !== before ? 0 : quiet + 1;
      before = body.head;
    }
  }

  /** Each way to ask it. It has started, and that has filled it. */
  engines(): Engine[] {
    const memory = () => residentBytes(this.#service.pid);
    const filled = this.#filled;
    const { spoken } = this;
    const send = <T>({ path, body }: Sent) => post<T>(spoken.url + path, body, spoken.headers);
    const http = {
      http: spoken,
      filled,
      memory,
      one: async (question: Question) => (await send<Answer>(spoken.one(question))).allowed,
      many: {
        size: TOGETHER,
        about: 'anybody' as const,
        ask: async (asked: readonly Question[]) =>
          (await send<Batch>(spoken.many(asked))).results.map(({ allowed }) => allowed),
      },
    };
    const grpc = this.#grpc!;
    const call = async <T>(method: string, message: object): Promise<T> => {
      const { code, message: why, body } = await grpc.call(`${ACCESS}/${method}`, { ...message });
      if (code !== 'ok') throw new Error(`${method} answered ${code}: ${why}`);
      return body as T;
    };
    const unary = {
      atOnce: CONNECTIONS,
      filled,
      memory,
      one: async ({ asked }: Question) => (await call<Answer>('Check', asked)).allowed,
      many: {
        size: TOGETHER,
        about: 'anybody' as const,
        ask: async (questions: readonly Question[]) => {
          const checks = questions.map(({ asked }) => asked);
          return (await call<Batch>('BatchCheck', { checks })).results.map((one) => one.allowed);
        },
      },
    };
    const ours = { name: 'membership', isOurs: true, cannot: {} } as const;
    return [
      { ...ours, where: 'over HTTP', load: async () => http },
      { ...ours, where: 'over gRPC', load: async () => unary },
      {
        ...ours,
        name: 'membership, one stream',
        where: 'over gRPC',
        load: async () => ({ ...conversation(grpc), filled, memory }),
      },
    ];
  }

  /** Throws where it is refused. */
  async call(method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
    const { status, body: answer } = await this.#session!.call(method, path, body);
    if (status !== 200) throw new Error(`${path} answered ${status} ${JSON.stringify(answer)}`);
    return answer as Record<string, unknown>;
  }

  /** What changes of what everybody may do, as it happens. */
  watch(message: { readonly organization: string }): ClientReadableStream<unknown> {
    return this.#grpc!.watch(`${ACCESS}/WatchPermissions`, message, { deadline: 3_600_000 });
  }

  /** How it is asked over HTTP. */
  get spoken(): Spoken {
    return {
      url: this.#service.url,
      headers: { authorization: `Bearer ${this.#session?.token}` },
      one: ({ asked }) => ({ path: '/api/v1/access/check', body: asked }),
      many: (questions) => ({
        path: '/api/v1/access/check/batch',
        body: { checks: questions.map(({ asked }) => asked) },
      }),
    };
  }

  async stop(): Promise<void> {
    this.#grpc?.close();
    await this.#service.dispose();
  }
}

/** Questions on one stream, answered in the order asked. */
function conversation(grpc: GrpcClient): Loaded {
  const stream = grpc.converse(`${ACCESS}/CheckStream`, { deadline: 3_600_000 });
  const waiting: { resolve(allowed: boolean): void; reject(error: Error): void }[] = [];
  stream.on('data', ({ answer, refusal }: { answer?: Answer; refusal?: unknown }) => {
    const { resolve, reject } = waiting.shift()!;
    if (answer === undefined) reject(new Error(`refused: ${JSON.stringify(refusal)}`));
    else resolve(answer.allowed);
  });
  stream.on('error', (error) => waiting.splice(0).forEach(({ reject }) => reject(error)));
  return {
    atOnce: 1000,
    one: ({ asked }) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        stream.write({ check: asked });
      }),
    stop: () => void stream.end(),
  };
}
