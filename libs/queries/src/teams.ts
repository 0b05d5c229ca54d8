import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { OrganizationId, TeamId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { TeamTable } from '#readstore/rows.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { grantsOf, present, revised, type GrantRow, type Present } from './rows.js';

export type TeamRow = Present<Omit<TeamTable, 'revision'>> & {
  readonly grants: readonly GrantRow[];
  readonly revision: string;
};

/** The teams of an organization, oldest first; of one space, or of the organization itself. */
export class ListTeams extends Query<Page<TeamRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly filters: { readonly scope?: TeamTable['scope'] } = {},
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListTeams)
export class ListTeamsHandler implements IQueryHandler<ListTeams> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, filters, page, atLeast }: ListTeams): Promise<Page<TeamRow>> {
    const { scope } = filters;
    const reading = this.reads.reading(['teams', organization, scope], page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('teams')
      .selectAll()
      .where('organization', '=', organization)
      .$if(scope !== undefined, (query) => query.where('scope', '=', scope!))
      .$if(reading.after !== undefined, (query) =>
        query.where('id', '>', reading.after![0] as TeamId),
      )
      .orderBy('id')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.id]);
    return { items: await teamRows(this.reads, organization, items), ...rest };
  }
}

/** One team; its members are `ListMembers` with `team`. Refuses `team.not_found`. */
export class GetTeam extends Query<TeamRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly team: TeamId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetTeam)
export class GetTeamHandler implements IQueryHandler<GetTeam> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, team, atLeast }: GetTeam): Promise<TeamRow> {
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('teams')
      .selectAll()
      .where('organization', '=', organization)
      .where('id', '=', team)
      .execute();
    const [row] = await teamRows(this.reads, organization, rows);
    return row ?? refuse('team.not_found', `There is no team ${team} in this organization.`);
  }
}

async function teamRows(
  reads: Reads,
  organization: OrganizationId,
  teams: readonly TeamTable[],
): Promise<TeamRow[]> {
  const ids = teams.map(({ id }) => id);
  const grants = await grantsOf(reads, 'team_grants', organization, ids);
  return teams.map((team) => ({ ...present(revised(team)), grants: grants(team.id) }));
}
