/** The service on production engines: commands, how far rows are behind, rebuilding and publishing. */
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { EsdbEventLog } from '#eventlog/esdb.js';
import { replay } from '../../../apps/cli/src/replaying.js';
import { readConfig } from '../../../apps/membership/src/config.js';
import { RunningService, type Session } from '../../../test/proof/support/running.js';
import { dropSchema } from '../../../test/support/postgres.js';
import type { Say } from '../comparison.js';
import { changeRole, home, invite, loaded, organization, rowsBehind, type Home } from '../http.js';

import type { Times } from '../measure.js';
import { Memberships } from '../memberships.js';
import { figure, said } from './figures.js';

/** Where the engines are; one that is not there is left out, and its part is the embedded one's. */
export interface Addresses {
  readonly eventStore: string;
  readonly postgres: string | undefined;
  readonly brokers: string | undefined;
}

/** Milliseconds that a start on a long log may take. */
const PATIENCE = 3_600_000;
const ORGANIZATIONS = 100;

/** A service of its own on the engines, and what is left of it on PostgreSQL taken away in the end. */
class OnEngines {
  readonly service = new RunningService();
  readonly #schema = `bench_${randomBytes(6).toString('hex')}`;
  readonly environment: Record<string, string>;

  constructor(private readonly at: Addresses) {
    this.environment = {
      EVENTSTORE_URL: at.eventStore,
      ...(at.postgres && { DATABASE_URL: at.postgres, DATABASE_SCHEMA: this.#schema }),
    };
  }

  /** Publishing goes on beside it where a topic is named. */
  start(topics?: string): Promise<number> {
    const { brokers } = this.at;
    const kafka =
      topics && brokers ? { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topics } : undefined;
    return this.service.start({ ...this.environment, ...kafka }, PATIENCE);
  }

  async dispose(): Promise<void> {
    await this.service.dispose();
    for (const part of this.at.postgres ? ['read_models', 'vault', 'snapshots'] : []) {
      await dropSchema(`${this.#schema}_${part}`, this.at.postgres);
    }
  }
}

export const topicsOf = (): string => `bench-${Date.now()}`;

/** Commands a second over HTTP, with rows written and messages published meanwhile. */
export async function benchCommands(at: Addresses, times: Times, say: Say): Promise<void> {
  const on = new OnEngines(at);
  const { service } = on;
  try {
    await on.start(topicsOf());
    const founder = await service.signIn('bench');
    const homes: Home[] = [];
    for (let n = 0; n < ORGANIZATIONS; n += 1) {
      homes.push(await home(service, founder, await organization(founder, `Many ${n}`), n));
    }
    const target = { service, token: founder.token };
    const run = async (what: string, next: Parameters<typeof loaded>[3]): Promise<void> => {
      await loaded('warm-up', times.warmUp, target, next);
      const spent = spending(service);
      const rate = await loaded(what, times.seconds, target, next);
      const each = spent((rate.perSecond ?? 0) * times.seconds);
      figure(say, what, rate);
      said(say, '  processor time of each', each);
      said(say, '  until every row is there', `${Math.round(await rowsBehind(service))} ms`);
      if (at.brokers) said(say, '  until all is published', `${await published(service)} ms`);
    };
    const one = homes.slice(0, 1);
    let guests = 0;
    await run('role changes, many organizations', (n) => changeRole(homes, n));
    await run('role changes, one organization', (n) => changeRole(one, n));
    await run('invitations', (n) => invite(homes[n % homes.length]!, `new-${guests++}`));
    figure(say, 'command to its row, one at a time', await rowOf(founder, homes));
  } finally {
    await on.dispose();
  }
}

/** Engines and load are on the same machine: what of it is the service's. */
function spending(service: RunningService): (count: number) => string {
  const began = { service: service.processorTime(), all: busy() };
  return (count) => {
    const each = (from?: number, to?: number): string =>
      from === undefined || to === undefined
        ? 'an unknown time'
        : `${Math.round(((to - from) * 1e6) / count).toLocaleString('en')} µs`;
    const own = each(began.service, service.processorTime());
    return `${own} in the service, ${each(began.all, busy())} on all of this machine`;
  };
}

/** Seconds that the cores of this machine have worked. */
const busy = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) /
  1000;

/** Milliseconds until the topics have everything. */
async function published(service: RunningService): Promise<number> {
  const began = performance.now();
  for (;;) {
    const lags = await followers(service);
    if (lags.every(({ name, lag }) => !name.startsWith('bench-') || lag === 0)) {
      return Math.round(performance.now() - began);
    }
    await sleep(20);
  }
}

const followers = async (service: RunningService) => {
  const { body } = await service.send('GET', '/health/ready');
  return body.followers as { name: string; lag: number }[];
};

/** From the answer of a command to that of a read which must know of it. */
async function rowOf(who: Session, homes: readonly Home[]) {
  const took: number[] = [];
  for (let n = 0; n < 300; n += 1) {
    const { path, body } = changeRole(homes, n);
    const { revision } = (await who.call('PUT', path, body)).body as { revision: string };
    const began = performance.now();
    const row = path.replace(/\/roles$/, '');
    const { status } = await who.call('GET', `${row}?atLeast=${encodeURIComponent(revision)}`);
    if (status !== 200) throw new Error(`a row was answered with ${status}`);
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  return { p50: took[150]!, p99: took[297]! };
}

/** What the log of so many events takes to be followed: by a service that has no row, by each read
 * model anew, and into topics. */
export async function benchLongLog(at: Addresses, events: number, say: Say): Promise<void> {
  const on = new OnEngines(at);
  const { service } = on;
  try {
    await on.start();
    await service.signIn('bench', { platformAdmin: true });
    await service.kill('SIGTERM');
    const written = await write(at.eventStore, events, say);
    rate(say, 'read by one follower, who does nothing else', written, await read(at.eventStore));
    const took = await on.start();
    rate(say, 'start: permissions and all read models', written, took);
    const { token } = await service.signIn('bench', { platformAdmin: true });
    for (const name of ['organizations', 'members', 'invitations', 'audit']) {
      rate(say, `rebuild of ${name}`, written, await rebuilt(service, token, name));
    }
    await service.kill('SIGTERM');
    if (at.brokers) await publish(on, at.brokers, say);
  } finally {
    await on.dispose();
  }
}

const rate = (
  say: Say,
  what: string,
  count: number,
  milliseconds: number,
  unit = 'events',
): void => {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  const seconds = milliseconds / 1000;
  said(
    say,
    what,
    `${whole(count)} ${unit} in ${seconds.toFixed(1)} s, ${whole(count / seconds)}/s`,
  );
};

/** Members of each organization, who with what happens to them are about 1,000 events. */
const MEMBERS = 950;

/** Appends them, 500 at a time; how many it came to. */
async function write(address: string, events: number, say: Say): Promise<number> {
  const { content } = readCatalogueFile('catalogues/mondoo.yaml');
  if (content === undefined) throw new Error('There is no such catalogue.');
  const organizations = Math.max(1, Math.round(events / 1000));
  const all = new Memberships(compile(content), { organizations, members: MEMBERS });
  let written = 0;
  for (const _ of all.events()) written += 1;
  const log = await EsdbEventLog.open(address);
  const began = performance.now();
  await all.store(log, { catalogue: false });
  rate(say, 'written, 500 an append, one after the other', written, performance.now() - began);
  await log.close();
  return written;
}

/** Milliseconds that one follower takes from the first event to the last: a service that starts on a log
 * for the first time has a dozen of them at once. */
async function read(address: string): Promise<number> {
  const log = await EsdbEventLog.open(address, { readonly: true });
  const head = (await log.head()) ?? 0n;
  const over = new AbortController();
  const began = performance.now();
  for await (const events of log.follow(null, over.signal)) {
    if ((events.at(-1)?.position ?? 0n) >= head) over.abort();
  }
  const took = performance.now() - began;
  await log.close();
  return took;
}

/** Milliseconds that a read model takes to be built beside the one that is read. */
async function rebuilt(service: RunningService, token: string, name: string): Promise<number> {
  const began = performance.now();
  const authorization = `Bearer ${token}`;
  const path = `/api/v1/read-models/${name}/rebuild`;
  const { status } = await service.send('POST', path, {}, { authorization });
  if (status >= 300) throw new Error(`${path} answered ${status}`);
  // It is asked for before it is begun.
  for (let hasBegun = false; ; await sleep(10)) {
    const isBuilding = (await followers(service)).some((one) => one.name.endsWith(' building'));
    const isOver = hasBegun || performance.now() - began > 1000;
    if (isOver && !isBuilding) return performance.now() - began;
    hasBegun ||= isBuilding;
  }
}

/** Everything from event 0 into fresh topics. */
async function publish(on: OnEngines, brokers: string, say: Say): Promise<void> {
  const config = readConfig({
    ...on.environment,
    DATA_DIR: on.service.directory,
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: topicsOf(),
  });
  let began = performance.now();
  const told = (line: string): void => {
    const [, topic = '', count] = /^bench-\d+\.(\S+): (\d+) messages, 100 %/.exec(line) ?? [];
    if (count === undefined) return;
    rate(say, `published as ${topic}`, Number(count), performance.now() - began, 'messages');
    began = performance.now();
  };
  await replay(config, told, new AbortController().signal);
}
