/**
 * Several nodes that are one installation, one of them killed every 20 seconds, and in between by
 * turns PostgreSQL and the broker, raced in across all of them: whatever was acknowledged is in the
 * log once, rules hold at every moment, answers are as fresh as they were asked to be, and read
 * models, topics and mail follow the log whoever dies.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Catalogues } from '#catalogues/catalogues.js';
import type { OrganizationId } from '#domain/ids.js';
import { verify } from '#eventlog/chain.js';
import { EsdbEventLog } from '#eventlog/esdb.js';
import type { EventLog } from '#eventlog/event-log.js';
import { sourceOf, type Message } from '#publishing/envelope.js';
import { PermissionChanges } from '#publishing/permission-changes.js';
import { groupedBy } from '#readstore/grouped-by.js';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { writeRevision } from '#queries/revisions.js';
import { loadKeyring } from '#vault/keyring.js';
import { openPostgresVault } from '#vault/postgres-vault.js';
import { FILES } from '../../apps/membership/src/files.js';
import { Reader, type Read, withoutDuplicates } from '../engines/support/kafka.js';
import { headerOf } from '../mailing/smtp-server.js';
import { differences } from '../projections/comparing.js';
import { eventually } from '../support/service.js';
import { told, unlessInGate } from '../support/skipping.js';
import { violations, type ChainRecord } from './support/chain.js';
import { asking, askingOfThePlatform } from './support/asking.js';
import { Engines, Nodes, SCHEMA, type Acknowledged } from './support/nodes.js';
import { found, RACES, type Lane } from './support/races.js';
import { randomness, scaled, type RunningService } from './support/running.js';

const SECONDS = Math.max(45, scaled(300));
/** What is killed between two kills of nodes, by turns; each at least once. */
const FAILING = ['PostgreSQL', 'the broker'] as const;
/** Milliseconds from one kill to the next, and until what was killed is begun again. */
const EVERY = 20_000;
const DOWN = 4_000;
/** Milliseconds that a lane pauses between two races: the nodes share the machine with everything. */
const PAUSE = 250;
/** Milliseconds until everything has followed, on a machine that others use too; it is printed. */
const PATIENCE = 300_000;

const reason = unlessInGate(Engines.missing());
const proof = reason === undefined ? test : test.skip;

proof.each([2, 3])(
  `%i nodes, one killed every 20 s for ${SECONDS} s, and engines in between${told(reason)}`,
  async (count) => {
    const random = randomness(`${count} nodes`);
    const engines = await Engines.start();
    const nodes = await Nodes.start(count, engines, random);
    const log = await EsdbEventLog.open(engines.eventStore, { readonly: true });
    const at = { url: engines.postgres.url, connections: 2 };
    const store = await PostgresReadStore.open({ ...at, schema: `${SCHEMA}_read_models` });
    try {
      const wrong: string[] = [];
      const lanes = await load(nodes, wrong, () => kills(engines, nodes, log, store, wrong));
      const followed = await following(store, (await log.head())!);
      console.log(`${count} nodes at the end: ${timesOf(followed)}`);
      wrong.push(...(await unlikeAnswers(nodes, lanes, await recordsIn(log))));
      for (const node of nodes.all) await node.kill('SIGTERM');

      const records = await recordsIn(log);
      for (const [stream, events] of records) {
        if (!lanes.some(({ organization }) => stream === `organization-${organization}`)) continue;
        wrong.push(...violations(events, 'owner').map((one) => `${stream}: ${one}`));
      }
      wrong.push(...(await verify(log)).findings.map((one) => JSON.stringify(one)));
      wrong.push(...notOnce(records, nodes.acknowledged));
      const file = join(nodes.all[0]!.directory, FILES.keys);
      const { wrapping } = loadKeyring({ file, logExists: true });
      const vault = await openPostgresVault({ ...at, schema: `${SCHEMA}_vault` }, wrapping);
      wrong.push(...(await differences(store, log, vault)));
      await vault.close();
      wrong.push(...(await unpublished(engines, records)));
      wrong.push(...(await untold(engines, log)));
      wrong.push(...(await unmailed(engines, records)));

      const events = [...records.values()].flat().length;
      console.log(
        `${count} nodes: ${nodes.acknowledged.length} commands acknowledged, ${events} events, ${wrong.length} violations; asked again: ${JSON.stringify(Object.fromEntries(nodes.repeated))}`,
      );
      expect(wrong).toEqual([]);
    } finally {
      await nodes.dispose();
      await store.close();
      await log.close();
      await engines.stop();
    }
  },
);

