/** What happens to many at once is sent together, and comes to what it does one after the other. */
import { describe, expect, test } from '@jest/globals';
import { Gathered, Lane, Questions } from '#readstore/gathered.js';
import { differences } from './comparing.js';
import { accepted, created, grant, invited, joined } from './facts.js';
import { World } from './world.js';

const NAMES = Array.from({ length: 30 }, (_, number) => `m${number}`);

const roleChange = (name: string, from: string, to: string) => ({
  type: 'member.role_change',
  member: `mem_${name}`,
  added: [grant(`${name}${to}`, 'editor')],
  removed: [`grant_${name}${from}`],
  cause: 'direct',
});

/** The roles of an invitation take the place of the one that was held. */
const instead = (name: string) => ({
  replaced: [`grant_${name}1`],
  grants: [grant(`${name}2`, 'viewer')],
});

/** The rows of a log that is met from its beginning. */
async function met(...events: object[]): Promise<World> {
  const world = await World.make();
  await world.happens([created, { type: 'space.create', space: 'space_a', name: 'A' }, ...events]);
  await world.runner.start();
  await world.applied();
  return world;
}

const wrongIn = async ({ store, log, vault, runner }: World): Promise<unknown[]> => [
  ...runner.quarantine,
  ...(await differences(store, log, vault)),
];

describe('one batch', () => {
  test('of members who come, change and go, with changes for everybody in between', async () => {
    const world = await met(
      ...NAMES.map((name) => invited(name)),
      ...NAMES.map((name) => ({
        type: 'member.invite_resend',
        invitation: `inv_${name}`,
        generation: 2,
        expiresAt: '2026-03-01T00:00:00.000Z',
      })),
      ...NAMES.slice(0, 20).map((name) => accepted(name)),
      ...NAMES.slice(0, 20).map((name) => roleChange(name, '1', '2')),
      { type: 'role.define', role: 'role_x', name: 'X', scopes: ['organization'], permissions: [] },
      { type: 'role.retire', role: 'editor', remapTo: 'viewer' },
      ...NAMES.slice(0, 20).map((name) => roleChange(name, '2', '3')),
      ...NAMES.slice(0, 9).map((name) => ({
        type: 'member.deactivate',
        member: `mem_${name}`,
        cause: 'direct',
      })),
      ...NAMES.slice(5, 15).map((name) => ({
        type: 'member.remove',
        member: `mem_${name}`,
        reason: 'direct',
      })),
      ...NAMES.slice(10, 15).map((name) => joined(name, { grants: [grant(`${name}4`, 'owner')] })),
      ...NAMES.slice(20, 25).map((name) => ({
        type: 'member.invite_revoke',
        invitation: `inv_${name}`,
        reason: 'direct',
      })),
      { type: 'member.personal_data_erase', member: 'mem_m0', user: 'usr_m0' },
    );
    expect(await wrongIn(world)).toEqual([]);
  });

  test('of which is told what is at a space by teams and invitations of it', async () => {
    const there = (name: string) => ({
      team: `team_${name}`,
      member: 'mem_host',
      source: 'direct',
    });
    const into = (name: string) => ({ grants: [], teams: [`team_${name}`] });
    const world = await met(
      joined('host'),
      ...NAMES.map((name) => ({
        ...{ type: 'team.create', team: `team_${name}`, name, scope: 'space_a' },
      })),
      ...NAMES.map((name) => invited(name, into(name))),
      ...NAMES.map((name) => ({ type: 'member.invite_expire', invitation: `inv_${name}` })),
      ...NAMES.map((name) => ({ type: 'team.member_add', ...there(name) })),
      ...NAMES.map((name) => accepted(name, into(name))),
    );
    const { db } = world.store;
    const rows = await db.selectFrom('audit').select(['type', 'spaces']).execute();
    const elsewhere = rows.filter(({ spaces }) => spaces !== '["space_a"]');
    expect(elsewhere.map(({ type }) => type)).toEqual(['organization.create', 'member.join']);
  });

  test('in which an invitation is accepted by another member than it was for, who is invited anew', async () => {
    const world = await met(
      joined('host'),
      invited('guest'),
      accepted('host', { ...instead('host'), invitation: 'inv_guest' }),
      invited('guest', { invitation: 'inv_again', grants: [grant('guest2', 'editor')] }),
      roleChange('host', '2', '3'),
    );
    expect(await wrongIn(world)).toEqual([]);
    await world.happens([
      joined('late'),
      accepted('late', { ...instead('late'), invitation: 'inv_again' }),
      invited('guest', { invitation: 'inv_third', grants: [grant('guest3', 'viewer')] }),
    ]);
    await world.applied();
    expect(await wrongIn(world)).toEqual([]);
  });

  test('with values of every kind of character', async () => {
    const names = ['"', '\\', "'", '{}', ',', 'null', '\\"', '\n\t', 'ä€𝄞', "\\'; select 1"];
    const world = await met(
      ...names.map((name, number) => ({ type: 'space.create', space: `space_${number}`, name })),
    );
    expect(await wrongIn(world)).toEqual([]);
    const rows = await world.store.db.selectFrom('spaces').select('name').orderBy('id').execute();
    expect(rows.map(({ name }) => name)).toEqual([...names, 'A']);
  });
});

