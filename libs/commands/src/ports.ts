/** What commands ask of the read models; implemented where those are. */
import type { InvitationId, MemberId, OrganizationId, UserId } from '#domain/ids.js';

/** Where a person is, or was, a member, or is, or was, to become one. */
export abstract class MembershipsOfPerson {
  /**
   * Every organization that holds anything of this person as a member, present or former, or as
   * somebody who was invited at this address.
   *
   * @param email canonical.
   */
  abstract organizations(user: UserId, email?: string): Promise<readonly OrganizationId[]>;
}

export interface InvitationRecord {
  /** Who it becomes, or would have become. */
  readonly member: MemberId;
  /** In clear, as it was typed; `null` once it is erased. */
  readonly email: string | null;
}

/** Invitations, ended ones too, with what the state does not hold. */
export abstract class InvitationRecords {
  /** At least as fresh as what this node has acknowledged. */
  abstract find(
    organization: OrganizationId,
    invitation: InvitationId,
  ): Promise<InvitationRecord | undefined>;
}
