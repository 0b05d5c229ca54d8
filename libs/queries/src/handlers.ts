/** Every handler of this lib that reads the read models, for the module that provides them. */
import { GetApiKeyHandler, ListApiKeysHandler } from './api-keys.js';
import { GetCatalogueHandler, ListCataloguesHandler } from './catalogues.js';
import { ExportAuditHandler } from './export-audit.js';
import { FindApiKeyHandler } from './find-api-key.js';
import { GetInvitationHandler } from './get-invitation.js';
import { GetMemberHandler } from './get-member.js';
import { GetOrganizationHandler } from './get-organization.js';
import { ListAdoptionsHandler } from './list-adoptions.js';
import { ListAuditHandler } from './list-audit.js';
import { ListInvitationsHandler } from './list-invitations.js';
import { ListMembersHandler } from './list-members.js';
import { ListMembershipsHandler } from './list-memberships.js';
import { ListRolesHandler } from './list-roles.js';
import { ListTeamMembersHandler } from './list-team-members.js';
import { GetServiceAccountHandler, ListServiceAccountsHandler } from './service-accounts.js';
import { GetSpaceHandler, ListSpacesHandler } from './spaces.js';
import { GetTeamHandler, ListTeamsHandler } from './teams.js';

export const READ_HANDLERS = [
  ExportAuditHandler,
  FindApiKeyHandler,
  GetApiKeyHandler,
  GetCatalogueHandler,
  GetInvitationHandler,
  GetMemberHandler,
  GetOrganizationHandler,
  GetServiceAccountHandler,
  GetSpaceHandler,
  GetTeamHandler,
  ListAdoptionsHandler,
  ListApiKeysHandler,
  ListAuditHandler,
  ListCataloguesHandler,
  ListInvitationsHandler,
  ListMembersHandler,
  ListMembershipsHandler,
  ListRolesHandler,
  ListServiceAccountsHandler,
  ListSpacesHandler,
  ListTeamMembersHandler,
  ListTeamsHandler,
] as const;
