/** A member as it is answered, and how rows become one. */
import type { ActorFact, TeamMemberSource } from '#domain/events.js';
import type { OrganizationId, TeamId } from '#domain/ids.js';
import { groupedBy } from '#readstore/grouped-by.js';
import type { MemberTable, PersonTable } from '#readstore/rows.js';
import type { Reads } from './reads.js';
import { grantsOf, present, revised, type GrantRow, type Present } from './rows.js';

type Known = Pick<PersonTable, 'email' | 'displayEmail' | 'name'>;
type Shown = Known & Omit<MemberTable, 'person' | 'invitedBy' | 'revision' | 'statusCause'>;

/** `email`, `displayEmail` and `name` are null where not known or erased. */
export type MemberRow = Present<Shown, 'email' | 'displayEmail' | 'name'> & {
  readonly invitedBy?: ActorFact;
  /** Held, or, of an invited one, invited to. */
  readonly grants: readonly GrantRow[];
  readonly teams: readonly { readonly team: TeamId; readonly source: TeamMemberSource }[];
  readonly revision: string;
};

/** Members with what is known of them. */
export const membersIn = ({ db }: Reads, organization: OrganizationId) =>
  db
    .selectFrom('members')
    .leftJoin('member_persons', 'member_persons.id', 'members.person')
    .selectAll('members')
    .select(['email', 'displayEmail', 'name'])
    .where('members.organization', '=', organization);

/** Members of one organization as they are answered. */
export async function memberRows(
  reads: Reads,
  organization: OrganizationId,
  members: readonly (MemberTable & Known)[],
): Promise<MemberRow[]> {
  const ids = members.map(({ id }) => id);
  const grants = await grantsOf(reads, 'member_grants', organization, ids);
  const places = await teamsOf(reads, organization, ids);
  return members.map((member) => {
    const { person, invitedBy, statusCause, ...shown } = member;
    void [person, statusCause];
    const inviter = invitedBy === null ? {} : { invitedBy: JSON.parse(invitedBy) as ActorFact };
    return {
      ...present(revised(shown), ['email', 'displayEmail', 'name']),
      ...inviter,
      grants: grants(member.id),
      teams: (places.get(member.id) ?? []).map(({ team, source }) => ({ team, source })),
    };
  });
}

async function teamsOf(
  { db }: Reads,
  organization: OrganizationId,
  members: readonly string[],
): Promise<ReadonlyMap<string, readonly { team: TeamId; source: TeamMemberSource }[]>> {
  if (members.length === 0) return new Map();
  const rows = await db
    .selectFrom('team_members')
    .select(['member', 'team', 'source'])
    .distinct()
    .where('organization', '=', organization)
    .where('member', 'in', members as never)
    .orderBy('team')
    .orderBy('source')
    .execute();
  return groupedBy(rows, ({ member }) => member);
}
