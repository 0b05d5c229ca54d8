/** Of several nodes one writes the read models; when it stops, another does, and nothing is lost. */
import { describe, expect, test } from '@jest/globals';
import type { MemberId } from '#domain/ids.js';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { created, joined } from '../projections/facts.js';
import { ORG, World } from '../projections/world.js';
import { Cutting } from '../support/cutting.js';
import { dropSchema, freshSchema, inPostgres, urlOf } from '../support/postgres.js';
import { eventually } from '../support/service.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', () => {
  use(inPostgres);
  describe('of two nodes', () => {
    const names = async ({ store }: World) => {
      const rows = await store.db.selectFrom('members').select('id').orderBy('id').execute();
      return rows.map(({ id }) => id);
    };
    /** Projection → the number of the build that is read. */
    const buildsOf = async ({ store }: World) => {
      const served = store.db.selectFrom('checkpoints').where('state', '=', 'serving');
      const rows = await served.select(['name', 'build']).execute();
      return new Map(rows.map(({ name, build }) => [name.split('@')[0]!, build]));
    };
    /** What no event has done. */
    const lose = async (world: World, id: string) => {
      const build = (await buildsOf(world)).get('members');
      await world.store.db
        .deleteFrom(`members__${build}` as 'members')
        .where('id', '=', id as MemberId)
        .execute();
      expect(await names(world)).not.toContain(id);
    };

    test('the one that stands by knows how far the other is, and goes on when it stops', async () => {
      const world = await World.make();
      await world.happens([created]);
      await world.runner.start();
      const other = world.newRunner();
      await other.start();
      expect((await other.health()).status).toBe('standby');
      await world.happens([joined('ann')]);
      // A read there that must be as fresh as this write waits for the other node, and no longer.
      expect(await other.waitForRevision(ORG, 1, 5000)).toBe(true);
      await world.runner.stop();
      await world.happens([joined('bob')]);
      expect(await other.waitForRevision(ORG, 2, 10_000)).toBe(true);
      expect((await other.health()).status).toBe('running');
      expect(await names(world)).toEqual(['mem_ann', 'mem_bob']);
    });

    test('the one that stands by knows how far the other is, though no word of it comes through', async () => {
      const way = await Cutting.open(urlOf());
      way.deafen();
      use(async () => {
        const schema = freshSchema();
        return {
          open: () => PostgresReadStore.open({ url: way.url, schema, connections: 4 }),
          bytes: async () => '',
          remove: async () => {
            way.close();
            await dropSchema(schema);
          },
        };
      });
      const world = await World.make();
      use(inPostgres);
      await world.happens([created]);
      await world.runner.start();
      const other = world.newRunner();
      await other.start();
      await world.happens([joined('ann')]);
      expect(await other.waitForRevision(ORG, 1, 10_000)).toBe(true);
      expect((await other.health()).status).toBe('standby');
    });

    /** One that writes, one that stands by, and a row that is missing. */
    const withoutAnn = async (world: World) => {
      await world.happens([created, joined('ann')]);
      await world.runner.start();
      const other = world.newRunner();
      await other.start();
      await world.applied();
      const before = await buildsOf(world);
      await lose(world, 'mem_ann');
      return { other, before };
    };

    test('either may be asked for a rebuild: the one that writes carries it out, both are told', async () => {
      const told: string[] = [];
      const world = await World.make({ onAsked: ({ readModel }) => told.push(readModel!) });
      const { other, before } = await withoutAnn(world);
      await other.rebuild('members');
      expect(await names(world)).toEqual(['mem_ann']);
      expect((await other.health()).status).toBe('standby');
      const after = await buildsOf(world);
      expect(after.get('members')).toBeGreaterThan(before.get('members')!);
      expect(after.get('audit')).toBe(before.get('audit'));
      await eventually(() => (told.length === 2 ? true : undefined), 'word on both nodes');
      expect(told).toEqual(['members', 'members']);
    });

    test('either may be asked to repair an organization, and says what came of it', async () => {
      const world = await World.make();
      const { other, before } = await withoutAnn(world);
      expect(await other.rebuildOrganization(ORG)).toBeUndefined();
      expect(await names(world)).toEqual(['mem_ann']);
      expect(await buildsOf(world)).toEqual(before);
    });

    test('a rebuild that was asked for is carried out, also when nobody writes then', async () => {
      const world = await World.make();
      await world.happens([created, joined('ann')]);
      await world.runner.start();
      await world.applied();
      await world.runner.stop();
      await lose(world, 'mem_ann');
      await world.newRunner().askToRebuild('members');
      await world.newRunner().start();
      await eventually(async () => ((await names(world)).length > 0 ? true : undefined), 'rows');
    });
  });
});
