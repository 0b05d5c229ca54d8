/** Lists are in the same order on every engine, though this PostgreSQL sorts as people do. */
import { expect, test } from '@jest/globals';
import { ListMembers } from '#queries/list-members.js';
import type { MemberId } from '#domain/ids.js';
import { created, joined } from '../projections/facts.js';
import { ORG } from '../projections/world.js';
import { reading } from '../queries/reading.js';
import { inPostgres } from '../support/postgres.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', () => {
  use(inPostgres);

  test('pages go by code points', async () => {
    const { world, ask } = await reading();
    // Where people put a before B and _ before both, and take é for an e.
    const names = ['a', 'B', '_', 'é', 'e', 'Z', 'z', '1', 'aB', 'Ab'];
    await world.happens([created, ...names.map((name) => joined(name))]);
    await world.applied();
    const listed: MemberId[] = [];
    for (let cursor: string | undefined; ;) {
      const page = { limit: 3, ...(cursor === undefined ? {} : { cursor }) };
      const { items, nextCursor } = await ask(new ListMembers(ORG, {}, page));
      listed.push(...items.map(({ id }) => id));
      if (nextCursor === undefined) break;
      cursor = nextCursor;
    }
    expect(listed).toEqual(names.map((name) => `mem_${name}`).sort());
  });

  test('what is looked for is found whatever its case, and nothing besides', async () => {
    const { world, ask } = await reading();
    await world.happens([
      created,
      ...['Ärø', 'ARNE', 'ab_c', 'abxc', '100%'].map((n) => joined(n)),
    ]);
    await world.applied();
    const found = async (q: string) =>
      (await ask(new ListMembers(ORG, { q }))).items.map(({ id }) => id);
    expect(await found('äRØ@')).toEqual(['mem_Ärø']);
    expect(await found('arne')).toEqual(['mem_ARNE']);
    expect(await found('b_c')).toEqual(['mem_ab_c']);
    expect(await found('0%')).toEqual(['mem_100%']);
    expect(await found('\\')).toEqual([]);
  });
});
