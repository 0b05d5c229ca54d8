import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { MemberId, OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { isMember } from './list-members.js';
import { memberRows, membersIn, type MemberRow } from './members.js';
import { Reads } from './reads.js';

/** One member, whatever its status. Refuses `member.not_found`. */
export class GetMember extends Query<MemberRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly member: MemberId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetMember)
export class GetMemberHandler implements IQueryHandler<GetMember> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, member, atLeast }: GetMember): Promise<MemberRow> {
    await this.reads.fresh(organization, atLeast);
    const rows = await membersIn(this.reads, organization)
      .where('members.id', '=', member)
      .where((eb) => isMember(eb, this.reads.now()))
      .execute();
    const [row] = await memberRows(this.reads, organization, rows);
    return row ?? refuse('member.not_found', `There is no member ${member} in this organization.`);
  }
}
