import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type {
  CommandId,
  GrantId,
  OrganizationId,
  RoleId,
  ServiceAccountId,
  SpaceId,
} from '#domain/ids.js';
import type { Metadata } from '#domain/events.js';
import { readState, writeState } from '#eventlog/state-snapshot.js';
import { Refusal } from '#domain/refusals.js';
import { COMMANDS_REMEMBERED, type Organization } from '#domain/state.js';
import { remember } from '#domain/changes.js';
import { enter } from '#domain/delegation.js';
import type { CommandRequest, Decide } from '#commands/request.js';
import { by, keyed, person, remove, startNode, type TestNode } from './support/node.js';
import { found, rename, space, spaces } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'carried out',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );

let node: TestNode;
beforeEach(async () => {
  node = await startNode({ platformAge: 0 });
  await found(node.transactor, 'acme');
});
afterEach(async () => {
  await node.close();
  remove(node.folder);
});

/** Fills the memory of keys with those of one person. */
const flood = async (name: string): Promise<void> => {
  const state = await node.transactor.state(acme);
  const { user: id } = person(name);
  const member = state.memberByUser.get(id);
  const actor = { kind: 'user', id, ...(member && { member }), via: 'http' } as const;
  for (let index = state.commands.size; index < COMMANDS_REMEMBERED; index++) {
    const commandId = `cmd_${index}` as CommandId;
    const { occurredAt } = state;
    const metadata = { commandId, requestDigest: '', occurredAt, actor } as Metadata;
    remember(state, metadata, 0);
  }
};

