/** The whole service on the embedded log with everything else on PostgreSQL. */
import { afterAll } from '@jest/globals';
import { dropSchema, schemaOf, serviceInPostgres } from '../support/postgres.js';
import { use } from '../support/service.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', async () => {
  const schemas = new Set<string>();
  use((folder) => {
    schemas.add(schemaOf(folder));
    return serviceInPostgres(folder);
  });
  afterAll(async () => {
    const parts = ['read_models', 'vault', 'snapshots'];
    for (const one of schemas) for (const part of parts) await dropSchema(`${one}_${part}`);
  });
  await import('../e2e/rebuilding.spec.js');
  await import('../e2e/read-models.spec.js');
  await import('../e2e/audit.spec.js');
  await import('../e2e/erasure.spec.js');
  await import('../e2e/webhooks.spec.js');
});
