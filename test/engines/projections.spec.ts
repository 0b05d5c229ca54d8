/** The read models on PostgreSQL: the suites of `test/projections`. */
import { inPostgres } from '../support/postgres.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  use(inPostgres);
  await import('../projections/stories.spec.js');
  await import('../projections/runner.spec.js');
  await import('../projections/histories.spec.js');
  await import('../projections/together.spec.js');
});