/** Races and questions in lanes of their own for as long as `meanwhile` lasts; the lanes. */
async function load(
  nodes: Nodes,
  wrong: string[],
  meanwhile: () => Promise<void>,
): Promise<readonly Lane[]> {
  const works = {
    ...RACES,
    'answers as fresh as asked for': asking(nodes, wrong),
    'and as what the platform gives': askingOfThePlatform(nodes, wrong),
  };
  const tracks = await Promise.all(
    Object.entries(works).map(async ([name, prepare], i) => {
      const track = await found(nodes, `lane-${i}`);
      return { name, track, trial: await prepare(track) };
    }),
  );
  let goesOn = true;
  const racing = tracks.map(async ({ name, trial }) => {
    let done = 0;
    for (; goesOn; done += 1) {
      await trial(done).catch((error: Error) => {
        wrong.push(`${name}: ${error.message}`);
        goesOn = false;
      });
      await sleep(PAUSE);
    }
    return `${name} ${done}`;
  });
  await meanwhile();
  goesOn = false;
  console.log(`${nodes.all.length} nodes raced: ${(await Promise.all(racing)).join(', ')}`);
  return tracks.map(({ track }) => track);
}

/** Kills one node after the other, and an engine after each, and begins them again; prints how long
 * others took to go on. */
async function kills(
  engines: Engines,
  nodes: Nodes,
  log: EventLog,
  store: PostgresReadStore,
  wrong: string[],
): Promise<void> {
  const end = performance.now() + SECONDS * 1000;
  for (let kill = 0; performance.now() < end || kill < FAILING.length; kill += 1) {
    const next = sleep(EVERY);
    const node = nodes.all[kill % nodes.all.length] as RunningService;
    if (!node.isRunning) wrong.push(`node ${kill % nodes.all.length} has ended: ${node.log}`);
    await nodes.kill(node);
    const head = (await log.head())!;
    const followed = following(store, head);
    await sleep(DOWN);
    const started = await nodes.restart(node);
    console.log(
      `kill ${kill + 1} of ${nodes.all.length} nodes: went on ${timesOf(await followed)}; serves again ${seconds(started)} after its start`,
    );
    const which = FAILING[kill % FAILING.length]!;
    await engines.fail(which, DOWN);
    // Connections that there were are dead.
    await eventually(() => positionsIn(store).catch(() => undefined), which, PATIENCE);
    console.log(`${which} was killed and is back`);
    await next;
  }
}

/** Follower → milliseconds from now until it has everything up to `head` behind it. */
async function following(store: PostgresReadStore, head: bigint): Promise<Map<string, number>> {
  const begun = performance.now();
  const times = new Map<string, number>();
  await eventually(
    async () => {
      const positions = await positionsIn(store);
      for (const [name, position] of positions) {
        if (position >= head && !times.has(name)) times.set(name, performance.now() - begun);
      }
      return [...positions.keys()].every((name) => times.has(name)) || undefined;
    },
    `everything up to ${head} in ${JSON.stringify([...(await positionsIn(store))].map(String))}`,
    PATIENCE,
  );
  return times;
}

/** Follower → how far it is. */
async function positionsIn({ db }: PostgresReadStore): Promise<Map<string, bigint>> {
  const builds = await db
    .selectFrom('checkpoints')
    .where('state', '=', 'serving')
    .select('position')
    .execute();
  const mailer = await db.selectFrom('mail_checkpoint').select('position').execute();
  const relays = await db.selectFrom('relay_checkpoints').select(['name', 'position']).execute();
  const least = builds.map(({ position }) => BigInt(position)).sort((a, b) => (a < b ? -1 : 1))[0];
  return new Map([
    ['projections', least!],
    ...mailer.map(({ position }) => ['mailer', BigInt(position)] as const),
    ...relays.map(({ name, position }) => [name, BigInt(position)] as const),
  ]);
}

