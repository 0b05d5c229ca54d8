/** Who is, was or is to be a member, with what roles, in plain text for as long as not erased. */
import { sql } from 'kysely';
import type { DomainEvent, GrantFact } from '#domain/events.js';
import type { InvitationId, MemberId } from '#domain/ids.js';
import type { MemberTable } from '#readstore/rows.js';
import { together, type Script } from '#readstore/script.js';
import { forEach, put, question, questionForEach } from '#readstore/statement.js';
import { MEMBER_COUNTS, MEMBER_GRANTS, MEMBER_PERSONS, MEMBERS } from '#readstore/tables.js';
import { clearing } from './clearing.js';
import { firstOrdinal, grantRow, grantsIn, sourceOf } from './grants.js';
import { personOf, personsIn, type Personal } from './persons.js';
import type { At, Projection, Subjects } from './projection.js';

const grants = grantsIn(MEMBER_GRANTS, 'members');
const persons = personsIn('member_persons', 'members');
const clearRows = clearing([MEMBERS, MEMBER_GRANTS, MEMBER_COUNTS]);

const clear: Projection['clear'] = (at) => {
  persons.blankAll(at);
  clearRows(at);
};

/** Somebody is invited, comes in, or comes in once more by another invitation. */
const putMember = put(MEMBERS, {
  user: sql`coalesce(excluded.user, held.user)`,
  source: sql`held.source`,
  // The first one, of which both are.
  invitation: sql`coalesce(held.invitation, excluded.invitation)`,
  invitedBy: sql`coalesce(held."invitedBy", excluded."invitedBy")`,
  joinedAt: sql`coalesce(held."joinedAt", excluded."joinedAt")`,
});

type OfInvitation = 'organization' | 'invitation';
interface Invited {
  readonly id: MemberId;
  /** JSON of the actor. */
  readonly invitedBy: string;
}
/** Who is invited by an invitation. */
const invitedOf = questionForEach<OfInvitation, Invited>(
  { organization: 'text', invitation: 'text' },
  (given) => sql`
    select given.n, held.id, held."invitedBy" from ${given} join ${sql.table('members')} as held
      on held.organization = given.organization and held.invitation = given.invitation
        and held.status = 'invited'`,
);
const allInvited = question<'organization', Pick<Invited, 'id'>>((db, { organization }) =>
  db
    .selectFrom('members')
    .select('id')
    .where('organization', '=', organization)
    .where('status', '=', sql.lit('invited' as const)),
);
const named = { organization: 'text', id: 'text' } as const;
const removeMember = forEach(
  named,
  (given) => sql`
    delete from ${sql.table('members')}
    where (organization, id) in (select organization, id from ${given})`,
);
const putGrant = put(MEMBER_GRANTS);
const removeGrantsBefore = forEach(
  { organization: 'text', holder: 'text', ordinal: 'integer' },
  (given) => sql`
    delete from ${sql.table('member_grants')} where (organization, holder, id) in (
      select held.organization, held.holder, held.id
      from ${given} join ${sql.table('member_grants')} as held
        on held.organization = given.organization and held.holder = given.holder
          and held.ordinal < given.ordinal)`,
);
const resendInvited = forEach(
  {
    organization: 'text',
    invitation: 'text',
    invitedBy: 'text',
    updatedAt: 'text',
    revision: 'integer',
  },
  (given) => sql`
    update ${sql.table('members')} as held
    set "invitedBy" = given."invitedBy", "updatedAt" = given."updatedAt",
      revision = given.revision
    from ${given}
    where held.organization = given.organization and held.invitation = given.invitation
      and held.status = 'invited'`,
);

/** Changes columns of one member. */
const change = <Column extends keyof MemberTable>(...columns: Column[]) => {
  const changed = [...columns, 'updatedAt', 'revision'] as const;
  const types = Object.fromEntries(changed.map((one) => [one, MEMBERS.columns[one]]));
  return forEach<'organization' | 'id' | (typeof changed)[number]>(
    { ...named, ...types } as never,
    (given) => sql`
      update ${sql.table('members')} as held
      set ${sql.join(changed.map((one) => sql`${sql.ref(one)} = ${sql.ref(`given.${one}`)}`))}
      from ${given} where held.organization = given.organization and held.id = given.id`,
  );
};
const touch = change<never>();
const setStatus = change('status', 'statusCause');
const setIdentity = change('user', 'authentication');
const setPerson = change('person');
const forget = change('user', 'person');

