import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrganizationId } from '#domain/ids.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { LogUnavailable } from '#eventlog/event-log.js';
import { members } from '#projections/members.js';
import { organizations } from '#projections/organizations.js';
import type { Projection } from '#projections/projection.js';
import { organizationsKept } from '#publishing/organizations.js';
import { KeyMissing } from '#vault/vault.js';
import { damage } from '../support/damage.js';
import { history, type Happened } from '../support/histories.js';
import { accepted, created, invited, joined } from './facts.js';
import { expected } from './oracle.js';
import { upgrade } from '../support/next-release.mjs';
import { isEmbedded } from '../support/stores.js';
import { asRows, readModels } from './read-models.js';
import { ORG, PROJECTIONS, STREAM, World } from './world.js';

const OTHER = 'organization-org_other';
const names = async ({ store }: World): Promise<string[]> =>
  (await store.db.selectFrom('organizations').select('name').orderBy('name').execute()).map(
    ({ name }) => name,
  );
const checkpoints = async ({ store }: World): Promise<string[]> => {
  const all = await store.db.selectFrom('checkpoints').selectAll().execute();
  return all.map(({ name, state, position }) => `${name} ${state} ${position}`).sort();
};

/** `projections` with one whose handler of renaming is another. */
const withRename = (
  handler: Projection['on']['organization.rename'],
  version = organizations.version,
): Projection[] =>
  PROJECTIONS.map((one) =>
    one.name === 'organizations'
      ? { ...one, version, on: { ...one.on, 'organization.rename': handler } }
      : one,
  );
const failing = withRename(({ name }, at) => {
  if (name === 'Fatal') throw new Error(`no rename of ${at.organization}`);
  const rename = organizations.on['organization.rename'];
  if (rename !== 'ignore') rename({ type: 'organization.rename', name }, at);
});

test('rows and checkpoints move together, one checkpoint per projection', async () => {
  const world = await World.make();
  await world.happens([created, joined('ann')]);
  await world.runner.start();
  await world.applied();
  expect(await checkpoints(world)).toEqual([
    'audit@4 serving 2',
    'invitations@5 serving 2',
    'members@5 serving 2',
    'organizations@2 serving 2',
  ]);
});

test('the organizations there are by an event are known once it is applied', async () => {
  const world = await World.make();
  const other = { ...created, organization: 'org_other' };
  await world.happens([created, joined('ann')]);
  await world.happens([other], { stream: OTHER });
  await world.runner.start();
  await world.applied();
  const { log, store } = world;
  const head = (await log.head())!;
  const known = (position: bigint, id = log.id) => organizationsKept(store, id, position);
  expect((await known(head))?.sort()).toEqual([ORG, 'org_other']);
  expect(await known(head + 1n)).toBeUndefined();
  expect(await known(head, 'another log')).toBeUndefined();
  await world.happens([{ type: 'organization.delete' }], { stream: OTHER });
  await world.applied();
  expect(await known(head)).toEqual([ORG]);
});

test('each event is told of once it is read, and not again when a projection is rebuilt', async () => {
  const told: string[] = [];
  const world = await World.make({
    onRead: (events) => told.push(...events.map(({ id }) => id)),
  });
  await world.happens([created, joined('ann')]);
  await world.runner.start();
  await world.applied();
  await world.runner.rebuild('members');
  await world.happens([joined('ben')]);
  await world.applied();
  const log: string[] = [];
  for await (const events of world.log.read(STREAM)) log.push(...events.map(({ id }) => id));
  expect(told).toEqual(log);
});

test('an event that is delivered twice changes nothing', async () => {
  const world = await World.make();
  const events = history({ seed: 7, events: 120 });
  await world.append(events);
  const { log } = world;
  const follow = log.follow.bind(log);
  // Every batch comes again, and with it what was before.
  log.follow = async function* (after, signal) {
    for await (const batch of follow(after, signal)) {
      yield batch;
      yield batch;
      yield batch.slice(-3);
    }
  };
  await world.runner.start();
  await world.applied();
  expect(await readModels(world.store)).toEqual(asRows(expected(events)));
  const entries = await world.store.db.selectFrom('audit').select('id').execute();
  expect(entries).toHaveLength(events.length);
});

