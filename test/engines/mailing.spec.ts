/** What the mailer knows on PostgreSQL: the suites of `test/mailing`. */
import { inPostgres } from '../support/postgres.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  use(inPostgres);
  await import('../mailing/mailer.spec.js');
  await import('../mailing/mailbox.spec.js');
});
