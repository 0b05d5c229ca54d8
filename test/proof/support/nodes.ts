/**
 * Several nodes of the built service that are one installation: the double of EventStoreDB in a
 * process of its own, a real PostgreSQL, a real Kafka and a mail server, each node a process.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresCluster } from '../../../tools/engines/postgres.mjs';
// @ts-expect-error a tool, in JavaScript
import * as kafkaTool from '../../../tools/engines/kafka.mjs';
import { FILES } from '../../../apps/membership/src/files.js';
import { MailServer } from '../../mailing/smtp-server.js';
import type { Arena } from './races.js';
import { RunningService, type Answer, type Session } from './running.js';

export interface Kafka {
  readonly brokers: string;
  /** Ends a broker at once. */
  kill(n: number): Promise<void>;
  /** Begins it again; ends once it listens. */
  start(n: number): Promise<void>;
  stop(): Promise<void>;
}
const { missing, startKafka } = kafkaTool as {
  missing(): string | undefined;
  startKafka(count?: number): Promise<Kafka>;
};

/** Everything beside the service. */
export class Engines {
  private constructor(
    readonly postgres: PostgresCluster,
    readonly kafka: Kafka,
    readonly mail: MailServer,
    readonly eventStore: string,
    private readonly double: ChildProcess,
  ) {}

  /** Why there are none here; undefined: there are. */
  static missing(): string | undefined {
    return PostgresCluster.missing() ?? missing();
  }

  static async start(): Promise<Engines> {
    const postgres = await PostgresCluster.start();
    const mail = new MailServer();
    await mail.listen();
    const double = fork('dist/tools/bench/engines/double.js');
    const [url] = (await once(double, 'message')) as [string];
    return new Engines(postgres, await startKafka(), mail, url, double);
  }

  /** What a node is told, so that it is one of many. */
  get settings(): Readonly<Record<string, string>> {
    return {
      EVENTSTORE_URL: this.eventStore,
      DATABASE_URL: this.postgres.url,
      DATABASE_SCHEMA: SCHEMA,
      DATABASE_CONNECTIONS: '4',
      KAFKA_BROKERS: this.kafka.brokers,
      KAFKA_PARTITIONS: '3',
      SMTP_URL: this.mail.url,
      MAIL_RATE: '1000',
    };
  }

  /** Ends one of them as a power cut would, and begins it again so many milliseconds later. */
  async fail(which: 'PostgreSQL' | 'the broker', down: number): Promise<void> {
    const isDatabase = which === 'PostgreSQL';
    await (isDatabase ? this.postgres.kill() : this.kafka.kill(0));
    await sleep(down);
    await (isDatabase ? this.postgres.begin() : this.kafka.start(0));
  }

  async stop(): Promise<void> {
    this.double.disconnect();
    await this.mail.close();
    await this.kafka.stop();
    this.postgres.remove();
  }
}

/** What the names of the database's schemas begin with. */
export const SCHEMA = 'nodes';

/** Milliseconds until a call has to have an answer that says what became of it. */
const PATIENCE = 180_000;
/** Nothing is said of what was asked, or nothing was done: it is asked again, of any node. */
const AGAIN = 503;

/** A write that was acknowledged. */
export interface Acknowledged {
  readonly organization: string | undefined;
  readonly correlationId: string;
  readonly what: string;
}

export class Nodes implements Arena {
  readonly acknowledged: Acknowledged[] = [];
  /** Calls that were repeated, by what came instead of an answer. */
  readonly repeated = new Map<string, number>();
  readonly #away = new Set<RunningService>();

  private constructor(
    readonly all: readonly RunningService[],
    private readonly settings: Readonly<Record<string, string>>,
    private readonly random: () => number,
  ) {}

