/** Rebuilds that were asked for on any node, kept until the one that writes has carried them out. */
import { later, type Instant, type OrganizationId } from '#domain/ids.js';
import type { RebuildTable } from './rows.js';
import { question, statement } from './statement.js';
import type { ReadStore } from './store.js';

export type AskedRebuild = RebuildTable;

/** What is to be made anew: a read model, or one organization in all of them. */
export type WhatToRebuild =
  { readonly readModel: string } | { readonly organization: OrganizationId };

/** Milliseconds that one which is done is kept, so that every node hears of it. */
const KEPT = 24 * 3_600_000;
/** Those who ask do so one after the other. */
const NAME = 'rebuilds';

const last = question<never, { number: number | null }>((db) =>
  db.selectFrom('rebuilds').select((of) => of.fn.max('number').as('number')),
);
const add = statement<'number' | 'readModel' | 'organization' | 'askedAt'>(
  (db, { number, readModel, organization, askedAt }) =>
    db.insertInto('rebuilds').values({ number, readModel, organization, askedAt, doneAt: null }),
);
const forget = statement<'before'>((db, { before }) =>
  db.deleteFrom('rebuilds').where('doneAt', '<', before),
);
const finish = statement<'number' | 'doneAt'>((db, { number, doneAt }) =>
  db.updateTable('rebuilds').set({ doneAt }).where('number', '=', number),
);
const open = question<'after', AskedRebuild>((db, { after }) =>
  db
    .selectFrom('rebuilds')
    .selectAll()
    .where((of) => of.or([of('number', '>', after), of('doneAt', 'is', null)]))
    .orderBy('number'),
);
const still = question<'number', { number: number }>((db, { number }) =>
  db
    .selectFrom('rebuilds')
    .select('number')
    .where('number', '=', number)
    .where('doneAt', 'is', null),
);

export class Rebuilds {
  constructor(private readonly store: ReadStore) {}

  /** On disk when it resolves; its number. */
  ask(what: WhatToRebuild, askedAt: Instant): Promise<number> {
    const { readModel = null, organization = null } = what as Partial<AskedRebuild>;
    return this.store.change(NAME, function* (rows) {
      const number = ((yield* rows.first(last, {}))?.number ?? 0) + 1;
      // The last one stays, so that numbers grow.
      rows.run(add, { number, readModel, organization, askedAt });
      rows.run(forget, { before: later(askedAt, -KEPT) });
      return number;
    });
  }

  /** The number of the last one; 0: there was none. */
  async last(): Promise<number> {
    return (await this.store.first(last, {}))?.number ?? 0;
  }

  /** Those after this number, and whatever is still to be done; in the order they were asked for. */
  since(after: number): Promise<AskedRebuild[]> {
    return this.store.all(open, { after });
  }

  async isOpen(number: number): Promise<boolean> {
    return (await this.store.first(still, { number })) !== undefined;
  }

  done(number: number, doneAt: Instant): Promise<void> {
    return this.store.change(NAME, (rows) => rows.run(finish, { number, doneAt }));
  }
}
