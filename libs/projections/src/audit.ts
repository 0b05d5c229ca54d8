/**
 * The audit log: every event as who, what, whom, where, when, before and after. What is sealed
 * stays sealed and is opened by whoever asks, as long as it can be.
 */
import { sql } from 'kysely';
import type { DomainEvent } from '#domain/events.js';
import type { MemberId, RoleId } from '#domain/ids.js';
import type { AuditTable } from '#readstore/rows.js';
import { question, statement } from '#readstore/statement.js';
import { AUDIT, AUDIT_REMAPS, AUDIT_SPACES, AUDIT_STREAMS } from '#readstore/tables.js';
import type { Successors } from './grants.js';
import { difference, heldAfter, type Difference, type Facts } from './facts.js';
import type { At, Projection } from './projection.js';

const addStream = statement<'stream' | 'number'>((db, { stream, number }) =>
  db
    .insertInto('audit_streams')
    .values({ stream, number })
    .onConflict((conflict) => conflict.column('stream').doNothing()),
);
const number = (stream: never) =>
  sql<never>`(select number from ${sql.table('audit_streams')} where stream = ${stream})`;

const addEntry = statement<keyof AuditTable>((db, row) =>
  db
    .insertInto('audit')
    .values({
      stream: number(row.stream),
      revision: row.revision,
      id: row.id,
      type: row.type,
      at: row.at,
      actor: row.actor,
      actorId: row.actorId,
      actorMember: row.actorMember,
      actorFor: row.actorFor,
      clientAddress: row.clientAddress,
      subject: row.subject,
      related: row.related,
      spaces: row.spaces,
      data: row.data,
      before: row.before,
      after: row.after,
      facts: row.facts,
      commandId: row.commandId,
      correlationId: row.correlationId,
      catalogueVersion: row.catalogueVersion,
    })
    .onConflict((conflict) => conflict.columns([...AUDIT.key] as never).doNothing()),
);
const addSpace = statement<'stream' | 'space' | 'revision'>((db, { stream, space, revision }) =>
  db
    .insertInto('audit_spaces')
    .values({ stream: number(stream), space, revision })
    .onConflict((conflict) => conflict.columns(['stream', 'space', 'revision']).doNothing()),
);
const factsOf = question<'stream' | 'subject', { facts: string }>((db, { stream, subject }) =>
  db
    .selectFrom('audit')
    .select((eb) => eb.ref('facts').$notNull().as('facts'))
    .where('stream', '=', number(stream))
    .where('subject', '=', subject)
    .where('facts', 'is not', null)
    .orderBy('revision', 'desc')
    .limit(1),
);
const addRemap = statement<'stream' | 'revision' | 'successors'>(
  (db, { stream, revision, successors }) =>
    db
      .insertInto('audit_remaps')
      .values({ stream: number(stream), revision, successors })
      .onConflict((conflict) => conflict.columns(['stream', 'revision']).doNothing()),
);
const remapsSince = question<'stream' | 'since', { successors: string }>((db, { stream, since }) =>
  db
    .selectFrom('audit_remaps')
    .select('successors')
    .where('stream', '=', number(stream))
    .where('revision', '>', since)
    .orderBy('revision'),
);
const clearStream = [AUDIT, AUDIT_SPACES, AUDIT_REMAPS].map(({ name }) =>
  statement<'stream'>(
    (_, { stream }) => sql`delete from ${sql.table(name)} where stream = ${number(stream)}`,
  ),
);

/** What an event is about. */
interface About {
  /** The member if there is one, else an id or `organization`. */
  readonly subject: string;
  /** What it makes of what is known of the subject; left out where nothing is remembered. */
  readonly change?: (facts: Facts) => Facts;
  /** Said as the state after it, where nothing is remembered. */
  readonly after?: object;
}

const ORGANIZATION = 'organization';

function load(at: At, subject: string): Facts {
  const text = at.first(factsOf, { stream: at.stream, subject })?.facts;
  return text === undefined ? {} : (JSON.parse(text) as Facts);
}

/** What a role given at a revision is called after every remapping since. */
const renaming =
  (at: At) =>
  (role: RoleId, since: number): RoleId => {
    if (since === at.revision) return role;
    const remaps = at.all(remapsSince, { stream: at.stream, since });
    return remaps.reduce(
      (now, { successors }) => (JSON.parse(successors) as Successors)[now] ?? now,
      role,
    );
  };

function remap(at: At, successors: Successors): void {
  const { stream, revision } = at;
  at.run(addRemap, { stream, revision, successors: JSON.stringify(successors) });
}

function changed(at: At, { subject, change, after = {} }: About): Difference & { facts?: Facts } {
  if (change === undefined) return difference({}, after as Facts, renaming(at));
  const was = load(at, subject);
  const facts = change(was);
  return { ...difference(was, facts, renaming(at)), facts };
}