describe('an idempotency key', () => {
  test('makes a repetition answer from the events of the first time', async () => {
    const once = await node.transactor.transact(acme, keyed('ada', 'k1'), spaces('a', 3));
    await node.transactor.transact(acme, by('ada'), space('other'));
    const again = await node.transactor.transact(acme, keyed('ada', 'k1'), spaces('a', 3));
    expect(again).toMatchObject({ revision: once.revision, replayed: true });
    expect(again.events.map((one) => one.id)).toEqual(once.events.map((one) => one.id));
    expect(await node.types(acme)).toHaveLength(6);
  });

  test('is recognised by every node, and by commands that wait together', async () => {
    const { transactor } = node;
    const other = node.another();
    await other.state(acme);
    const fresh: Decide = (context) => () => [
      { type: 'space.create', space: context.newId('space'), name: 'fresh' },
    ];
    const outcomes = await Promise.all([
      transactor.transact(acme, keyed('ada', 'k1'), fresh),
      transactor.transact(acme, keyed('ada', 'k1'), fresh),
      other.transact(acme, keyed('ada', 'k1'), fresh),
    ]);
    expect(outcomes.map((one) => one.replayed).filter(Boolean)).toHaveLength(2);
    expect(new Set(outcomes.map((one) => one.revision)).size).toBe(1);
    expect(await node.types(acme)).toHaveLength(3);
  });

  test('answers what was carried out if it matched, also where only a snapshot is known', async () => {
    const { revision } = await node.transactor.transact(acme, by('ada'), rename('one'));
    const keeping = node.another({ snapshotEvents: 1, snapshotShare: 0 });
    const request = { ...keyed('ada', 'k1'), ifMatch: { resource: 'acme', revision } };
    const once = await keeping.transact(acme, request, rename('two'));
    await keeping.drain();
    const again = await node.another().transact(acme, request, rename('two'));
    expect(again).toMatchObject({ replayed: true, revision: once.revision });
    const other = { ...keyed('ada', 'k2'), ifMatch: { resource: 'acme', revision } };
    expect(await refusal(node.another().transact(acme, other, rename('three')))).toBe(
      'precondition.failed',
    );
  });

  test.each([true, false])(
    'its If-Match knows who held what is gone (long ago: %s)',
    async (isOld) => {
      const space = 'space_one' as SpaceId;
      const accounts = ['svc_here', 'svc_elsewhere'] as ServiceAccountId[];
      const { revision } = await node.transactor.transact(acme, by('ada'), () => () => [
        { type: 'space.create', space, name: 'One' },
        ...accounts.map((account, i) => ({
          type: 'service_account.create' as const,
          ...{ account, name: account },
          grants: [
            {
              id: `grant_${i}` as GrantId,
              role: 'agent' as RoleId,
              scope: i === 0 ? space : 'organization',
            } as const,
          ],
        })),
      ]);
      const keeping = node.another(isOld ? { snapshotEvents: 1, snapshotShare: 0 } : {});
      await keeping.transact(acme, by('ada'), () => () => [{ type: 'space.delete', space }]);
      await keeping.drain();
      const later = node.another();
      const outcomes = accounts.map((resource) =>
        refusal(later.transact(acme, by('ada', { ifMatch: { resource, revision } }), rename('x'))),
      );
      expect(await Promise.all(outcomes)).toEqual(['precondition.failed', 'carried out']);
    },
  );

  test('is answered as it was then, of a long history by its end alone', async () => {
    const keeping = node.another({ snapshotEvents: 1000, snapshotShare: 0 });
    await keeping.transact(acme, by('ada'), spaces('a', 990));
    await keeping.transact(acme, by('ada'), spaces('b', 10));
    await keeping.drain();
    const { transactor } = node;
    const { revision } = await transactor.transact(acme, keyed('ada', 'k1'), rename('then'));
    const read = async () => {
      const before = node.log.given;
      const { name } = await transactor.stateAt(acme, revision);
      return [name, node.log.given - before];
    };
    expect(await read()).toEqual(['then', 0]);
    await transactor.transact(acme, by('ada'), rename('now'));
    const [name, given] = await read();
    expect(name).toBe('then');
    expect(given).toBeLessThan(10);
    expect((await transactor.stateAt(acme, 1)).spaces.size).toBe(0);
  });

  test('that is used again after a day is a new one, and keeps no older one alive', async () => {
    const { transactor } = node;
    await transactor.transact(acme, keyed('ada', 'first'), space('a'));
    await flood('ada');
    node.clock.turn(25 * 3_600_000);
    await transactor.transact(acme, keyed('ada', 'first'), space('b'));
    expect((await transactor.state(acme)).commands.size).toBe(1);
    expect(await refusal(transactor.transact(acme, keyed('ada', 'k2'), space('c')))).toBe(
      'carried out',
    );
  });

  test('is scoped to the principal and the operation', async () => {
    const { transactor } = node;
    const request = keyed('ada', 'k1');
    await transactor.transact(acme, request, space('a'));
    await transactor.transact(acme, keyed('bob', 'k1'), space('b'));
    const operation = { ...request.idempotency!, operation: 'another' };
    await transactor.transact(acme, { ...request, idempotency: operation }, space('c'));
    expect(await node.types(acme)).toHaveLength(5);
  });

  test('is refused for another body, whatever the order of its fields', async () => {
    const { transactor } = node;
    await transactor.transact(acme, keyed('ada', 'k1', { a: 1, b: 2 }), space('a'));
    const again = transactor.transact(acme, keyed('ada', 'k1', { b: 2, a: 1 }), space('a'));
    expect((await again).replayed).toBe(true);
    const other = transactor.transact(acme, keyed('ada', 'k1', { a: 2 }), space('b'));
    expect(await refusal(other)).toBe('idempotency.key_reused');
  });

  test('remembers what was so already: repeated late, it takes no effect', async () => {
    const { transactor } = node;
    const once = await transactor.transact(acme, keyed('ada', 'k1'), rename('acme'));
    expect(once).toMatchObject({ events: [], replayed: false });
    await transactor.transact(acme, by('ada'), rename('other'));
    const again = await transactor.transact(acme, keyed('ada', 'k1'), rename('acme'));
    expect(again).toMatchObject({ events: [], replayed: true, revision: once.revision });
    expect((await transactor.state(acme)).name).toBe('other');
    const body = transactor.transact(acme, keyed('ada', 'k1', { a: 1 }), rename('third'));
    expect(await refusal(body)).toBe('idempotency.key_reused');
    node.clock.turn(25 * 3_600_000);
    const late = await transactor.transact(acme, keyed('ada', 'k1'), rename('acme'));
    expect(late).toMatchObject({ replayed: false, events: [expect.anything()] });
  });

  test('remembers no refusal', async () => {
    const { transactor } = node;
    const nameless = () => (organization: Organization) => {
      if (organization.name === 'acme') throw new Refusal('request.invalid', 'not yet');
      return [{ type: 'organization.rename', name: 'done' } as const];
    };
    expect(await refusal(transactor.transact(acme, keyed('ada', 'k1'), nameless))).toBe(
      'request.invalid',
    );
    await transactor.transact(acme, by('ada'), rename('now'));
    const outcome = await transactor.transact(acme, keyed('ada', 'k1'), nameless);
    expect(outcome).toMatchObject({ replayed: false, events: [expect.anything()] });
  });

  test('is forgotten after a day, and its next answer holds its own events alone', async () => {
    const { transactor } = node;
    await transactor.transact(acme, keyed('ada', 'k1'), space('a'));
    node.clock.turn(25 * 60 * 60 * 1000);
    const next = await transactor.transact(acme, keyed('ada', 'k1'), space('b'));
    expect(next.replayed).toBe(false);
    const again = await transactor.transact(acme, keyed('ada', 'k1'), space('b'));
    expect(again.replayed).toBe(true);
    expect(again.events.map((one) => one.id)).toEqual(next.events.map((one) => one.id));
  });

  test('is refused where too many are remembered, until some are forgotten', async () => {
    const { transactor } = node;
    await transactor.transact(acme, keyed('ada', 'first'), space('a'));
    await flood('ada');
    expect(await refusal(transactor.transact(acme, keyed('ada', 'k2'), space('b')))).toBe(
      'idempotency.too_many_keys',
    );
    expect((await transactor.transact(acme, keyed('ada', 'first'), space('a'))).replayed).toBe(
      true,
    );
    await transactor.transact(acme, by('ada'), space('c'));
    node.clock.turn(25 * 60 * 60 * 1000);
    expect(await refusal(transactor.transact(acme, keyed('ada', 'k2'), space('b')))).toBe(
      'carried out',
    );
  });

  test('of one principal leaves room for those of others, also after a restart', async () => {
    const { transactor } = node;
    await transactor.transact(acme, keyed('ada', 'k1'), space('a'));
    await flood('bob');
    const code = (name: string, key: string) =>
      refusal(transactor.transact(acme, keyed(name, key), space(`of-${name}-${key}`)));
    expect(await code('bob', 'k1')).toBe('idempotency.too_many_keys');
    for (const key of ['k2', 'k3', 'k4']) expect(await code('ada', key)).toBe('carried out');
    const again = await transactor.transact(acme, keyed('ada', 'k3'), space('of-ada-k3'));
    expect(again.replayed).toBe(true);
    const counted = ({ commandsBy }: Organization) => new Map(commandsBy.entries());
    const state = await transactor.state(acme);
    expect(state.commands.size).toBe(COMMANDS_REMEMBERED);
    expect(await code('bob', 'k2')).toBe('idempotency.too_many_keys');
    expect(counted(await readState(await writeState(state)))).toEqual(counted(state));
    const ofBob = COMMANDS_REMEMBERED - 3;
    expect(new Set(counted(state).values())).toEqual(new Set([3, ofBob]));
  });

  test('makes founding repeatable', async () => {
    const once = await found(node.transactor, 'beta', keyed('ada', 'k1'));
    const again = await found(node.transactor, 'beta', keyed('ada', 'k1'));
    expect(again).toMatchObject({ replayed: true, revision: once.revision });
    expect(await refusal(found(node.transactor, 'beta', keyed('ada', 'k2')))).toBe(
      'organization.exists',
    );
  });
});

