/** What the client of Kafka asks brokers to append, seen and spoilt on its way there. */
import { createRequire } from 'node:module';

/** One request, as it is before it is written. */
export interface Produce {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly firstSequence: number }[];
  }[];
}

/** Sends the request, or another one in its place; ends with the broker's answer. */
export type Send = (request: Produce) => Promise<unknown>;

interface Broker {
  readonly nodeId: number;
  produce: Send;
}

/** Has every request go through `way`; gives what ends that. */
export function onTheWay(
  way: (request: Produce, send: Send, broker: number) => Promise<unknown>,
): () => void {
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/broker/index.js') as { readonly prototype: Broker };
  const { produce } = prototype;
  prototype.produce = function (this: Broker, request) {
    return way(request, (one) => produce.call(this, one), this.nodeId);
  };
  return () => {
    prototype.produce = produce;
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
