/** Reads the audit log of an organization and opens what is sealed, many entries at a time. */
import type { ExpressionBuilder } from 'kysely';
import type { ActorFact, Sealed } from '#domain/events.js';
import {
  organizationStream,
  type Instant,
  type MemberId,
  type OrganizationId,
  type SpaceId,
} from '#domain/ids.js';
import type { AuditTable, Tables } from '#readstore/rows.js';
import { question } from '#readstore/statement.js';
import type { ReadStore } from '#readstore/store.js';
import type { Opening, SealedField, Vault } from '#vault/vault.js';
import { actorsOf, actsAs } from './audit-actors.js';
import { namesIn } from './audit-people.js';
import type { Reads } from './reads.js';
import { writeRevision } from './revisions.js';

export interface AuditFilters {
  readonly type?: string;
  /**
   * Who did it, or whom a trusted service did it for: an id of a user, member, service account,
   * API key, invitation (whoever holds its link) or system actor.
   */
  readonly actor?: string;
  /** Whom it is about: the member, an invitation that was or became this member, a key of theirs. */
  readonly member?: MemberId;
  /** What it is about: any id, or `organization`. */
  readonly subject?: string;
  /** Only what names this space. */
  readonly space?: SpaceId;
  /** From this moment on. */
  readonly from?: Instant;
  /** Before this moment. */
  readonly to?: Instant;
  /** Only what came after this revision of the stream. */
  readonly after?: number;
}

/** One event. What was sealed is opened, or `null` once erased. */
export interface AuditRow {
  readonly id: string;
  readonly organization: OrganizationId;
  readonly revision: string;
  /** Place of the event in the organization's history; no gaps. */
  readonly streamRevision: number;
  readonly type: string;
  readonly at: Instant;
  readonly actor: ActorFact;
  /**
   * What the actor, or the person acted for, is called now; null once erased. Absent for the
   * system, for whoever holds a link, and for somebody who was never a member here.
   */
  readonly actorName?: string | null;
  readonly actorEmail?: string | null;
  /** Absent where none was recorded. */
  readonly clientAddress?: string | null;
  /** Whom or what it is about: the member if there is one, else an id or `organization`. */
  readonly subject: string;
  /** Whom it is about, also where the event names an invitation or a key, and by name. */
  readonly member?: MemberId;
  readonly memberName?: string | null;
  readonly memberEmail?: string | null;
  readonly spaces: readonly SpaceId[];
  /** What changed of the subject. */
  readonly before?: Fields;
  readonly after?: Fields;
  readonly data: Fields;
  readonly commandId: string;
  readonly correlationId: string;
  readonly catalogueVersion: number;
}
export interface Fields {
  readonly [field: string]: unknown;
}

/** A stretch of the history, in one direction, without `after` itself. */
export interface Stretch {
  readonly order: 'newest' | 'oldest';
  /** Stream revision of the last entry before. */
  readonly after: number | undefined;
  /** Stream revision of the last one that counts. */
  readonly until?: number;
  readonly limit: number;
}

type InStream = 'stream' | 'revision';
const numberOf = question<'stream', { number: number }>((db, { stream }) =>
  db.selectFrom('audit_streams').select('number').where('stream', '=', stream),
);
const timeOf = question<InStream, { at: Instant }>((db, { stream, revision }) =>
  db.selectFrom('audit').select('at').where('stream', '=', stream).where('revision', '=', revision),
);
const lastOf = question<'stream', { revision: number }>((db, { stream }) =>
  db
    .selectFrom('audit')
    .select('revision')
    .where('stream', '=', stream)
    .orderBy('revision', 'desc')
    .limit(1),
);

/** Stream revision of the newest entry; -1: there is none. */
export async function newest({ store }: Reads, organization: OrganizationId): Promise<number> {
  const stream = await store.first(numberOf, { stream: organizationStream(organization) });
  return stream === undefined ? -1 : lastRevision(store, stream.number);
}

const lastRevision = async (store: ReadStore, stream: number): Promise<number> =>
  (await store.first(lastOf, { stream }))?.revision ?? -1;

