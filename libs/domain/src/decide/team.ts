import { isPlace } from '../changes.js';
import type { Context } from '../context.js';
import { authorizeAt, authorizeSomewhere, mayAssign, mayManage } from '../delegation.js';
import type { TeamEvent, TeamMemberSource } from '../events.js';
import type { MemberId, RoleId, Scope, TeamId } from '../ids.js';
import { refuse } from '../refusals.js';
import type { Organization, Team } from '../state.js';
import { difference } from './change-roles.js';
import {
  activeMember,
  FOR_PEOPLE,
  grantFact,
  isMade,
  memberOf,
  requireRoles,
  requireScope,
} from './requirements.js';

export interface CreateTeam {
  readonly team: TeamId;
  readonly name: string;
  readonly scope: Scope;
  readonly externalGroup?: string;
}

export const createTeam =
  (command: CreateTeam, context: Context) =>
  (organization: Organization): TeamEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'manage_teams');
    requireScope(organization, command.scope);
    authorizeAt(organization, context, rights, 'manage_teams', command.scope);
    const { team, name, scope, externalGroup } = command;
    if (isMade(organization, organization.teams, team)) return [];
    freeName(organization, scope, name);
    return [
      {
        type: 'team.create',
        team,
        name,
        scope,
        ...(externalGroup === undefined ? {} : { externalGroup }),
      },
    ];
  };

export interface RenameTeam {
  readonly team: TeamId;
  readonly name: string;
}

export const renameTeam =
  ({ team: id, name }: RenameTeam, context: Context) =>
  (organization: Organization): TeamEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'manage_teams');
    const team = teamOf(organization, id);
    authorizeAt(organization, context, rights, 'manage_teams', team.scope);
    if (team.name === name) return [];
    freeName(organization, team.scope, name);
    return [{ type: 'team.rename', team: id, name }];
  };

export interface OneTeam {
  readonly team: TeamId;
}

/** Takes every role of the team away from its members. */
export const deleteTeam =
  ({ team: id }: OneTeam, context: Context) =>
  (organization: Organization): TeamEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'manage_teams');
    if (organization.ended.get(id) === 'deleted') return [];
    const team = teamOf(organization, id);
    authorizeAt(organization, context, rights, 'manage_teams', team.scope);
    mayManage(organization, context, rights, team.grants);
    return [{ type: 'team.delete', team: id }];
  };

/** A place in a team, from one source; a sync adds and removes only its own. */
export interface TeamPlaceChange {
  readonly team: TeamId;
  readonly member: MemberId;
  readonly source: TeamMemberSource;
  readonly group?: string;
}

/** Assigns every role of the team to the member. */
export const addTeamMember =
  (command: TeamPlaceChange, context: Context) =>
  (organization: Organization): TeamEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'manage_teams');
    const team = teamOf(organization, command.team);
    authorizeAt(organization, context, rights, 'manage_teams', team.scope);
    const member = activeMember(organization, command.member);
    mayAssign(organization, context, rights, team.grants);
    const { source, group } = command;
    if (member.teams.some((place) => isPlace(place, team.id, source, group))) return [];
    return [{ type: 'team.member_add', ...place(command) }];
  };

/** Takes every role of the team away from the member; leaving a team oneself needs no delegation. */
export const removeTeamMember =
  (command: TeamPlaceChange, context: Context) =>
  (organization: Organization): TeamEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'manage_teams');
    const team = teamOf(organization, command.team);
    authorizeAt(organization, context, rights, 'manage_teams', team.scope);
    const member = memberOf(organization, command.member);
    if (rights.member?.id !== member.id) mayManage(organization, context, rights, team.grants);
    const { source, group } = command;
    // Whoever is taken out by hand is out, whichever invitation brought them in.
    const sources: TeamMemberSource[] = source === 'direct' ? ['direct', 'invitation'] : [source];
    const held = member.teams.filter((one) =>
      sources.some((from) => isPlace(one, team.id, from, group)),
    );
    return held.map((one) => ({
      type: 'team.member_remove',
      ...place({ ...command, source: one.source }),
    }));
  };

const place = ({ team, member, source, group }: TeamPlaceChange): TeamPlaceChange => ({
  team,
  member,
  source,
  ...(group === undefined ? {} : { group }),
});

export interface SetTeamRoles {
  readonly team: TeamId;
  readonly scope: Scope;
  readonly roles: readonly RoleId[];
}

export const setTeamRoles =
  ({ team: id, scope, roles }: SetTeamRoles, context: Context) =>
  (organization: Organization): TeamEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'manage_teams');
    const team = teamOf(organization, id);
    requireScope(organization, scope);
    authorizeAt(organization, context, rights, 'manage_teams', team.scope);
    authorizeAt(organization, context, rights, 'manage_teams', scope);
    const { added, removed } = difference(team.grants, { kind: 'set', roles }, scope);
    if (added.length + removed.length === 0) return [];
    if (added.length > 0 && context.catalogue.rolesPerMember === 'one') {
      refuse(
        'team.holds_no_roles',
        `${context.catalogue.name}: one role per member, given directly.`,
      );
    }
    if (team.scope !== 'organization' && scope !== team.scope) {
      refuse(
        'role.wrong_scope',
        `The team belongs to space ${team.scope} and holds roles only there.`,
      );
    }
    requireRoles(organization, context, added, FOR_PEOPLE);
    mayAssign(organization, context, rights, added);
    mayManage(organization, context, rights, removed);
    return [
      {
        type: 'team.role_change',
        team: id,
        added: added.map((one) => grantFact(one, context.newId('grant'))),
        removed: removed.map((one) => one.id),
        cause: 'direct',
      },
    ];
  };

/** Refuses a name that another team at this scope has. */
function freeName(organization: Organization, scope: Scope, name: string): void {
  for (const other of organization.teams.values()) {
    if (other.scope === scope && other.name === name) {
      refuse('team.exists', `There is a team ${name} already: ${other.id}.`);
    }
  }
}

const teamOf = (organization: Organization, id: TeamId): Team =>
  organization.teams.get(id) ??
  refuse('team.not_found', `There is no team ${id} in this organization.`);
