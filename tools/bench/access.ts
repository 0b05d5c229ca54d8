/**
 * How many permission checks a second, through the public function with string ids: one after the
 * other at random over every membership, hot on a few, and in batches.
 * `BENCH_SIZE=1000x1000 npm run bench -- access`: organizations × members of each.
 */
import { cpus } from 'node:os';
import type { DomainEvent, GrantFact } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { AccessQuestion } from '#access/questions.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { encode, NO_HASH, type MetadataInput } from '#eventlog/codec.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';

const [organizations = 100, members = 1000] = (process.env['BENCH_SIZE'] ?? '100x1000')
  .split('x')
  .map(Number);
const ROLES = ['viewer', 'editor', 'exception-manager', 'ticket-manager'];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = new SqliteEventLog(':memory:');
const metadata = {
  commandId: 'cmd_bench',
  actor: { kind: 'system', id: 'configuration', via: 'internal' },
  correlationId: 'bench',
  occurredAt: '2026-03-01T12:00:00.000Z' as Instant,
  schemaVersion: 1,
  catalogueVersion: 1,
} as unknown as MetadataInput;

const append = async (stream: string, events: readonly object[]): Promise<void> => {
  let hash = NO_HASH;
  const encoded = events.map((event, revision) => {
    const one = encode(stream, revision, hash, event as DomainEvent, metadata);
    hash = one.metadata.hash;
    return one;
  });
  for (let from = 0; from < encoded.length; from += 500) {
    await log.append(encoded.slice(from, from + 500));
  }
};

const { content } = readCatalogueFile('catalogues/mondoo.yaml');
if (content === undefined) throw new Error('run this from the root of the project');
const published = { type: 'catalogue.publish', catalogue: content.id, version: content.version };
await append('catalogue-mondoo', [{ ...published, sha256: '', content }]);
for (let org = 0; org < organizations; org += 1) {
  const create = { type: 'organization.create', name: 'Bench', catalogue: 'mondoo' };
  const space = { type: 'space.create', space: `space_${org}`, name: 'Bench' };
  const joins = Array.from({ length: members }, (_, member) => ({
    type: 'member.join',
    source: 'founder',
    member: `mem_${org}_${member}`,
    user: `usr_${member}`,
    tag: null,
    email: null,
    displayEmail: null,
    name: null,
    authentication: 'local',
    grants: [member % ROLES.length, (member + 1) % ROLES.length].map((role) => ({
      id: `grant_${org}_${member}_${role}`,
      role: ROLES[role],
      scope: role % 2 === 0 ? 'organization' : `space_${org}`,
    })) as unknown as GrantFact[],
    replaced: [],
    teams: [],
  }));
  const named = { ...create, version: content.version, sha256: '', ownDomains: [] };
  await append(`organization-org_${org}`, [named, space, ...joins]);
}

const access = new Access(log, { patience: 600_000 });
const stop = new AbortController();
const began = performance.now();
const running = access.run(stop.signal);
const events = await log.head();
await access.check({
  organization: 'org_0',
  principal: 'usr_0',
  permission: 'assets:view',
} as never);
const folding = (performance.now() - began) / 1000;
say(`machine      ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, node ${process.version}`);
say(`memberships  ${organizations * members} in ${organizations} organizations`);
say(`start        ${events} events folded in ${folding.toFixed(2)} s`);

let seed = 42;
const random = (limit: number): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
};
const PERMISSIONS = ['assets:view', 'policies:edit', 'exceptions:approve', 'billing:view'];
const question = (org: number, member: number): AccessQuestion =>
  ({
    organization: `org_${org}`,
    principal: `mem_${org}_${member}`,
    permission: PERMISSIONS[random(4)],
    ...(random(2) === 0 ? { space: `space_${org}` } : {}),
  }) as unknown as AccessQuestion;
const spread = Array.from({ length: 200_000 }, () =>
  question(random(organizations), random(members)),
);
const few = Array.from({ length: 1000 }, () => question(0, random(10)));

const measure = async (name: string, checks: number, run: () => Promise<number>): Promise<void> => {
  await run();
  const start = performance.now();
  const allowed = await run();
  const seconds = (performance.now() - start) / 1000;
  const rate = Math.round(checks / seconds).toLocaleString('en');
  say(`${name.padEnd(12)} ${rate} checks/s, ${Math.round((allowed / checks) * 100)} % allowed`);
};
const oneByOne = async (questions: readonly AccessQuestion[], rounds: number): Promise<number> => {
  let allowed = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const one of questions) if ((await access.check(one)).allowed) allowed += 1;
  }
  return allowed;
};
await measure('at random', 400_000, () => oneByOne(spread, 2));
await measure('hot', 1_000_000, () => oneByOne(few, 1000));
await measure('batch of 100', 200_000, async () => {
  let allowed = 0;
  for (let from = 0; from < spread.length; from += 100) {
    const { results } = await access.checkBatch(spread.slice(from, from + 100));
    for (const one of results) if (one.allowed) allowed += 1;
  }
  return allowed;
});
say(
  `memory       ${Math.round(process.memoryUsage().heapUsed / organizations / members)} bytes of heap a membership, events included`,
);
stop.abort();
await running;
await log.close();
