/**
 * Statements that are written in Kysely, compiled once for each place they run in, and then run
 * with nothing but values: for what is done for every event or every request.
 */
import type { CompiledQuery, Kysely } from 'kysely';
import type { Bindable } from '#database/values.js';
import type { Tables } from './rows.js';
import type { Table } from './tables.js';

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

/** One statement; `Values` names what it is run with, `Row` what it answers. */
export class Statement<Values, Row = never> {
  /** Never there: keeps statements with other values or rows apart. */
  declare readonly shape: (values: Values) => Row;

  constructor(private readonly build: (db: Kysely<Tables>, values: Slots<Values>) => Compilable) {}

  /** Its SQL, and for each parameter the value it takes: a name, or a constant. */
  compile(db: Kysely<Tables>): CompiledStatement {
    const { sql, parameters } = this.build(db, slots as Slots<Values>).compile(db);
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

/** Puts a whole row, in the place of the one with its key. */
export const put = <Name extends keyof Tables>(definition: Table<Name>): Statement<Tables[Name]> =>
  new Statement((db, values) =>
    db
      .insertInto(definition.name as 'members')
      .values(rowOf(definition, values) as never)
      .onConflict((conflict) =>
        conflict
          .columns(definition.key as never)
          .doUpdateSet((row) =>
            columnsOf(definition, (column) => row.ref(`excluded.${column}` as never)),
          ),
      ),
  );

/** Adds a row; where its key is taken nothing changes. */
export const add = <Name extends keyof Tables>(definition: Table<Name>): Statement<Tables[Name]> =>
  new Statement((db, values) =>
    db
      .insertInto(definition.name as 'members')
      .values(rowOf(definition, values) as never)
      .onConflict((conflict) => conflict.columns(definition.key as never).doNothing()),
  );

const rowOf = (definition: Table, values: object): object =>
  columnsOf(definition, (column) => (values as Record<string, unknown>)[column]);

const columnsOf = (definition: Table, valueOf: (column: string) => unknown): object =>
  Object.fromEntries(Object.keys(definition.columns).map((column) => [column, valueOf(column)]));
