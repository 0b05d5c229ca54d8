// `node dist/tools/bench/log.js [seconds per figure]`: what the embedded event log does on this
// machine, beside what the driver does alone in the same run.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DomainEvent } from '#domain/events.js';
import type { CommandId, GrantId, Instant, MemberId, RoleId, UserId } from '#domain/ids.js';
import { openDatabase } from '#database/sqlite.js';
import { decode, encode, type MetadataInput, NO_HASH } from '#eventlog/codec.js';
import type { EncodedEvent } from '#eventlog/event-log.js';
import { SqliteSnapshots } from '#eventlog/snapshots.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 3);
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
const report = (what: string, count: number, since: number, unit = '/s') => {
  const rate = Math.round((count / (performance.now() - since)) * 1000);
  console.log(`${what.padEnd(62)} ${rate.toLocaleString('en').padStart(12)} ${unit}`);
};

const suffix = '01h455vb4pex5vsknk084sn02q';
const event = (name: string): DomainEvent => ({
  type: 'member.role_change',
  member: `mem_${suffix}` as MemberId,
  added: [{ id: `grant_${name}` as GrantId, role: 'Editor' as RoleId, scope: 'organization' }],
  removed: [`grant_${suffix}` as GrantId],
  cause: 'direct',
});
const metadata: MetadataInput = {
  commandId: `cmd_${suffix}` as CommandId,
  actor: {
    kind: 'user',
    id: `usr_${suffix}` as UserId,
    member: `mem_${suffix}` as MemberId,
    via: 'http',
  },
  clientAddress: { subject: `usr_${suffix}`, sealed: 'x'.repeat(55) },
  correlationId: suffix,
  occurredAt: '2026-03-01T12:00:00.000Z' as Instant,
  schemaVersion: 1,
  catalogueVersion: 1,
};
class Stream {
  revision = 0;
  previousHash = NO_HASH;
  constructor(readonly name: string) {}
  next(): EncodedEvent {
    const encoded = encode(
      this.name,
      this.revision,
      this.previousHash,
      event(`${this.revision++}`),
      metadata,
    );
    this.previousHash = encoded.metadata.hash;
    return encoded;
  }
}
const until = () => performance.now() + seconds * 1000;

const rawInserts = (perTransaction: number) => {
  const database = openDatabase(join(directory, `raw-${perTransaction}.db`));
  database.exec('create table events (position integer primary key, canonical blob)');
  const insert = database.prepare('insert into events (canonical) values (?)');
  const body = Buffer.from(new Stream('organization-org_1').next().canonical);
  const since = performance.now();
  let count = 0;
  for (const end = until(); performance.now() < end; count += perTransaction) {
    database.transaction(() => {
      for (let i = 0; i < perTransaction; i++) insert.run(body);
    });
  }
  report(`the driver alone, ${perTransaction} per transaction`, count, since, 'inserts/s');
  database.close();
};

const appends = async (label: string, streams: number, clients: number, events = 1) => {
  const log = new SqliteEventLog(join(directory, `${label}.db`));
  const all = Array.from({ length: streams }, (_, i) => new Stream(`organization-org_${i}`));
  const latencies: number[] = [];
  const since = performance.now();
  const end = until();
  let count = 0;
  // On one stream the next event waits for nobody: what the mailbox would append together.
  const client = async (first: number) => {
    for (let at = first; performance.now() < end; at += clients) {
      const stream = all[at % streams] as Stream;
      const started = performance.now();
      const outcome = await log.append(Array.from({ length: events }, () => stream.next()));
      if (outcome.outcome !== 'committed') throw new Error(JSON.stringify(outcome));
      latencies.push(performance.now() - started);
      count += events;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)]?.toFixed(2);
  report(`durable, ${label}`, count, since, `events/s   p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  return log;
};

const follows = async (log: SqliteEventLog, followers: number) => {
  const head = (await log.head()) ?? 0n;
  const since = performance.now();
  const follow = async () => {
    const stop = new AbortController();
    for await (const batch of log.follow(null, stop.signal)) {
      if ((batch.at(-1)?.position ?? 0n) >= head) stop.abort();
    }
  };
  await Promise.all(Array.from({ length: followers }, follow));
  report(`followed from disk by ${followers}`, Number(head) * followers, since, 'events/s');
};

const codec = () => {
  const stream = new Stream('organization-org_1');
  let since = performance.now();
  const encoded = Array.from({ length: 50_000 }, () => stream.next());
  report(`encoded (${encoded[0]?.canonical.length} bytes)`, encoded.length, since, 'events/s');
  since = performance.now();
  for (const { canonical, metadata: meta } of encoded) decode(canonical, meta.hash, 1n);
  report('decoded', encoded.length, since, 'events/s');
};

const liveFollowers = async () => {
  const log = new SqliteEventLog(join(directory, 'live.db'));
  const stop = new AbortController();
  let seen = 0;
  const followers = [1, 2, 3, 4, 5].map(async () => {
    for await (const batch of log.follow(null, stop.signal)) seen += batch.length;
  });
  const streams = Array.from({ length: 64 }, (_, i) => new Stream(`organization-org_${i}`));
  const since = performance.now();
  const cpu = process.cpuUsage();
  const end = until();
  let count = 0;
  await Promise.all(
    streams.map(async (stream) => {
      for (; performance.now() < end; count++) await log.append([stream.next()]);
    }),
  );
  report('durable, 64 streams, with 5 live followers', count, since, 'events/s');
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `  ${((user + system) / count).toFixed(1)} µs of processor an event, ${seen} followed`,
  );
  stop.abort();
  await Promise.all(followers);
  await log.close();
};

const snapshots = async () => {
  const store = new SqliteSnapshots(join(directory, 'snapshots.db'));
  const payload = Buffer.from(
    JSON.stringify(Array.from({ length: 100_000 }, (_, i) => event(`${i}`.repeat(8)))),
  );
  const of = { stream: 'organization-org_1', name: 'state@1', revision: 1, hash: NO_HASH };
  let since = performance.now();
  await store.save({ ...of, payload });
  const saved = performance.now() - since;
  since = performance.now();
  await store.load(of.stream, of.name);
  const loaded = performance.now() - since;
  console.log(
    `snapshot of ${(payload.length / 1e6).toFixed(0)} MB: saved in ${saved.toFixed(0)} ms, loaded in ${loaded.toFixed(0)} ms`,
  );
  await store.close();
};

console.log(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${seconds} s each`);
rawInserts(1);
rawInserts(64);
codec();
await (await appends('1 client, 1 stream', 1, 1)).close();
await (await appends('64 clients, 10,000 streams', 10_000, 64)).close();
await (await appends('64 clients, 1 stream', 1, 64)).close();
await (await appends('8 clients, 8 streams, 20 events an append', 8, 8, 20)).close();
// Opened anew: nothing of it is remembered.
const stored = new SqliteEventLog(join(directory, '64 clients, 10,000 streams.db'));
await follows(stored, 1);
await follows(stored, 5);
await stored.close();
await liveFollowers();
await snapshots();
rmSync(directory, { recursive: true });
