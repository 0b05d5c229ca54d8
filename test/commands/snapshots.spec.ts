import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { MembershipEvent } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { Groups, Layer } from '#domain/layer.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import { openDatabase } from '#database/sqlite.js';
import { readState, STATE_SNAPSHOT, writeState } from '#eventlog/state-snapshot.js';
import { eventually } from './support/eventually.js';
import { by, remove, startNode, type TestNode } from './support/node.js';
import { found, space, spaces } from './support/rules.js';
import { append, joins } from './support/long-history.js';

const acme = 'acme' as OrganizationId;
const stream = organizationStream(acme);

let node: TestNode;
beforeEach(async () => {
  node = await startNode({ snapshotEvents: 50 });
});
afterEach(async () => {
  await node.close();
  remove(node.folder);
});

const byKey = (entries: Iterable<[unknown, unknown]>) =>
  new Map([...entries].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));

/** A state as plain data, the order of its tables left out. */
const plain = (organization: Organization): unknown =>
  Object.fromEntries(
    Object.entries(organization).map(([name, value]) => {
      if (value instanceof Layer) return [name, byKey(value.entries())];
      if (!(value instanceof Groups)) return [name, value];
      const keys = new Set<string>();
      for (const table of Object.values(organization)) {
        if (table instanceof Layer) for (const key of table.keys()) keys.add(String(key));
      }
      for (const role of organization.roleUses.keys()) keys.add(role);
      const groups = [...keys]
        .sort()
        .map((key) => [key, [...value.of(key as never)].map(String).sort()]);
      return [name, new Map(groups.filter(([, group]) => group!.length > 0) as never)];
    }),
  );

/** Everything that leaves a row or an index behind. */
const EVENTS: readonly MembershipEvent[] = [
  ...joins(4),
  { type: 'space.create', space: 'space_1' as never, name: 'One' },
  { type: 'team.create', team: 'team_1' as never, name: 'T', scope: 'organization' },
  {
    type: 'team.role_change',
    team: 'team_1' as never,
    added: [{ id: 'grant_t' as never, role: 'editor' as never, scope: 'organization' }],
    removed: [],
    cause: 'direct',
  },
  {
    type: 'team.member_add',
    team: 'team_1' as never,
    member: `mem_${'0'.repeat(25)}1` as never,
    source: 'direct',
  },
  {
    type: 'member.role_change',
    member: `mem_${'0'.repeat(25)}2` as never,
    added: [{ id: 'grant_o' as never, role: 'owner' as never, scope: 'organization' }],
    removed: [],
    cause: 'direct',
  },
  ...['1', '2'].map((index): MembershipEvent => ({
    type: 'member.invite',
    invitation: `inv_${index}` as never,
    member: `mem_i${index}` as never,
    tag: 'tag_invited' as never,
    email: { subject: `mem_i${index}`, sealed: 'x' },
    displayEmail: { subject: `mem_i${index}`, sealed: 'x' },
    grants: [{ id: `grant_i${index}` as never, role: 'viewer' as never, scope: 'organization' }],
    teams: ['team_1' as never],
    expiresAt: '2026-03-09T00:00:00.000Z' as never,
    generation: 1,
  })),
  { type: 'member.invite_revoke', invitation: 'inv_1' as never, reason: 'asked' },
  {
    type: 'service_account.create',
    account: 'svc_1' as never,
    name: 'S',
    grants: [{ id: 'grant_s' as never, role: 'agent' as never, scope: 'organization' }],
  },
  {
    type: 'api_key.create',
    key: 'key_1' as never,
    owner: 'svc_1' as never,
    name: 'K',
    scopes: [],
    secretHash: 'h',
  },
  {
    type: 'role.define',
    role: 'role_1' as never,
    name: 'R',
    scopes: ['organization'],
    permissions: [],
  },
  { type: 'member.deactivate', member: `mem_${'0'.repeat(25)}3` as never, cause: 'direct' },
  { type: 'member.remove', member: `mem_${'0'.repeat(26)}` as never, reason: 'removed' },
];

