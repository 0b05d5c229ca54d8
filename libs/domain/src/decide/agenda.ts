/** What each event makes due later, or at once: where the sweeper is to look, and when. */
import type { GrantFact, MembershipEvent } from '../events.js';
import type { ApiKeyId, GrantId, Instant, InvitationId } from '../ids.js';
import type { Place } from './sweep.js';

/** A moment at which a place is to be looked at. */
export interface Due {
  /** What it is due for; later news of the same take its place. */
  readonly item: Place | `${GrantId | ApiKeyId} ${'begins' | 'ends'}`;
  readonly place: Place;
  readonly at: Instant;
}

/** What the event makes due in its organization. */
export function becomesDue(event: MembershipEvent, occurredAt: Instant): Due[] {
  const now = (place: Place): Due => ({ item: place, place, at: occurredAt });
  switch (event.type) {
    // Which of its grants is the last to end can change: a space or a team of it may go.
    case 'member.invite':
      return [invitationEnds(event), ...endsOf(event.grants, event.invitation)];
    case 'member.invite_resend':
      return [invitationEnds(event)];

    // Whoever has less than before may have sent invitations to it.
    case 'member.accept':
    case 'member.join':
      return [
        ...timesOf(event.grants, event.member),
        ...(event.replaced.length > 0 ? [now(event.member)] : []),
      ];
    case 'member.role_change':
      return [
        ...timesOf(event.added, event.member),
        ...(event.removed.length > 0 ? [now(event.member)] : []),
      ];
    case 'member.remove':
    case 'member.deactivate':
    case 'member.identity_link':
    case 'team.member_remove':
      return [now(event.member)];
    case 'member.personal_data_erase':
      return [now(event.member), ...(event.user === undefined ? [] : [now(event.user)])];
    case 'service_account.create':
      return endsOf(event.grants, event.account);
    case 'service_account.role_change':
      return [
        ...endsOf(event.added, event.account),
        ...(event.removed.length > 0 ? [now(event.account)] : []),
      ];
    case 'api_key.revoke':
      return [now(event.key)];
    case 'api_key.create':
      return keyEnds(event);
    // What a key that ends has given must end with it: it may have given more.
    case 'api_key.change':
      return event.expiresAt == null ? [] : [now(event.key), ...keyEnds(event)];

    // Of many at once, or of keys that are gone: all open invitations are looked at.
    case 'team.role_change':
      return [now('invitations'), ...endsOf(event.added, 'invitations')];
    case 'organization.policy_change':
      return 'invitation.onInviterLoss' in event.changes ? [now('invitations')] : [];
    case 'organization.catalogue_adopt':
    case 'organization.delete':
    case 'organization.resume':
    case 'role.change':
    case 'role.retire':
    case 'service_account.delete':
    case 'space.delete':
    case 'team.delete':
      return [now('invitations')];
    default:
      return [];
  }
}

/** What is not due any more after the event; what is left out is looked at in vain, once. */
export function settles(event: MembershipEvent): Due['item'][] {
  switch (event.type) {
    case 'member.accept':
    case 'member.invite_revoke':
    case 'member.invite_decline':
    case 'member.invite_expire':
    case 'member.invite_erase':
      return [event.invitation];
    case 'member.role_change':
      return event.removed.flatMap((id): Due['item'][] => [`${id} begins`, `${id} ends`]);
    case 'member.grant_start':
      return [`${event.grant} begins`];
    case 'member.grant_expire':
      return [`${event.grant} begins`, `${event.grant} ends`];
    case 'api_key.change':
      return event.expiresAt === null ? [`${event.key} ends`] : [];
    default:
      return [];
  }
}

const invitationEnds = ({
  invitation,
  expiresAt,
}: {
  readonly invitation: InvitationId;
  readonly expiresAt: Instant;
}): Due => ({ item: invitation, place: invitation, at: expiresAt });

const keyEnds = ({
  key,
  expiresAt,
}: {
  readonly key: ApiKeyId;
  readonly expiresAt?: Instant | null;
}): Due[] => (expiresAt == null ? [] : [{ item: `${key} ends`, place: key, at: expiresAt }]);

const endsOf = (grants: readonly GrantFact[], place: Place): Due[] =>
  grants.flatMap(({ id, expiresAt }): Due[] =>
    expiresAt === undefined ? [] : [{ item: `${id} ends`, place, at: expiresAt }],
  );

const timesOf = (grants: readonly GrantFact[], place: Place): Due[] => [
  ...grants.flatMap(({ id, notBefore }): Due[] =>
    notBefore === undefined ? [] : [{ item: `${id} begins`, place, at: notBefore }],
  ),
  ...endsOf(grants, place),
];
