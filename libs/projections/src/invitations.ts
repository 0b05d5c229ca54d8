/** Every invitation there ever was, and how it ended. */
import { sql } from 'kysely';
import type { RevokeReason } from '#domain/events.js';
import type { InvitationId, MemberId, SpaceId, TeamId } from '#domain/ids.js';
import { lastEndWithin } from '#domain/indexes.js';
import type { InvitationTable } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { insert, put, question, statement } from '#readstore/statement.js';
import {
  INVITATION_GRANTS,
  INVITATION_PERSONS,
  INVITATION_TEAMS,
  INVITATIONS,
} from '#readstore/tables.js';
import { clearing } from './clearing.js';
import { grantsIn } from './grants.js';
import { personOf, personsIn } from './persons.js';
import type { At, Projection } from './projection.js';

const persons = personsIn('invitation_persons', 'invitations');
const clearRows = clearing([INVITATIONS, INVITATION_GRANTS, INVITATION_TEAMS]);
const open = sql`status in ('pending', 'expired')`;
// One that has ended keeps what it invited to.
const grants = grantsIn(INVITATION_GRANTS, 'invitations', open);

const clear: Projection['clear'] = (at) => {
  persons.blankAll(at);
  clearRows(at);
};

const insertInvitation = insert(INVITATIONS);
const ofMember = question<'organization' | 'member', { id: InvitationId }>(
  (db, { organization, member }) =>
    db
      .selectFrom('invitations')
      .select('id')
      .where('organization', '=', organization)
      .where('member', '=', member),
);

/** Does the invitation `held` name this `team`? */
const named = sql`replace(held.teams, '"' || team.id || '"', '') <> held.teams`;
/** `goodUntil` of the open invitation `held`, whose link is good until `end`. */
const goodUntil = (end: unknown) => sql`(
  case when held.teams <> '[]' and exists (
      select 1 from ${sql.table('invitation_teams')} as team
      where team.organization = held.organization and ${named})
    then ${end}
  else (
    select case when max(coalesce(one."expiresAt", ${end})) > ${end} then ${end}
      else max(coalesce(one."expiresAt", ${end})) end
    from ${sql.table('invitation_grants')} as one
    where one.organization = held.organization and one.holder = held.id)
  end)`;

type Of = 'organization' | 'id' | 'time' | 'revision';
const resend = statement<Of | 'generation' | 'expiresAt' | 'sentBy'>(
  (_, { organization, id, generation, expiresAt, sentBy, time, revision }) => sql`
    update ${sql.table('invitations')} as held
    set status = 'pending', generation = ${generation}, "expiresAt" = ${expiresAt},
      "goodUntil" = ${goodUntil(expiresAt)}, "sentBy" = ${sentBy}, "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and id = ${id} and ${open}`,
);
const expire = statement<Of>(
  (_, { organization, id, time, revision }) => sql`
    update ${sql.table('invitations')}
    set status = 'expired', "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and id = ${id} and ${open}`,
);
const end = statement<Of | 'status' | 'reason' | 'acceptedBy'>(
  (_, { organization, id, status, reason, acceptedBy, time, revision }) => sql`
    update ${sql.table('invitations')}
    set status = ${status}, "revokeReason" = ${reason}, "acceptedBy" = ${acceptedBy},
      "endedAt" = ${time}, "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and id = ${id} and ${open}`,
);
type Erasing = 'organization' | 'member' | 'time' | 'revision';
const blank = statement<Erasing>(
  (_, { organization, member, time, revision }) => sql`
    update ${sql.table('invitations')}
    set person = null, tag = null, "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and member = ${member}`,
);
// What a mail server says may quote the address.
const blankDeliveries = statement<'organization' | 'member'>(
  (_, { organization, member }) => sql`
    update deliveries set reason = null
    where organization = ${organization} and reason is not null and invitation in (
      select id from ${sql.table('invitations')}
      where organization = ${organization} and member = ${member})`,
);
const endPending = statement<'organization' | 'time' | 'revision'>(
  (_, { organization, time, revision }) => sql`
    update ${sql.table('invitations')}
    set status = 'revoked', "revokeReason" = 'organization_deleted', "endedAt" = ${time},
      "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and status = 'pending'`,
);

const putTeam = put(INVITATION_TEAMS);
type Going = 'organization' | 'value' | 'time' | 'revision';
/** Moves the revision of what invites into the teams of this id, or at home in this space. */
const touchInto = (column: 'id' | 'scope') =>
  statement<Going>(
    (_, { organization, value, time, revision }) => sql`
      update ${sql.table('invitations')} as held
      set "updatedAt" = ${time}, revision = ${revision}
      where organization = ${organization} and ${open} and teams <> '[]' and exists (
        select 1 from ${sql.table('invitation_teams')} as team
        where team.organization = ${organization} and team.${sql.ref(column)} = ${value}
          and ${named})`,
  );
const removeTeams = (column: 'id' | 'scope') =>
  statement<Going>(
    (_, { organization, value }) => sql`
      delete from ${sql.table('invitation_teams')}
      where organization = ${organization} and ${sql.ref(column)} = ${value}`,
  );