describe('a snapshot of the state', () => {
  test('holds all of it: what is read back folds on as if it had never been away', async () => {
    await found(node.transactor, 'acme');
    await append(node, node.log, acme, EVENTS);
    const folded = emptyOrganization(acme);
    for (const event of await node.events(acme)) evolve(folded, event);
    const back = await readState(await writeState(folded));
    expect(plain(back)).toEqual(plain(folded));
    expect(folded.former.size * folded.roleUses.size * folded.ended.size).toBeGreaterThan(0);
  });

  test('is the state as it was when it was begun', async () => {
    await found(node.transactor, 'acme');
    const { transactor } = node;
    await transactor.transact(acme, by('ada'), spaces('a', 900));
    const state = await transactor.state(acme);
    const writing = writeState(state);
    await transactor.transact(acme, by('ada'), spaces('b', 900));
    expect((await readState(await writing)).spaces.size).toBe(900);
  });

  test('is written after enough events and read at the next start', async () => {
    await found(node.transactor, 'acme');
    await node.transactor.transact(acme, by('ada'), spaces('a', 100));
    await node.transactor.drain();
    const snapshot = await node.snapshots.load(stream, STATE_SNAPSHOT);
    expect(snapshot).toMatchObject({ revision: 101 });
    const reads: number[] = [];
    const read = node.log.read.bind(node.log);
    node.log.read = (name, from) => {
      if (name === stream) reads.push(from ?? 0);
      return read(name, from);
    };
    const next = node.another();
    const { revision } = await next.transact(acme, by('ada'), space('next'));
    expect(revision).toBe(102);
    expect(Math.min(...reads)).toBe(101);
  });

  test('waits for a fifth of the state', async () => {
    await found(node.transactor, 'acme');
    await append(node, node.log, acme, joins(1000));
    await node.transactor.transact(acme, by('ada'), space('a'));
    await eventually(async () => {
      const first = await node.snapshots.load(stream, STATE_SNAPSHOT);
      expect(first?.revision).toBe(1002);
    });
    for (let part = 0; part < 3; part++) {
      await node.transactor.transact(acme, by('ada'), spaces(`${part}-`, 60));
    }
    await node.transactor.drain();
    expect((await node.snapshots.load(stream, STATE_SNAPSHOT))?.revision).toBe(1002);
  });

  test('of a log that has another event there is left alone', async () => {
    await found(node.transactor, 'acme');
    await node.transactor.transact(acme, by('ada'), spaces('a', 100));
    await node.transactor.drain();
    const snapshot = (await node.snapshots.load(stream, STATE_SNAPSHOT))!;
    const lie = await readState(snapshot.payload);
    for (const id of [...lie.spaces.keys()]) lie.spaces.delete(id);
    const payload = await writeState(lie);
    await node.snapshots.save({ ...snapshot, hash: 'f'.repeat(64), payload });
    expect((await node.another().state(acme)).spaces.size).toBe(100);
    await node.snapshots.save({ ...snapshot, revision: 5000, payload });
    expect((await node.another().state(acme)).spaces.size).toBe(100);
  });

  test('that is damaged is left alone', async () => {
    await found(node.transactor, 'acme');
    await node.transactor.transact(acme, by('ada'), spaces('a', 100));
    await node.transactor.drain();
    const file = openDatabase(`${node.folder}/snapshots.db`);
    file.prepare("update pieces set bytes = cast(replace(bytes, 'a1', 'b1') as blob)").run();
    file.close();
    expect([...(await node.another().state(acme)).spaces.keys()]).toContain('a10');
    const snapshot = { stream, name: STATE_SNAPSHOT, revision: 101 };
    const hash = (await node.log.last(stream))!.metadata.hash;
    await node.snapshots.save({ ...snapshot, hash, payload: Buffer.from('{"id":"acme"}\n[') });
    expect((await node.another().state(acme)).spaces.size).toBe(100);
  });
});
