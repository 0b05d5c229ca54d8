/** Two ways to have the messages: a topic, or the feed. Both say everything at least once. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka as Binding } from 'cloudevents';
import kafkajs from 'kafkajs';
import type { Message, Seats } from './seats.js';

/** Milliseconds before something is tried again. */
const PAUSE = 500;

/** Reads the topic in a group of its own, and again from where it was when anything fails. */
export async function fromTopic(
  seats: Seats,
  { brokers, topic, groupId }: { brokers: string[]; topic: string; groupId: string },
  signal: AbortSignal,
): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: groupId, logLevel: kafkajs.logLevel.ERROR });
  while (!signal.aborted) {
    const consumer = kafka.consumer({ groupId });
    // A consumer that met an error it does not retry stays dead: it is replaced.
    const crash = new AbortController();
    consumer.on(consumer.events.CRASH, () => crash.abort());
    const over = once(AbortSignal.any([signal, crash.signal]), 'abort');
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachMessage: ({ message }) => {
          const headers = Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
          );
          const event = Binding.toEvent({ headers, value: message.value } as never);
          const { streamrevision, ...rest } = event as unknown as Message;
          seats.take({ ...rest, streamrevision: Number(streamrevision) });
          return Promise.resolve();
        },
      });
      await over;
    } catch {
      // It is tried again, as after a crash.
    }
    crash.abort();
    await consumer.disconnect().catch(() => undefined);
    await delay(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}

/** The feed says no, and would say so again: a cursor that the log does not know, a token that is over. */
export class Refused extends Error {}

/** Asks the feed page after page, each waited for. @throws Refused */
export async function fromFeed(
  seats: Seats,
  { url, token, organization }: { url: string; token: string; organization: string },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    let page: { items: Message[]; nextCursor: string };
    try {
      const { cursor } = seats;
      const begin = cursor === undefined ? { beginning: 'true' } : { cursor };
      const query = new URLSearchParams({ organization, wait: '30', ...begin });
      const response = await fetch(`${url}/api/v1/events?${query}`, {
        headers: { authorization: `Bearer ${token}` },
        signal,
      });
      const { ok, status } = response;
      if (status >= 400 && status < 500 && status !== 429) {
        const otherwise = { code: status, detail: response.statusText };
        const { code, detail } = (await response.json().catch(() => otherwise)) as typeof otherwise;
        throw new Refused(`${code}: ${detail}`);
      }
      if (!ok) throw new Error(`the feed answers ${status}`);
      page = (await response.json()) as typeof page;
    } catch (error) {
      if (error instanceof Refused) throw error;
      await delay(PAUSE, undefined, { signal }).catch(() => undefined);
      continue;
    }
    for (const message of page.items) seats.take(message);
    seats.cursor = page.nextCursor;
  }
}
