/** Which organizations there are, as the read models have them. */
import type { OrganizationId } from '#domain/ids.js';
import { question } from '#readstore/statement.js';
import type { ReadStore } from '#readstore/store.js';

const progress = question<'log', { position: bigint | number }>((db, { log }) =>
  db
    .selectFrom('checkpoints')
    .select('position')
    .where('name', 'like', 'organizations@%')
    .where('state', '=', 'serving')
    .where('log', '=', log),
);
const living = question<never, { organization: string }>((db) =>
  db.selectFrom('organizations').select('organization').where('status', '<>', 'deleted'),
);

/** All that were there after the event at this position; `undefined`: the rows are not as far yet. */
export async function organizationsKept(
  store: ReadStore,
  log: string,
  position: bigint,
): Promise<OrganizationId[] | undefined> {
  const [applied] = await store.all(progress, { log });
  if (applied === undefined || BigInt(applied.position) < position) return undefined;
  const rows = await store.all(living, {});
  return rows.map(({ organization }) => organization as OrganizationId);
}
