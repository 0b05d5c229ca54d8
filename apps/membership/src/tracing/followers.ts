/** What follows the log, each in the trace of the event that it works on. */
import type { Recorded } from '#domain/events.js';
import type { Mail, MailTransport } from '#mailing/mail.js';
import type { Message } from '#publishing/envelope.js';
import type { Attempt } from '#publishing/webhooks/sending.js';
import { beginAll, within, type Tracing } from './tracing.js';

/** Milliseconds after which a trace is over: who reads a log anew works on what is long done. */
const OVER = 3_600_000;

/** The trace that is to be gone on with, if any. @param time when it was. */
const going = (traceparent: unknown, time: string | undefined): string | undefined =>
  typeof traceparent === 'string' && Date.parse(time ?? '') > Date.now() - OVER
    ? traceparent
    : undefined;

/** Events that were applied in one transaction, begun at this time (milliseconds since the epoch). */
export function traceApplied(tracing: Tracing, events: readonly Recorded[], begunAt: number): void {
  const parents = events.map(({ metadata }) => going(metadata.traceparent, metadata.occurredAt));
  beginAll(tracing, { name: 'project', kind: 'consumer', begunAt }, parents).end();
}

/** Publishes messages to a topic. */
export const publishTraced = (
  tracing: Tracing,
  topic: string,
  messages: readonly Message[],
  publish: () => Promise<void>,
): Promise<void> => {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.operation.type': 'send',
    'messaging.batch.message_count': messages.length,
  };
  const work = { name: `send ${topic}`, kind: 'producer', attributes } as const;
  return within(
    beginAll(
      tracing,
      work,
      messages.map((one) => going(one['traceparent'], one.time)),
    ),
    publish,
  );
};

/** Sends a message to a webhook, whose address is somebody's own. */
export const webhookTraced = (
  tracing: Tracing,
  message: Message,
  send: () => Promise<Attempt>,
): Promise<Attempt> => {
  const work = { name: 'send webhook', kind: 'producer' } as const;
  const about = ({ outcome }: Attempt) => ({ 'membership.outcome': outcome });
  return within(
    beginAll(tracing, work, [message['traceparent'] as string | undefined]),
    send,
    about,
  );
};

/** The same way out of the house, with a span for each mail. */
export const tracedMail = (transport: MailTransport, tracing: Tracing): MailTransport => ({
  send: (mail: Mail) => {
    const work = { name: 'send mail', kind: 'producer' } as const;
    return within(beginAll(tracing, work, [mail.traceparent]), () => transport.send(mail));
  },
  kept: () => transport.kept(),
  discard: (...which) => transport.discard(...which),
  close: () => transport.close(),
});
