/** The vault on PostgreSQL: the suite of `test/vault`, and what its server alone can do to keys. */
import { expect, test } from '@jest/globals';
import { Postgres } from '#database/postgres.js';
import type { OrganizationId } from '#domain/ids.js';
import { openPostgresVault } from '#vault/postgres-vault.js';
import { bytesIn, dropSchema, freshSchema, keysInPostgres, urlOf } from '../support/postgres.js';
import { use } from '../support/vaults.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  use(keysInPostgres);
  await import('../vault/vault.spec.js');

  const RING = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
  const acme = 'acme' as OrganizationId;

  test.each([
    ['that was there before could still show it', 'select 1'],
    ['reads the keys, as a backup does', 'select count(*) from keys'],
  ])(
    'a destroyed key that a transaction %s goes from the files after that',
    async (_, asked) => {
      const schema = freshSchema();
      const options = { url: urlOf(), schema, connections: 2 };
      const vault = await openPostgresVault(options, RING, { now: () => 0 });
      const other = new Postgres(options);
      const left = () => other.all<{ part: string }>('select part from unclean');
      await vault.ensure(acme, ['mem_ada', 'mem_bob']);
      const [ada, bob] = (
        await other.all<{ wrapped: Buffer }>('select wrapped from keys order by subject')
      ).map(({ wrapped }) => wrapped);
      await other.transaction(async (run) => {
        await run('set transaction isolation level repeatable read');
        await run(asked);
        await vault.destroy(acme, ['mem_ada']);
        // It is known that something is there, whether or not it is.
        expect(await left()).toHaveLength(1);
      });
      // Another node, or this one a minute later.
      const again = await openPostgresVault(options, RING, { now: () => 0 });
      expect(await left()).toEqual([]);
      const files = await bytesIn(schema);
      expect([ada!, bob!].map((key) => files.includes(key))).toEqual([false, true]);
      await other.close();
      await again.close();
      await vault.close();
      await dropSchema(schema);
    },
    60_000,
  );
});