const teamsBy = {
  id: { touch: touchInto('id'), remove: removeTeams('id') },
  scope: { touch: touchInto('scope'), remove: removeTeams('scope') },
};
/** What this event has touched is good for less, perhaps. */
const judgeTouched = statement<'organization' | 'revision'>(
  (_, { organization, revision }) => sql`
    update ${sql.table('invitations')} as held
    set "goodUntil" = ${goodUntil(sql.ref('held.expiresAt'))}
    where organization = ${organization} and revision = ${revision} and ${open}`,
);

interface Ending {
  readonly status: InvitationTable['status'];
  readonly reason?: RevokeReason;
  readonly acceptedBy?: MemberId;
}

function ended(at: At, id: InvitationId, { status, reason, acceptedBy }: Ending): void {
  const { organization, time, revision } = at;
  const how = { status, reason: reason ?? null, acceptedBy: acceptedBy ?? null };
  at.run(end, { organization, id, time, revision, ...how });
}

/** Teams are gone: what invites into them is judged anew. */
function teamsGo(at: At, column: 'id' | 'scope', value: TeamId | SpaceId): void {
  const { organization, time, revision } = at;
  const going = { organization, value, time, revision };
  at.run(teamsBy[column].touch, going);
  at.run(teamsBy[column].remove, going);
  at.run(judgeTouched, { organization, revision });
}

function* erased(at: At, member: MemberId): Script<void> {
  const { organization, time, revision } = at;
  for (const { id } of yield* at.all(ofMember, { organization, member })) persons.blank(at, id);
  at.run(blank, { organization, member, time, revision });
  at.run(blankDeliveries, { organization, member });
}

export const invitations: Projection = {
  name: 'invitations',
  version: 5,
  tables: [INVITATIONS, INVITATION_GRANTS, INVITATION_TEAMS, INVITATION_PERSONS],
  clear,
  // What is erased is found by the member.
  subjects: (events) =>
    events.map((event) =>
      'invitation' in event && event.type !== 'member.invite_erase' ? event.invitation : undefined,
    ),
  on: {
    'organization.create': 'ignore',
    'organization.rename': 'ignore',
    'organization.policy_change': 'ignore',
    'organization.catalogue_adopt': ({ remap }, at) => grants.remap(at, remap),
    'organization.suspend': 'ignore',
    'organization.resume': 'ignore',
    // They end at once, by this; what is written down of each later finds them ended.
    'organization.delete': (_, at) => {
      const { organization, time, revision } = at;
      at.run(endPending, { organization, time, revision });
    },
    'space.create': 'ignore',
    'space.rename': 'ignore',
    'space.deactivate': 'ignore',
    'space.reactivate': 'ignore',
    'space.delete': ({ space }, at) => {
      grants.removeSpace(at, space);
      teamsGo(at, 'scope', space);
    },

    'member.invite': (event, at) => {
      const actor = JSON.stringify(at.actor);
      const { email, displayEmail } = event;
      persons.add(at, event.invitation, { email, displayEmail });
      at.run(insertInvitation, {
        organization: at.organization,
        id: event.invitation,
        status: 'pending',
        member: event.member,
        person: personOf(at),
        tag: event.tag,
        generation: event.generation,
        expiresAt: event.expiresAt,
        goodUntil:
          event.teams.length > 0
            ? event.expiresAt
            : (lastEndWithin(event.grants, event.expiresAt) ?? null),
        invitedBy: actor,
        sentBy: actor,
        teams: JSON.stringify(event.teams),
        batch: event.batch ?? null,
        joinRequest: event.joinRequest ?? null,
        revokeReason: null,
        acceptedBy: null,
        invitedAt: at.time,
        endedAt: null,
        updatedAt: at.time,
        revision: at.revision,
      });
      grants.add(at, event.invitation, event.grants, 'invitation');
    },
    'member.invite_resend': ({ invitation: id, generation, expiresAt }, at) => {
      const { organization, time, revision } = at;
      const sentBy = JSON.stringify(at.actor);
      at.run(resend, { organization, id, generation, expiresAt, sentBy, time, revision });
    },
    'member.invite_revoke': ({ invitation, reason }, at) =>
      ended(at, invitation, { status: 'revoked', reason }),
    'member.invite_decline': ({ invitation }, at) => ended(at, invitation, { status: 'declined' }),
    'member.invite_expire': ({ invitation: id }, at) => {
      const { organization, time, revision } = at;
      at.run(expire, { organization, id, time, revision });
    },
    'member.invite_erase': ({ invitation, member }, at) => {
      ended(at, invitation, { status: 'revoked', reason: 'erased' });
      return erased(at, member);
    },
    'member.accept': ({ invitation, member }, at) =>
      ended(at, invitation, { status: 'accepted', acceptedBy: member }),
    'member.join': 'ignore',
    'member.identity_link': 'ignore',
    'member.role_change': 'ignore',
    'member.grant_start': 'ignore',
    'member.grant_expire': 'ignore',
    'member.deactivate': 'ignore',
    'member.reactivate': 'ignore',
    'member.remove': 'ignore',
    'member.profile_change': 'ignore',
    'member.personal_data_erase': ({ member }, at) => erased(at, member),

    'team.create': ({ team: id, scope }, at) =>
      at.run(putTeam, { organization: at.organization, id, scope }),
    'team.rename': 'ignore',
    'team.delete': ({ team }, at) => teamsGo(at, 'id', team),
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
