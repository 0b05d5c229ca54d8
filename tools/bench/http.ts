/**
 * Durable commands and permission checks per second over HTTP, against the running service on the
 * embedded engine, beside raw SQLite inserts on the same disk in the same run. Prints what was
 * measured; judges nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { openDatabase } from '#database/sqlite.js';
import { RunningService, type Session } from '../../test/proof/support/running.js';

const CONNECTIONS = 64;
/** Seconds before anything is measured. */
const WARM_UP = 2;

export interface Figure {
  readonly what: string;
  readonly perSecond: number;
  readonly p50?: number;
  readonly p99?: number;
}

interface Target {
  readonly service: RunningService;
  readonly token: string;
}

/** What one request sends. */
interface Sent {
  readonly path: string;
  readonly body: unknown;
}

/** Keeps `CONNECTIONS` requests in flight for some seconds, from as little of a core as can be. */
async function load(
  what: string,
  seconds: number,
  { service, token }: Target,
  next: (index: number) => Sent,
): Promise<Figure> {
  let index = 0;
  const result = await autocannon({
    url: service.url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => {
          const { path, body } = next(index++);
          return { ...request, path: `/api/v1${path}`, body: JSON.stringify(body) };
        },
      },
    ],
  });
  const { errors, timeouts, non2xx, requests, latency } = result;
  if (errors + timeouts + non2xx > 0) {
    throw new Error(`${what}: ${errors} errors, ${timeouts} timeouts, ${non2xx} refused`);
  }
  return { what, perSecond: requests.total / result.duration, p50: latency.p50, p99: latency.p99 };
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
  print(rawInserts(seconds));
  const service = new RunningService();
  try {
    await service.start();
    const founder = await service.signIn('bench');
    const target = { service, token: founder.token };
    const many = await Promise.all(
      Array.from({ length: 200 }, (_, i) => organization(founder, `Many ${i}`)),
    );
    const one = await organization(founder, 'One');
    const each = (prefix: string) => (i: number) => invite(many[i % many.length]!, `${prefix}${i}`);
    await load('warm-up', WARM_UP, target, each('w'));
    print(await load('commands, many organizations', seconds, target, each('m')));
    print(await load('commands, one organization', seconds, target, (i) => invite(one, `o${i}`)));
    const { body } = await founder.call('GET', `/organizations/${one}/members?status=active`);
    const check = {
      principal: (body.items as { id: string }[])[0]!.id,
      organization: one,
      permission: 'findings:triage',
    };
    const single = { path: '/access/check', body: check };
    await load('warm-up', WARM_UP, target, () => single);
    print(await load('checks over HTTP', seconds, target, () => single));
    const checks = { path: '/access/check/batch', body: { checks: Array(100).fill(check) } };
    const batch = await load('checks over HTTP, batches of 100', seconds, target, () => checks);
    print({ ...batch, perSecond: batch.perSecond * 100 });
  } finally {
    await service.dispose();
  }
}

async function organization(who: Session, name: string): Promise<string> {
  const { body } = await who.call('POST', '/organizations', { name, catalogue: 'vygl' });
  return body.id as string;
}

const invite = (to: string, name: string): Sent => ({
  path: `/organizations/${to}/invitations`,
  body: { email: `${name}@bench.example.org`, roles: ['viewer'] },
});
