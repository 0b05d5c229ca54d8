/** The server of gRPC: one port, the services of the protos, health and reflection. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type ServerOptions,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { INestApplicationContext } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { BATCH_LIMIT } from '../server.js';
import type { Tracing } from '../tracing/tracing.js';
import { Vitals } from '../vitals.js';
import { Handlers } from './handlers.js';
import { Health } from './health.js';
import { descriptors, SERVICES, type Method } from './protos.js';

const MINUTE = 60_000;
/** Milliseconds a stop waits for calls that are under way. */
const GRACE = 5000;
/** And then for peers to hear that theirs have ended. */
const FAREWELL = 1000;
/** Milliseconds between looks at whether the service is ready. */
const LOOK = 1000;

/** What a connection may, and for how long: milliseconds. */
export interface Connections {
  /** Calls that are under way at a time. */
  readonly calls: number;
  /** After which one from which nothing came is asked whether it is there. */
  readonly silent: number;
  /** For which it may take its time to say so. */
  readonly answer: number;
  /** For which one may have no calls. */
  readonly idle: number;
  /** After which it is to be opened anew: clients look up the address, and find nodes that are new. */
  readonly age: number;
  /** For which calls that are under way then may still go on. */
  readonly grace: number;
  /** Of all together, those that watch health. */
  readonly watches: number;
}

export const CONNECTIONS: Connections = {
  calls: 250,
  silent: MINUTE,
  answer: MINUTE / 3,
  idle: 15 * MINUTE,
  age: 60 * MINUTE,
  grace: MINUTE,
  watches: 1_000,
};

const optionsOf = ({ calls, silent, answer, idle, age, grace }: Connections): ServerOptions => ({
  'grpc.max_receive_message_length': BATCH_LIMIT,
  'grpc.max_concurrent_streams': calls,
  'grpc.keepalive_time_ms': silent,
  'grpc.keepalive_timeout_ms': answer,
  'grpc.max_connection_idle_ms': idle,
  'grpc.max_connection_age_ms': age,
  'grpc.max_connection_age_grace_ms': grace,
});

// It writes to the console, what we are told as well.
setLogVerbosity(logVerbosity.NONE);

export class GrpcServer {
  readonly #server: Server;
  readonly #health: Health;
  readonly #stopping = new AbortController();

  constructor(
    private readonly app: INestApplicationContext,
    private readonly config: Config,
    log: Logger,
    tracing?: Tracing,
    connections = CONNECTIONS,
  ) {
    this.#server = new Server(optionsOf(connections));
    const handlers = new Handlers(app, config, log, this.#stopping.signal, tracing);
    for (const methods of SERVICES.values()) {
      const definitions = Object.fromEntries(methods.map((one) => [one.name, definitionOf(one)]));
      const handled = Object.fromEntries(methods.map((one) => [one.name, handlers.of(one)]));
      this.#server.addService(definitions, handled);
    }
    this.#health = new Health(this.#server, SERVICES.keys(), connections.watches);
    reflection().addToServer(this.#server);
  }

  /** Every method it serves, as it is called. */
  get methods(): readonly string[] {
    return [...SERVICES.values()].flat().map(({ path }) => path);
  }

  /** @returns the port that was taken. */
  async listen(): Promise<number> {
    const { GRPC_PORT, HTTP_HOST } = this.config;
    const host = HTTP_HOST.includes(':') ? `[${HTTP_HOST}]` : HTTP_HOST;
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      this.#server.bindAsync(`${host}:${GRPC_PORT}`, credentials, (error, taken) =>
        error === null ? resolve(taken) : reject(error),
      );
    });
    void this.#followReadiness();
    return port;
  }

  /** Refuses what is new, ends what would go on, and waits a while for what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#health.end();
    const ended = new AbortController();
    this.#server.tryShutdown(() => ended.abort());
    const isEnded = (patience: number): Promise<void> =>
      delay(patience, undefined, { signal: ended.signal }).catch(() => undefined);
    await isEnded(GRACE);
    this.#server.forceShutdown();
    // It says so only once every peer has answered, which one that is gone never does.
    await isEnded(FAREWELL);
  }

  async #followReadiness(): Promise<void> {
    const vitals = this.app.get(Vitals);
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const isReady = await vitals.look().then(
        ({ ready }) => ready,
        () => false,
      );
      if (!signal.aborted) this.#health.serves(isReady);
      await delay(LOOK, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

/** Takes what a loader of protos makes of them; of that it looks at the descriptors only. */
const reflection = (): ReflectionService =>
  new ReflectionService({
    recorded: {
      format: 'Protocol Buffer 3 DescriptorProto',
      type: {},
      fileDescriptorProtos: descriptors().map((one) => Buffer.from(one)),
    },
  });

/** Bytes are read and written by the handlers, which answer for what is no message. */
const definitionOf = ({ path, requestStream, responseStream }: Method) => {
  const asIs = (bytes: Buffer): Buffer => bytes;
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
};
