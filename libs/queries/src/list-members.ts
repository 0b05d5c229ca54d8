import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { sql, type ExpressionBuilder, type SelectQueryBuilder } from 'kysely';
import type { Instant, MemberId, OrganizationId, RoleId, SpaceId, TeamId } from '#domain/ids.js';
import { folded } from '#readstore/folded.js';
import type { MemberTable, Tables } from '#readstore/rows.js';
import { memberRows, membersIn, type MemberRow } from './members.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { lasts } from './rows.js';

export interface MemberFilters {
  readonly status?: MemberTable['status'];
  /** Holds this role itself (with `space`: there), be it from a later moment on. */
  readonly role?: RoleId;
  /** Holds any role at this space itself. */
  readonly space?: SpaceId;
  readonly team?: TeamId;
  /** Part of the name or the address, in whatever case. */
  readonly q?: string;
}

/** The members of an organization, oldest first. An invited one only while its invitation is good. */
export class ListMembers extends Query<Page<MemberRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly filters: MemberFilters = {},
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListMembers)
export class ListMembersHandler implements IQueryHandler<ListMembers> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, filters, page, atLeast }: ListMembers): Promise<Page<MemberRow>> {
    const { status, role, space, team, q } = filters;
    const list = ['members', organization, status, role, space, team, q];
    const reading = this.reads.reading(list, page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.#matching(organization, filters)
      .$if(reading.after !== undefined, (query) =>
        query.where('members.id', '>', reading.after![0] as MemberId),
      )
      .orderBy('members.id')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.id]);
    return { items: await memberRows(this.reads, organization, items), ...rest };
  }

  #matching(organization: OrganizationId, { status, role, space, team, q }: MemberFilters) {
    const now = this.reads.now();
    return membersIn(this.reads, organization)
      .where((eb) => isMember(eb, now))
      .$if(status !== undefined, (query) => query.where('members.status', '=', status!))
      .$if(role !== undefined || space !== undefined, (query) =>
        holding(query, organization, now, role, space),
      )
      .$if(team !== undefined, (query) =>
        query.where('members.id', 'in', (eb) =>
          eb
            .selectFrom('team_members')
            .select('member')
            .where('organization', '=', organization)
            .where('team', '=', team!),
        ),
      )
      .$if(q !== undefined && q !== '', (query) => {
        const pattern = containing(q!);
        return query.where((eb) =>
          eb.or([
            sql<boolean>`${eb.ref('nameFolded')} like ${pattern} escape '\\'`,
            sql<boolean>`${eb.ref('emailFolded')} like ${pattern} escape '\\'`,
          ]),
        );
      });
  }
}

/** Not one whose invitation is not good any more. */
export const isMember = (eb: ExpressionBuilder<Tables, 'members'>, now: Instant) =>
  eb.or([
    eb('members.status', '<>', 'invited'),
    eb.exists(
      eb
        .selectFrom('invitations')
        .select('invitations.id')
        .whereRef('invitations.organization', '=', 'members.organization')
        .whereRef('invitations.id', '=', 'members.invitation' as 'invitations.id')
        .where('invitations.status', '=', sql.lit('pending' as const))
        .where('invitations.goodUntil', '>', now),
    ),
  ]);

function holding<Row>(
  query: SelectQueryBuilder<Tables, 'members', Row>,
  organization: OrganizationId,
  now: Instant,
  role: RoleId | undefined,
  space: SpaceId | undefined,
) {
  return query.where('members.id', 'in', (eb) =>
    eb
      .selectFrom('member_grants')
      .select((one) => one.ref('holder').$castTo<MemberId>().as('holder'))
      .where('organization', '=', organization)
      .where(lasts(now))
      .$if(role !== undefined, (grants) => grants.where('role', '=', role!))
      // The second condition says the same, and lets the index be used.
      .$if(space !== undefined, (grants) =>
        grants.where('scope', '=', space!).where('scope', '<>', sql.lit('organization' as const)),
      ),
  );
}

const containing = (text: string): string => `%${folded(text).replace(/[\\%_]/g, '\\$&')}%`;
