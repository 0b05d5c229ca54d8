/**
 * Whoever lacks the right is told so, whatever the state: nobody without it gets a quiet answer,
 * nor learns what there is, was or is so already. Judged from tables written by hand.
 */
import type { Operation } from '#domain/catalogue.js';
import { OPERATION_HOLDERS } from '../../catalogues/tables/operations.js';
import { object } from './judge.js';
import { powerOf, type Power } from './oracle.js';
import type { Plain } from './plain.js';
import type { Attempt, Outcome, World } from './world.js';

/** The right each command takes; `platform`: of the installation's administrator alone. */
const RIGHTS: Readonly<Record<string, Operation | 'platform'>> = {
  invite: 'invite',
  inviteAll: 'invite',
  resend: 'resend_invitation',
  revoke: 'revoke_invitation',
  eraseInvitation: 'erase_member',
  changeRoles: 'change_roles',
  transferOwnership: 'transfer_ownership',
  deactivateMember: 'deactivate_member',
  reactivateMember: 'reactivate_member',
  removeMember: 'remove_member',
  changeProfile: 'update_member',
  erase: 'erase_member',
  createTeam: 'manage_teams',
  renameTeam: 'manage_teams',
  deleteTeam: 'manage_teams',
  addTeamMember: 'manage_teams',
  removeTeamMember: 'manage_teams',
  setTeamRoles: 'manage_teams',
  createServiceAccount: 'create_service_account',
  changeServiceAccount: 'update_service_account',
  changeServiceAccountRoles: 'change_service_account_roles',
  deleteServiceAccount: 'delete_service_account',
  createApiKey: 'create_api_key',
  changeApiKey: 'update_api_key',
  rotateApiKey: 'rotate_api_key',
  revokeApiKey: 'revoke_api_key',
  defineRole: 'manage_roles',
  changeRole: 'manage_roles',
  retireRole: 'manage_roles',
  createSpace: 'create_space',
  renameSpace: 'update_space',
  deactivateSpace: 'deactivate_space',
  reactivateSpace: 'reactivate_space',
  deleteSpace: 'delete_space',
  changePolicies: 'change_policies',
  adoptCatalogue: 'adopt_catalogue',
  renameOrganization: 'update_organization',
  changeOrganization: 'update_organization',
  deleteOrganization: 'delete_organization',
  suspendOrganization: 'platform',
  resumeOrganization: 'platform',
  join: 'platform',
  linkIdentity: 'platform',
  sweep: 'platform',
};

/** Commands that take no right; anybody may found an organization here. */
const FREE = ['accept', 'decline', 'leave', 'createOrganization'];

/** What the command is about, as far as it may be one's own. */
interface About {
  readonly member?: string;
  readonly user?: string;
  readonly key?: string;
}

/** Is it about oneself, where that needs no right? */
function isOwn(name: string, about: About, { member }: Power, user: string, plain: Plain): boolean {
  switch (name) {
    case 'changeProfile':
      return about.member === member;
    case 'revokeApiKey':
      return member !== undefined && plain.keys.get(about.key ?? '')?.owner === member;
    case 'erase':
      return about.user === user || plain.members.get(about.member ?? '')?.user === user;
    default:
      return false;
  }
}

/** How somebody without the right is answered. */
const TOLD = ['permission.denied', 'operation.not_offered'];
/** How the organization itself answers, before anybody's rights come to it. */
const CLOSED = ['organization.not_found', 'organization.suspended', 'organization.id_reserved'];

export function judgePermitted(world: World, attempt: Attempt, outcome: Outcome): void {
  const { name, actor, on } = attempt;
  if (FREE.includes(name)) return;
  const right = RIGHTS[name] ?? object(`nobody has said what right ${name} takes`);
  const { catalogueId: catalogue, plain } = world[on];
  const power = powerOf({ catalogue, plain }, world.platform.plain, actor, world.now);
  if (power.unlimited) return;
  const user = ('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id;
  if (isOwn(name, attempt.command as About, power, user, plain)) return;
  const holders = right === 'platform' ? [] : (OPERATION_HOLDERS[catalogue]?.[right] ?? []);
  // What a custom role gives is judged elsewhere.
  const may = power.held.some(
    ({ role }) => holders.includes(role) || (right !== 'platform' && plain.roles.has(role)),
  );
  if (may) return;
  const code = outcome.refused?.code;
  if (code !== undefined && [...TOLD, ...CLOSED].includes(code)) return;
  object(`without the right to ${right} it is answered ${code ?? JSON.stringify(outcome.events)}`);
}
