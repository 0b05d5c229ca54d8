/** What is to be mailed, what was, and how far the log has been read: in the read store. */
import type { Sealed } from '#domain/events.js';
import type { Instant, InvitationId, OrganizationId } from '#domain/ids.js';
import type { DeliveryTable, MailTable } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { question, statement } from '#readstore/statement.js';
import type { ReadStore, StandBy, Writer } from '#readstore/store.js';
import { FIRST, type MailId } from './mail.js';

/** Key of the checkpoint. */
export const CHECKPOINT = 'mailer@1';
/** Before the first event. */
const NOTHING = -1n;

/** What an event means for the mails of an invitation, or of a whole organization. */
export type MailChange =
  | {
      readonly kind: 'queue';
      readonly id: MailId;
      /** Absent on a resend: the first one's. */
      readonly message?: Sealed;
      readonly at: Instant;
      readonly traceparent: string | undefined;
    }
  | {
      readonly kind: 'end';
      readonly organization: OrganizationId;
      readonly invitation?: InvitationId;
      /** It can be sent anew: its message is kept, sealed. */
      readonly mayReturn?: boolean;
    }
  /** Those that wait are due: what held them up has passed. */
  | { readonly kind: 'hurry'; readonly organization: OrganizationId; readonly at: Instant };

/** A mail that waits, or one that was tried. */
export type QueuedMail = MailTable;

/** What becomes of a mail after a try. */
type Next = Pick<MailTable, 'state' | 'attempts' | 'refusals' | 'dueAt'>;

type Key = 'organization' | 'invitation' | 'generation';

const enqueue = statement<Key | 'message' | 'dueAt' | 'traceparent'>((db, row) =>
  db
    .insertInto('mails')
    .values({
      organization: row.organization,
      invitation: row.invitation,
      generation: row.generation,
      state: 'waiting',
      message: row.message,
      attempts: 0,
      refusals: 0,
      dueAt: row.dueAt,
      traceparent: row.traceparent,
    })
    .onConflict((conflict) => conflict.doNothing()),
);
const firstMessage = question<'organization' | 'invitation', Pick<MailTable, 'message'>>(
  (db, { organization, invitation }) =>
    db
      .selectFrom('mails')
      .select('message')
      .where('organization', '=', organization)
      .where('invitation', '=', invitation)
      .orderBy('generation', 'desc')
      .limit(1),
);
const endBefore = statement<Key>((db, { organization, invitation, generation }) =>
  db
    .updateTable('mails')
    .set({ state: 'ended' })
    .where('organization', '=', organization)
    .where('invitation', '=', invitation)
    .where('generation', '<', generation),
);
/** The sealed message goes with the invitation; only ids are kept. */
const forgetBefore = statement<Key>((db, { organization, invitation, generation }) =>
  db
    .updateTable('mails')
    .set({ message: null })
    .where('organization', '=', organization)
    .where('invitation', '=', invitation)
    .where('generation', '<', generation),
);
const endAll = statement<'organization'>((db, { organization }) =>
  db
    .updateTable('mails')
    .set({ state: 'ended', message: null })
    .where('organization', '=', organization),
);
const change = statement<Key | 'state' | 'attempts' | 'refusals' | 'dueAt'>(
  (db, { organization, invitation, generation, state, attempts, refusals, dueAt }) =>
    db
      .updateTable('mails')
      .set({ state, attempts, refusals, dueAt })
      .where('organization', '=', organization)
      .where('invitation', '=', invitation)
      .where('generation', '=', generation)
      .where('state', '=', 'waiting'),
);
const hurryAll = statement<'organization' | 'dueAt'>((db, { organization, dueAt }) =>
  db
    .updateTable('mails')
    .set({ dueAt })
    .where('organization', '=', organization)
    .where('state', '=', 'waiting')
    .where('dueAt', '>', dueAt),
);
const waiting = question<'limit', MailTable>((db, { limit }) =>
  db.selectFrom('mails').selectAll().where('state', '=', 'waiting').orderBy('dueAt').limit(limit),
);
const one = question<Key, MailTable>((db, { organization, invitation, generation }) =>
  db
    .selectFrom('mails')
    .selectAll()
    .where('organization', '=', organization)
    .where('invitation', '=', invitation)
    .where('generation', '=', generation),
);

