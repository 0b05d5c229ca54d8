import { DatabaseDamaged, DatabaseNewer } from './errors.js';
import type { Database } from './sqlite.js';

/** One step of a schema: SQL, or a function for what SQL can't say. Written once, never edited. */
export type Migration = string | ((database: Database) => void);

/** How many migrations a database has had. */
export const schemaVersion = (database: Database): number =>
  database.prepareRows<[number]>('pragma user_version').get()?.[0] ?? 0;

/**
 * Brings a database to the last of `migrations`, each step in a transaction of its own together
 * with its number. Refuses (`DatabaseNewer`) one that has had more than are known here.
 */
export const migrate = (database: Database, migrations: readonly Migration[]): void => {
  const version = schemaVersion(database);
  if (version > migrations.length || version < 0) {
    throw new DatabaseNewer(database.path, version, migrations.length);
  }
  if (version === 0 && migrations.length > 0 && hasTables(database)) {
    throw new DatabaseDamaged(database.path, 'has tables but no schema version; is it ours?');
  }
  migrations.slice(version).forEach((migration, index) => {
    database.transaction(() => {
      if (typeof migration === 'string') database.exec(migration);
      else migration(database);
      database.exec(`pragma user_version = ${version + index + 1}`);
    });
  });
};

const hasTables = (database: Database): boolean =>
  database.prepareRows("select 1 from sqlite_schema where type = 'table'").get() !== undefined;