describe('statements on their way', () => {
  const call = (sql: string, value: number) => ({
    sql,
    parameters: [value],
    forMany: `${sql} all`,
  });
  const gathered = (run: (waiting: Gathered) => void): string[] => {
    const waiting = new Gathered();
    run(waiting);
    return waiting.take().map(({ sql, parameters }) => `${sql} ${JSON.stringify(parameters)}`);
  };

  test('are one where they are alike and many, and keep the order of each lane', () => {
    const stream = new Lane();
    const lanes = Array.from({ length: 5 }, () => new Lane(stream));
    const calls = gathered((waiting) => {
      for (const [index, lane] of lanes.entries()) {
        waiting.add(call('remove', index), lane);
        waiting.add(call('put', index), lane);
        if (index < 2) waiting.add(call('remove', index + 10), lane);
      }
    });
    expect(calls).toEqual([
      'remove all [[0,1,2,3,4]]',
      'put all [[0,1,2,3,4]]',
      'remove [10]',
      'remove [11]',
    ]);
  });

  test('of all of a stream keep their place among those of its parts, and not among others', () => {
    const [stream, other] = [new Lane(), new Lane()];
    const part = new Lane(stream);
    const calls = gathered((waiting) => {
      waiting.add(call('put', 1), part);
      waiting.add(call('map', 2), stream);
      waiting.add(call('put', 3), part);
      waiting.add(call('put', 4), new Lane(stream));
      waiting.add(call('put', 5), other);
    });
    expect(calls).toEqual(['put [1]', 'put [5]', 'map [2]', 'put [3]', 'put [4]']);
  });

  test('that lie in no lane, or are for one value, stay where they are', () => {
    const lane = new Lane();
    const calls = gathered((waiting) => {
      waiting.add({ sql: 'begin' });
      waiting.add(call('put', 1), lane);
      waiting.add({ sql: 'single', parameters: [2] }, lane);
      waiting.add(call('put', 3), lane);
      waiting.add(call('put', 4));
      waiting.add(call('put', 5), new Lane());
    });
    expect(calls).toEqual([
      'begin undefined',
      'put [1]',
      'single [2]',
      'put [3]',
      'put [4]',
      'put [5]',
    ]);
  });

  test('questions that are alike are asked once, and each is given its own rows', () => {
    const asked = [
      call('who', 7),
      { sql: 'what', parameters: [1] },
      call('who', 8),
      call('who', 9),
    ];
    const questions = new Questions(asked);
    expect(questions.calls).toEqual([
      { sql: 'who all', parameters: [[7, 8, 9]] },
      { sql: 'what', parameters: [1] },
    ]);
    const rows = [
      { n: 3, id: 'c' },
      { n: 1, id: 'a' },
      { n: 3, id: 'd' },
    ];
    const answers = questions.answersIn([
      { rows, changes: 0 },
      { rows: [{ id: 'b' }], changes: 1 },
    ]);
    expect(answers.map((one) => one.rows.map((row) => (row as { id: string }).id))).toEqual([
      ['a'],
      ['b'],
      [],
      ['c', 'd'],
    ]);
  });
});
