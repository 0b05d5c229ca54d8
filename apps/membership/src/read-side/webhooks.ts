/** Webhooks on the read side: the sender, and what organizations set about it. */
import type { Instant } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { StoredCheckpoints } from '#publishing/checkpoints.js';
import { Deliveries, DeliveryQueue } from '#publishing/webhooks/deliveries.js';
import { Endpoints } from '#publishing/webhooks/endpoints.js';
import { Webhooks } from '#publishing/webhooks/webhooks.js';
import { isOutage } from '#readstore/store.js';
import type { Config } from '../config.js';
import { envelopesOf } from '../publishing.js';
import { webhookTraced } from '../tracing/followers.js';
import type { ReadSideEngines } from './engines.js';
import type { Told, WebhookDeeds } from './protocol.js';

const now = (): Instant => new Date().toISOString() as Instant;

export interface WebhookWork {
  readonly webhooks: Webhooks;
  readonly deeds: WebhookDeeds;
}

export function webhookWork(
  config: Config,
  engines: ReadSideEngines,
  onError: (error: unknown) => void,
): WebhookWork {
  const { log, store, secrets, tracing } = engines;
  const endpoints = new Endpoints(store, secrets, now);
  const deliveries = new Deliveries(store);
  const checkpoints = new StoredCheckpoints(store, 'webhooks');
  const webhooks = new Webhooks({
    log,
    envelopes: envelopesOf(config, engines),
    checkpoints,
    endpoints,
    queue: new DeliveryQueue(store, checkpoints.writer),
    sending: config,
    onError,
    ...(tracing && { around: (...sent) => webhookTraced(tracing, ...sent) }),
  });
  const hurried = async <T>(work: Promise<T>): Promise<T> => {
    const answer = await work;
    webhooks.hurry();
    return answer;
  };
  const deeds: WebhookDeeds = {
    create: (...input) => endpoints.create(...input),
    change: (...input) => hurried(endpoints.change(...input)),
    rotate: (...input) => endpoints.rotate(...input),
    remove: (...input) => endpoints.remove(...input),
    revive: (_, webhook) => hurried(deliveries.revive(webhook, now())),
    again: (organization, webhook, event) =>
      hurried(deliveries.again(organization, webhook, event, now())),
  };
  return { webhooks, deeds };
}

const AWAY = 'The database does not answer; look whether it is done before you repeat it.';

/** What it comes to in words that cross threads, where an error is no refusal any more. */
export async function toldOf<T>(work: Promise<T>): Promise<Told<T>> {
  try {
    return { answer: await work };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.code, detail: error.message };
    if (isOutage(error)) return { refused: 'write.outcome_unknown', detail: AWAY };
    throw error;
  }
}
