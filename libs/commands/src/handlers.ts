/** Every handler of this lib, to be given to Nest; each is injected `Transactor` and its ports. */
import { AcceptInvitationHandler } from './accept-invitation.js';
import { AddTeamMemberHandler } from './add-team-member.js';
import { AdoptCatalogueHandler } from './adopt-catalogue.js';
import { ChangeApiKeyHandler } from './change-api-key.js';
import { ChangeOrganizationHandler } from './change-organization.js';
import { ChangeProfileHandler } from './change-profile.js';
import { ChangeRoleHandler } from './change-role.js';
import { ChangeRolesHandler } from './change-roles.js';
import { ChangeServiceAccountRolesHandler } from './change-service-account-roles.js';
import { ChangeServiceAccountHandler } from './change-service-account.js';
import { CreateApiKeyHandler } from './create-api-key.js';
import { CreateOrganizationHandler } from './create-organization.js';
import { CreateServiceAccountHandler } from './create-service-account.js';
import { CreateSpaceHandler } from './create-space.js';
import { CreateTeamHandler } from './create-team.js';
import { DeactivateMemberHandler } from './deactivate-member.js';
import { DeactivateSpaceHandler } from './deactivate-space.js';
import { DeclineInvitationHandler } from './decline-invitation.js';
import { DefineRoleHandler } from './define-role.js';
import { DeleteOrganizationHandler } from './delete-organization.js';
import { DeleteServiceAccountHandler } from './delete-service-account.js';
import { DeleteSpaceHandler } from './delete-space.js';
import { DeleteTeamHandler } from './delete-team.js';
import { EraseInvitationHandler } from './erase-invitation.js';
import { EraseMemberHandler } from './erase-member.js';
import { ErasePersonHandler } from './erase-person.js';
import { InviteMemberHandler } from './invite-member.js';
import { InviteMembersHandler } from './invite-members.js';
import { JoinOrganizationHandler } from './join-organization.js';
import { LeaveOrganizationHandler } from './leave-organization.js';
import { LinkIdentityHandler } from './link-identity.js';
import { LookUpInvitationHandler } from './look-up-invitation.js';
import { ReactivateMemberHandler } from './reactivate-member.js';
import { ReactivateSpaceHandler } from './reactivate-space.js';
import { RemoveMemberHandler } from './remove-member.js';
import { RemoveTeamMemberHandler } from './remove-team-member.js';
import { RenameSpaceHandler } from './rename-space.js';
import { RenameTeamHandler } from './rename-team.js';
import { ResendInvitationHandler } from './resend-invitation.js';
import { ResumeOrganizationHandler } from './resume-organization.js';
import { RetireRoleHandler } from './retire-role.js';
import { RevokeApiKeyHandler } from './revoke-api-key.js';
import { RevokeInvitationHandler } from './revoke-invitation.js';
import { RotateApiKeyHandler } from './rotate-api-key.js';
import { SetTeamRolesHandler } from './set-team-roles.js';
import { SuspendOrganizationHandler } from './suspend-organization.js';
import { SweepOrganizationHandler } from './sweep-organization.js';
import { TransferOwnershipHandler } from './transfer-ownership.js';

export const COMMAND_HANDLERS = [
  AcceptInvitationHandler,
  AddTeamMemberHandler,
  AdoptCatalogueHandler,
  ChangeApiKeyHandler,
  ChangeOrganizationHandler,
  ChangeProfileHandler,
  ChangeRoleHandler,
  ChangeRolesHandler,
  ChangeServiceAccountHandler,
  ChangeServiceAccountRolesHandler,
  CreateApiKeyHandler,
  CreateOrganizationHandler,
  CreateServiceAccountHandler,
  CreateSpaceHandler,
  CreateTeamHandler,
  DeactivateMemberHandler,
  DeactivateSpaceHandler,
  DeclineInvitationHandler,
  DefineRoleHandler,
  DeleteOrganizationHandler,
  DeleteServiceAccountHandler,
  DeleteSpaceHandler,
  DeleteTeamHandler,
  EraseInvitationHandler,
  EraseMemberHandler,
  ErasePersonHandler,
  InviteMemberHandler,
  InviteMembersHandler,
  JoinOrganizationHandler,
  LeaveOrganizationHandler,
  LinkIdentityHandler,
  LookUpInvitationHandler,
  ReactivateMemberHandler,
  ReactivateSpaceHandler,
  RemoveMemberHandler,
  RemoveTeamMemberHandler,
  RenameSpaceHandler,
  RenameTeamHandler,
  ResendInvitationHandler,
  ResumeOrganizationHandler,
  RetireRoleHandler,
  RevokeApiKeyHandler,
  RevokeInvitationHandler,
  RotateApiKeyHandler,
  SetTeamRolesHandler,
  SuspendOrganizationHandler,
  SweepOrganizationHandler,
  TransferOwnershipHandler,
] as const;
