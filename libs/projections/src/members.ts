/** Who is, was or is to be a member, with what roles, in plain text for as long as not erased. */
import { sql } from 'kysely';
import type { GrantFact, Sealed } from '#domain/events.js';
import type { InvitationId, MemberId } from '#domain/ids.js';
import { folded } from '#readstore/folded.js';
import type { GrantTable, MemberTable } from '#readstore/rows.js';
import { add, statement } from '#readstore/statement.js';
import { MEMBER_GRANTS, MEMBERS } from '#readstore/tables.js';
import { clearing } from './clearing.js';
import { firstOrdinal, grantRow, grantsIn, sourceOf } from './grants.js';
import type { At, Projection } from './projection.js';

const TABLES = [MEMBERS, MEMBER_GRANTS];
const grants = grantsIn(MEMBER_GRANTS, 'members');
const clear = clearing(TABLES);

const addMember = add(MEMBERS);

/** Somebody comes in, or comes in once more by another invitation. */
const putMember = statement<keyof MemberTable>((db, row) =>
  db
    .insertInto('members')
    .values({
      organization: row.organization,
      id: row.id,
      status: row.status,
      user: row.user,
      email: row.email,
      displayEmail: row.displayEmail,
      name: row.name,
      nameFolded: row.nameFolded,
      emailFolded: row.emailFolded,
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
        email: eb.ref('excluded.email'),
        displayEmail: eb.ref('excluded.displayEmail'),
        emailFolded: eb.ref('excluded.emailFolded'),
        name: eb.fn.coalesce('excluded.name', 'members.name'),
        nameFolded: eb.fn.coalesce('excluded.nameFolded', 'members.nameFolded'),
        authentication: eb.ref('excluded.authentication'),
        invitation: eb.fn.coalesce('excluded.invitation', 'members.invitation'),
        invitedUntil: null,
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
const removeInvited = statement<OfInvitation | 'except'>(
  (_, { organization, invitation, except }) => sql`
    delete from ${sql.table('members')}
    where organization = ${organization} and invitation = ${invitation} and status = 'invited'
      and id <> ${except}`,
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
const setName = change('name', 'nameFolded');
const blank = change('user', 'email', 'displayEmail', 'emailFolded', 'name', 'nameFolded');

const NOBODY = {
  user: null,
  email: null,
  displayEmail: null,
  emailFolded: null,
  name: null,
  nameFolded: null,
};

/** The row of this member as of this event, to be changed. */
const row = (at: At, id: MemberId) => ({
  organization: at.organization,
  id,
  updatedAt: at.time,
  revision: at.revision,
});

interface Personal {
  readonly email: Sealed | null;
  readonly displayEmail: Sealed | null;
  readonly name?: Sealed | null;
}

const opened = (at: At, { email, displayEmail, name }: Personal) => {
  const plain = {
    email: at.opened(email),
    displayEmail: at.opened(displayEmail),
    name: at.opened(name),
  };
  const addresses = [plain.displayEmail, plain.email].filter((one) => one !== null).join(' ');
  return {
    ...plain,
    emailFolded: addresses === '' ? null : folded(addresses),
    nameFolded: plain.name === null ? null : folded(plain.name),
  };
};

function endInvited(at: At, invitation: InvitationId): void {
  const { organization } = at;
  at.run(removeInvitedGrants, { organization, invitation, keeper: '', ordinal: 0 });
  at.run(removeInvited, { organization, invitation, except: '' });
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
  tables: TABLES,
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
      at.run(addMember, {
        ...row(at, event.member),
        status: 'invited',
        user: null,
        ...opened(at, event),
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
      at.run(blank, { ...row(at, member), ...NOBODY });
    },

    'member.accept': (event, at) => {
      const { member, invitation } = event;
      acceptGrants(at, member, invitation, event.grants);
      at.run(removeInvited, { organization: at.organization, invitation, except: member });
      grants.remove(at, member, event.replaced);
      at.run(putMember, {
        ...row(at, member),
        status: 'active',
        user: event.user,
        ...opened(at, event),
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
      at.run(putMember, {
        ...row(at, member),
        status: 'active',
        user: event.user ?? null,
        ...opened(at, event),
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
    'member.profile_change': ({ member, name: sealed }, at) => {
      const name = at.opened(sealed);
      const nameFolded = name === null ? null : folded(name);
      at.run(setName, { ...row(at, member), name, nameFolded });
    },
    'member.personal_data_erase': ({ member }, at) =>
      at.run(blank, { ...row(at, member), ...NOBODY }),

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