test('of two runners on one store the one that is behind stops, or stands by', async () => {
  const world = await World.make();
  await world.happens([created]);
  await world.runner.start();
  await world.applied();
  const errors: unknown[] = [];
  const second = world.newRunner({ onError: (error) => errors.push(error) });
  await second.start();
  // The first takes the next event before the second gets its turn, or the other way round.
  await world.happens([{ type: 'organization.rename', name: 'Acme 2' }]);
  await sleep(100);
  const statuses = [await world.runner.health(), await second.health()].map((one) => one.status);
  expect(statuses.sort()).toEqual(['running', isEmbedded() ? 'superseded' : 'standby']);
  expect(await names(world)).toEqual(['Acme 2']);
  await second.stop();
});

test('an event that can’t be applied quarantines its organization only', async () => {
  const world = await World.make({ projections: failing });
  await world.happens([created, joined('ann')]);
  await world.happens([{ ...created, name: 'Other' }], { stream: OTHER });
  await world.happens([{ type: 'organization.rename', name: 'Fatal' }, joined('bob')]);
  await world.happens([{ type: 'organization.rename', name: 'Better' }], { stream: OTHER });
  await world.runner.start();
  await world.applied();
  expect(await names(world)).toEqual(['Acme', 'Better']);
  expect(world.runner.quarantined('org_other' as OrganizationId)).toBeUndefined();
  const reason = 'no rename of org_one';
  const quarantined = { projection: 'organizations@2', organization: ORG, revision: 2, reason };
  expect(world.runner.quarantined(ORG)).toMatchObject(quarantined);
  const health = await world.runner.health();
  expect(health.status).toBe('running');
  expect(health.projections[0]?.quarantined).toMatchObject([quarantined]);
  // Other projections could follow.
  const known = await world.store.db.selectFrom('members').select('id').execute();
  expect(known).toHaveLength(2);
});

test('a quarantine outlives a restart and ends with a repair', async () => {
  const world = await World.make({ projections: failing });
  await world.runner.start();
  await world.happens([created, { type: 'organization.rename', name: 'Fatal' }]);
  await world.applied();
  await world.restart();
  expect(world.runner.quarantined(ORG)).toMatchObject({ revision: 1 });
  expect(await world.runner.rebuildOrganization(ORG)).toMatchObject({ revision: 1 });
  // The program is mended.
  await world.restart({ projections: PROJECTIONS });
  await world.happens([joined('ann')]);
  await world.applied();
  expect(world.runner.quarantined(ORG)).toBeDefined();
  expect(await world.runner.rebuildOrganization(ORG)).toBeUndefined();
  expect(await names(world)).toEqual(['Fatal']);
  await world.restart();
  expect(world.runner.quarantined(ORG)).toBeUndefined();
});

describe('a damaged event', () => {
  const other = 'org_other' as OrganizationId;
  let world: World;
  /** As after a restart: nothing is remembered of what was appended. */
  let log: SqliteEventLog;
  beforeEach(async () => {
    world = await World.make();
    await world.happens([created, joined('ann'), { type: 'organization.rename', name: 'A' }]);
    await world.happens([{ ...created, name: 'Other' }, joined('bob')], { stream: OTHER });
    await world.happens([joined('cid')]);
    damage(world.folder, STREAM, 2);
    log = new SqliteEventLog(join(world.folder, 'log.db'));
  });
  afterEach(() => log.close());

  const closed = { organization: ORG, revision: 2, type: 'damaged' };
  const people = async () =>
    (await world.store.db.selectFrom('members').select('id').execute()).map(({ id }) => id).sort();

  test('closes its organization in every projection, for good; the others go on', async () => {
    await world.restart({ log });
    await world.applied();
    expect((await world.runner.health()).status).toBe('running');
    expect(await people()).toEqual(['mem_ann', 'mem_bob']);
    expect(await names(world)).toEqual(['Acme', 'Other']);
    await world.restart({ log });
    await world.applied();
    const { projections } = await world.runner.health();
    expect(projections.map((one) => one.quarantined)).toMatchObject(
      PROJECTIONS.map(() => [closed]),
    );
    expect(world.runner.quarantined(other)).toBeUndefined();
    // A repair finds the same, and says it.
    expect(await world.runner.rebuildOrganization(ORG)).toMatchObject(closed);
    expect(await people()).toEqual(['mem_bob']);
  });

  test('met by a rebuild, though the old rows had known it', async () => {
    await world.runner.start();
    await world.applied();
    expect(world.runner.quarantined(ORG)).toBeUndefined();
    await world.restart({ log });
    await world.applied();
    expect(world.runner.quarantined(ORG)).toBeUndefined();
    await world.runner.rebuild('members');
    expect(world.runner.quarantined(ORG)).toMatchObject({ ...closed, projection: 'members@5' });
    expect(await people()).toEqual(['mem_ann', 'mem_bob']);
    expect(world.runner.quarantined(other)).toBeUndefined();
  });

  test('at the very end of what a rebuild has to reach', async () => {
    damage(world.folder, STREAM, 3);
    await world.runner.start();
    await world.applied();
    await world.restart({ log });
    await world.runner.rebuild('members');
    expect(world.runner.quarantined(ORG)).toMatchObject({ revision: 2 });
  });
});

