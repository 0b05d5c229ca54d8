/**
 * A history as somebody else's engine can be told it: what everybody in one organization holds after
 * the last of its events, and the catalogue that is in force there, with the roles the organization
 * has made for itself.
 */
import type { Catalogue, Role } from '#domain/catalogue.js';
import { evolve } from '#domain/evolve.js';
import type { GrantFact } from '#domain/events.js';
import type { OrganizationId, RoleId } from '#domain/ids.js';
import { customRole } from '#domain/permissions.js';
import { emptyOrganization, type Grant } from '#domain/state.js';
import { compile } from '#catalogues/compile.js';
import type { Member, Organization, Team } from '../../../tools/bench/memberships.js';
import type { Everybody } from '../../../tools/bench/peers/openfga.js';
import { givers } from '../../../tools/bench/roles.js';
import { catalogueNow } from '../../access/histories.js';
import type { World } from '../../access/world.js';

/** What of the history can't be said there is not among these: whoever the platform gives power. */
export interface Held extends Everybody {
  readonly organization: Organization;
  readonly members: () => readonly Member[];
}

/** @param end how many events have happened. */
export function heldIn(world: World, id: string, end: number): Held {
  const state = stateOf(world, id, end);
  const platform = stateOf(world, 'platform', end);
  const published = compile(catalogueNow(world.events.slice(0, end), id, world));
  const catalogue = withOwnRoles(published);
  const known = new Set<RoleId>([...givers(catalogue).values()].flat());
  const facts = (grants: readonly Grant[]): GrantFact[] =>
    grants
      .map((grant) => ({ ...grant, role: asGiven(published, grant.role) }))
      .filter(({ role }) => known.has(role))
      .filter(({ scope }) => scope === 'organization' || state.spaces.has(scope));
  const teams = new Map(
    [...state.teams.entries()].map(([team, { grants }]) => [team, inParts(team, facts(grants))]),
  );
  const members = [...state.members.entries()].flatMap(([id, one]): Member[] => {
    const { user, status } = one;
    if (user !== undefined && platform.memberByUser.has(user)) return [];
    const places = new Set(one.teams.map(({ team }) => team));
    const [own, ...more] = inParts(id, facts(one.grants));
    const inTeams = [...places].flatMap((team) => teams.get(team) ?? []);
    const isActive = status === 'active';
    return [{ id, user: user ?? '', isActive, grants: own.grants, teams: [...more, ...inTeams] }];
  });
  const organization: Organization = {
    number: 0,
    id,
    isSuspended: state.status !== 'active',
    spaces: [...state.spaces.entries()].map(([space, { status }]) => ({
      id: space,
      isActive: status === 'active',
    })),
    teams: [...new Set([...members.flatMap((one) => one.teams), ...[...teams.values()].flat()])],
  };
  return { catalogue, organization, organizations: () => [organization], members: () => members };

  /** Whatever a role is for: in these histories anybody may hold any. */
  function withOwnRoles(own: Catalogue): Catalogue {
    const roles = new Map<RoleId, Role>();
    for (const custom of state.customRoles.values()) roles.set(custom.id, customRole(custom, own));
    for (const role of own.roles.values()) {
      if (role.kind === 'implicit') roles.set(role.id, role);
      const id = asGiven(own, role.id);
      roles.set(id, { ...role, id, kind: 'base' });
    }
    return { ...own, roles };
  }
}

/**
 * There a role is held at a place once, with one pair of times: what is held again, with others,
 * is with a team more.
 */
function inParts(id: string, grants: readonly GrantFact[]): [Team, ...Team[]] {
  const first: GrantFact[] = [];
  const parts = [first];
  for (const grant of grants) {
    const again = ({ role, scope }: GrantFact) => role === grant.role && scope === grant.scope;
    const part = parts.find((some) => !some.some(again));
    if (part === undefined) parts.push([grant]);
    else part.push(grant);
  }
  const more = parts.slice(1).map((some, n) => ({ id: `${id}.${n + 1}`, grants: some }));
  return [{ id, grants: first }, ...more];
}

/** What comes by itself and has been given to somebody besides is a role of another name. */
const asGiven = ({ roles }: Catalogue, role: RoleId): RoleId =>
  roles.get(role)?.kind === 'implicit' ? (`${role}.given` as RoleId) : role;

function stateOf({ events }: World, id: string, end: number) {
  const state = emptyOrganization(id as OrganizationId);
  const own = events.slice(0, end).filter(({ stream }) => stream === `organization-${id}`);
  own.forEach(({ event, at }, revision) =>
    evolve(state, { event, revision, metadata: { occurredAt: at } } as never),
  );
  return state;
}
