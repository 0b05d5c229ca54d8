/** Who is, was or is to be a member, with what roles, in plain text for as long as not erased. */
import { sql } from 'kysely';
import type { GrantFact } from '#domain/events.js';
import type { InvitationId, MemberId } from '#domain/ids.js';
import type { MemberTable } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { put, question, statement } from '#readstore/statement.js';
import { MEMBER_COUNTS, MEMBER_GRANTS, MEMBER_PERSONS, MEMBERS } from '#readstore/tables.js';
import { clearing } from './clearing.js';
import { firstOrdinal, grantRow, grantsIn, sourceOf } from './grants.js';
import { personsIn, type Personal } from './persons.js';
import type { At, Projection } from './projection.js';

const grants = grantsIn(MEMBER_GRANTS, 'members');
const persons = personsIn('member_persons', 'members');
const clearRows = clearing([MEMBERS, MEMBER_GRANTS, MEMBER_COUNTS]);

const clear: Projection['clear'] = (at) => {
  persons.blankAll(at);
  clearRows(at);
};

/** Somebody is invited, comes in, or comes in once more by another invitation. */
const putMember = statement<keyof Omit<MemberTable, 'person'>>((db, row) =>
  db
    .insertInto('members')
    .values({
      organization: row.organization,
      id: row.id,
      status: row.status,
      user: row.user,
      person: persons.added,
      authentication: row.authentication,
      source: row.source,
      invitation: row.invitation,
      invitedBy: row.invitedBy,
      invitedUntil: row.invitedUntil,
      joinedAt: row.joinedAt,
      statusCause: row.statusCause,
      updatedAt: row.updatedAt,
      revision: row.revision,
    })
    .onConflict((conflict) =>
      conflict.columns(['organization', 'id']).doUpdateSet((eb) => ({
        status: eb.ref('excluded.status'),
        user: eb.fn.coalesce('excluded.user', 'members.user'),
        person: eb.ref('excluded.person'),
        authentication: eb.ref('excluded.authentication'),
        // The first one, of which both are.
        invitation: eb.fn.coalesce('members.invitation', 'excluded.invitation'),
        invitedBy: eb.fn.coalesce('members.invitedBy', 'excluded.invitedBy'),
        invitedUntil: eb.ref('excluded.invitedUntil'),
        joinedAt: eb.fn.coalesce('members.joinedAt', 'excluded.joinedAt'),
        statusCause: null,
        updatedAt: eb.ref('excluded.updatedAt'),
        revision: eb.ref('excluded.revision'),
      })),
    ),
);

type OfInvitation = 'organization' | 'invitation';
interface Invited {
  readonly id: MemberId;
  /** JSON of the actor. */
  readonly invitedBy: string;
}
/** Who is invited by an invitation. */
const invitedOf = question<OfInvitation, Invited>((db, { organization, invitation }) =>
  db
    .selectFrom('members')
    .select((eb) => ['id', eb.ref('invitedBy').$notNull().as('invitedBy')])
    .where('organization', '=', organization)
    .where('invitation', '=', invitation)
    .where('status', '=', sql.lit('invited' as const)),
);
const allInvited = question<'organization', Pick<Invited, 'id'>>((db, { organization }) =>
  db
    .selectFrom('members')
    .select('id')
    .where('organization', '=', organization)
    .where('status', '=', sql.lit('invited' as const)),
);
const removeMember = statement<'organization' | 'id'>(
  (_, { organization, id }) => sql`
    delete from ${sql.table('members')} where organization = ${organization} and id = ${id}`,
);
const putGrant = put(MEMBER_GRANTS);
const removeGrantsBefore = statement<'organization' | 'holder' | 'ordinal'>(
  (_, { organization, holder, ordinal }) => sql`
    delete from ${sql.table('member_grants')}
    where organization = ${organization} and holder = ${holder} and ordinal < ${ordinal}`,
);
const resendInvited = statement<OfInvitation | 'until' | 'by' | 'time' | 'revision'>(
  (_, { organization, invitation, until, by, time, revision }) => sql`
    update ${sql.table('members')}
    set "invitedUntil" = ${until}, "invitedBy" = ${by}, "updatedAt" = ${time},
      revision = ${revision}
    where organization = ${organization} and invitation = ${invitation} and status = 'invited'`,
);