  /** Starts so many; they have the keys of the first. */
  static async start(count: number, engines: Engines, random: () => number): Promise<Nodes> {
    const all = Array.from({ length: count }, () => new RunningService());
    const { settings } = engines;
    const [first, ...others] = all as [RunningService, ...RunningService[]];
    await first.start(settings, PATIENCE);
    for (const one of others) {
      for (const file of [FILES.keys, FILES.devIssuer]) {
        copyFileSync(join(first.directory, file), join(one.directory, file));
      }
    }
    await Promise.all(others.map((one) => one.start(settings, PATIENCE)));
    return new Nodes(all, settings, random);
  }

  /** Ends a node as a power cut would; until it serves again nothing more is asked of it. */
  async kill(node: RunningService): Promise<void> {
    await node.kill();
    this.#away.add(node);
  }

  /** Begins a node again that has ended; gives the milliseconds until it serves. */
  async restart(node: RunningService): Promise<number> {
    const time = await node.start(this.settings, PATIENCE);
    this.#away.delete(node);
    return time;
  }

  async signIn(name: string, options: { platformAdmin?: boolean } = {}): Promise<Session> {
    const { email, token } = await this.#until('signing in', async (node) => {
      const session = await node.signIn(name, options).catch((error: Error) => error);
      return session instanceof Error ? undefined : session;
    });
    return this.#session(email, token);
  }

  link(organization: string, invitation: string): string {
    return this.all[0]!.link(organization, invitation);
  }

  /** Asks one node until it answers, or another if it dies meanwhile. */
  async ask(node: RunningService, session: Session, path: string, body?: unknown): Promise<Answer> {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { authorization: `Bearer ${session.token}` };
    return this.#repeat(`${method} ${path}`, () => {
      const asked = this.#away.has(node) ? this.other(node) : node;
      return asked.send(method, `/api/v1${path}`, body, headers);
    });
  }

  /** Any that serves, and not this one if there is another. */
  other(than: RunningService): RunningService {
    const others = this.#serving.filter((one) => one !== than);
    return others[Math.floor(this.random() * others.length)] ?? than;
  }

  any(): RunningService {
    const serving = this.#serving;
    return serving[Math.floor(this.random() * serving.length)]!;
  }

  /** As a balancer knows them, which learns of a death by a call that fails. */
  get #serving(): readonly RunningService[] {
    return this.all.filter((one) => !this.#away.has(one));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.all.map((one) => one.dispose()));
  }

  /** Somebody behind a balancer: each call, and each repetition of it, goes to any node. */
  #session(email: string, token: string): Session {
    return {
      email,
      token,
      call: async (method, path, body, given) => {
        const id = randomUUID();
        const isWrite = method !== 'GET';
        const headers = {
          authorization: `Bearer ${token}`,
          'x-correlation-id': id,
          ...(isWrite ? { 'idempotency-key': id } : {}),
          ...given,
        };
        const answer = await this.#repeat(`${method} ${path}`, () =>
          this.any().send(method, `/api/v1${path}`, body, headers),
        );
        if (isWrite && answer.status < 300) {
          const [, organization] = /^\/organizations\/([^/?]+)/.exec(path) ?? [];
          this.acknowledged.push({ organization, correlationId: id, what: `${method} ${path}` });
        }
        return answer;
      },
    };
  }

  /** Asks again while nobody says what became of it. */
  async #repeat(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    return this.#until(what, async () => {
      const answer = await ask().catch((error: NodeJS.ErrnoException) => error);
      if (!(answer instanceof Error) && answer.status !== AGAIN) return answer;
      const why = answer instanceof Error ? (answer.code ?? answer.message) : answer.body.code;
      this.repeated.set(why, (this.repeated.get(why) ?? 0) + 1);
      return undefined;
    });
  }

  async #until<T>(
    what: string,
    look: (node: RunningService) => Promise<T | undefined>,
  ): Promise<T> {
    for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(50)) {
      const found = await look(this.any());
      if (found !== undefined) return found;
    }
    throw new Error(`${what}: no node has answered for ${PATIENCE} ms`);
  }
}
