/**
 * What a question about the past, and an explanation, cost in an organization with a long history:
 * the first one after the start, and those after it.
 * `BENCH_EVENTS=10000 npm run bench -- past`
 */
import { cpus } from 'node:os';
import type { DomainEvent } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { AccessQuestion } from '#access/questions.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { encode, NO_HASH, type MetadataInput } from '#eventlog/codec.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';

const sizes = (process.env['BENCH_EVENTS'] ?? '10000,100000').split(',').map(Number);
const ROLES = ['viewer', 'editor', 'exception-manager', 'ticket-manager'];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const log = new SqliteEventLog(':memory:');
const SYSTEM = { kind: 'system', id: 'configuration', via: 'internal' } as const;
const START = Date.parse('2026-03-01T12:00:00.000Z');
const append = async (stream: string, events: readonly object[]): Promise<void> => {
  let hash = NO_HASH;
  const encoded = events.map((event, revision) => {
    const metadata = {
      commandId: 'cmd_bench',
      actor: SYSTEM,
      correlationId: 'bench',
      occurredAt: new Date(START + revision * 1000).toISOString() as Instant,
      schemaVersion: 1,
      catalogueVersion: 1,
    } as unknown as MetadataInput;
    const one = encode(stream, revision, hash, event as DomainEvent, metadata);
    hash = one.metadata.hash;
    return one;
  });
  for (let from = 0; from < encoded.length; from += 500) {
    await log.append(encoded.slice(from, from + 500));
  }
};

const grant = (id: string, role: number) => ({
  id: `grant_${id}`,
  role: ROLES[role % ROLES.length],
  scope: 'organization',
});
const joins = (n: number) => ({
  type: 'member.join',
  source: 'sso',
  member: `mem_${n}`,
  user: `usr_${n}`,
  tag: null,
  email: null,
  displayEmail: null,
  name: null,
  authentication: 'sso',
  grants: [n === 0 ? { ...grant('0', 0), role: 'owner' } : grant(String(n), n)],
  replaced: [],
  teams: [],
});
/** A third are members who join, the rest changes of their roles. */
const history = (events: number): object[] => {
  const told: object[] = [];
  for (let n = 0; told.length < events; n += 1) {
    told.push(joins(n));
    for (const change of [1, 2]) {
      const added = [grant(`${n}_${change}`, n + change)];
      const member = `mem_${Math.max(0, n - 7)}`;
      told.push({ type: 'member.role_change', member, added, removed: [], cause: 'direct' });
    }
  }
  return told.slice(0, events);
};

const { content } = readCatalogueFile('catalogues/mondoo.yaml');
if (content === undefined) throw new Error('run this from the root of the project');
const published = { type: 'catalogue.publish', catalogue: content.id, version: content.version };
await append('catalogue-mondoo', [{ ...published, sha256: '', content }]);
for (const size of sizes) {
  const create = { type: 'organization.create', name: 'Bench', catalogue: 'mondoo' };
  const named = { ...create, version: content.version, sha256: '', ownDomains: [] };
  await append(`organization-org_${size}`, [named, ...history(size - 1)]);
}

const access = new Access(log, { patience: 600_000 });
const stop = new AbortController();
const running = access.run(stop.signal);
let seed = 42;
const random = (limit: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed % limit;
};
const PERMISSIONS = ['assets:view', 'policies:edit', 'exceptions:approve', 'billing:view'];
const question = (size: number, more: object = {}): AccessQuestion =>
  ({
    organization: `org_${size}`,
    principal: `mem_${random(Math.floor(size / 3))}`,
    permission: PERMISSIONS[random(4)],
    ...more,
  }) as unknown as AccessQuestion;

const timed = async (what: string, times: number, ask: () => Promise<unknown>): Promise<void> => {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const began = performance.now();
    await ask();
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.floor((took.length - 1) * share)]!.toFixed(1);
  const figures = times === 1 ? `${at(0)} ms` : `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
  say(`  ${what.padEnd(44)} ${figures}`);
};

say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, node ${process.version}`);
for (const size of sizes) {
  say(`${size.toLocaleString('en')} events`);
  await access.check(question(size));
  const then = (revision: number) => ({ at: { revision } });
  await timed('check as of the end, asked first', 1, () =>
    access.check(question(size, then(size - 1))),
  );
  await timed('check as of any revision', 300, () =>
    access.check(question(size, then(random(size)))),
  );
  const time = () => ({ at: { time: new Date(START + random(size) * 1000).toISOString() } });
  await timed('check as of any time', 300, () => access.check(question(size, time())));
  await timed('explain, asked first', 1, () => access.explain(question(size), SYSTEM));
  await timed('explain', 300, () => access.explain(question(size), SYSTEM));
  await timed('explain as of any revision', 100, () =>
    access.explain(question(size, then(random(size))), SYSTEM),
  );
}
stop.abort();
await running;
await log.close();
