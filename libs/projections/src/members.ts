/** Who is, was or is to be a member, with what roles, in plain text for as long as not erased. */
import { sql } from 'kysely';
import type { GrantFact } from '#domain/events.js';
import type { InvitationId, MemberId } from '#domain/ids.js';
import type { GrantTable, MemberTable } from '#readstore/rows.js';
import { question, statement } from '#readstore/statement.js';
import { MEMBER_GRANTS, MEMBER_PERSONS, MEMBERS } from '#readstore/tables.js';
import { clearing } from './clearing.js';
import { firstOrdinal, grantRow, grantsIn, sourceOf } from './grants.js';
import { personsIn, type Personal } from './persons.js';
import type { At, Projection } from './projection.js';

const grants = grantsIn(MEMBER_GRANTS, 'members');
const persons = personsIn('member_persons', 'members');
const clearRows = clearing([MEMBERS, MEMBER_GRANTS]);

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
        invitation: eb.fn.coalesce('excluded.invitation', 'members.invitation'),
        invitedUntil: eb.ref('excluded.invitedUntil'),
        joinedAt: eb.fn.coalesce('members.joinedAt', 'excluded.joinedAt'),
        statusCause: null,
        updatedAt: eb.ref('excluded.updatedAt'),
        revision: eb.ref('excluded.revision'),
      })),
    ),
);

/**
 * A role that an accepted invitation gives was given by who invited, or resent last. Mostly it is
 * there already, as what the same member was invited to.
 */
const putInvitedGrant = statement<keyof GrantTable | 'invitation'>(
  (_, row) => sql`
    insert into ${sql.table('member_grants')}
      (organization, holder, id, role, scope, source, "grantedBy", "grantedAt", "notBefore",
       "expiresAt", ordinal)
    values (${row.organization}, ${row.holder}, ${row.id}, ${row.role}, ${row.scope},
      ${row.source},
      coalesce((select "invitedBy" from ${sql.table('members')}
        where organization = ${row.organization} and invitation = ${row.invitation}
          and status = 'invited'), ${row.grantedBy}),
      ${row.grantedAt}, ${row.notBefore}, ${row.expiresAt}, ${row.ordinal})
    on conflict (organization, holder, id) do update set
      role = excluded.role, scope = excluded.scope, source = excluded.source,
      "grantedBy" = excluded."grantedBy", "grantedAt" = excluded."grantedAt",
      "notBefore" = excluded."notBefore", "expiresAt" = excluded."expiresAt",
      ordinal = excluded.ordinal`,
);

type OfInvitation = 'organization' | 'invitation';
/** What was invited to, but for what `keeper` was given from `ordinal` on. */
const removeInvitedGrants = statement<OfInvitation | 'keeper' | 'ordinal'>(
  (_, { organization, invitation, keeper, ordinal }) => sql`
    delete from ${sql.table('member_grants')}
    where organization = ${organization} and holder in (
      select id from ${sql.table('members')}
      where organization = ${organization} and invitation = ${invitation} and status = 'invited')
      and (holder <> ${keeper} or ordinal < ${ordinal})`,
);
const invitedOf = question<OfInvitation, { id: MemberId }>((db, { organization, invitation }) =>
  db
    .selectFrom('members')
    .select('id')
    .where('organization', '=', organization)
    .where('invitation', '=', invitation)
    .where('status', '=', sql.lit('invited' as const)),
);
const removeInvited = statement<OfInvitation>(
  (_, { organization, invitation }) => sql`
    delete from ${sql.table('members')}
    where organization = ${organization} and invitation = ${invitation} and status = 'invited'`,
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

/** The row of this member as of this event, to be changed. */
const row = (at: At, id: MemberId) => ({
  organization: at.organization,
  id,
  updatedAt: at.time,
  revision: at.revision,
});

/** What is known of this one from now on, in the place of what was. */
function nowKnown(at: At, id: MemberId, personal: Personal): void {
  persons.add(at, id, personal);
  persons.blank(at, id);
}

/** The one who was invited is no member to be, or is the member `keeper` now. */
function removeRow(at: At, invitation: InvitationId, keeper?: MemberId): void {
  const { organization } = at;
  const invited = at.first(invitedOf, { organization, invitation });
  if (invited === undefined || invited.id === keeper) return;
  persons.blank(at, invited.id);
  at.run(removeInvited, { organization, invitation });
}

function erase(at: At, id: MemberId): void {
  persons.blank(at, id);
  at.run(forget, { ...row(at, id), user: null, person: null });
}

function endInvited(at: At, invitation: InvitationId): void {
  const { organization } = at;
  at.run(removeInvitedGrants, { organization, invitation, keeper: '', ordinal: 0 });
  removeRow(at, invitation);
}

function acceptGrants(
  at: At,
  member: MemberId,
  invitation: InvitationId,
  added: readonly GrantFact[],
): void {
  const { organization } = at;
  added.forEach((one, index) => {
    at.run(putInvitedGrant, { ...grantRow(at, member, one, index, 'invitation'), invitation });
  });
  const ordinal = firstOrdinal(at);
  at.run(removeInvitedGrants, { organization, invitation, keeper: member, ordinal });
}

export const members: Projection = {
  name: 'members',
  version: 1,
  tables: [MEMBERS, MEMBER_GRANTS, MEMBER_PERSONS],
  clear,
  on: {
    'organization.create': 'ignore',
    'organization.rename': 'ignore',
    'organization.policy_change': 'ignore',
    'organization.catalogue_adopt': ({ remap }, at) => grants.remap(at, remap),
    'organization.suspend': 'ignore',
    'organization.resume': 'ignore',
    'organization.delete': (_, at) => clear(at),

    'space.create': 'ignore',
    'space.rename': 'ignore',
    'space.deactivate': 'ignore',
    'space.reactivate': 'ignore',
    'space.delete': ({ space }, at) => grants.removeSpace(at, space),

    'member.invite': (event, at) => {
      nowKnown(at, event.member, event);
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
    'member.invite_erase': ({ invitation, member }, at) => {
      endInvited(at, invitation);
      erase(at, member);
    },

    'member.accept': (event, at) => {
      const { member, invitation } = event;
      acceptGrants(at, member, invitation, event.grants);
      removeRow(at, invitation, member);
      grants.remove(at, member, event.replaced);
      nowKnown(at, member, event);
      at.run(putMember, {
        ...row(at, member),
        status: 'active',
        user: event.user,
        authentication: event.authentication,
        source: 'invitation',
        invitation,
        invitedBy: null,
        invitedUntil: null,
        joinedAt: at.time,
        statusCause: null,
      });
    },
    'member.join': (event, at) => {
      const { member } = event;
      grants.remove(at, member, event.replaced);
      grants.add(at, member, event.grants, event.source);
      nowKnown(at, member, event);
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
    'member.deactivate': ({ member, cause }, at) =>
      at.run(setStatus, { ...row(at, member), status: 'inactive', statusCause: cause }),
    'member.reactivate': ({ member }, at) =>
      at.run(setStatus, { ...row(at, member), status: 'active', statusCause: null }),
    'member.remove': ({ member, reason }, at) => {
      grants.removeAll(at, member);
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
