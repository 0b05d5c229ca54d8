/** How an event is recorded in the audit log, with what it changed of what it is about. */
import { sql } from 'kysely';
import type { DomainEvent } from '#domain/events.js';
import type { Tables } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { add, forEach, questionForEach, statement } from '#readstore/statement.js';
import { AUDIT, AUDIT_SPACES, AUDIT_STREAMS, AUDIT_SWEEPS, type Table } from '#readstore/tables.js';
import { difference, isSwept, swept, type Difference, type Facts, type Sweep } from './facts.js';
import type { At } from './projection.js';

const addStream = add(AUDIT_STREAMS);
const number = (stream: unknown) =>
  sql<never>`(select number from ${sql.table('audit_streams')} where stream = ${stream})`;
const ofGiven = number(sql.ref('given.stream'));

/** Adds a row, of a stream by its name; where its key is taken nothing changes. */
const adding = <Name extends 'audit' | 'audit_spaces' | 'audit_sweeps'>({
  name,
  columns,
  key,
}: Table<Name>) => {
  const others = Object.keys(columns).filter((one) => one !== 'stream');
  return forEach<keyof Tables[Name] & string>(
    { ...columns, stream: 'text' } as never,
    (given) => sql`
      insert into ${sql.table(name)} (stream, ${sql.join(others.map((one) => sql.ref(one)))})
      select ${ofGiven},
        ${sql.join(others.map((one) => sql.ref(`given.${one}`)))}
      from ${given} where true
      on conflict (${sql.join(key.map((one) => sql.ref(one)))}) do nothing`,
  );
};
const addEntry = adding(AUDIT);
const addSpace = adding(AUDIT_SPACES);
const addSweep = adding(AUDIT_SWEEPS);

/** A column of the newest entry that says what is known of a subject. */
const newest = (column: 'revision' | 'facts') => sql`
  (select ${sql.ref(column)} from ${sql.table('audit')} as told
    where told.stream = ${ofGiven} and told.subject = given.subject and told.facts is not null
    order by told.revision desc limit 1)`;
const factsOf = questionForEach<
  'stream' | 'subject',
  { readonly revision: number | null; readonly facts: string | null }
>(
  { stream: 'text', subject: 'text' },
  (given) => sql`
    select given.n, ${newest('revision')} as revision, ${newest('facts')} as facts from ${given}`,
);
const sweepsBetween = questionForEach<'stream' | 'since' | 'revision', { sweep: string }>(
  { stream: 'text', since: 'integer', revision: 'integer' },
  (given) => sql`
    select given.n, swept.sweep from ${given} join ${sql.table('audit_sweeps')} as swept
      on swept.stream = ${ofGiven} and swept.revision > given.since
        and swept.revision < given.revision
    order by swept.revision`,
);
/** Where an invitation was to. */
const spacesInvitedTo = questionForEach<'stream' | 'invitation', { readonly spaces: string }>(
  { stream: 'text', invitation: 'text' },
  (given) => sql`
    select given.n, told.spaces from ${given} join ${sql.table('audit')} as told
      on told.stream = ${ofGiven} and told.related = given.invitation
        and told.type = ${sql.lit('member.invite')}`,
);
/** Takes everything of one stream away. */
export const clearStream = [AUDIT, AUDIT_SPACES, AUDIT_SWEEPS].map(({ name }) =>
  statement<'stream'>(
    (_, { stream }) => sql`delete from ${sql.table(name)} where stream = ${number(stream)}`,
  ),
);

/** What an event is about. */
export interface About {
  /** The member if there is one, else an id or `organization`. */
  readonly subject: string;
  /** What it makes of what is known of the subject; left out where nothing is remembered. */
  readonly change?: (facts: Facts) => Facts;
  /** Said as the state before and after it, where nothing is remembered. */
  readonly before?: object;
  readonly after?: object;
}

export const ORGANIZATION = 'organization';

/** What is known of a subject just before an event. */
function* load(at: At, subject: string): Script<Facts> {
  const { stream, revision } = at;
  const known = yield* at.first(factsOf, { stream, subject });
  if (known?.facts == null) return {};
  const facts = JSON.parse(known.facts) as Facts;
  if (!isSwept(facts)) return facts;
  const since = known.revision;
  const sweeps = yield* at.all(sweepsBetween, { stream, since, revision });
  return sweeps.reduce((now, { sweep }) => swept(now, JSON.parse(sweep) as Sweep), facts);
}

