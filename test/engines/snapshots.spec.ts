/** Snapshots on PostgreSQL: the suite of `test/eventlog`. */
import { expect, test } from '@jest/globals';
import { PostgresSnapshots } from '#eventlog/postgres-snapshots.js';
import { dropSchema, freshSchema, snapshotsInPostgres, urlOf } from '../support/postgres.js';
import { use } from '../support/snapshots.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  use(snapshotsInPostgres);
  test('tables that are gone while it runs cost time, and no error', async () => {
    const schema = freshSchema();
    const snapshots = await PostgresSnapshots.open({ url: urlOf(), schema, connections: 1 });
    const payload = Buffer.from('payload');
    const one = { stream: 'organization-a', name: 'state@1', revision: 1, hash: 'ab', payload };
    await snapshots.save(one);
    await dropSchema(schema);
    expect(await snapshots.load(one.stream, one.name)).toBeUndefined();
    await snapshots.save(one);
    await snapshots.close();
  });
  await import('../eventlog/snapshots.spec.js');
});
