/**
 * PostgreSQL leaves what is overwritten where it was, until it needs the place. So what is known of
 * people is moved to new files now and then, without what is known no more, and the old ones go.
 * Reads go on meanwhile; the write-ahead log is the operator's to keep short.
 */
import type { Session } from '#database/postgres.js';
import { builtName } from './builds.js';
import type { Writer } from './store.js';

/** Projection → its table of people. */
const PERSONS = { members: 'member_persons', invitations: 'invitation_persons' } as const;

/** Milliseconds that a move may take: of many millions of people minutes. */
const PATIENCE = 3_600_000;

const BUILDS = `select split_part(name, '@', 1) as projection, build, state from checkpoints
  where state <> 'retired'`;

interface Built {
  readonly projection: string;
  readonly build: number;
  readonly state: string;
}

/**
 * False while somebody reads them for long, as a backup does: what waits for its end, all who read
 * would wait behind.
 * @param lock milliseconds that they may have to.
 */
export async function rewritePersons(
  session: Session,
  writer: Pick<Writer, 'isFree'>,
  lock: number,
): Promise<boolean> {
  let isDone = true;
  const [answer] = await session.run([{ sql: BUILDS, parameters: [] }]);
  for (const { projection, build, state } of (answer?.rows ?? []) as Built[]) {
    const view = PERSONS[projection as keyof typeof PERSONS];
    if (view === undefined) continue;
    const [table, moved] = [builtName(view, build), `${builtName(view, build)}_moved`];
    const show = `create or replace view ${view} as select * from ${moved}`;
    const steps = [
      'begin',
      `set local statement_timeout = ${PATIENCE}; set local lock_timeout = ${lock}`,
      `create table ${moved} (like ${table} including all)`,
      `insert into ${moved} select * from ${table} order by id`,
      ...(state === 'serving' ? [show] : []),
      `drop table ${table}`,
      `alter table ${moved} rename to ${table}`,
      'commit',
    ];
    const calls = steps.map((sql) => ({ sql }));
    // Before all of them are copied for nothing.
    isDone &&= await writer.isFree([state === 'serving' ? view : table]);
    isDone &&= await session.attempt(calls, PATIENCE);
  }
  return isDone;
}
