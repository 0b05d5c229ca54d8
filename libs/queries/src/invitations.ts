/** An invitation as it is answered, and how rows become one. */
import type { ActorFact } from '#domain/events.js';
import type { Instant, OrganizationId, TeamId } from '#domain/ids.js';
import type { DeliveryTable, InvitationTable, PersonTable } from '#readstore/rows.js';
import type { Reads } from './reads.js';
import { grantsOf, present, revised, type GrantRow, type Present } from './rows.js';

type Known = Pick<PersonTable, 'email' | 'displayEmail'>;
type Shown = Known &
  Omit<
    InvitationTable,
    'person' | 'tag' | 'revision' | 'goodUntil' | 'invitedBy' | 'sentBy' | 'teams'
  >;

/** `email` and `displayEmail` are null once erased. */
export type InvitationRow = Present<Shown, 'email' | 'displayEmail'> & {
  readonly invitedBy: ActorFact;
  /** Who resent last, or else invited. */
  readonly sentBy: ActorFact;
  readonly grants: readonly GrantRow[];
  readonly teams: readonly TeamId[];
  /** What became of the mail of this generation; absent while nobody knows. */
  readonly delivery?: Present<Pick<DeliveryTable, 'status' | 'reason' | 'at'>>;
  readonly revision: string;
};

/** The status by the clock: an open one to nothing that is left is revoked, and a pending one that is
 * good no longer is expired. */
export const statusAt = (
  { status, goodUntil }: Pick<InvitationTable, 'status' | 'goodUntil'>,
  now: Instant,
): InvitationTable['status'] => {
  if (status !== 'pending' && status !== 'expired') return status;
  if (goodUntil === null) return 'revoked';
  return goodUntil <= now ? 'expired' : status;
};

/** Invitations with the address that was invited. */
export const invitationsIn = ({ db }: Reads, organization: OrganizationId) =>
  db
    .selectFrom('invitations')
    .leftJoin('invitation_persons', 'invitation_persons.id', 'invitations.person')
    .selectAll('invitations')
    .select(['email', 'displayEmail'])
    .where('organization', '=', organization);

/** Invitations of one organization as they are answered. */
export async function invitationRows(
  reads: Reads,
  organization: OrganizationId,
  invitations: readonly (InvitationTable & Known)[],
): Promise<InvitationRow[]> {
  const ids = invitations.map(({ id }) => id);
  const grants = await grantsOf(reads, 'invitation_grants', organization, ids);
  const deliveries =
    ids.length === 0
      ? []
      : await reads.db
          .selectFrom('deliveries')
          .selectAll()
          .where('organization', '=', organization)
          .where('invitation', 'in', ids)
          .execute();
  const now = reads.now();
  return invitations.map((row) => {
    const { person, tag, goodUntil, invitedBy, sentBy, teams, ...shown } = row;
    void [person, tag];
    const delivery = deliveries.find(
      (one) => one.invitation === row.id && one.generation === row.generation,
    );
    return {
      ...present(revised(shown), ['email', 'displayEmail']),
      status: statusAt(row, now),
      expiresAt: goodUntil ?? row.expiresAt,
      invitedBy: JSON.parse(invitedBy) as ActorFact,
      sentBy: JSON.parse(sentBy) as ActorFact,
      teams: JSON.parse(teams) as TeamId[],
      grants: grants(row.id),
      ...(delivery === undefined ? {} : { delivery: shownDelivery(delivery) }),
    };
  });
}

const shownDelivery = ({ status, reason, at }: DeliveryTable) => present({ status, reason, at });
