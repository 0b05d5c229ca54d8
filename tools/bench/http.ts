/**
 * Durable commands and permission checks per second over HTTP, against the running service on the
 * embedded engine, beside raw SQLite inserts on the same disk in the same run. Prints what was
 * measured; judges nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '#database/sqlite.js';
import { RunningService, type Session } from '../../test/proof/support/running.js';
import { CONNECTIONS, load, type Rate } from './load.js';

/** Seconds before anything is measured: until then the engine is still compiling what is called. */
const WARM_UP = 15;

export interface Figure extends Partial<Rate> {
  readonly what: string;
  readonly milliseconds?: number;
  readonly share?: number;
  /** Commands for each raw insert of the same run. */
  readonly ofRaw?: number;
}

export interface Target {
  readonly service: RunningService;
  readonly token: string;
}

/** What one request sends. */
export interface Sent {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: unknown;
}

export async function loaded(
  what: string,
  seconds: number,
  { service, token }: Target,
  next: (index: number) => Sent,
): Promise<Figure> {
  const headers = { authorization: `Bearer ${token}` };
  const rate = await load({ url: service.url, headers }, { warmUp: 0, seconds }, (index) => {
    const { method, path, body } = next(index);
    return { method, path: `/api/v1${path}`, body: JSON.stringify(body) };
  });
  return { what, ...rate };
}

/** One insert per transaction, flushed, as the log's own file is. */
function rawInserts(seconds: number): Figure {
  const directory = mkdtempSync(join(tmpdir(), 'membership-raw-'));
  const database = openDatabase(join(directory, 'raw.sqlite'));
  database.exec('create table rows (id integer primary key, body text not null)');
  const insert = database.prepare('insert into rows (body) values (?)');
  const body = 'x'.repeat(800);
  const end = performance.now() + seconds * 1000;
  const started = performance.now();
  let count = 0;
  for (; performance.now() < end; count++) insert.run(body);
  const took = (performance.now() - started) / 1000;
  database.close();
  rmSync(directory, { recursive: true });
  return { what: 'raw SQLite, one insert per transaction', perSecond: count / took };
}

/** @param seconds how long each figure is measured. */
export async function benchHttp(seconds: number, print: (figure: Figure) => void): Promise<void> {
  const raw = rawInserts(seconds);
  print(raw);
  const service = new RunningService();
  try {
    await service.start();
    const founder = await service.signIn('bench');
    const target = { service, token: founder.token };
    const many: Home[] = [];
    for (let i = 0; i < ORGANIZATIONS; i++) {
      many.push(await home(service, founder, await organization(founder, `Many ${i}`), i));
    }
    const place = await organization(founder, 'One');
    const one: Home[] = [];
    for (let i = 0; i < CONNECTIONS; i++) one.push(await home(service, founder, place, i));
    print(await idle(service, seconds));
    const both = async (
      what: string,
      command: (homes: readonly Home[], i: number) => Sent,
    ): Promise<void> => {
      await loaded('warm-up', WARM_UP, target, (i) => command(many, i));
      for (const [where, homes] of [
        ['many organizations', many],
        ['one organization', one],
      ] as const) {
        const next = (i: number) => command(homes, i);
        const measure = () => loaded(`${what}, ${where}`, seconds, target, next);
        const figure = await stored(service, measure);
        print({ ...figure, ofRaw: figure.perSecond! / raw.perSecond! });
      }
      print({ what: '  until every row is there, ms', milliseconds: await rowsBehind(service) });
    };
    await both('role changes', changeRole);
    const [anybody] = one;
    if (anybody === undefined) throw new Error('nobody is there');
    const check = { principal: anybody.member, ...HOLDS, organization: place };
    const single = { method: 'POST', path: '/access/check', body: check } as const;
    await loaded('warm-up', WARM_UP, target, () => single);
    print(await loaded('checks', seconds, target, () => single));
    const body = { checks: Array(100).fill(check) };
    const hundred = { method: 'POST', path: '/access/check/batch', body } as const;
    const batch = await loaded('checks in batches of 100', seconds, target, () => hundred);
    print({ ...batch, perSecond: batch.perSecond! * 100 });
    for (const figure of await roleChangeToAnswer(founder, anybody)) print(figure);
    // Last: for a while afterwards mails are sent.
    let guests = 0;
    await both('invitations', (homes, i) => invite(homes[i % homes.length]!, `new-${guests++}`));
  } finally {
    await service.dispose();
  }
}