test('an event of a newer program closes its organization until this one is upgraded', async () => {
  const world = await World.make();
  await world.happens([created]);
  await world.happens([{ ...created, name: 'Other' }], { stream: OTHER });
  await world.happens([{ type: 'organization.rename', name: 'Newer' }], { schemaVersion: 2 });
  await world.happens([{ type: 'organization.rename', name: 'Better' }], { stream: OTHER });
  // Nothing is remembered of what was appended.
  const open = () => new SqliteEventLog(join(world.folder, 'log.db'));
  const [before, after] = [open(), open()];
  await world.restart({ log: before });
  await world.applied();
  expect(await names(world)).toEqual(['Acme', 'Better']);
  const reason = expect.stringMatching(/organization\.rename@2.*upgrade/);
  expect(world.runner.quarantined(ORG)).toMatchObject({ revision: 1, type: 'newer', reason });
  expect(await world.runner.rebuildOrganization(ORG)).toMatchObject({ type: 'newer' });
  const downgrade = upgrade();
  const errors: unknown[] = [];
  // The log does not answer at once: what was begun is called newer still, and gone on with.
  const read = after.read.bind(after);
  let reads = 0;
  after.read = async function* (...asked) {
    if (++reads === 1) throw new LogUnavailable('away');
    yield* read(...asked);
  };
  try {
    await world.restart({ log: after, onError: (error) => errors.push(error) });
    while (errors.length === 0) await sleep(5);
    expect(world.runner.quarantined(ORG)).toMatchObject({ type: 'newer' });
    while (world.runner.quarantined(ORG) !== undefined) await sleep(5);
    expect(errors).toEqual([new LogUnavailable('away')]);
    expect((await names(world)).sort()).toEqual(['Better', 'Newer']);
  } finally {
    downgrade();
    await world.runner.stop();
    await Promise.all([before.close(), after.close()]);
  }
});

test('an organization is repaired while it is written to', async () => {
  const world = await World.make();
  const events = history({ seed: 3, events: 300, organizations: 1 });
  await world.append(events.slice(0, 150));
  await world.runner.start();
  await world.applied();
  const { stream } = events[150] as Happened;
  const organization = stream.slice('organization-'.length) as OrganizationId;
  const [outcome] = await Promise.all([
    world.runner.rebuildOrganization(organization),
    world.append(events.slice(150)),
  ]);
  expect(outcome).toBeUndefined();
  await world.applied();
  expect(await readModels(world.store)).toEqual(asRows(expected(events)));
});

