/** What EventStoreDB's own followers were not told of, and the audit finds, reaches the rows as well. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { OrganizationId } from '#domain/ids.js';
import { staged } from '../support/eventstoredb/stage.js';
import { created } from './facts.js';
import { ORG, STREAM, World } from './world.js';

const stage = staged();
const OTHER = 'organization-org_other';
const renamed = (name: string) => ({ type: 'organization.rename', name });

const nameOf = async ({ store }: World, id: OrganizationId): Promise<string | undefined> => {
  const rows = store.db.selectFrom('organizations').select('name').where('organization', '=', id);
  return (await rows.executeTakeFirst())?.name;
};

test('an event that is found late is applied, though what came after it has been', async () => {
  const log = await stage().open({ times: { audit: 300 } });
  const world = await World.make({ log });
  await world.happens([created]);
  await world.runner.start();
  await world.applied();
  stage().server.faults.skips = (stream, revision) => stream === STREAM && revision === 1;
  await world.happens([renamed('Found late')]);
  await world.happens([created, renamed('Told')], { stream: OTHER });
  const isDone = async () =>
    (await nameOf(world, ORG)) === 'Found late' && world.runner.quarantine.length === 0;
  for (let tries = 0; tries < 500 && !(await isDone()); tries++) await sleep(20);
  expect(await nameOf(world, ORG)).toBe('Found late');
  expect(await nameOf(world, 'org_other' as OrganizationId)).toBe('Told');
  expect(world.runner.quarantine).toEqual([]);
});

test('what is handed over twice is made anew for nobody', async () => {
  const asked: unknown[] = [];
  const world = await World.make({ onAsked: (one) => asked.push(one) });
  const follow = world.log.follow.bind(world.log);
  world.log.follow = async function* (after, signal) {
    for await (const batch of follow(after, signal)) {
      yield batch;
      yield batch;
    }
  };
  await world.runner.start();
  await world.happens([created, renamed('Twice')]);
  await world.applied();
  // Whatever is asked for is told of within a second.
  const number = await world.runner.askToRebuild('access');
  while (asked.length === 0) await sleep(20);
  expect(asked).toMatchObject([{ number, readModel: 'access' }]);
});
