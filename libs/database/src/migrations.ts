import { DatabaseDamaged, DatabaseNewer } from './errors.js';
import { type Database, openDatabase } from './sqlite.js';

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

/**
 * Compares the schema with what `migrations` alone make of an empty database: a changed byte in
 * it would be met as an error in SQL. Throws `DatabaseDamaged`.
 */
export const checkSchema = (database: Database, migrations: readonly Migration[]): void => {
  const fresh = openDatabase(':memory:');
  try {
    migrate(fresh, migrations);
    if (schemaOf(fresh) !== schemaOf(database)) {
      throw new DatabaseDamaged(
        database.path,
        'is damaged (its schema is not the one it was made with); restore it from a backup',
      );
    }
  } finally {
    fresh.close();
  }
};

const schemaOf = (database: Database): string =>
  database
    .prepareRows<[Buffer]>(
      `select cast(group_concat(type || name || tbl_name || coalesce(sql, '')) as blob)
       from (select * from sqlite_schema order by name)`,
    )
    .all()
    .join('');

const hasTables = (database: Database): boolean =>
  database.prepareRows("select 1 from sqlite_schema where type = 'table'").get() !== undefined;
