/** How invitations are shown. */
import { Field, ListOf } from './fields.js';
import { GrantAnswer } from './resources.js';

export class InvitationAnswer {
  @Field.invitationId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.memberId({ optional: true, about: 'who it becomes' }) readonly member?: string;
  @Field.oneOf(['pending', 'accepted', 'declined', 'expired', 'revoked']) readonly status!: string;
  @Field.email({ optional: true, nullable: true, about: 'null: erased' })
  readonly email?: string | null;
  @ListOf.object(() => GrantAnswer, { optional: true }) readonly grants?: readonly GrantAnswer[];
  @ListOf.teamId({ optional: true }) readonly teams?: readonly string[];
  @Field.instant({ optional: true }) readonly expiresAt?: string;
  @Field.integer(1, 1_000_000, { optional: true, about: 'how often it was sent' })
  readonly generation?: number;
  @Field.revision() readonly revision!: string;
}

class TroubleAnswer {
  @Field.text({ example: '/email' }) readonly pointer!: string;
  @Field.text({ example: 'must be a string' }) readonly detail!: string;
}
class InviteRowAnswer {
  @Field.oneOf(['invited', 'resent', 'refused']) readonly status!: string;
  @Field.invitationId({ optional: true }) readonly invitation?: string;
  @Field.text({ optional: true, example: 'invitation.pending_exists' }) readonly code?: string;
  @Field.text({ optional: true, example: 'Resend, replace or revoke it.' })
  readonly detail?: string;
  @ListOf.object(() => TroubleAnswer, { optional: true })
  readonly errors?: readonly TroubleAnswer[];
}
export class InviteManyAnswer {
  @ListOf.object(() => InviteRowAnswer, { most: 1000, about: 'in the order of the request' })
  readonly results!: readonly InviteRowAnswer[];
  @Field.revision() readonly revision!: string;
}

class LinkedOrganizationAnswer {
  @Field.organizationId() readonly id!: string;
  @Field.name() readonly name!: string;
}
class LinkedRoleAnswer {
  @Field.role() readonly role!: string;
  @Field.scope() readonly scope!: string;
}
class LinkedTeamAnswer {
  @Field.teamId() readonly id!: string;
  @Field.name({ example: 'Responders' }) readonly name!: string;
}
export class LinkedInvitationAnswer {
  @Field.object(() => LinkedOrganizationAnswer) readonly organization!: LinkedOrganizationAnswer;
  @Field.invitationId() readonly invitation!: string;
  @Field.instant() readonly expiresAt!: string;
  @ListOf.object(() => LinkedRoleAnswer) readonly roles!: readonly LinkedRoleAnswer[];
  @ListOf.object(() => LinkedTeamAnswer) readonly teams!: readonly LinkedTeamAnswer[];
}