/** The spaces an event names, itself or by the grants that came and went. */
function spacesOf(event: DomainEvent, { before, after }: Difference): string[] {
  const named = event as { space?: string; scope?: string; grants?: unknown };
  const grants = [named.grants, before?.['grants'], after?.['grants']].flatMap(
    (one) => (Array.isArray(one) ? one : []) as { scope?: string }[],
  );
  const all = [named.space, named.scope, ...grants.map((grant) => grant.scope)];
  return [...new Set(all.filter((one) => one !== undefined && one !== ORGANIZATION))] as string[];
}

const text = (value: object | null | undefined): string | null =>
  value == null ? null : JSON.stringify(value);

/** Nobody's business: what authenticates, what compares addresses, what is a document. */
const UNTOLD = new Set(['type', 'tag', 'secretHash', 'content']);
const told = (event: DomainEvent): string =>
  JSON.stringify(Object.fromEntries(Object.entries(event).filter(([key]) => !UNTOLD.has(key))));

/** What brings an event to a member it does not name: the invitation, or who owns the key. */
function relatedTo(event: DomainEvent, { owner }: Facts = {}): string | null {
  if ('invitation' in event) return event.invitation;
  return typeof owner === 'string' && owner.startsWith('mem_') ? owner : null;
}

function record(event: DomainEvent, at: At, about: About): void {
  const { stream, revision, metadata, actor } = at;
  if (revision === 0) at.run(addStream, { stream, number: at.position });
  const change = changed(at, about);
  const spaces = spacesOf(event, change);
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
    data: told(event),
    before: text(change.before),
    after: text(change.after),
    facts: text(change.facts),
    commandId: metadata.commandId,
    correlationId: metadata.correlationId,
    catalogueVersion: metadata.catalogueVersion,
  });
  for (const space of spaces) at.run(addSpace, { stream, space, revision });
}

const same = (facts: Facts): Facts => facts;
const setting =
  (fields: object) =>
  (facts: Facts): Facts => ({ ...facts, ...fields });