/** Entries that pass the filters, not opened yet. */
export async function auditTable(
  reads: Reads,
  organization: OrganizationId,
  filters: AuditFilters,
  { order, after, until, limit }: Stretch,
): Promise<AuditTable[]> {
  const { type, actor, member, subject, space, from, to } = filters;
  const name = { stream: organizationStream(organization) };
  const stream = (await reads.store.first(numberOf, name))?.number;
  if (stream === undefined) return [];
  const since = from === undefined ? 0 : await firstSince(reads, stream, from);
  const first = Math.max(since, (filters.after ?? -1) + 1);
  const end = to === undefined ? undefined : await firstSince(reads, stream, to);
  const who = actor === undefined ? undefined : await actorsOf(reads, organization, actor);
  return reads.db
    .selectFrom('audit')
    .selectAll('audit')
    .where('audit.stream', '=', stream)
    .where('audit.revision', '>=', first)
    .$if(end !== undefined, (query) => query.where('audit.revision', '<', end!))
    .$if(until !== undefined, (query) => query.where('audit.revision', '<=', until!))
    .$if(after !== undefined, (query) =>
      query.where('audit.revision', order === 'newest' ? '<' : '>', after!),
    )
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .$if(who !== undefined, (query) => query.where(actsAs(who!)))
    .$if(member !== undefined, (query) =>
      query.where('audit.revision', 'in', (eb) => concerning(eb, stream, member!)),
    )
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject!))
    .$if(space !== undefined, (query) =>
      query.where('audit.revision', 'in', (eb) =>
        eb
          .selectFrom('audit_spaces')
          .select('revision')
          .where('stream', '=', stream)
          .where('space', '=', space!),
      ),
    )
    .orderBy('audit.revision', order === 'newest' ? 'desc' : 'asc')
    .limit(limit)
    .execute();
}

/**
 * Revisions of what concerns a member: of an invitation the events name the invitation alone, of a
 * key the key. Each part is found by an index; as one condition the whole stream would be read.
 */
function concerning(eb: ExpressionBuilder<Tables, 'audit'>, stream: number, member: MemberId) {
  const entries = eb.selectFrom('audit as a').where('a.stream', '=', stream);
  const about = entries.where('a.subject', '=', member);
  const related = about.where('a.related', 'is not', null).select('a.related');
  return about
    .select('a.revision')
    .union(entries.where('a.related', '=', member).select('a.revision'))
    .union(entries.where('a.related', 'in', related).select('a.revision'));
}

/** Revision of the first event at or after a moment: times never go back in a stream. */
async function firstSince({ store }: Reads, stream: number, time: Instant): Promise<number> {
  let [low, high] = [0, (await lastRevision(store, stream)) + 1];
  while (low < high) {
    const revision = (low + high) >> 1;
    const { at } = (await store.first(timeOf, { stream, revision })) ?? { at: time };
    if (at < time) low = revision + 1;
    else high = revision;
  }
  return low;
}

/** The entries as they are answered. */
export async function auditRows(
  reads: Reads,
  vault: Vault,
  organization: OrganizationId,
  entries: readonly AuditTable[],
): Promise<AuditRow[]> {
  const opener = new Opener(organization);
  const names = await namesIn(reads, organization, entries);
  const rows = entries.map((entry, index) => {
    const { actor, clientAddress, spaces, before, after, data, revision } = entry;
    const address = opener.fields(
      clientAddress === null ? {} : { clientAddress: JSON.parse(clientAddress) as Sealed },
    );
    const changes = {
      ...(before === null ? {} : { before: opener.fields(JSON.parse(before) as Fields) }),
      ...(after === null ? {} : { after: opener.fields(JSON.parse(after) as Fields) }),
    };
    return {
      id: entry.id,
      organization,
      revision: writeRevision(organization, revision),
      streamRevision: revision,
      type: entry.type,
      at: entry.at,
      actor: JSON.parse(actor) as ActorFact,
      ...names[index]?.actor,
      address,
      subject: entry.subject,
      ...names[index]?.member,
      spaces: JSON.parse(spaces) as SpaceId[],
      ...changes,
      data: opener.fields(JSON.parse(data) as Fields),
      commandId: entry.commandId,
      correlationId: entry.correlationId,
      catalogueVersion: entry.catalogueVersion,
    };
  });
  await opener.open(vault);
  return rows.map(({ address, ...row }) => ({ ...row, ...address }));
}

/** Collects what is sealed, opens it all at once, and puts it where it was. */
class Opener {
  readonly #openings: Opening[] = [];
  readonly #put: ((plaintext: string | null) => void)[] = [];

  constructor(private readonly organization: OrganizationId) {}

  /** The same fields; those that are sealed are `null` until `open`. */
  fields(fields: Fields): Fields {
    const copy: Record<string, unknown> = { ...fields };
    for (const [field, value] of Object.entries(fields)) {
      if (typeof value !== 'object' || value === null || !('sealed' in value)) continue;
      copy[field] = null;
      const { organization } = this;
      this.#openings.push({ organization, field: field as SealedField, value: value as Sealed });
      this.#put.push((plaintext) => {
        copy[field] = plaintext;
      });
    }
    return copy;
  }

  async open(vault: Vault): Promise<void> {
    if (this.#openings.length === 0) return;
    const opened = await vault.open(this.#openings);
    this.#put.forEach((put, index) => put(opened[index] ?? null));
  }
}