const seconds = (time: number): string => `${(time / 1000).toFixed(1)} s`;
const timesOf = (times: ReadonlyMap<string, number>): string =>
  [...times].map(([name, time]) => `${name} ${seconds(time)}`).join(', ');

interface LoggedRecord extends ChainRecord {
  readonly id: string;
  readonly metadata: { readonly correlationId: string; readonly commandId: string };
}

/** Stream → its events, of organizations. */
async function recordsIn(log: EventLog): Promise<Map<string, LoggedRecord[]>> {
  const streams = new Map<string, LoggedRecord[]>();
  for await (const records of log.records()) {
    for (const { stream, id, canonical } of records) {
      if (!stream.startsWith('organization-')) continue;
      const events = streams.get(stream) ?? [];
      streams.set(stream, events);
      events.push({ ...(JSON.parse(canonical) as LoggedRecord), id });
    }
  }
  return streams;
}

/** Commands that were acknowledged and are not there, or that took effect more than once. */
function notOnce(
  records: ReadonlyMap<string, readonly LoggedRecord[]>,
  acknowledged: readonly Acknowledged[],
): string[] {
  const effects = new Map<string, string[]>();
  for (const [stream, events] of records) {
    let before: LoggedRecord | undefined;
    for (const event of events) {
      const { correlationId, commandId } = event.metadata;
      const known = effects.get(correlationId) ?? [];
      effects.set(correlationId, known);
      // Events that follow one another with one command's id are one effect.
      if (before?.metadata.commandId !== commandId) known.push(`${stream} ${event.revision}`);
      before = event;
    }
  }
  const twice = [...effects]
    .filter(([correlationId, { length }]) => length > 1 && isOurs(correlationId))
    .map(([id, places]) => `${id} took effect more than once: ${places.join(', ')}`);
  const missing = acknowledged
    // Of many accepts of one invitation one takes effect, and all are told of it.
    .filter(({ what, correlationId }) => !what.endsWith('/accept') && !effects.has(correlationId))
    .map(
      ({ what, correlationId }) => `${what} was acknowledged and is not there: ${correlationId}`,
    );
  return [...twice, ...missing];
}

/** What the balancer gives commands, unlike what the service does by itself. */
const isOurs = (correlationId: string): boolean => /^[\da-f]{8}-/.test(correlationId);

/** Nodes that do not say what the log says of who may look at an organization. */
async function unlikeAnswers(
  nodes: Nodes,
  lanes: readonly Lane[],
  records: ReadonlyMap<string, readonly LoggedRecord[]>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { organization, founder, other } of lanes) {
    const events = records.get(`organization-${organization}`)!;
    const atLeast = writeRevision(organization as OrganizationId, events.at(-1)!.revision);
    const question = `organization=${organization}&permission=organization:view&limit=200`;
    const path = `/access/principals?${question}&atLeast=${atLeast}`;
    for (const [index, node] of nodes.all.entries()) {
      let answer = await nodes.ask(node, founder, path);
      if (answer.status !== 200) answer = await nodes.ask(node, other, path);
      // People of the platform may look anywhere.
      const members = answer.body.items?.map(idOf).filter((id: string) => id.startsWith('mem_'));
      const said = JSON.stringify(members?.sort() ?? answer.body);
      const should = JSON.stringify(activeIn(events).sort());
      if (said !== should) wrong.push(`node ${index}: ${organization}: ${said}, not ${should}`);
    }
  }
  return wrong;
}

const idOf = (item: { id?: string; principal?: string }): string => item.id ?? item.principal ?? '';

/** Every role of the catalogue may look, so whoever is active may. */
function activeIn(events: readonly LoggedRecord[]): string[] {
  const active = new Set<string>();
  for (const { type, data } of events) {
    if (type === 'member.join' || type === 'member.accept') active.add(data.member as string);
    if (type === 'member.remove') active.delete(data.member as string);
  }
  return [...active];
}

