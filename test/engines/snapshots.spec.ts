/** Snapshots on PostgreSQL: the suite of `test/eventlog`. */
import { snapshotsInPostgres } from '../support/postgres.js';
import { use } from '../support/snapshots.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  use(snapshotsInPostgres);
  await import('../eventlog/snapshots.spec.js');
});