/** Changes columns of one member. */
const change = <Column extends keyof MemberTable>(...columns: Column[]) =>
  statement<'organization' | 'id' | 'updatedAt' | 'revision' | Column>((db, values) =>
    db
      .updateTable('members')
      .set({
        ...(Object.fromEntries(columns.map((one) => [one, values[one]])) as object),
        updatedAt: values.updatedAt,
        revision: values.revision,
      })
      .where('organization', '=', values.organization)
      .where('id', '=', values.id),
  );
const touch = change<never>();
const setStatus = change('status', 'statusCause');
const setIdentity = change('user', 'authentication');
const forget = change('user', 'person');
const setPerson = statement<'organization' | 'id' | 'updatedAt' | 'revision'>(
  (_, { organization, id, updatedAt, revision }) => sql`
    update ${sql.table('members')}
    set person = ${persons.added}, "updatedAt" = ${updatedAt}, revision = ${revision}
    where organization = ${organization} and id = ${id}`,
);

const isActive = (organization: never, id: never) => sql`exists (
  select 1 from ${sql.table('members')}
  where organization = ${organization} and id = ${id} and status = 'active')`;
const countOne = statement<'organization' | 'id'>(
  (_, { organization, id }) => sql`
    insert into ${sql.table('member_counts')} (organization, active)
    select ${organization}, 1 where not ${isActive(organization, id)}
    on conflict (organization) do update set active = ${sql.ref('member_counts.active')} + 1`,
);
const countOneLess = statement<'organization' | 'id'>(
  (_, { organization, id }) => sql`
    update ${sql.table('member_counts')} set active = active - 1
    where organization = ${organization} and ${isActive(organization, id)}`,
);

/** The row of this member as of this event, to be changed. */
const row = (at: At, id: MemberId) => ({
  organization: at.organization,
  id,
  updatedAt: at.time,
  revision: at.revision,
});

/** One more who is active, if it was not yet, and what is known of it in the place of what was. */
function comesIn(at: At, id: MemberId, personal: Personal): void {
  at.run(countOne, { organization: at.organization, id });
  persons.add(at, id, personal);
  persons.blank(at, id);
}

/** Who was invited is no member to be. */
function removeInvited(at: At, { id }: Pick<Invited, 'id'>): void {
  const { organization } = at;
  grants.removeAll(at, id);
  persons.blank(at, id);
  at.run(removeMember, { organization, id });
}

function erase(at: At, id: MemberId): void {
  persons.blank(at, id);
  at.run(forget, { ...row(at, id), user: null, person: null });
}

function* endInvited(at: At, invitation: InvitationId): Script<void> {
  const { organization } = at;
  const invited = yield* at.first(invitedOf, { organization, invitation });
  if (invited !== undefined) removeInvited(at, invited);
}

/**
 * The roles an accepted invitation gives were given by who invited, or resent last. Mostly they
 * are there already, as what the same member was invited to. Gives who that is, as JSON.
 */
function* accept(
  at: At,
  member: MemberId,
  invitation: InvitationId,
  added: readonly GrantFact[],
): Script<string | null> {
  const { organization } = at;
  const invited = yield* at.first(invitedOf, { organization, invitation });
  const giver = invited === undefined ? {} : { grantedBy: invited.invitedBy };
  added.forEach((one, index) => {
    at.run(putGrant, { ...grantRow(at, member, one, index, 'invitation'), ...giver });
  });
  if (invited === undefined) return null;
  if (invited.id !== member) removeInvited(at, invited);
  else at.run(removeGrantsBefore, { organization, holder: member, ordinal: firstOrdinal(at) });
  return invited.invitedBy;
}

