/** A process that has published one message and has nothing to do: prints its share of a core. */
import { setTimeout as delay } from 'node:timers/promises';
import { CloudEvent } from 'cloudevents';
import { KafkaPublisher } from '#publishing/kafka.js';

const [brokers = '', topic = ''] = process.argv.slice(2);
const publisher = new KafkaPublisher({ brokers: brokers.split(','), tls: false, partitions: 3 });
await publisher.prepare(topic);
await publisher.publish(topic, [
  new CloudEvent<object>({
    type: 'a',
    source: 'b',
    time: new Date().toISOString(),
    partitionkey: 'k',
    data: {},
  }),
]);
// Until it is warm: the first seconds compile and collect what the start has left.
await delay(10_000);
const [begun, at] = [process.cpuUsage(), performance.now()];
await delay(8_000);
const { user, system } = process.cpuUsage(begun);
console.log((user + system) / 1000 / (performance.now() - at));
await publisher.close();