const putDelivery = statement<keyof DeliveryTable>(
  (db, { organization, invitation, generation, status, reason, at }) =>
    db
      .insertInto('deliveries')
      .values({ organization, invitation, generation, status, reason, at })
      .onConflict((conflict) =>
        conflict
          .columns(['organization', 'invitation', 'generation'])
          .doUpdateSet({ status, reason, at }),
      ),
);
/** A mail that never went out has nothing to show once it is not to go out any more. */
const dropQueued = statement<Key>((db, { organization, invitation, generation }) =>
  db
    .deleteFrom('deliveries')
    .where('organization', '=', organization)
    .where('invitation', '=', invitation)
    .where('generation', '<', generation)
    .where('status', '=', 'queued'),
);
const dropAllQueued = statement<'organization'>((db, { organization }) =>
  db
    .deleteFrom('deliveries')
    .where('organization', '=', organization)
    .where('status', '=', 'queued'),
);

const checkpoint = question<'name', { log: string; position: number }>((db, { name }) =>
  db.selectFrom('mail_checkpoint').select(['log', 'position']).where('name', '=', name),
);
const begin = statement<'name' | 'log' | 'position'>((db, { name, log, position }) =>
  db
    .insertInto('mail_checkpoint')
    .values({ name, log, position })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ log, position })),
);
/** Of a log that was restored as it was before, a later generation may be another one. */
const forgetLater = (['mails', 'deliveries'] as const).map((table) =>
  statement<never>((db) => db.deleteFrom(table).where('generation', '>', FIRST)),
);
/** What is mailed from the first event on is queued anew, but for what went out. */
const forgetUnsent = [
  statement<never>((db) => db.deleteFrom('mails').where('state', '<>', 'sent')),
  statement<never>((db) => db.deleteFrom('deliveries').where('status', '<>', 'sent')),
];
const move = statement<'name' | 'from' | 'to'>((db, { name, from, to }) =>
  db
    .updateTable('mail_checkpoint')
    .set({ position: to })
    .where('name', '=', name)
    .where('position', '=', from),
);

/** Another mailer moved the checkpoint: this one stops. */
export class MailCheckpointLost extends Error {
  constructor() {
    super('another mailer moved the checkpoint; this one stops');
  }
}

/** Later than every generation. */
const EVERY = Number.MAX_SAFE_INTEGER;

export class Mails {
  readonly #writer: Writer;

  constructor(private readonly store: ReadStore) {
    this.#writer = store.writer('mailer');
  }

  /** Aborted while another node mails, or nobody knows whether one does. */
  get lost(): AbortSignal {
    return this.#writer.lost;
  }

  /** Resolves when no other node mails, or when it is stopped; `standBy` is told while one does. */
  acquire(standBy: StandBy, signal: AbortSignal): Promise<void> {
    return this.#writer.acquire(standBy, signal);
  }

  /** Another node may mail. */
  release(): void {
    this.#writer.release();
  }

  /** How far the log has been read, and which log: `null` before its first event. */
  async checkpoint(): Promise<{ log: string; position: bigint | null } | undefined> {
    const row = await this.store.first(checkpoint, { name: CHECKPOINT });
    if (row === undefined) return undefined;
    const position = BigInt(row.position);
    return { log: row.log, position: position === NOTHING ? null : position };
  }