/** Fields that the event has; the others stay. */
const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const organization = (change: (facts: Facts) => Facts): About => ({
  subject: ORGANIZATION,
  change,
});
const aboutMember = (member: MemberId, change?: (facts: Facts) => Facts): About => ({
  subject: member,
  ...(change === undefined ? {} : { change }),
});
export const audit: Projection = {
  name: 'audit',
  version: 2,
  tables: [AUDIT_STREAMS, AUDIT, AUDIT_SPACES, AUDIT_REMAPS],
  clear: (at) => {
    for (const one of clearStream) at.run(one, { stream: at.stream });
  },
  on: {
    'organization.create': (event, at) =>
      record(
        event,
        at,
        organization(() => ({
          status: 'active',
          name: event.name,
          catalogueVersion: event.version,
          'emailDomains.own': event.ownDomains,
        })),
      ),
    'organization.rename': (event, at) =>
      record(event, at, organization(setting({ name: event.name }))),
    'organization.policy_change': (event, at) =>
      record(event, at, organization(setting(event.changes))),
    'organization.catalogue_adopt': (event, at) => {
      remap(at, event.remap);
      record(event, at, organization(setting({ catalogueVersion: event.to })));
    },
    'organization.suspend': (event, at) =>
      record(event, at, organization(setting({ status: 'suspended' }))),
    'organization.resume': (event, at) =>
      record(event, at, organization(setting({ status: 'active' }))),
    'organization.delete': (event, at) =>
      record(event, at, organization(setting({ status: 'deleted' }))),

    'space.create': (event, at) => {
      const change = setting({ status: 'active', name: event.name });
      record(event, at, { subject: event.space, change });
    },
    'space.rename': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ name: event.name }) }),
    'space.deactivate': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ status: 'inactive' }) }),
    'space.reactivate': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ status: 'active' }) }),
    'space.delete': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ status: 'deleted' }) }),

    'member.invite': (event, at) => {
      const { member: subject, expiresAt } = event;
      record(event, at, { subject, after: { invitation: 'pending', expiresAt } });
    },
    'member.invite_resend': (event, at) => {
      const { invitation: subject, expiresAt, generation } = event;
      record(event, at, { subject, after: { invitation: 'pending', expiresAt, generation } });
    },
    'member.invite_revoke': (event, at) =>
      record(event, at, { subject: event.invitation, after: { invitation: 'revoked' } }),
    'member.invite_decline': (event, at) =>
      record(event, at, { subject: event.invitation, after: { invitation: 'declined' } }),
    'member.invite_expire': (event, at) =>
      record(event, at, { subject: event.invitation, after: { invitation: 'expired' } }),
    'member.invite_erase': (event, at) =>
      record(event, at, { subject: event.member, after: { invitation: 'erased' } }),

    'member.accept': (event, at) => {
      const { member, user, authentication, name } = event;
      const come = (facts: Facts): Facts => ({
        ...facts,
        status: 'active',
        user,
        authentication,
        ...(name === null ? {} : { name }),
        grants: heldAfter(facts.grants, event.replaced, event.grants, at.revision),
      });
      record(event, at, aboutMember(member, come));
    },
    'member.join': (event, at) => {
      const { member, user, authentication, name } = event;
      const come = (facts: Facts): Facts => ({
        ...facts,
        status: 'active',
        ...given({ user }),
        authentication,
        ...(name === null ? {} : { name }),
        grants: heldAfter(facts.grants, event.replaced, event.grants, at.revision),
      });
      record(event, at, aboutMember(member, come));
    },
    'member.identity_link': (event, at) => {
      const { member, user, authentication } = event;
      record(event, at, aboutMember(member, setting({ user, authentication })));
    },
    'member.role_change': (event, at) => {
      const { member, added, removed } = event;
      const hold = (facts: Facts): Facts => ({
        ...facts,
        grants: heldAfter(facts.grants, removed, added, at.revision),
      });
      record(event, at, aboutMember(member, hold));
    },
    'member.grant_start': (event, at) => record(event, at, aboutMember(event.member)),
    'member.grant_expire': (event, at) => {
      const { member, grant } = event;
      const hold = (facts: Facts): Facts => ({
        ...facts,
        grants: heldAfter(facts.grants, [grant], [], at.revision),
      });
      record(event, at, aboutMember(member, hold));
    },
    'member.deactivate': (event, at) =>
      record(event, at, aboutMember(event.member, setting({ status: 'inactive' }))),
    'member.reactivate': (event, at) =>
      record(event, at, aboutMember(event.member, setting({ status: 'active' }))),
    'member.remove': (event, at) =>
      record(event, at, aboutMember(event.member, setting({ status: 'removed', grants: {} }))),
    'member.profile_change': (event, at) =>
      record(event, at, aboutMember(event.member, setting({ name: event.name }))),
    'member.personal_data_erase': (event, at) => record(event, at, aboutMember(event.member)),

    'team.create': (event, at) => {
      const { team, name, scope, externalGroup } = event;
      const change = setting(given({ name, scope, externalGroup }));
      record(event, at, { subject: team, change });
    },
    'team.rename': (event, at) =>
      record(event, at, { subject: event.team, change: setting({ name: event.name }) }),
    'team.delete': (event, at) =>
      record(event, at, { subject: event.team, change: setting({ status: 'deleted' }) }),
    'team.member_add': (event, at) =>
      record(event, at, { subject: event.member, after: { team: event.team } }),
    'team.member_remove': (event, at) => record(event, at, { subject: event.member }),
    'team.role_change': (event, at) => {
      const { team, added, removed } = event;
      const change = (facts: Facts): Facts => ({
        ...facts,
        grants: heldAfter(facts.grants, removed, added, at.revision),
      });
      record(event, at, { subject: team, change });
    },

    'service_account.create': (event, at) => {
      const { account, name, description, grants } = event;
      const change = (): Facts => ({
        ...given({ name, description }),
        grants: heldAfter({}, [], grants, at.revision),
      });
      record(event, at, { subject: account, change });
    },
    'service_account.change': (event, at) => {
      const { account, name, description } = event;
      record(event, at, { subject: account, change: setting(given({ name, description })) });
    },
    'service_account.role_change': (event, at) => {
      const { account, added, removed } = event;
      const change = (facts: Facts): Facts => ({
        ...facts,
        grants: heldAfter(facts.grants, removed, added, at.revision),
      });
      record(event, at, { subject: account, change });
    },
    'service_account.delete': (event, at) => {
      const change = setting({ status: 'deleted', grants: {} });
      record(event, at, { subject: event.account, change });
    },

    'api_key.create': (event, at) => {
      const { key, owner, name, scopes, expiresAt } = event;
      const change = setting(given({ owner, name, scopes, expiresAt }));
      record(event, at, { subject: key, change });
    },
    'api_key.change': (event, at) => {
      const { key, name, scopes, expiresAt } = event;
      record(event, at, { subject: key, change: setting(given({ name, scopes, expiresAt })) });
    },
    'api_key.rotate': (event, at) => record(event, at, { subject: event.key, change: same }),
    'api_key.revoke': (event, at) =>
      record(event, at, { subject: event.key, change: setting({ status: 'revoked' }) }),

    'role.define': (event, at) => {
      const { role, name, description, scopes, permissions } = event;
      const change = setting(given({ name, description, scopes, permissions }));
      record(event, at, { subject: role, change });
    },
    'role.change': (event, at) => {
      const { role, name, description, permissions } = event;
      record(event, at, {
        subject: role,
        change: setting(given({ name, description, permissions })),
      });
    },
    'role.retire': (event, at) => {
      const { role, remapTo } = event;
      if (remapTo !== undefined) remap(at, { [role]: remapTo });
      record(event, at, { subject: role, change: setting({ status: 'retired' }) });
    },
    'catalogue.publish': (event, at) => {
      const { catalogue: subject, version, sha256 } = event;
      record(event, at, { subject, after: { version, sha256 } });
    },
  },
};