/** Where the first topic is not the log, once what was seen is dropped by revision. */
async function unpublished(
  { kafka }: Engines,
  records: ReadonlyMap<string, readonly LoggedRecord[]>,
): Promise<string[]> {
  const logged = [...records].map(
    ([stream, events]) => [stream, events.map(({ id }) => id)] as const,
  );
  const topic = 'membership.events';
  const read = await Reader.all(topic, kafka.brokers, PATIENCE);
  // Catalogues are in the log, too; no race is about them.
  const ofOrganizations = read.filter(
    ({ headers }) => !headers['ce_stream']!.startsWith('catalogue-'),
  );
  return unlikeLog(
    topic,
    ofOrganizations,
    new Map(logged),
    ({ headers }) => headers['ce_stream']!,
    ({ headers }) => headers['ce_id']!,
  );
}

/** Where the second topic is not what the log alone tells of permissions, by the same rule. */
async function untold({ kafka }: Engines, log: EventLog): Promise<string[]> {
  const topic = 'membership.permission-changes';
  const read = await Reader.all(topic, kafka.brokers, PATIENCE);
  return unlikeLog(
    topic,
    read,
    await changesIn(log),
    ({ key }) => key,
    ({ headers, value }) => `${headers['ce_id']} ${JSON.stringify(value)}`,
  );
}

/** Organization → what is told of it, from the first event on, as nobody else says it. */
async function changesIn(log: EventLog): Promise<Map<string, string[]>> {
  const catalogues = new Catalogues();
  const catalogueOf = catalogues.get.bind(catalogues);
  const telling = new PermissionChanges({ log, source: sourceOf(log), catalogueOf }, null);
  const all: Message[] = [];
  const head = await log.head();
  for await (const events of log.follow(null, new AbortController().signal)) {
    for (const { event } of events) {
      if (event.type === 'catalogue.publish') catalogues.add(event.content);
    }
    for await (const one of telling.of(events)) all.push(one);
    if (events.at(-1)?.position === head) break;
  }
  const changes = groupedBy(all, ({ partitionkey }) => String(partitionkey));
  return new Map(
    [...changes].map(([key, of]) => [
      key,
      of.map(({ id, data }) => `${id} ${JSON.stringify(data)}`),
    ]),
  );
}

/** @param whose gives the stream, or the key, and `what` what the log says there. */
function unlikeLog(
  topic: string,
  read: readonly Read[],
  logged: ReadonlyMap<string, readonly string[]>,
  whose: (message: Read) => string,
  what: (message: Read) => string,
): string[] {
  const kept = withoutDuplicates(read);
  console.log(`${topic}: ${read.length} messages, ${read.length - kept.length} dropped`);
  const said = groupedBy(kept, whose);
  const known = new Set([...logged.values()].flat());
  const strange = read.filter((one) => !known.has(what(one)));
  return [
    ...strange.map((one) => `on ${topic}, and nowhere else: ${what(one)}`),
    ...[...logged].flatMap(([name, should]) =>
      (said.get(name) ?? []).map(what).join() === should.join()
        ? []
        : [`${name} differs on ${topic}`],
    ),
  ];
}

/** Invitations that are open and were not mailed. */
async function unmailed(
  { mail }: Engines,
  records: ReadonlyMap<string, readonly LoggedRecord[]>,
): Promise<string[]> {
  const open = new Set<string>();
  for (const { type, data } of [...records.values()].flat()) {
    if (type === 'member.invite') open.add(data.invitation as string);
    else if (data.invitation !== undefined) open.delete(data.invitation as string);
  }
  const names = mail.received.map(({ mime }) => headerOf(mime, 'Message-ID') ?? '');
  const mailed = new Set(names.map((name) => /^<(.*)\.1@/.exec(name)?.[1]));
  console.log(`${names.length} mails, ${names.length - new Set(names).size} sent again`);
  return [...open].filter((one) => !mailed.has(one)).map((one) => `not mailed: ${one}`);
}
