import { asked } from '#database/postgres-examining.js';
import { Postgres, type PostgresOptions } from '#database/postgres.js';
import { POSTGRES_MIGRATIONS } from './migrations.js';

/** How far a log was mailed. */
export interface Mailed {
  /** Id of the log. */
  readonly log: string;
  readonly position: bigint;
}

/**
 * What the rows in PostgreSQL say of mail, where they do. Changes nothing.
 * @param name of the checkpoint. @throws what keeps them from being opened: the errors of `libs/database`
 */
export function mailedInPostgres(
  options: PostgresOptions,
  name: string,
): Promise<Mailed | undefined> {
  const database = new Postgres(options);
  return asked(database, POSTGRES_MIGRATIONS, async (version) => {
    if (version === 0) return undefined;
    const [row] = await database.all<{ log: string; position: number }>(
      'select log, position from mail_checkpoint where name = $1',
      [name],
    );
    return row && { log: row.log, position: BigInt(row.position) };
  });
}
