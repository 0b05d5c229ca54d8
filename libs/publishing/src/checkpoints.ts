/** How far each relay has come: beside the read models, and as good as they are. */
import { question, statement } from '#readstore/statement.js';
import type { ReadStore, StandBy, Writer } from '#readstore/store.js';

export interface Checkpoint {
  /** Of which log. */
  readonly log: string;
  /** Everything up to it is acknowledged; `null`: nothing is. */
  readonly position: bigint | null;
}

/** Another relay moved the checkpoint: this one stops. */
export class RelayCheckpointLost extends Error {
  constructor(name: string) {
    super(`another relay moved the checkpoint of ${name}; this one stops`);
  }
}

/** The checkpoints of relays, by name. */
export abstract class Checkpoints {
  /** Aborted while another node may move them. */
  abstract readonly lost: AbortSignal;
  /** Resolves when no other node moves them, or when it is stopped; `standBy` is called while one does. */
  abstract acquire(standBy: StandBy, signal: AbortSignal): Promise<void>;
  /** Another node may move them. */
  abstract release(): void;
  abstract find(name: string): Promise<Checkpoint | undefined>;
  /** Begins there, through any node, unless another one has begun since it was as `before` says. */
  abstract begin(name: string, at: Checkpoint, before?: Checkpoint): Promise<void>;
  /** Compares and sets. @throws RelayCheckpointLost */
  abstract move(name: string, from: bigint | null, to: bigint): Promise<void>;
}

/** Before the first event. */
const NOTHING = -1n;

const one = question<'name', { log: string; position: number }>((db, { name }) =>
  db.selectFrom('relay_checkpoints').select(['log', 'position']).where('name', '=', name),
);
const add = statement<'name' | 'log' | 'position'>((db, { name, log, position }) =>
  db
    .insertInto('relay_checkpoints')
    .values({ name, log, position })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ log, position })),
);
const set = statement<'name' | 'from' | 'to'>((db, { name, from, to }) =>
  db
    .updateTable('relay_checkpoints')
    .set({ position: to })
    .where('name', '=', name)
    .where('position', '=', from),
);

/** In the read store. Lost with it, everything is published once more, and marked as ever. */
export class StoredCheckpoints extends Checkpoints {
  /** For what else only that one may write. */
  readonly writer: Writer;

  /** @param who one of this name moves them at a time, on whichever node. */
  constructor(
    private readonly store: ReadStore,
    who: string,
  ) {
    super();
    this.writer = store.writer(who);
  }

  get lost(): AbortSignal {
    return this.writer.lost;
  }

  acquire(standBy: StandBy, signal: AbortSignal): Promise<void> {
    return this.writer.acquire(standBy, signal);
  }

  release(): void {
    this.writer.release();
  }

  async find(name: string): Promise<Checkpoint | undefined> {
    const row = await this.store.first(one, { name });
    if (row === undefined) return undefined;
    const position = BigInt(row.position);
    return { log: row.log, position: position === NOTHING ? null : position };
  }

  begin(name: string, { log, position }: Checkpoint, before?: Checkpoint): Promise<void> {
    const values = { name, log, position: position ?? NOTHING };
    return this.store.change(`checkpoint of ${name}`, function* (rows) {
      const row = yield* rows.first(one, { name });
      const isAsBefore =
        row?.log === before?.log &&
        (row === undefined || BigInt(row.position) === (before?.position ?? NOTHING));
      if (isAsBefore) rows.run(add, values);
    });
  }

  move(name: string, from: bigint | null, to: bigint): Promise<void> {
    const { rows } = this.writer;
    return this.writer.transaction(function* () {
      const moved = yield* rows.count(set, { name, from: from ?? NOTHING, to });
      if (moved !== 1) throw new RelayCheckpointLost(name);
    });
  }
}
