import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { MemberId, OrganizationId, UserId } from '#domain/ids.js';
import type { MemberTable, OrganizationTable } from '#readstore/rows.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { grantsOf, type GrantRow } from './rows.js';
import { writeRevision } from './revisions.js';

/** Whoever is invited is not known as a user yet. */
export type MembershipStatus = Exclude<MemberTable['status'], 'invited'>;

/** One person in one organization. */
export interface MembershipRow {
  readonly organization: OrganizationId;
  readonly organizationName: string;
  readonly organizationStatus: OrganizationTable['status'];
  readonly catalogue: OrganizationTable['catalogue'];
  readonly member: MemberId;
  readonly status: MembershipStatus;
  readonly joinedAt: MemberTable['joinedAt'];
  readonly grants: readonly GrantRow[];
  readonly revision: string;
  /** The organization is quarantined: the row is as it was last known. */
  readonly quarantined?: true;
}

/**
 * One person across organizations, by organization; deleted organizations are not among them. One
 * quarantined organization hides no other: its row is marked.
 */
export class ListMemberships extends Query<Page<MembershipRow>> {
  constructor(
    readonly user: UserId,
    /** `active` and `inactive` ones where left out. */
    readonly filters: { readonly status?: MembershipStatus } = {},
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(ListMemberships)
export class ListMembershipsHandler implements IQueryHandler<ListMemberships> {
  constructor(private readonly reads: Reads) {}

  async execute({ user, filters, page }: ListMemberships): Promise<Page<MembershipRow>> {
    const { status } = filters;
    const reading = this.reads.reading(['memberships', user, status], page);
    await this.reads.freshEverywhere();
    const rows = await this.reads.db
      .selectFrom('members')
      .innerJoin('organizations', 'organizations.organization', 'members.organization')
      .select([
        'members.organization',
        'organizations.name as organizationName',
        'organizations.status as organizationStatus',
        'organizations.catalogue',
        'members.id as member',
        'members.status',
        'members.joinedAt',
        'members.revision',
      ])
      .$narrowType<{ status: MembershipStatus }>()
      .where('members.user', '=', user)
      .where('members.status', 'in', status === undefined ? ['active', 'inactive'] : [status])
      .where('organizations.status', '<>', 'deleted')
      .$if(reading.after !== undefined, (query) =>
        query.where((eb) => {
          const [organization, member] = reading.after as [OrganizationId, MemberId];
          return eb(
            eb.refTuple('members.organization', 'members.id'),
            '>',
            eb.tuple(organization, member),
          );
        }),
      )
      .orderBy('members.organization')
      .orderBy('members.id')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.organization, row.member]);
    return {
      items: await Promise.all(
        items.map(async ({ revision, ...row }): Promise<MembershipRow> => {
          const { organization, member } = row;
          const grants = await grantsOf(this.reads, 'member_grants', organization, [member]);
          const token = writeRevision(organization, revision);
          const known = { ...row, grants: grants(member), revision: token };
          return this.reads.isGood(organization) ? known : { ...known, quarantined: true };
        }),
      ),
      ...rest,
    };
  }
}