  /** Begins after this position, whatever was before: it may be of events that the log has lost. */
  begin(log: string, position: bigint | null): Promise<void> {
    const { rows } = this.#writer;
    return this.#writer.durably(() => {
      for (const one of forgetLater) rows.run(one, {});
      if (position === null) for (const one of forgetUnsent) rows.run(one, {});
      rows.run(begin, { name: CHECKPOINT, log, position: position ?? NOTHING });
    });
  }

  /**
   * What the events mean, and the checkpoint after them. Lost with the power both are read from the
   * log again. @throws MailCheckpointLost
   */
  apply(changes: readonly MailChange[], from: bigint | null, to: bigint): Promise<void> {
    const { rows } = this.#writer;
    const applyOne = (one: MailChange) => this.#applyOne(one);
    return this.#writer.transaction(function* () {
      const moved = yield* rows.count(move, { name: CHECKPOINT, from: from ?? NOTHING, to });
      if (moved !== 1) throw new MailCheckpointLost();
      for (const one of changes) yield* applyOne(one);
    });
  }

  *#applyOne(one: MailChange): Script<void> {
    const { rows } = this.#writer;
    if (one.kind === 'queue') {
      const { id, at, traceparent = null } = one;
      const kept = id.generation === FIRST ? null : yield* this.#message(id);
      const message = one.message === undefined ? kept : JSON.stringify(one.message);
      if (id.generation > FIRST) {
        this.#end(id);
        rows.run(forgetBefore, id);
      }
      const queued = { ...id, message, dueAt: at, traceparent };
      if ((yield* rows.count(enqueue, queued)) === 0) return;
      rows.run(putDelivery, { ...id, status: 'queued', reason: null, at });
      return;
    }
    if (one.kind === 'hurry') {
      rows.run(hurryAll, { organization: one.organization, dueAt: one.at });
      return;
    }
    const { organization, invitation } = one;
    if (invitation !== undefined) {
      const every = { organization, invitation, generation: EVERY };
      this.#end(every);
      if (!one.mayReturn) rows.run(forgetBefore, every);
      return;
    }
    rows.run(endAll, { organization });
    rows.run(dropAllQueued, { organization });
  }

  *#message(id: MailId): Script<string | null> {
    return (yield* this.#writer.rows.first(firstMessage, { ...id }))?.message ?? null;
  }

  /** Every generation before this one. */
  #end(before: MailId): void {
    this.#writer.rows.run(endBefore, before);
    this.#writer.rows.run(dropQueued, before);
  }

  /** Those that wait, the one to be tried first first. */
  waiting(limit: number): Promise<QueuedMail[]> {
    return this.store.all(waiting, { limit });
  }

  /** The mail if it is, by what is known here, still of use. */
  async current({ organization, invitation, generation }: MailId): Promise<QueuedMail | undefined> {
    const found = await this.store.first(one, { organization, invitation, generation });
    return found?.state === 'ended' ? undefined : found;
  }

  async isCurrent(id: MailId): Promise<boolean> {
    return (await this.current(id)) !== undefined;
  }

  /** The invitation is not pending any more, though no event has said so here yet. */
  drop({ organization, invitation, generation }: MailId): Promise<void> {
    return this.#writer.transaction(() =>
      this.#end({ organization, invitation, generation: generation + 1 }),
    );
  }

  /**
   * Notes a try before it is made: should nothing be noted after it, the next one is not before
   * `dueAt`. False if the mail is not to go out any more.
   */
  begun(mail: QueuedMail, dueAt: Instant): Promise<boolean> {
    const { refusals, attempts } = mail;
    const next = { state: 'waiting', attempts: attempts + 1, refusals, dueAt } as const;
    return this.#writer.transaction(() => this.#change(mail, next));
  }

  /** Lost with the power, it is sent once more: the same mail, with the same Message-ID. */
  sent(mail: QueuedMail, at: Instant): Promise<void> {
    const { refusals, attempts } = mail;
    const next = { state: 'sent', attempts: attempts + 1, refusals, dueAt: at } as const;
    const [change, show] = [this.#change(mail, next), () => this.#show(mail, 'sent', null, at)];
    return this.#writer.transaction(function* () {
      yield* change;
      // It went out, though it may have ended on the way.
      show();
    });
  }

  /** Did not go out; what is to be tried no more is `failed`. */
  notSent(mail: QueuedMail, next: Next, reason: string, at: Instant): Promise<void> {
    const status = next.state === 'failed' ? 'failed' : 'queued';
    const [change, show] = [this.#change(mail, next), () => this.#show(mail, status, reason, at)];
    return this.#writer.transaction(function* () {
      if (yield* change) show();
    });
  }

  /** Unless it has ended. */
  *#change({ organization, invitation, generation }: MailId, next: Next): Script<boolean> {
    const key = { organization, invitation, generation };
    return (yield* this.#writer.rows.count(change, { ...key, ...next })) === 1;
  }

  #show(id: MailId, status: DeliveryTable['status'], reason: string | null, at: Instant): void {
    const { organization, invitation, generation } = id;
    const shown = { organization, invitation, generation, status, reason, at };
    this.#writer.rows.run(putDelivery, shown);
  }
}