/** Changes what everybody holds from here on. */
export function sweep(at: At, what: Sweep): void {
  const { stream, revision } = at;
  at.run(addSweep, { stream, revision, sweep: JSON.stringify(what) });
}

type Changed = Difference & { readonly facts?: Facts };

function* changed(at: At, about: About): Script<Changed> {
  const { subject, change, before = {}, after = {} } = about;
  if (change === undefined) return difference(before as Facts, after as Facts);
  const was = yield* load(at, subject);
  const facts = change(was);
  return { ...difference(was, facts), facts };
}

/** Is it about an invitation, and not about whom it becomes a member of? */
export const isOfInvitation = (
  event: DomainEvent,
): event is Extract<DomainEvent, { type: `member.invite${string}` }> =>
  event.type.startsWith('member.invite');

/** The spaces an event names: itself, by the grants that came and went, also with a place in a team, or
 * by the team or the invitation it is about. */
function* spacesOf(event: DomainEvent, at: At, change: Changed): Script<string[]> {
  const { before, after, facts } = change;
  const named = event as { space?: string; scope?: string; grants?: unknown };
  const grants = [named.grants, before?.['grants'], after?.['grants']].flatMap(
    (one) => (Array.isArray(one) ? one : []) as { scope?: string }[],
  );
  const all = [named.space, named.scope, facts?.['scope'], ...grants.map(({ scope }) => scope)];
  for (const team of teamsIn(event)) {
    const { scope, grants: theirs = {} } = yield* load(at, team);
    all.push(scope, ...Object.values(theirs).map((one) => one.scope));
  }
  if (isOfInvitation(event) && event.type !== 'member.invite') {
    const { stream } = at;
    const sent = yield* at.first(spacesInvitedTo, { stream, invitation: event.invitation });
    all.push(...(JSON.parse(sent?.spaces ?? '[]') as string[]));
  }
  return [...new Set(all.filter((one) => one !== undefined && one !== ORGANIZATION))] as string[];
}

/** The teams that somebody comes into or leaves. */
const teamsIn = (event: DomainEvent): readonly string[] => {
  if ('teams' in event) return event.teams;
  return 'team' in event && 'member' in event ? [event.team] : [];
};

const text = (value: object | null | undefined): string | null =>
  value == null ? null : JSON.stringify(value);

/** Nobody's business: what authenticates, what compares addresses, what is a document. */
const UNTOLD = new Set(['type', 'tag', 'secretHash', 'content']);
const shown = (event: DomainEvent): string =>
  JSON.stringify(Object.fromEntries(Object.entries(event).filter(([key]) => !UNTOLD.has(key))));

/** What brings an event to a member it does not name: the invitation, or who owns the key. */
function relatedTo(event: DomainEvent, { owner }: Facts = {}): string | null {
  if ('invitation' in event) return event.invitation;
  return typeof owner === 'string' && owner.startsWith('mem_') ? owner : null;
}

/** Adds the entry of an event. */
export function* record(event: DomainEvent, at: At, about: About): Script<void> {
  const { stream, revision, metadata, actor } = at;
  if (revision === 0) at.run(addStream, { stream, number: Number(at.position) });
  const change = yield* changed(at, about);
  const spaces = yield* spacesOf(event, at, change);
  at.run(addEntry, {
    stream,
    revision,
    id: at.id,
    type: event.type,
    at: at.time,
    actor: JSON.stringify(actor),
    actorId: actor.id,
    actorMember: ('member' in actor ? actor.member : undefined) ?? '',
    actorFor: ('actingFor' in actor ? actor.actingFor : undefined) ?? '',
    clientAddress: text(metadata.clientAddress),
    subject: about.subject,
    related: relatedTo(event, change.facts),
    spaces: JSON.stringify(spaces),
    data: shown(event),
    before: text(change.before),
    after: text(change.after),
    facts: text(change.facts),
    commandId: metadata.commandId,
    correlationId: metadata.correlationId,
    catalogueVersion: metadata.catalogueVersion,
  });
  for (const space of spaces) at.run(addSpace, { stream, space, revision });
}
