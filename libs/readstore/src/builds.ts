/**
 * A projection's tables come in builds: `members` is a view of `members__3`, so that a new build
 * grows beside the one that is read and takes its place by changing the views.
 */
import {
  OperationNodeTransformer,
  sql,
  type Kysely,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RawBuilder,
  type RootOperationNode,
  type SchemableIdentifierNode,
  type UnknownRow,
} from 'kysely';
import type { Tables } from './rows.js';
import type { Given } from './statement.js';
import type { ColumnType, Table } from './tables.js';

/** Anything that can be run for its effect. */
export interface Runnable {
  compile(): { readonly sql: string };
}

/** What an engine wants to hear of the same table. */
export interface Flavour {
  /** Sorts by code points, whatever the database does by itself. */
  readonly text: 'text' | RawBuilder<unknown>;
  readonly integer: 'bigint';
  /** As the only key. */
  readonly serial: 'integer' | 'bigint';
  /** For rows that lie in the order of the key. */
  readonly clustered?: RawBuilder<unknown>;
  readonly given: Given;
  /** The same of many values at once: each column is a list. */
  readonly givenMany?: Given;
}

const slot = (slots: object, name: string): unknown => (slots as Record<string, unknown>)[name];

/** `integer` as the only key is where SQLite has the row itself. */
export const SQLITE: Flavour = {
  text: 'text',
  integer: 'bigint',
  serial: 'integer',
  clustered: sql`without rowid`,
  given: (columns, slots) => {
    const named = Object.keys(columns).map((one) => sql`${slot(slots, one)} as ${sql.ref(one)}`);
    return sql`(select ${sql.join(named)}, 1 as n) as given`;
  },
};

const typed = (type: ColumnType) => sql.raw(type.startsWith('text') ? 'text' : 'bigint');

export const POSTGRES = {
  text: sql`text collate "C"`,
  integer: 'bigint',
  serial: 'bigint',
  given: (columns, slots) => {
    const named = Object.entries(columns).map(
      ([name, type]) => sql`${slot(slots, name)}::${typed(type)} as ${sql.ref(name)}`,
    );
    return sql`(select ${sql.join(named)}, 1 as n) as given`;
  },
  givenMany: (columns, slots) => {
    const lists = Object.entries(columns).map(
      ([name, type]) => sql`${slot(slots, name)}::${typed(type)}[]`,
    );
    const names = Object.keys(columns).map((name) => sql.ref(name));
    return sql`unnest(${sql.join(lists)}) with ordinality as given(${sql.join(names)}, n)`;
  },
} satisfies Flavour;

/** What a table is called in a build. */
export const builtName = (table: string, build: number): string => `${table}__${build}`;

/** The tables with their columns and keys: builds of one shape can be read by the same queries. */
export const shapeOf = (tables: readonly Table[]): string =>
  JSON.stringify(tables.map(({ name, columns, key }): Shape => [name, columns, key]));
export type Shape = readonly [name: string, columns: Table['columns'], key: readonly string[]];

/** Makes the tables and indexes of a build. */
export const createTables = (
  db: Kysely<Tables>,
  tables: readonly Table[],
  build: number,
  flavour: Flavour,
): Runnable[] => tables.flatMap((one) => createTable(db, one, builtName(one.name, build), flavour));

function createTable(db: Kysely<Tables>, table: Table, name: string, flavour: Flavour): Runnable[] {
  let create = db.schema.createTable(name);
  for (const [column, type] of Object.entries(table.columns)) {
    const dataType = flavour[type.replace('?', '') as 'text' | 'integer' | 'serial'];
    create = create.addColumn(column, dataType as 'text', (one) =>
      type.endsWith('?') ? one : one.notNull(),
    );
  }
  const constrained = create.addPrimaryKeyConstraint(`${name}_key`, [...table.key] as never);
  const { clustered } = flavour;
  const keyed =
    table.clustered === true && clustered !== undefined
      ? constrained.modifyEnd(clustered)
      : constrained;
  const indexes = Object.entries(table.indexes).map(([index, { on, where }]) => {
    const made = db.schema
      .createIndex(`${name}_${index}`)
      .on(name)
      .columns([...on]);
    if (where === undefined) return made;
    return 'present' in where
      ? made.where(sql.ref(where.present), 'is not', null)
      : made.where(sql.ref(where.column), where.is, where.value);
  });
  return [keyed, ...indexes];
}

/** Lets the names of these tables mean this build, from the end of the transaction on. */
export const showBuild = (
  db: Kysely<Tables>,
  tables: readonly string[],
  build: number,
): Runnable[] =>
  tables.flatMap((name) => [
    db.schema.dropView(name).ifExists(),
    db.schema.createView(name).as(db.selectFrom(builtName(name, build) as 'members').selectAll()),
  ]);

/** Lets a statement that names tables work on their build. */
export class InBuild implements KyselyPlugin {
  readonly #transformer: Renaming;

  constructor(tables: readonly string[], build: number) {
    this.#transformer = new Renaming(new Set(tables), build);
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}

class Renaming extends OperationNodeTransformer {
  constructor(
    private readonly tables: ReadonlySet<string>,
    private readonly build: number,
  ) {
    super();
  }

  protected override transformSchemableIdentifier(
    node: SchemableIdentifierNode,
  ): SchemableIdentifierNode {
    const { identifier } = node;
    if (!this.tables.has(identifier.name)) return node;
    return { ...node, identifier: { ...identifier, name: builtName(identifier.name, this.build) } };
  }
}