test('a projection is built anew while writes and reads go on', async () => {
  const world = await World.make();
  const events = history({ seed: 11, events: 500 });
  // More than is read at a time.
  await world.append(events.slice(0, 300));
  await world.runner.start();
  await world.applied();
  let rebuilt = false;
  const rebuilding = world.runner.rebuild('members').then(() => {
    rebuilt = true;
  });
  let reads = 0;
  const reading = (async () => {
    while (!rebuilt) {
      // Not one moment without rows.
      const { count } = await world.store.db
        .selectFrom('members')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      expect(count).toBeGreaterThan(0);
      reads += 1;
      await sleep(0);
    }
  })();
  for (let at = 300; at < 500; at += 10) await world.append(events.slice(at, at + 10));
  await Promise.all([rebuilding, reading]);
  await world.applied();
  expect(reads).toBeGreaterThan(0);
  expect(await readModels(world.store)).toEqual(asRows(expected(events)));
  const all = await world.store.db.selectFrom('checkpoints').selectAll().execute();
  expect(all.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(
    PROJECTIONS.map(({ name, version }) => `${name}@${version} serving`).sort(),
  );
});

test('a raised version builds anew, and serves the old rows until then', async () => {
  const world = await World.make();
  await world.happens([created, { type: 'organization.rename', name: 'acme' }]);
  await world.runner.start();
  await world.applied();
  const rename = organizations.on['organization.rename'];
  const louder = withRename((event, at) => {
    if (rename !== 'ignore') rename({ ...event, name: event.name.toUpperCase() }, at);
  }, organizations.version + 1);
  const raised = `organizations@${organizations.version + 1}`;
  await world.restart({ projections: louder });
  await sleep(0);
  const health = await world.runner.health();
  expect(health.projections.map(({ name }) => name)).toContain(raised);
  while ((await names(world))[0] === 'acme') await sleep(5);
  expect(await names(world)).toEqual(['ACME']);
  await world.restart({ projections: louder });
  expect(
    (await world.runner.health()).projections.map(({ name, state }) => `${name} ${state}`),
  ).toContain(`${raised} serving`);
});

test('a build that was interrupted goes on where it was', async () => {
  const world = await World.make();
  const events = history({ seed: 5, events: 300 });
  await world.append(events);
  await world.runner.start();
  await world.applied();
  const rebuilding = world.runner.rebuild('audit').catch(() => undefined);
  await sleep(1);
  await world.restart();
  await rebuilding;
  await world.applied();
  while ((await world.runner.health()).projections.length > PROJECTIONS.length) await sleep(5);
  expect(await readModels(world.store)).toEqual(asRows(expected(events)));
  const entries = await world.store.db.selectFrom('audit').select('id').execute();
  expect(entries).toHaveLength(events.length);
});

test('rows of another log give way to those of this one', async () => {
  const world = await World.make();
  await world.happens([created]);
  await world.runner.start();
  await world.applied();
  await world.runner.stop();
  const other = new SqliteEventLog(`${world.folder}/other.db`);
  world.runner = world.newRunner({ log: other });
  await world.runner.start();
  expect(await names(world)).toEqual([]);
  await world.runner.stop();
  await other.close();
});

test('waits for a position, a revision, and what was there at the start', async () => {
  const world = await World.make();
  await world.happens([created, joined('ann')]);
  expect(await world.runner.waitFor(1n, 0)).toBe(false);
  await world.runner.start();
  expect(await world.runner.caughtUp(1000)).toBe(true);
  expect(await world.runner.waitForRevision(ORG, 1, 1000)).toBe(true);
  const early = world.runner.waitForRevision(ORG, 2, 1000);
  const never = world.runner.waitForRevision(ORG, 3, 50);
  await world.happens([invited('bob')]);
  expect(await early).toBe(true);
  expect(await never).toBe(false);
  expect(await world.runner.upToDate(1000)).toBe(true);
});

test('a missing key stops the reading, shows in health, and is waited for', async () => {
  const world = await World.make();
  await world.happens([created, joined('ann')]);
  const open = world.vault.open.bind(world.vault);
  world.vault.open = async () => {
    throw new KeyMissing(ORG, 'mem_ann');
  };
  await world.runner.start();
  await sleep(50);
  const { status, failure } = await world.runner.health();
  expect(status).toBe('failing');
  expect(failure).toBeInstanceOf(KeyMissing);
  expect(failure).toMatchObject({ organization: ORG, subject: 'mem_ann' });
  expect(await names(world)).toEqual([]);
  world.vault.open = open;
  await world.applied();
  expect((await world.runner.health()).status).toBe('running');
});

test('a value that does not open quarantines its organization, but not its audit log', async () => {
  const world = await World.make();
  await world.happens([created]);
  await world.happens([created], { stream: OTHER });
  const sealed = await world.vault
    .ensure(ORG, ['mem_ann'])
    .then(() => world.vault.seal(ORG, 'mem_ann', 'email', 'ann@example.com'));
  // Moved to a field it was not sealed for.
  const event = { ...joined('ann'), name: sealed };
  await world.happens([event, joined('bob')]);
  await world.happens([joined('cid')], { stream: OTHER });
  await world.runner.start();
  await world.applied();
  expect(world.runner.quarantined(ORG)).toMatchObject({ projection: 'members@5', revision: 1 });
  const rows = await world.store.db.selectFrom('members').select('id').execute();
  expect(rows).toEqual([{ id: 'mem_cid' }]);
  const entries = await world.store.db.selectFrom('audit').select('id').execute();
  expect(entries).toHaveLength(5);
});

test('of an erased person no byte stays in the file or its WAL', async () => {
  const world = await World.make();
  const people = Array.from({ length: 60 }, (_, index) => `person${index}x`);
  const erased = people.filter((_, index) => index % 3 === 0);
  await world.runner.start();
  await world.happens([created]);
  await world.happens(people.flatMap((name) => [invited(name), accepted(name)]));
  await world.happens(people.map((name) => invited(`also${name}`)));
  await world.applied();
  await world.happens(
    erased.flatMap((name) => [
      { type: 'member.remove', member: `mem_${name}`, reason: 'erased' },
      { type: 'member.personal_data_erase', member: `mem_${name}`, user: `usr_${name}` },
      { type: 'member.invite_erase', invitation: `inv_also${name}`, member: `mem_also${name}` },
    ]),
  );
  await world.applied();
  const bytes = async () => (await world.bytes()).toLowerCase();
  const left = async () => {
    const all = await bytes();
    return erased.filter((name) => all.includes(`${name}@ex`) || all.includes(`${name} m`));
  };
  // Erasures are gathered for a moment.
  for (let tries = 0; (await left()).length > 0 && tries < 200; tries++) await sleep(50);
  expect(await left()).toEqual([]);
  expect(await bytes()).toContain('person1x@ex');
});

test('a deleted organization: members are known, invitations ended, keys revoked, for ever', async () => {
  const world = await World.make();
  await world.runner.start();
  const key = { key: 'key_1', owner: 'organization', name: 'K', scopes: [], secretHash: 'h' };
  await world.happens([
    created,
    { type: 'space.create', space: 'space_a', name: 'A' },
    joined('ann'),
    invited('bob'),
    invited('cid'),
    { type: 'member.invite_expire', invitation: 'inv_cid' },
    { type: 'api_key.create', ...key },
    { type: 'organization.delete' },
  ]);
  await world.applied();
  const { db } = world.store;
  const rows = async () => ({
    members: await db.selectFrom('members').select(['id', 'status']).execute(),
    people: await db
      .selectFrom('invitations')
      .innerJoin('invitation_persons', 'invitation_persons.id', 'invitations.person')
      .select('email')
      .orderBy('invitations.id')
      .execute(),
    invitations: await db
      .selectFrom('invitations')
      .select(['id', 'status', 'revokeReason', 'revision'])
      .orderBy('id')
      .execute(),
  });
  const before = await rows();
  expect(before).toEqual({
    members: [{ id: 'mem_ann', status: 'active' }],
    people: [{ email: 'bob@example.com' }, { email: 'cid@example.com' }],
    invitations: [
      { id: 'inv_bob', status: 'revoked', revokeReason: 'organization_deleted', revision: 7 },
      { id: 'inv_cid', status: 'expired', revokeReason: null, revision: 5 },
    ],
  });
  expect(await db.selectFrom('spaces').selectAll().execute()).toEqual([]);
  const [stored] = await db.selectFrom('api_keys').select(['revokedAt', 'revision']).execute();
  expect(stored).toEqual({ revokedAt: expect.any(String), revision: 7 });
  await world.happens([
    { type: 'member.invite_revoke', invitation: 'inv_bob', reason: 'organization_deleted' },
  ]);
  await world.applied();
  expect(await rows()).toEqual(before);
  expect(await db.selectFrom('audit').select('id').execute()).toHaveLength(9);
});

test('a projection says of every event type what it does with it', () => {
  for (const { on } of PROJECTIONS) {
    expect(Object.keys(on).sort()).toEqual(Object.keys(members.on).sort());
  }
  expect(Object.values(PROJECTIONS[3]!.on)).not.toContain('ignore');
});
