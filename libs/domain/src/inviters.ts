/** Whom open invitations rest on, and what those hold. */
import type { ActorFact } from './events.js';
import type { ApiKeyId, InvitationId, MemberId, ServiceAccountId, UserId } from './ids.js';
import { grantsOf, hasEnded, lasts } from './permissions.js';
import type { Grant, Organization } from './state.js';

/** Whom invitations can rest on, by any of their names; or one of them itself. */
export type Sender = InvitationId | MemberId | UserId | ServiceAccountId | ApiKeyId;

/** The invitation itself; those that this one sent, under whatever name, and by its keys. */
export function* restingOn(organization: Organization, sender: Sender): Generator<InvitationId> {
  const { invitationsByInviter, keysByOwner, members, former } = organization;
  yield sender as InvitationId;
  yield* invitationsByInviter.of(sender);
  const id = sender as MemberId;
  const user = (members.get(id) ?? former.get(id))?.user;
  if (user !== undefined) yield* invitationsByInviter.of(user);
  for (const key of keysByOwner.of(id)) yield* invitationsByInviter.of(key);
}

/** Who invited, if it was a person or in a person's name. */
export const personBehind = (inviter: ActorFact): UserId | undefined =>
  inviter.kind === 'user' ? inviter.id : 'actingFor' in inviter ? inviter.actingFor : undefined;

/** What the inviter holds in this organization; `undefined` where it is nobody here, or somebody new. */
export function heldBy(organization: Organization, inviter: ActorFact): Grant[] | undefined {
  const { memberByUser, serviceAccounts, apiKeys } = organization;
  const person = personBehind(inviter);
  if (person !== undefined) {
    const id = memberByUser.get(person);
    const isSame = !('member' in inviter) || inviter.member === undefined || inviter.member === id;
    return id === undefined || !isSame ? undefined : heldByOwner(organization, id);
  }
  if (inviter.kind === 'service_account') return serviceAccounts.get(inviter.id)?.grants.slice();
  const key = inviter.kind === 'api_key' ? apiKeys.get(inviter.id) : undefined;
  if (key === undefined) return undefined;
  const held = key.owner === 'organization' ? [] : heldByOwner(organization, key.owner);
  const { expiresAt } = key;
  // A key that has run out takes nothing from whoever is behind it.
  if (expiresAt === undefined || hasEnded(key, organization.occurredAt)) return held;
  return held?.map((one) => (lasts(expiresAt, one.expiresAt) ? one : { ...one, expiresAt }));
}

function heldByOwner(
  organization: Organization,
  id: MemberId | ServiceAccountId,
): Grant[] | undefined {
  const member = organization.members.get(id as MemberId);
  if (member?.status === 'active') return grantsOf(organization, member);
  return organization.serviceAccounts.get(id as ServiceAccountId)?.grants.slice();
}