/** With everybody invited and mailed, and nobody asking anything. */
async function idle(service: RunningService, seconds: number): Promise<Figure> {
  for (let sent = -1, now = service.mails(); sent !== now; now = service.mails()) {
    sent = now;
    await sleep(1000);
  }
  const share = await service.processorShare(seconds);
  return { what: 'processor while idle, % of a core', share: (share ?? NaN) * 100 };
}

const ORGANIZATIONS = 200;
/** A permission that members have and viewers have not. */
const HOLDS = { permission: 'scans:run' };

/** An organization with somebody in it whose role can be changed. */
export interface Home {
  readonly organization: string;
  readonly member: string;
}

export async function organization(who: Session, name: string): Promise<string> {
  const { body } = await who.call('POST', '/organizations', { name, catalogue: 'vygl' });
  return body.id as string;
}

export async function home(
  service: RunningService,
  founder: Session,
  place: string,
  index: number,
): Promise<Home> {
  const guest = await service.signIn(`guest-${index}`);
  const invited = await founder.call('POST', `/organizations/${place}/invitations`, {
    email: guest.email,
    roles: ['viewer'],
  });
  const token = service.link(place, invited.body.id as string);
  const accepted = await guest.call('POST', '/invitations/accept', { token });
  if (accepted.status !== 200) throw new Error(`not accepted: ${JSON.stringify(accepted.body)}`);
  return { organization: place, member: accepted.body.id as string };
}

/** To member and back to viewer, so that every one changes something. */
export function changeRole(homes: readonly Home[], index: number): Sent {
  const { organization: place, member } = homes[index % homes.length]!;
  const roles = [Math.floor(index / homes.length) % 2 === 0 ? 'member' : 'viewer'];
  return {
    method: 'PUT',
    path: `/organizations/${place}/members/${member}/roles`,
    body: { roles },
  };
}

/** Makes a data key, a mail, and rows of its own. */
export const invite = ({ organization }: Home, name: string): Sent => ({
  method: 'POST',
  path: `/organizations/${organization}/invitations`,
  body: { email: `${name}@bench.example.org`, roles: ['viewer'] },
});

/** What counts is what was written: a change to what is so already is answered without. */
async function stored(service: RunningService, measure: () => Promise<Figure>): Promise<Figure> {
  const before = await service.head();
  const began = performance.now();
  const figure = await measure();
  const perSecond = ((await service.head()) - before) / ((performance.now() - began) / 1000);
  return { ...figure, perSecond: Math.min(perSecond, figure.perSecond!) };
}

/** Milliseconds until the read models have applied everything; mails go at a rate of their own. */
export async function rowsBehind(service: RunningService): Promise<number> {
  const began = performance.now();
  for (;;) {
    const { body } = await service.send('GET', '/health/ready');
    const behind = (body.followers as { name: string; lag: number }[]).filter(
      ({ name, lag }) => name.includes('@') && lag > 0,
    );
    if (behind.length === 0) return performance.now() - began;
    await sleep(20);
  }
}

/** From a role change, sent or answered, to the answer of a check that must know of it. */
async function roleChangeToAnswer(who: Session, somebody: Home): Promise<Figure[]> {
  const { organization: place, member } = somebody;
  const sent: number[] = [];
  const answered: number[] = [];
  for (let i = 0; i < 500; i++) {
    const { path, body } = changeRole([somebody], i);
    const sending = performance.now();
    const { revision } = (await who.call('PUT', path, body)).body as { revision: string };
    const question = { principal: member, organization: place, ...HOLDS, atLeast: revision };
    const began = performance.now();
    const answer = await who.call('POST', '/access/check', question);
    answered.push(performance.now() - began);
    sent.push(performance.now() - sending);
    if (answer.body.allowed !== (i % 2 === 0)) throw new Error('a check missed its role change');
  }
  return [
    ['role change sent to changed answer', sent] as const,
    ['role change to changed answer', answered] as const,
  ].map(([what, times]) => {
    times.sort((a, b) => a - b);
    return { what, p50: times[250]!, p99: times[495]! };
  });
}
