/**
 * Durable commands and permission checks per second over HTTP, against the running service on the
 * embedded engine, beside raw SQLite inserts on the same disk in the same run. Prints what was
 * measured; judges nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#database/sqlite.js';
import { RunningService, type Session } from '../../test/proof/support/running.js';

const CONNECTIONS = 64;

export interface Figure {
  readonly what: string;
  readonly perSecond: number;
  readonly p50?: number;
  readonly p99?: number;
}

/** Keeps `CONNECTIONS` requests in flight for some seconds. */
async function load(
  what: string,
  seconds: number,
  act: (index: number) => Promise<void>,
): Promise<Figure> {
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const at = performance.now();
      await act(next++);
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const took = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { what, perSecond: latencies.length / took, p50: at(0.5), p99: at(0.99) };
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
    const many = await Promise.all(
      Array.from({ length: 200 }, (_, i) => organization(founder, `Many ${i}`)),
    );
    const one = await organization(founder, 'One');
    await load('warm-up', 2, (i) => invite(founder, many[i % many.length]!, `w${i}`));
    print(
      await load('commands, many organizations', seconds, (i) =>
        invite(founder, many[i % many.length]!, `m${i}`),
      ),
    );
    print(await load('commands, one organization', seconds, (i) => invite(founder, one, `o${i}`)));
    const { body } = await founder.call('GET', '/me/memberships');
    const principal = (body.items as { organization: string; member: string }[]).find(
      (mine) => mine.organization === one,
    )!.member;
    const check = { principal, organization: one, permission: 'findings:triage' };
    print(
      await load('checks over HTTP', seconds, async () => {
        await expectStatus(founder, 200, '/access/check', check);
      }),
    );
    const checks = Array.from({ length: 100 }, () => check);
    const batch = await load('checks over HTTP, batches of 100', seconds, async () => {
      await expectStatus(founder, 200, '/access/check/batch', { checks });
    });
    print({ ...batch, perSecond: batch.perSecond * 100 });
  } finally {
    await service.dispose();
  }
}

async function organization(who: Session, name: string): Promise<string> {
  const { body } = await who.call('POST', '/organizations', { name, catalogue: 'vygl' });
  return body.id as string;
}

const invite = (who: Session, to: string, name: string): Promise<void> =>
  expectStatus(who, 201, `/organizations/${to}/invitations`, {
    email: `${name}@bench.example.org`,
    roles: ['viewer'],
  });

async function expectStatus(
  who: Session,
  status: number,
  path: string,
  body: unknown,
): Promise<void> {
  const answer = await who.call('POST', path, body);
  if (answer.status !== status) {
    throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}
