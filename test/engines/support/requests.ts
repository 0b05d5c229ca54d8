/** What the client of Kafka asks brokers, seen and spoilt on its way there. */
import { createRequire } from 'node:module';

/** A request to append, as it is before it is written. */
export interface Produce {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly firstSequence: number }[];
  }[];
}
interface Requests {
  readonly produce: Produce;
  readonly fetch: object;
}

/** @param send sends the request, or another one in its place, and gives the broker's answer. */
export type Way<Request> = (
  request: Request,
  send: (request: Request) => Promise<unknown>,
  broker: number,
) => Promise<unknown>;

/** Has every request of a kind go that way; gives what ends it. */
export function onTheWay<Kind extends keyof Requests>(
  kind: Kind,
  way: Way<Requests[Kind]>,
): () => void {
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/broker/index.js') as {
    readonly prototype: Record<Kind, (request: Requests[Kind]) => Promise<unknown>>;
  };
  const usual = prototype[kind];
  prototype[kind] = function (this: { readonly nodeId: number }, request) {
    return way(request, (one) => usual.call(this, one), this.nodeId);
  };
  return () => {
    prototype[kind] = usual;
  };
}

export const partitionsOf = ({ topicData }: Produce): number[] =>
  topicData.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));

/** The same, a place further on in the sequence of its producer than it is. */
export const outOfSequence = (request: Produce): Produce => ({
  ...request,
  topicData: request.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((one) => ({ ...one, firstSequence: one.firstSequence + 1 })),
  })),
});