describe('If-Match', () => {
  const ifMatch = (resource: string, revision: number) =>
    by('ada', { ifMatch: { resource, revision } });

  test('carries the command out where nothing has changed the resource since', async () => {
    const { transactor } = node;
    const { revision } = await transactor.transact(acme, by('ada'), space('a'));
    await transactor.transact(acme, by('ada'), space('b'));
    await transactor.transact(acme, ifMatch('a', revision), space('c'));
    const stale = transactor.transact(acme, ifMatch('acme', revision), rename('x'));
    expect(await refusal(stale)).toBe('carried out');
    expect(await refusal(transactor.transact(acme, ifMatch('acme', revision), rename('y')))).toBe(
      'precondition.failed',
    );
  });

  test('sees what was decided before it in the same append', async () => {
    const { transactor } = node;
    const { revision } = await transactor.transact(acme, by('ada'), rename('a'));
    const results = await Promise.all([
      refusal(transactor.transact(acme, by('ada'), space('first'))),
      refusal(transactor.transact(acme, ifMatch('acme', revision), rename('b'))),
      refusal(transactor.transact(acme, ifMatch('acme', revision), rename('c'))),
    ]);
    expect(results).toEqual(['carried out', 'carried out', 'precondition.failed']);
  });

  test('sees what another node wrote', async () => {
    const other = node.another();
    const { revision } = await other.transact(acme, by('ada'), rename('a'));
    await node.transactor.transact(acme, by('ada'), rename('b'));
    expect(await refusal(other.transact(acme, ifMatch('acme', revision), rename('c')))).toBe(
      'precondition.failed',
    );
  });

  test('refuses a revision that is not there yet', async () => {
    expect(await refusal(node.transactor.transact(acme, ifMatch('acme', 99), rename('c')))).toBe(
      'precondition.failed',
    );
  });

  test('is nothing to who may not do it: neither what has changed, nor a read of the log', async () => {
    const keeping = node.another({ snapshotEvents: 1, snapshotShare: 0 });
    await keeping.transact(acme, by('ada'), rename('b'));
    await keeping.drain();
    let reads = 0;
    node.log.atEnd = async () => void (reads += 1);
    const asked = async (request: CommandRequest) => {
      const fresh = node.another();
      await fresh.state(acme);
      const before = reads;
      const code = await refusal(
        fresh.transact(acme, request, (context) => (state) => {
          enter(state, context);
          return [];
        }),
      );
      return [code, reads - before];
    };
    const unknown = await asked(by('eve'));
    expect(unknown[0]).toBe('organization.not_found');
    for (const revision of [0, 1, 99]) {
      const ifMatch = { resource: 'acme', revision };
      expect(await asked(by('eve', { ifMatch }))).toEqual(unknown);
    }
  });

  test('reads what is too long ago to be remembered', async () => {
    const { transactor } = node;
    await transactor.transact(acme, by('ada'), space('a'));
    const changed = await transactor.transact(acme, by('ada'), rename('b'));
    for (let part = 0; part < 12; part++) {
      await transactor.transact(acme, by('ada'), spaces(`p${part}-`, 1000));
    }
    const early = transactor.transact(acme, ifMatch('acme', changed.revision - 1), rename('c'));
    expect(await refusal(early)).toBe('precondition.failed');
    const right = transactor.transact(acme, ifMatch('acme', changed.revision), rename('c'));
    expect(await refusal(right)).toBe('carried out');
  });
});
