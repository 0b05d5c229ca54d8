import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { InvitationId, OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { invitationRows, invitationsIn, type InvitationRow } from './invitations.js';
import { Reads } from './reads.js';

/** One invitation, however it ended. Refuses `invitation.not_found`. */
export class GetInvitation extends Query<InvitationRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly invitation: InvitationId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetInvitation)
export class GetInvitationHandler implements IQueryHandler<GetInvitation> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, invitation, atLeast }: GetInvitation): Promise<InvitationRow> {
    await this.reads.fresh(organization, atLeast);
    const rows = await invitationsIn(this.reads, organization)
      .where('invitations.id', '=', invitation)
      .execute();
    const [row] = await invitationRows(this.reads, organization, rows);
    if (row !== undefined) return row;
    return refuse(
      'invitation.not_found',
      `There is no invitation ${invitation} in this organization.`,
    );
  }
}
