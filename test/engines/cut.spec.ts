/** A node that is cut off from PostgreSQL, at the worst moments. */
import { describe, expect, test } from '@jest/globals';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { created, joined } from '../projections/facts.js';
import { ORG, World } from '../projections/world.js';
import { Cutting } from '../support/cutting.js';
import { dropSchema, freshSchema, urlOf } from '../support/postgres.js';
import { eventually } from '../support/service.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

/** A node that has applied its first event, and the way it goes to PostgreSQL by. */
async function begun(): Promise<{ way: Cutting; world: World }> {
  const way = await Cutting.open(urlOf());
  const schema = freshSchema();
  use(async () => ({
    open: () => PostgresReadStore.open({ url: way.url, schema, connections: 2 }),
    bytes: async () => '',
    remove: async () => {
      way.close();
      await dropSchema(schema);
    },
  }));
  const world = await World.make();
  await world.happens([created]);
  await world.runner.start();
  await world.applied();
  return { way, world };
}

await onServer('POSTGRES_URL', () => {
  describe('a node', () => {
    test.each(['before', 'after'] as const)(
      'that is cut off just %s the COMMIT arrives applies each event once, and goes on',
      async (moment) => {
        const { way, world } = await begun();
        way.cut(moment);
        await world.happens([joined('ann'), joined('bob')]);
        await world.applied();
        expect(way.cuts).toBe(1);
        await world.happens([joined('cid')]);
        await world.applied();
        const [counted] = await world.store.db.selectFrom('member_counts').selectAll().execute();
        expect(counted).toEqual({ organization: ORG, active: 3 });
        expect((await world.runner.health()).status).toBe('running');
      },
    );

    test('that was cut off is well again once it is back, though nobody writes', async () => {
      const { way, world } = await begun();
      const told = async () => {
        const { status, failure } = await world.runner.health();
        return [status, failure === undefined ? 'well' : 'ill'].join(' and ');
      };
      way.away();
      await eventually(async () => (await told()) === 'failing and ill' || undefined, 'failure');
      way.back();
      await eventually(async () => (await told()) === 'running and well' || undefined, 'end of it');
    }, 60_000);
  });
});