const statusOf = sql`(
  select status from ${sql.table('members')} as held
  where held.organization = given.organization and held.id = given.id)`;
const countMore = forEach(
  named,
  (given) => sql`
    insert into ${sql.table('member_counts')} as held (organization, active)
    select organization, count(*) from ${given} where ${statusOf} is distinct from 'active'
    group by organization
    on conflict (organization) do update set active = held.active + excluded.active`,
);
const countLess = forEach(
  named,
  (given) => sql`
    update ${sql.table('member_counts')} as counted set active = active - gone.count
    from (select organization, count(*) as count from ${given} where ${statusOf} = 'active'
      group by organization) as gone
    where counted.organization = gone.organization`,
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
  at.run(countMore, { organization: at.organization, id });
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

/** The member; where an invitation is of another one than who accepts it, both. */
function* subjects(events: readonly DomainEvent[], at: At): Script<Subjects> {
  const invited = new Map<InvitationId, MemberId>();
  const find = function* (invitation: InvitationId): Script<void> {
    const { organization } = at;
    const found = yield* at.first(invitedOf, { organization, invitation });
    if (found !== undefined) invited.set(invitation, found.id);
  };
  const asking = events.flatMap((event) =>
    'invitation' in event && event.type !== 'member.invite' ? find(event.invitation) : [],
  );
  yield* together(asking);
  for (const event of events) {
    if (event.type === 'member.invite') invited.set(event.invitation, event.member);
  }
  return events.map((event) => {
    const member = 'member' in event ? event.member : undefined;
    const other = 'invitation' in event ? invited.get(event.invitation) : undefined;
    return member === undefined || other === undefined || member === other
      ? (member ?? other)
      : undefined;
  });
}

export const members: Projection = {
  name: 'members',
  version: 5,
  tables: [MEMBERS, MEMBER_GRANTS, MEMBER_COUNTS, MEMBER_PERSONS],
  clear,
  subjects,
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
        person: personOf(at),
        authentication: null,
        source: 'invitation',
        invitation: event.invitation,
        invitedBy: JSON.stringify(at.actor),
        joinedAt: null,
        statusCause: null,
      });
      grants.add(at, event.member, event.grants, 'invitation');
    },
    'member.invite_resend': ({ invitation }, at) => {
      at.run(resendInvited, {
        organization: at.organization,
        invitation,
        invitedBy: JSON.stringify(at.actor),
        updatedAt: at.time,
        revision: at.revision,
      });
    },
    'member.invite_revoke': ({ invitation }, at) => endInvited(at, invitation),
    'member.invite_decline': ({ invitation }, at) => endInvited(at, invitation),
    // While its invitation is not good it is not shown; a resend makes it good again.
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
        person: personOf(at),
        authentication: event.authentication,
        source: 'invitation',
        invitation,
        invitedBy,
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
        person: personOf(at),
        authentication: event.authentication,
        source: event.source,
        invitation: null,
        invitedBy: null,
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
      at.run(countLess, { organization: at.organization, id: member });
      at.run(setStatus, { ...row(at, member), status: 'inactive', statusCause: cause });
    },
    'member.reactivate': ({ member }, at) => {
      at.run(countMore, { organization: at.organization, id: member });
      at.run(setStatus, { ...row(at, member), status: 'active', statusCause: null });
    },
    'member.remove': ({ member, reason }, at) => {
      grants.removeAll(at, member);
      at.run(countLess, { organization: at.organization, id: member });
      at.run(setStatus, { ...row(at, member), status: 'removed', statusCause: reason });
    },
    'member.profile_change': ({ member, name }, at) => {
      persons.rename(at, member, name);
      persons.blank(at, member);
      at.run(setPerson, { ...row(at, member), person: personOf(at) });
    },
    'member.personal_data_erase': ({ member }, at) => erase(at, member),

    'team.create': 'ignore',
    'team.rename': 'ignore',
    'team.delete': 'ignore',
    'team.member_add': ({ member }, at) => at.run(touch, row(at, member)),
    'team.member_remove': ({ member }, at) => at.run(touch, row(at, member)),
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
