/**
 * What it takes until everybody's permissions are there: folded from a log on disk, read, decoded and
 * its hashes compared, beside the same events in memory; and until the service answers, from the first
 * event and from the snapshot that it has left.
 */
import type { Catalogue } from '#domain/catalogue.js';
import { Access } from '#access/access.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { line, whole, type Say } from './comparison.js';
import { fold } from './indexes.js';
import { Memberships } from './memberships.js';
import { Served } from './served.js';

/** @param memberships a thousand in each organization. */
export async function benchStarts(
  catalogue: Catalogue,
  memberships: number,
  say: Say,
): Promise<void> {
  const members = Math.min(1000, memberships);
  const all = new Memberships(catalogue, { organizations: memberships / members, members });
  const rate = (events: number, seconds: number) =>
    `${seconds.toFixed(2)} s, ${whole(events / seconds)} events/s`;
  say(`\nA start with ${whole(all.size)} memberships`);
  const served = new Served();
  try {
    await served.fill(all);
    const { events, seconds } = await followed(served.log);
    line(say, `${whole(events)} events on disk`, rate(events, seconds));
    const inMemory = fold(all);
    line(say, 'in memory', rate(inMemory.events, inMemory.seconds));
    line(
      say,
      'service, from event 0',
      `ready ${(await served.start()).toFixed(2)} s after its start`,
    );
    await served.pause();
    const again = await served.start();
    const how = (await served.isRestored()) ? '' : ': THERE IS NO SNAPSHOT';
    line(say, 'service, from a snapshot', `ready ${again.toFixed(2)} s after its start${how}`);
  } finally {
    await served.stop();
  }
}

/** As the service follows it when it has no snapshot. @param path of the log's file. */
async function followed(path: string): Promise<{ events: number; seconds: number }> {
  const log = new SqliteEventLog(path);
  const stop = new AbortController();
  const access = new Access(log, { patience: 3_600_000 });
  const began = performance.now();
  const running = access.run(stop.signal);
  await access.upToNow();
  const seconds = (performance.now() - began) / 1000;
  stop.abort();
  await running;
  const events = Number(await log.head());
  await log.close();
  return { events, seconds };
}
