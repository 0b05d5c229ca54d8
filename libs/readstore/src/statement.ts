/**
 * Statements that are written in Kysely, compiled once for each place they run in, and then run
 * with nothing but values: for what is done for every event or every request.
 */
import { sql, type CompiledQuery, type Kysely, type RawBuilder } from 'kysely';
import type { Bindable } from '#database/values.js';
import type { Tables } from './rows.js';
import type { ColumnType, Table } from './tables.js';

/** Stands where a value will stand. */
class Slot {
  constructor(readonly name: string) {}
}

/** A slot for each value, of whatever type the column wants. */
type Slots<Values> = { readonly [V in keyof Values]: never };

const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) });

/** A query of Kysely, or `sql` where Kysely has no words for it. */
interface Compilable<Row = unknown> {
  compile(db: Kysely<Tables>): CompiledQuery<Row>;
}

/** Of the values a statement is given. */
export type Columns = { readonly [name: string]: ColumnType };

/** How an engine calls the values of each row, in `from`: a table `given` of these columns and `n`, its
 * number from 1. */
export type Given = (columns: Columns, slots: object) => RawBuilder<unknown>;

/** One statement; `Values` names what it is run with, `Row` what it answers. */
export class Statement<Values, Row = never> {
  /** Never there: keeps statements with other values or rows apart. */
  declare readonly shape: (values: Values) => Row;

  constructor(
    private readonly build: (db: Kysely<Tables>, values: Slots<Values>, given: Given) => Compilable,
    /** Whether it can be run once for many values: see `forEach`. */
    readonly isForMany = false,
  ) {}

  /** Its SQL, and for each parameter the value it takes: a name, or a constant. */
  compile(db: Kysely<Tables>, given: Given): CompiledStatement {
    const { sql, parameters } = this.build(db, slots as Slots<Values>, given).compile(db);
    return {
      sql,
      bind: (values) =>
        parameters.map((one) =>
          one instanceof Slot ? values[one.name] : (one as Bindable),
        ) as Bindable[],
    };
  }
}

export interface CompiledStatement {
  readonly sql: string;
  readonly bind: (values: { readonly [name: string]: Bindable }) => Bindable[];
}

/** A statement that takes the values named. */
export const statement = <Name extends string>(
  build: (db: Kysely<Tables>, values: Slots<Record<Name, Bindable>>) => Compilable,
): Statement<Record<Name, Bindable>> => new Statement(build);

/** A question that takes the values named and answers rows. */
export const question = <Name extends string, Row>(
  build: (db: Kysely<Tables>, values: Slots<Record<Name, Bindable>>) => Compilable<Row>,
): Statement<Record<Name, Bindable>, Row> => new Statement(build);

/**
 * A statement for as many values as there are, each a row of `given`; it has no parameters besides.
 * No two of them are about the same row.
 */
export const forEach = <Name extends string>(
  columns: Readonly<Record<Name, ColumnType>>,
  build: (given: RawBuilder<unknown>) => RawBuilder<unknown>,
): Statement<Record<Name, Bindable>> =>
  new Statement((_, values, given) => build(given(columns, values)), true);

/** A question for as many values as there are; each row it answers says by `given.n` for whom it is. */
export const questionForEach = <Name extends string, Row>(
  columns: Readonly<Record<Name, ColumnType>>,
  build: (given: RawBuilder<unknown>) => RawBuilder<Row & { readonly n: number }>,
): Statement<Record<Name, Bindable>, Row> =>
  new Statement((_, values, given) => build(given(columns, values)), true);

/** Puts a whole row, in the place of the one with its key. */
export const put = <Name extends keyof Tables>(
  table: Table<Name>,
  /** What a column comes to where that is not what is given, of the rows `held` and `excluded`. */
  merged: { readonly [column in keyof Tables[Name]]?: RawBuilder<unknown> } = {},
): Statement<Tables[Name]> => {
  const set = Object.keys(table.columns).map((column) => {
    const value = (merged as Record<string, RawBuilder<unknown>>)[column];
    return sql`${sql.ref(column)} = ${value ?? sql.ref(`excluded.${column}`)}`;
  });
  return inserted(table, sql`on conflict (${keyOf(table)}) do update set ${sql.join(set)}`);
};

/** Adds a row; where its key is taken nothing changes. */
export const add = <Name extends keyof Tables>(table: Table<Name>): Statement<Tables[Name]> =>
  inserted(table, sql`on conflict (${keyOf(table)}) do nothing`);

/** Adds a row whose key is not taken. */
export const insert = <Name extends keyof Tables>(table: Table<Name>): Statement<Tables[Name]> =>
  inserted(table, sql``);

const inserted = <Name extends keyof Tables>(
  { name, columns }: Table<Name>,
  onConflict: RawBuilder<unknown>,
): Statement<Tables[Name]> => {
  const names = Object.keys(columns);
  const named = sql.join(names.map((one) => sql.ref(one)));
  const values = sql.join(names.map((one) => sql.ref(`given.${one}`)));
  // `where`: or SQLite takes `on conflict` for what tables are joined on.
  const build = (_: unknown, slots: Slots<Tables[Name]>, given: Given) => sql`
    insert into ${sql.table(name)} as held (${named})
    select ${values} from ${given(columns, slots)} where true ${onConflict}`;
  return new Statement(build, true);
};

const keyOf = ({ key }: Pick<Table, 'key'>): RawBuilder<unknown> =>
  sql.join(key.map((one) => sql.ref(one)));
