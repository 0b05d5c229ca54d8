/**
 * PostgreSQL leaves what is overwritten where it was: parts in which that is move to new files. What
 * an older transaction may still see moves with the rest, so that a part is clean only once there is
 * none; a backup in the midst of this misses nothing.
 */
import { DatabaseLocked } from '#database/errors.js';
import type { Postgres } from '#database/postgres.js';

/** Milliseconds: that one part may take; that all who ask for a key may have to wait while somebody
 * else is busy with it. */
const PATIENCE = 3_600_000;
const LOCK = 1000;

/**
 * A row of `unclean` was written by the transaction that took a key away. Once a part was written anew
 * nothing is in it that transactions before its `relfrozenxid` took away: the row has done its duty.
 */
const CLEANED = `delete from unclean where part = $1 and number <= $2
  and age(xmin) > (select age(relfrozenxid) from pg_class where oid = $1::text::regclass)`;

/** Writes parts anew; false: of some key bytes may still be there, to be tried again. */
export async function writeAnew(database: Postgres): Promise<boolean> {
  const unclean = await database.all<{ part: string; last: number }>(
    'select part, max(number) as last from unclean group by part',
  );
  if (unclean.length === 0) return true;
  const session = await database.session();
  try {
    await session.run([{ sql: `set statement_timeout = ${PATIENCE}; set lock_timeout = ${LOCK}` }]);
    for (const { part, last } of unclean) {
      await session.run([{ sql: `vacuum full ${part}` }], PATIENCE);
      await session.run([{ sql: CLEANED, parameters: [part, last] }]);
    }
  } catch (error) {
    if (!(error instanceof DatabaseLocked)) throw error;
  } finally {
    session.end();
  }
  const [row] = await database.all<{ rest: number }>('select count(*) as rest from unclean');
  return row?.rest === 0;
}
