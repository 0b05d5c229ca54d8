/** Whom an event can affect: nobody else gains or loses anything by it. */
import type { MembershipEvent } from './events.js';
import type { ApiKeyId, MemberId, ServiceAccountId, TeamId, UserId } from './ids.js';
import type { Holder, Organization } from './state.js';

/** The organization right before an event, where there was one, and right after it. */
export type Around = readonly (Organization | undefined)[];

/** Who may do something, and a person who is a member. */
export type Affected = MemberId | ServiceAccountId | ApiKeyId | UserId;
/** What grants are with, or a key; an invitation is nobody yet. */
type Lodger = Holder | ApiKeyId;
type Reach = 'everybody' | 'nobody' | readonly Lodger[];

/**
 * Of the event's own organization, some of them more than once; persons who are or were members of
 * it are there as well.
 */
export function* affected(event: MembershipEvent, around: Around): Generator<Affected> {
  for (const place of around) {
    const reach = place === undefined ? 'nobody' : reachOf(event, place);
    if (reach === 'nobody') continue;
    for (const lodger of reach === 'everybody' ? everybody(place!) : reach) {
      for (const one of around) if (one !== undefined) yield* withThe(lodger, one);
    }
  }
}

/** Does it affect everybody, those whom the platform gives something included? */
export const affectsEverybody = ({ type }: MembershipEvent): boolean => EVERYBODY.has(type);

const EVERYBODY: ReadonlySet<string> = new Set<MembershipEvent['type']>([
  'organization.create',
  'organization.catalogue_adopt',
  'organization.suspend',
  'organization.resume',
  'organization.delete',
]);

/** Everybody of the organization, with the persons its members are. */
export function* inhabitants(place: Organization): Generator<Affected> {
  for (const lodger of everybody(place)) yield* withThe(lodger, place);
}

function* everybody({ members, serviceAccounts, apiKeys }: Organization): Generator<Lodger> {
  yield* members.keys();
  yield* serviceAccounts.keys();
  yield* apiKeys.keys();
}

/** With whoever has its rights: the members of a team, the keys and the person of a member. */
function* withThe(lodger: Lodger, place: Organization): Generator<Affected> {
  for (const one of sorted(place.teamMembers.of(lodger as TeamId))) yield* withThe(one, place);
  const member = place.members.get(lodger as MemberId);
  if (member?.user !== undefined) yield member.user;
  yield* sorted(place.keysByOwner.of(lodger as MemberId));
  const isPrincipal =
    member !== undefined ||
    place.serviceAccounts.has(lodger as ServiceAccountId) ||
    place.apiKeys.has(lodger as ApiKeyId);
  if (isPrincipal) yield lodger as Affected;
}

/** What a group is in order of depends on what the state was folded from. */
const sorted = <Id extends string>(group: Iterable<Id>): Id[] => [...group].sort();

function reachOf(event: MembershipEvent, place: Organization): Reach {
  switch (event.type) {
    case 'organization.create':
    case 'organization.catalogue_adopt':
    case 'organization.suspend':
    case 'organization.resume':
    case 'organization.delete':
      return 'everybody';
    case 'space.create':
    case 'space.delete':
      return sorted(place.holdersBySpace.of(event.space));
    case 'role.define':
    case 'role.change':
    case 'role.retire':
      return sorted(place.holdersByRole.of(event.role));
    case 'member.accept':
    case 'member.join':
    case 'member.identity_link':
    case 'member.role_change':
    case 'member.grant_start':
    case 'member.grant_expire':
    case 'member.deactivate':
    case 'member.reactivate':
    case 'member.remove':
    case 'member.personal_data_erase':
    case 'member.invite_erase':
    case 'team.member_add':
    case 'team.member_remove':
      return [event.member];
    case 'team.delete':
    case 'team.role_change':
      return [event.team];
    case 'service_account.create':
    case 'service_account.role_change':
    case 'service_account.delete':
      return [event.account];
    case 'api_key.create':
    case 'api_key.change':
    case 'api_key.revoke':
      return [event.key];
    // Who is where, with which rights, stays as it was; of a space it is told by itself.
    case 'organization.rename':
    case 'organization.policy_change':
    case 'space.rename':
    case 'space.deactivate':
    case 'space.reactivate':
    case 'member.invite':
    case 'member.invite_resend':
    case 'member.invite_revoke':
    case 'member.invite_decline':
    case 'member.invite_expire':
    case 'member.profile_change':
    case 'team.create':
    case 'team.rename':
    case 'service_account.change':
    case 'api_key.rotate':
      return 'nobody';
    default:
      return event satisfies never;
  }
}
