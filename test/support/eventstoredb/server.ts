/**
 * A double of a single-node EventStoreDB: the services that the client calls, over a log in memory,
 * behind a proxy so that connections can be cut and frozen. Faithful where
 * `test/engines/esdb-probes.spec.ts` holds it against what a real server answered.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { append, batchAppend, deleteStream, tombstone } from './appends.js';
import { Faults } from './faults.js';
import { serialize } from './messages.js';
import { read } from './reads.js';
import { type Kept, MemoryStore } from './store.js';

const HOST = '127.0.0.1';
/** Milliseconds for which a server that was told to end goes on. */
const ENDING = 3400;

/** What it shows of itself over TLS: PEM, and the file of the authority that clients are to trust. */
export interface Identity {
  readonly key: Buffer;
  readonly certificate: Buffer;
  readonly authority: string;
}

export class EventStoreDouble {
  readonly store = new MemoryStore();
  readonly faults = new Faults();
  readonly #server = new grpc.Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  readonly #sockets = new Set<Socket>();
  #proxy: Server | undefined;
  #inner = 0;
  #port = 0;
  #frozen = false;
  #authority: string | undefined;

  private constructor() {
    const serving = { store: this.store, faults: this.faults, cut: () => this.cut() };
    const { read: reading, ...others } = services.StreamsService;
    this.#server.addService(
      { ...others, read: { ...reading, responseSerialize: serialize } },
      {
        read: read(serving),
        append: append(serving),
        batchAppend: batchAppend(serving),
        delete: deleteStream(serving),
        tombstone: tombstone(serving),
      },
    );
    this.#server.addService(features.ServerFeaturesService, {
      getSupportedMethods: (_: unknown, callback: grpc.sendUnaryData<unknown>) =>
        callback(null, supported()),
    });
    this.#server.addService(gossip.GossipService, {
      read: (_: unknown, callback: grpc.sendUnaryData<unknown>) => callback(null, this.#cluster()),
    });
  }

  /** @param identity absent: it speaks without TLS. */
  static async start(port = 0, identity?: Identity): Promise<EventStoreDouble> {
    const double = new EventStoreDouble();
    double.#authority = identity?.authority;
    double.#inner = await promisify(double.#server.bindAsync.bind(double.#server))(
      `${HOST}:0`,
      identity === undefined
        ? grpc.ServerCredentials.createInsecure()
        : grpc.ServerCredentials.createSsl(null, [
            { private_key: identity.key, cert_chain: identity.certificate },
          ]),
    );
    double.#port = port;
    await double.up();
    return double;
  }

  get port(): number {
    return this.#port;
  }

  /** As `EVENTSTORE_URL` would name it. */
  get url(): string {
    const how = this.#authority === undefined ? 'tls=false' : `tlsCAFile=${this.#authority}`;
    return `esdb://${HOST}:${this.#port}?${how}`;
  }

  /** Listens again, at the same port. */
  async up(): Promise<void> {
    this.#proxy = createServer((client) => this.#join(client));
    await new Promise<void>((resolve, reject) => {
      this.#proxy?.once('error', reject).listen(this.#port, HOST, resolve);
    });
    this.#port = (this.#proxy.address() as AddressInfo).port;
  }

  /** `kill -9`: gives what became of what was not flushed, and so not acknowledged. */
  async kill(keeps: Kept = 'all'): Promise<{ lost: number; kept: number }> {
    const closed = new Promise<unknown>((resolve) => {
      this.#proxy?.close(resolve);
    });
    const crashed = this.store.crash(keeps);
    this.cut();
    await closed;
    return crashed;
  }

  /** `SIGTERM`: it takes and acknowledges appends for a while, and then drops every connection. */
  async terminate(): Promise<void> {
    await pause(ENDING);
    this.store.flush();
    await this.kill();
  }

  /** Takes no new connections; those that there are go on. */
  refuse(): void {
    this.#proxy?.close();
  }

  /** Every connection dies. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** A process that was stopped, not ended: connections stay, and nothing moves. `connections`:
   * only what goes over those that there are, as where a link is dead and nobody says so. */
  freeze(what: 'everything' | 'connections' = 'everything'): void {
    this.#frozen = what === 'everything';
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#server.forceShutdown();
  }

  #join(client: Socket): void {
    const server = connect(this.#inner, HOST);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
      if (this.#frozen) one.pause();
    }
  }

  #cluster(): InstanceType<typeof gossipMessages.ClusterInfo> {
    const endpoint = new gossipMessages.EndPoint().setAddress(HOST).setPort(this.#port);
    const member = new gossipMessages.MemberInfo()
      .setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
      .setState(gossipMessages.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(endpoint);
    return new gossipMessages.ClusterInfo().setMembersList([member]);
  }
}

const supported = () => {
  const method = new featureMessages.SupportedMethod()
    .setServiceName('event_store.client.streams.Streams')
    .setMethodName('BatchAppend');
  return new featureMessages.SupportedMethods()
    .setEventStoreServerVersion('23.10.6')
    .setMethodsList([method]);
};
