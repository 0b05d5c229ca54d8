/** What is asked of read models on PostgreSQL: the suites of `test/queries`. */
import { inPostgres } from '../support/postgres.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  use(inPostgres);
  await import('../queries/members.spec.js');
  await import('../queries/parts.spec.js');
  await import('../queries/audit.spec.js');
  await import('../queries/pages.spec.js');
});
