/** Whoever reads for long, a backup say, and what is to be changed meanwhile of what is read. */
import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Postgres } from '#database/postgres.js';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { created, joined } from '../projections/facts.js';
import { PROJECTIONS, World } from '../projections/world.js';
import { dropSchema, freshSchema, urlOf } from '../support/postgres.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', () => {
  test('a read model is built anew beside a backup, and takes its place after that', async () => {
    const schema = freshSchema();
    use(async () => ({
      open: () => PostgresReadStore.open({ url: urlOf(), schema, connections: 4 }),
      bytes: async () => '',
      remove: () => dropSchema(schema),
    }));
    const world = await World.make();
    const checkpoints = async () =>
      (await world.store.db.selectFrom('checkpoints').select(['name', 'state']).execute())
        .map(({ name, state }) => `${name} ${state}`)
        .sort();
    const serving = PROJECTIONS.map(({ name, version }) => `${name}@${version} serving`).sort();
    await world.happens([created, joined('ann')]);
    await world.runner.start();
    await world.applied();

    const database = new Postgres({ url: urlOf(), schema, connections: 1 });
    let isOver = false;
    let begun = (): void => undefined;
    const reads = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const backup = database.transaction(async (run) => {
      await run('lock table members in access share mode');
      begun();
      while (!isOver) await run('select pg_sleep(0.05)');
    });
    await reads;
    let isBuilt = false;
    const rebuilding = world.runner.rebuild('members').then(() => (isBuilt = true));
    // It is built and would be read, if that were possible.
    for (const name of ['bob', 'cid', 'dan']) {
      await sleep(500);
      await world.happens([joined(name)]);
      await world.applied();
    }
    const members = () => world.store.db.selectFrom('members').selectAll().execute();
    expect(await members()).toHaveLength(4);
    expect(isBuilt).toBe(false);
    expect(await checkpoints()).toHaveLength(serving.length + 1);
    expect((await world.runner.health()).status).toBe('running');

    isOver = true;
    await backup;
    await rebuilding;
    expect(await checkpoints()).toEqual(serving);
    await world.happens([joined('eve')]);
    await world.applied();
    expect(await members()).toHaveLength(5);
    await database.close();
  }, 60_000);
});
