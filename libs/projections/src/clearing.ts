import { sql } from 'kysely';
import { statement } from '#readstore/statement.js';
import type { Table } from '#readstore/tables.js';
import type { Projection } from './projection.js';

/** Takes an organization's rows out of tables that name it in `organization`. */
export const clearing = (tables: readonly Table[]): Projection['clear'] => {
  const statements = tables.map(({ name }) =>
    statement<'organization'>(
      (_, { organization }) => sql`
        delete from ${sql.table(name)} where organization = ${organization}`,
    ),
  );
  return (at) => {
    for (const one of statements) at.run(one, { organization: at.organization });
  };
};
