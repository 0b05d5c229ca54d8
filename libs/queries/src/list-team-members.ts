import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Instant, MemberId, OrganizationId, TeamId } from '#domain/ids.js';
import type { MemberTable, TeamMemberTable } from '#readstore/rows.js';
import { mapped, type Page, type PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** One source of one member's place in a team; somebody with two sources is there twice. */
export interface TeamMemberRow {
  readonly member: MemberId;
  readonly status: MemberTable['status'];
  readonly name: string | null;
  readonly displayEmail: string | null;
  readonly source: TeamMemberTable['source'];
  /** The group it was synchronized from. */
  readonly group?: string;
  readonly addedAt: Instant;
}

/** Who is in a team, and why. */
export class ListTeamMembers extends Query<Page<TeamMemberRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly team: TeamId,
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListTeamMembers)
export class ListTeamMembersHandler implements IQueryHandler<ListTeamMembers> {
  constructor(private readonly reads: Reads) {}

  async execute(query: ListTeamMembers): Promise<Page<TeamMemberRow>> {
    const { organization, team, page, atLeast } = query;
    const reading = this.reads.reading(['team_members', organization, team], page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('team_members')
      .innerJoin('members', (join) =>
        join
          .onRef('members.organization', '=', 'team_members.organization')
          .onRef('members.id', '=', 'team_members.member'),
      )
      .leftJoin('member_persons', 'member_persons.id', 'members.person')
      .select(['member', 'status', 'name', 'displayEmail'])
      .select(['team_members.source', 'group', 'addedAt'])
      .where('team_members.organization', '=', organization)
      .where('team', '=', team)
      .$if(reading.after !== undefined, (some) =>
        some.where((eb) => {
          const [member, source, group] = reading.after as [
            MemberId,
            TeamMemberTable['source'],
            string,
          ];
          const row = eb.refTuple('member', 'team_members.source', 'group');
          return eb(row, '>', eb.tuple(member, source, group));
        }),
      )
      .orderBy('member')
      .orderBy('team_members.source')
      .orderBy('group')
      .limit(reading.wanted)
      .execute();
    return mapped(
      reading.page(rows, (row) => [row.member, row.source, row.group]),
      ({ group, ...row }) => (group === '' ? row : { ...row, group }),
    );
  }
}
