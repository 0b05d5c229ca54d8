/** Where each build of a projection is. Rows and checkpoint move in the same transaction. */
import type { CheckpointTable, QuarantineTable } from './rows.js';
import type { Script } from './script.js';
import { question, statement } from './statement.js';
import type { ReadStore, Writer } from './store.js';

export type Checkpoint = CheckpointTable;

/** Someone else moved this checkpoint: there are two runners, and this one lost. */
export class CheckpointLost extends Error {
  constructor(name: string) {
    super(`another runner moved the checkpoint of ${name}; this one stops`);
  }
}

const insert = statement<keyof CheckpointTable>((db, row) => {
  const { name, build, state, position, log, shape } = row;
  return db.insertInto('checkpoints').values({ name, build, state, position, log, shape });
});
const move = statement<'build' | 'from' | 'to'>((db, { build, from, to }) =>
  db
    .updateTable('checkpoints')
    .set({ position: to })
    .where('build', '=', build)
    .where('position', '=', from),
);
const setState = statement<'build' | 'state'>((db, { build, state }) =>
  db.updateTable('checkpoints').set({ state }).where('build', '=', build),
);
const remove = statement<'build'>((db, { build }) =>
  db.deleteFrom('checkpoints').where('build', '=', build),
);
const all = question<never, Checkpoint>((db) =>
  db.selectFrom('checkpoints').selectAll().orderBy('build'),
);

const putQuarantine = statement<keyof QuarantineTable>((db, row) => {
  const { build, stream, revision, type, reason, at } = row;
  return db
    .insertInto('quarantine')
    .values({ build, stream, revision, type, reason, at })
    .onConflict((conflict) =>
      conflict.columns(['build', 'stream']).doUpdateSet({ revision, type, reason, at }),
    );
});
const removeQuarantine = statement<'build' | 'stream'>((db, { build, stream }) =>
  db.deleteFrom('quarantine').where('build', '=', build).where('stream', '=', stream),
);
const clearQuarantine = statement<'build'>((db, { build }) =>
  db.deleteFrom('quarantine').where('build', '=', build),
);
const quarantineOf = question<'build', QuarantineTable>((db, { build }) =>
  db.selectFrom('quarantine').selectAll().where('build', '=', build),
);

/** The checkpoints of one store. Writing methods are called inside a transaction of the writer. */
export class Checkpoints {
  constructor(
    private readonly store: ReadStore,
    private readonly writer: Writer,
  ) {}

  all(): Promise<Checkpoint[]> {
    return this.store.all(all, {});
  }

  add(checkpoint: Checkpoint): void {
    this.writer.rows.run(insert, { ...checkpoint });
  }

  /** Throws `CheckpointLost` unless the checkpoint is at `from`. */
  *move({ build, name }: { build: number; name: string }, from: bigint, to: bigint): Script<void> {
    if ((yield* this.writer.rows.count(move, { build, from, to })) !== 1) {
      throw new CheckpointLost(name);
    }
  }

  setState(build: number, state: Checkpoint['state']): void {
    this.writer.rows.run(setState, { build, state });
  }

  remove(build: number): void {
    this.writer.rows.run(remove, { build });
    this.writer.rows.run(clearQuarantine, { build });
  }

  quarantine(row: QuarantineTable): void {
    this.writer.rows.run(putQuarantine, { ...row });
  }

  release(build: number, stream: string): void {
    this.writer.rows.run(removeQuarantine, { build, stream });
  }

  quarantined(build: number): Promise<QuarantineTable[]> {
    return this.store.all(quarantineOf, { build });
  }
}
