/**
 * The audit log: every event as who, what, whom, where, when, before and after. What is sealed
 * stays sealed and is opened by whoever asks, as long as it can be.
 */
import type { DomainEvent, GrantFact } from '#domain/events.js';
import type { GrantId, MemberId } from '#domain/ids.js';
import { AUDIT, AUDIT_SPACES, AUDIT_STREAMS, AUDIT_SWEEPS } from '#readstore/tables.js';
import {
  clearStream,
  isOfInvitation,
  ORGANIZATION,
  record,
  sweep,
  type About,
} from './audit-entry.js';
import { heldAfter, swept, type Facts } from './facts.js';
import type { Projection } from './projection.js';

const same = (facts: Facts): Facts => facts;
const setting =
  (fields: object) =>
  (facts: Facts): Facts => ({ ...facts, ...fields });
const holding =
  (removed: readonly GrantId[], added: readonly GrantFact[]) =>
  (facts: Facts): Facts => ({ ...facts, grants: heldAfter(facts.grants, removed, added) });
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
/** What changes for everybody is about nobody, and what asks for what teams hold. Of an invitation
 * nothing is remembered but where it was to, of a place in a team only the team is asked for. */
function subjectOf(event: DomainEvent): string | undefined {
  if ('teams' in event && event.teams.length > 0) return undefined;
  if (isOfInvitation(event)) return event.invitation;
  if ('team' in event) return event.team;
  if ('member' in event) return event.member;
  if ('account' in event) return event.account;
  return 'key' in event ? event.key : undefined;
}

export const audit: Projection = {
  name: 'audit',
  version: 4,
  tables: [AUDIT_STREAMS, AUDIT, AUDIT_SPACES, AUDIT_SWEEPS],
  clear: (at) => {
    for (const one of clearStream) at.run(one, { stream: at.stream });
  },
  subjects: (events) => events.map(subjectOf),
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
      sweep(at, { successors: event.remap });
      const change = (facts: Facts): Facts => ({
        ...swept(facts, { successors: event.remap }),
        catalogueVersion: event.to,
      });
      return record(event, at, organization(change));
    },
    'organization.suspend': (event, at) =>
      record(event, at, organization(setting({ status: 'suspended' }))),
    'organization.resume': (event, at) =>
      record(event, at, organization(setting({ status: 'active' }))),
    'organization.delete': (event, at) =>
      record(event, at, organization(setting({ status: 'deleted' }))),

    'space.create': (event, at) => {
      const change = setting({ status: 'active', name: event.name });
      return record(event, at, { subject: event.space, change });
    },
    'space.rename': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ name: event.name }) }),
    'space.deactivate': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ status: 'inactive' }) }),
    'space.reactivate': (event, at) =>
      record(event, at, { subject: event.space, change: setting({ status: 'active' }) }),
    'space.delete': (event, at) => {
      sweep(at, { space: event.space });
      return record(event, at, { subject: event.space, change: setting({ status: 'deleted' }) });
    },

    'member.invite': (event, at) => {
      const { member: subject, expiresAt } = event;
      return record(event, at, { subject, after: { invitation: 'pending', expiresAt } });
    },
    'member.invite_resend': (event, at) => {
      const { invitation: subject, expiresAt, generation } = event;
      return record(event, at, {
        subject,
        after: { invitation: 'pending', expiresAt, generation },
      });
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
        grants: heldAfter(facts.grants, event.replaced, event.grants),
      });
      return record(event, at, aboutMember(member, come));
    },
    'member.join': (event, at) => {
      const { member, user, authentication, name } = event;
      const come = (facts: Facts): Facts => ({
        ...facts,
        status: 'active',
        ...given({ user }),
        authentication,
        ...(name === null ? {} : { name }),
        grants: heldAfter(facts.grants, event.replaced, event.grants),
      });
      return record(event, at, aboutMember(member, come));
    },
    'member.identity_link': (event, at) => {
      const { member, user, authentication } = event;
      return record(event, at, aboutMember(member, setting({ user, authentication })));
    },
    'member.role_change': (event, at) => {
      const { member, added, removed } = event;
      return record(event, at, aboutMember(member, holding(removed, added)));
    },
    'member.grant_start': (event, at) => record(event, at, aboutMember(event.member)),
    'member.grant_expire': (event, at) => {
      const { member, grant } = event;
      return record(event, at, aboutMember(member, holding([grant], [])));
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
      return record(event, at, { subject: team, change });
    },
    'team.rename': (event, at) =>
      record(event, at, { subject: event.team, change: setting({ name: event.name }) }),
    'team.delete': (event, at) =>
      record(event, at, {
        subject: event.team,
        change: setting({ status: 'deleted', grants: {} }),
      }),
    'team.member_add': (event, at) =>
      record(event, at, { subject: event.member, after: { team: event.team } }),
    'team.member_remove': (event, at) =>
      record(event, at, { subject: event.member, before: { team: event.team } }),
    'team.role_change': (event, at) => {
      const { team, added, removed } = event;
      return record(event, at, { subject: team, change: holding(removed, added) });
    },

    'service_account.create': (event, at) => {
      const { account, name, description, grants } = event;
      const change = (): Facts => ({
        ...given({ name, description }),
        grants: heldAfter({}, [], grants),
      });
      return record(event, at, { subject: account, change });
    },
    'service_account.change': (event, at) => {
      const { account, name, description } = event;
      return record(event, at, { subject: account, change: setting(given({ name, description })) });
    },
    'service_account.role_change': (event, at) => {
      const { account, added, removed } = event;
      return record(event, at, { subject: account, change: holding(removed, added) });
    },
    'service_account.delete': (event, at) => {
      const change = setting({ status: 'deleted', grants: {} });
      return record(event, at, { subject: event.account, change });
    },

    'api_key.create': (event, at) => {
      const { key, owner, name, scopes, expiresAt } = event;
      const change = setting(given({ owner, name, scopes, expiresAt }));
      return record(event, at, { subject: key, change });
    },
    'api_key.change': (event, at) => {
      const { key, name, scopes, expiresAt } = event;
      return record(event, at, {
        subject: key,
        change: setting(given({ name, scopes, expiresAt })),
      });
    },
    'api_key.rotate': (event, at) => record(event, at, { subject: event.key, change: same }),
    'api_key.revoke': (event, at) =>
      record(event, at, { subject: event.key, change: setting({ status: 'revoked' }) }),

    'role.define': (event, at) => {
      const { role, name, description, scopes, permissions } = event;
      const change = setting(given({ name, description, scopes, permissions }));
      return record(event, at, { subject: role, change });
    },
    'role.change': (event, at) => {
      const { role, name, description, permissions } = event;
      return record(event, at, {
        subject: role,
        change: setting(given({ name, description, permissions })),
      });
    },
    'role.retire': (event, at) => {
      const { role, remapTo } = event;
      if (remapTo !== undefined) sweep(at, { successors: { [role]: remapTo } });
      return record(event, at, { subject: role, change: setting({ status: 'retired' }) });
    },
    'catalogue.publish': (event, at) => {
      const { catalogue: subject, version, sha256 } = event;
      return record(event, at, { subject, after: { version, sha256 } });
    },
  },
};
