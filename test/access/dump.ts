/** All that an index of permissions holds, in one form whatever way it came to hold it. */
import canonicalize from 'canonicalize';
import type { Permission, SpaceId } from '#domain/ids.js';
import { copyOf } from '#access/compact/copies.js';
import { isLast, isNumbered, roleIn } from '#access/compact/holdings.js';
import { Memberships } from '#access/compact/memberships.js';
import { NONE } from '#access/compact/names.js';
import type { Compact } from '#access/compact/tables.js';
import { WIDTH } from '#access/compact/terms.js';
import type { PermissionIndex } from '#access/permission-index.js';
import type { Principal } from '#access/questions.js';
import type { Named } from './world.js';

/** Of one in which nothing is quarantined. */
export function dump(index: PermissionIndex): string {
  const { directory } = index;
  const all = index
    .organizations()
    .sort()
    .map((id) => {
      const { organization, catalogue } = index.organization(id);
      const { values, tables } = copyOf(organization as Compact);
      const { members, keysByOwner, memberByUser, teams, teamMembers, spaces } = organization;
      const { serviceAccounts, apiKeys, ended } = organization;
      const owners = [...members.keys(), ...serviceAccounts.keys(), 'organization'];
      const principals = [...members.keys(), ...serviceAccounts.keys(), ...apiKeys.keys()];
      return {
        values,
        tables,
        catalogue: [catalogue.id, catalogue.version, catalogue.sha256],
        revision: index.revision(id),
        members: [...members.values()],
        persons: [...memberByUser.entries()],
        elsewhere: [...memberByUser.keys()].map((user) => directory.organizationsOf(user)),
        keys: owners.map((owner) => [...keysByOwner.of(owner as 'organization')]),
        inTeams: [...teams.keys()].map((team) => [...teamMembers.of(team)].sort()),
        // Of what has ended a list may still know, until somebody meets it there.
        principals: [...directory.principals(id)].filter((one) => principals.includes(one)),
        spaces: [...directory.spaces(id)].filter((space) => spaces.has(space)),
        homes: [...principals, ...ended.keys()].map((one) => directory.home(one as Principal)),
      };
    });
  return canonicalize([all, [...directory.organizations()], ...ofTeams(index)])!;
}

/** What checks find with every team: roles, scopes and times, in the columns alone. */
function ofTeams(index: PermissionIndex): string[] {
  const { memberships } = index.copy()!;
  const { organizations, holdings } = new Memberships(memberships);
  const { terms, words } = holdings;
  const held = (slot: number): unknown[] => {
    const [word, about] = [words[2 * slot]!, words[2 * slot + 1]!];
    const [role, scope, ...times] = isNumbered(word)
      ? terms.things.subarray(about * WIDTH, (about + 1) * WIDTH)
      : [roleIn(word), about, -Infinity, Infinity];
    const one = [terms.roles.id(role!), terms.scopes.id(scope!), times.map(String)];
    return isLast(word) ? [one] : [one, ...held(slot + 1)];
  };
  return memberships.holdings.teams
    .flatMap((named = '', team) => {
      const [organization, id] = named.split(' ');
      const first = named === '' ? NONE : holdings.firstOfTeam(team);
      return first === NONE
        ? []
        : [JSON.stringify([organizations.id(Number(organization)), id, ...held(first)])];
    })
    .sort();
}

/**
 * What it says of each of these about every permission at every space and at the organization, and
 * where they are at home.
 * @param now milliseconds since the epoch.
 */
export function answers(index: PermissionIndex, named: readonly Named[], now: number): string {
  const lines = index
    .organizations()
    .sort()
    .map((id) => {
      const here = named.filter(({ organization }) => organization === id).map((one) => one.id);
      const isSpace = (one: string) => one.startsWith('space_');
      const scopes = [undefined, ...(here.filter(isSpace) as SpaceId[])];
      const permissions = [...index.organization(id).catalogue.permissions.keys()];
      const whom = [...new Set(here.filter((one) => !isSpace(one)))] as Principal[];
      const said = (who: Principal, permission: Permission) =>
        scopes.map((space) => index.check(id, who, permission, space, now).reason);
      return whom.map((who) => [
        who,
        index.directory.home(who),
        permissions.map((permission) => said(who, permission)),
      ]);
    });
  return JSON.stringify(lines);
}