export const members: Projection = {
  name: 'members',
  version: 3,
  tables: [MEMBERS, MEMBER_GRANTS, MEMBER_COUNTS, MEMBER_PERSONS],
  clear,
  on: {
    'organization.create': 'ignore',
    'organization.rename': 'ignore',
    'organization.policy_change': 'ignore',
    'organization.catalogue_adopt': ({ remap }, at) => grants.remap(at, remap),
    'organization.suspend': 'ignore',
    'organization.resume': 'ignore',
    // Who was a member stays known; nobody is to become one any more.
    *'organization.delete'(_, at) {
      const { organization } = at;
      for (const invited of yield* at.all(allInvited, { organization })) removeInvited(at, invited);
    },

    'space.create': 'ignore',
    'space.rename': 'ignore',
    'space.deactivate': 'ignore',
    'space.reactivate': 'ignore',
    'space.delete': ({ space }, at) => grants.removeSpace(at, space),

    'member.invite': (event, at) => {
      persons.add(at, event.member, event);
      at.run(putMember, {
        ...row(at, event.member),
        status: 'invited',
        user: null,
        authentication: null,
        source: 'invitation',
        invitation: event.invitation,
        invitedBy: JSON.stringify(at.actor),
        invitedUntil: event.expiresAt,
        joinedAt: null,
        statusCause: null,
      });
      grants.add(at, event.member, event.grants, 'invitation');
    },
    'member.invite_resend': ({ invitation, expiresAt }, at) => {
      const { organization, time, revision } = at;
      const by = JSON.stringify(at.actor);
      at.run(resendInvited, { organization, invitation, until: expiresAt, by, time, revision });
    },
    'member.invite_revoke': ({ invitation }, at) => endInvited(at, invitation),
    'member.invite_decline': ({ invitation }, at) => endInvited(at, invitation),
    // By the clock it is no longer invited since `invitedUntil`; a resend makes it so again.
    'member.invite_expire': 'ignore',
    *'member.invite_erase'({ invitation, member }, at) {
      yield* endInvited(at, invitation);
      erase(at, member);
    },

    *'member.accept'(event, at) {
      const { member, invitation } = event;
      const invitedBy = yield* accept(at, member, invitation, event.grants);
      grants.remove(at, member, event.replaced);
      comesIn(at, member, event);
      at.run(putMember, {
        ...row(at, member),
        status: 'active',
        user: event.user,
        authentication: event.authentication,
        source: 'invitation',
        invitation,
        invitedBy,
        invitedUntil: null,
        joinedAt: at.time,
        statusCause: null,
      });
    },
    'member.join': (event, at) => {
      const { member } = event;
      grants.remove(at, member, event.replaced);
      grants.add(at, member, event.grants, event.source);
      comesIn(at, member, event);
      at.run(putMember, {
        ...row(at, member),
        status: 'active',
        user: event.user ?? null,
        authentication: event.authentication,
        source: event.source,
        invitation: null,
        invitedBy: null,
        invitedUntil: null,
        joinedAt: at.time,
        statusCause: null,
      });
    },
    'member.identity_link': ({ member, user, authentication }, at) =>
      at.run(setIdentity, { ...row(at, member), user, authentication }),
    'member.role_change': ({ member, added, removed, cause }, at) => {
      grants.remove(at, member, removed);
      grants.add(at, member, added, sourceOf(cause));
      at.run(touch, row(at, member));
    },
    'member.grant_start': ({ member }, at) => at.run(touch, row(at, member)),
    'member.grant_expire': ({ member, grant }, at) => {
      grants.remove(at, member, [grant]);
      at.run(touch, row(at, member));
    },
    'member.deactivate': ({ member, cause }, at) => {
      at.run(countOneLess, { organization: at.organization, id: member });
      at.run(setStatus, { ...row(at, member), status: 'inactive', statusCause: cause });
    },
    'member.reactivate': ({ member }, at) => {
      at.run(countOne, { organization: at.organization, id: member });
      at.run(setStatus, { ...row(at, member), status: 'active', statusCause: null });
    },
    'member.remove': ({ member, reason }, at) => {
      grants.removeAll(at, member);
      at.run(countOneLess, { organization: at.organization, id: member });
      at.run(setStatus, { ...row(at, member), status: 'removed', statusCause: reason });
    },
    'member.profile_change': ({ member, name }, at) => {
      persons.rename(at, member, name);
      persons.blank(at, member);
      at.run(setPerson, row(at, member));
    },
    'member.personal_data_erase': ({ member }, at) => erase(at, member),

    'team.create': 'ignore',
    'team.rename': 'ignore',
    'team.delete': 'ignore',
    'team.member_add': 'ignore',
    'team.member_remove': 'ignore',
    'team.role_change': 'ignore',
    'service_account.create': 'ignore',
    'service_account.change': 'ignore',
    'service_account.role_change': 'ignore',
    'service_account.delete': 'ignore',
    'api_key.create': 'ignore',
    'api_key.change': 'ignore',
    'api_key.rotate': 'ignore',
    'api_key.revoke': 'ignore',
    'role.define': 'ignore',
    'role.change': 'ignore',
    'role.retire': ({ role, remapTo }, at) => {
      if (remapTo !== undefined) grants.remap(at, { [role]: remapTo });
    },
    'catalogue.publish': 'ignore',
  },
};
