/** How invitations are shown. */
import { Field, ListOf } from './fields.js';
import { PermissionChangeAnswer, PreviewedEventAnswer } from './preview-answers.js';
import { ActorAnswer, GrantAnswer } from './resources.js';

class DeliveryAnswer {
  @Field.text({ example: 'sent' }) readonly status!: string;
  @Field.text({ optional: true, example: 'the mail server refuses this address' })
  readonly reason?: string;
  @Field.instant() readonly at!: string;
}

export class InvitationAnswer {
  @Field.invitationId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.memberId({ optional: true, about: 'who it becomes' }) readonly member?: string;
  @Field.oneOf(['pending', 'accepted', 'declined', 'expired', 'revoked']) readonly status!: string;
  @Field.email({ optional: true, nullable: true, about: 'null: erased' })
  readonly email?: string | null;
  @ListOf.object(() => GrantAnswer, { optional: true }) readonly grants?: readonly GrantAnswer[];
  @ListOf.teamId({ optional: true }) readonly teams?: readonly string[];
  @Field.instant({
    optional: true,
    about: 'when its link stops working: by itself, or with the last of what it gives',
  })
  readonly expiresAt?: string;
  @Field.integer(1, 1_000_000, { optional: true, about: 'how often it was sent' })
  readonly generation?: number;
  @Field.text({ optional: true, nullable: true, about: 'the address as it was typed' })
  readonly displayEmail?: string | null;
  @Field.object(() => ActorAnswer, { optional: true }) readonly invitedBy?: ActorAnswer;
  @Field.object(() => ActorAnswer, { optional: true, about: 'who resent last, or invited' })
  readonly sentBy?: ActorAnswer;
  @Field.object(() => DeliveryAnswer, { optional: true, about: 'what became of the mail' })
  readonly delivery?: DeliveryAnswer;
  @Field.memberId({ optional: true, about: 'who it became' }) readonly acceptedBy?: string;
  @Field.text({ optional: true, example: 'asked' }) readonly revokeReason?: string;
  @Field.text({ optional: true, about: 'the batch it was invited in' }) readonly batch?: string;
  @Field.instant({ optional: true }) readonly invitedAt?: string;
  @Field.instant({ optional: true }) readonly endedAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
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
  @Field.flag({ optional: true, about: 'true: nothing was written' }) readonly dryRun?: boolean;
  @ListOf.object(() => PreviewedEventAnswer, { optional: true, about: 'of a dry run' })
  readonly events?: readonly object[];
  @ListOf.object(() => PermissionChangeAnswer, { optional: true, about: 'of a dry run' })
  readonly permissionChanges?: readonly PermissionChangeAnswer[];
  @Field.revision() readonly revision!: string;
}

class LinkedOrganizationAnswer {
  @Field.organizationId() readonly id!: string;
  @Field.name() readonly name!: string;
}
class LinkedRoleAnswer {
  @Field.role() readonly role!: string;
  @Field.name({ example: 'Editor' }) readonly name!: string;
  @Field.scope() readonly scope!: string;
  @Field.name({ optional: true, example: 'Bonn', about: 'of the space, where it is one' })
  readonly spaceName?: string;
}
class LinkedTeamAnswer {
  @Field.teamId() readonly id!: string;
  @Field.name({ example: 'Responders' }) readonly name!: string;
}
export class LinkedInvitationAnswer {
  @Field.object(() => LinkedOrganizationAnswer) readonly organization!: LinkedOrganizationAnswer;
  @Field.invitationId() readonly invitation!: string;
  @Field.instant({ about: 'when the link stops working' }) readonly expiresAt!: string;
  @ListOf.object(() => LinkedRoleAnswer) readonly roles!: readonly LinkedRoleAnswer[];
  @ListOf.object(() => LinkedTeamAnswer) readonly teams!: readonly LinkedTeamAnswer[];
}
