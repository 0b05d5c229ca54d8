/**
 * What a catalogue means: every name leads somewhere, every role can do something where it is
 * given, the policies can be kept. The shape is already that of `schema.ts`. All findings at once.
 */
import type { CatalogueContent } from '#domain/catalogue.js';
import type { RoleId } from '#domain/ids.js';
import { knownPermission, knownRole, type Check } from './check-names.js';
import { checkDelegation, checkPolicies } from './check-policies.js';
import { isList, matching, permissionLevels, rolePermissions } from './expand.js';
import type { Finding } from './problems.js';
import { overlappingRoutes } from './routes.js';
import { unknown } from '#domain/suggest.js';

/** The content, in bytes of JSON, has to fit into one event of 512 KiB with what stands beside it. */
const LARGEST = 500 * 1024;

/** Everything wrong with a catalogue of the right shape, in the order of the file's sections. */
export const check = (content: CatalogueContent): Finding[] => {
  const findings: Finding[] = [];
  const given: Check = {
    content,
    // Of two roles with one id the first is meant.
    roles: new Map(content.roles.toReversed().map((role) => [role.id, role])),
    levels: permissionLevels(content),
    report: (path, message) => findings.push({ path, message }),
  };
  if (Buffer.byteLength(JSON.stringify(content)) > LARGEST) {
    given.report([], `larger than ${LARGEST / 1024} KiB as JSON`);
  }
  checkScopes(given);
  checkPermissions(given);
  checkRoles(given);
  checkIncludeCycles(given);
  checkEffect(given);
  checkDelegation(given);
  checkPolicies(given);
  checkReferences(given);
  return findings;
};

const checkScopes = ({ content, report }: Check): void => {
  if (!content.scopes.includes('organization')) {
    report(['scopes'], 'must include "organization": every catalogue is held there');
  }
  if (typeof content.rolesPerMember === 'string') return;
  for (const [index, id] of (content.rolesPerMember.specializedWith ?? []).entries()) {
    const path = ['rolesPerMember', 'specializedWith', index];
    const role = content.roles.find((one) => one.id === id);
    if (role === undefined) {
      report(
        path,
        unknown(
          'role',
          id,
          content.roles.map((one) => one.id),
        ),
      );
    } else if (role.kind !== 'base') report(path, `role "${id}" is not of kind base`);
  }
};

const checkPermissions = ({ content, report }: Check): void => {
  for (const [resource, actions] of Object.entries(content.permissions)) {
    if (isList(actions)) continue;
    if (actions.space !== undefined && !content.scopes.includes('space')) {
      report(['permissions', resource, 'space'], 'this catalogue has no scope "space"');
    }
    for (const [index, action] of (actions.space ?? []).entries()) {
      if (actions.organization?.includes(action)) {
        report(['permissions', resource, 'space', index], `"${action}" has two levels`);
      }
    }
  }
};

const checkRoles = (given: Check): void => {
  const { content, levels, report } = given;
  const seen = new Set<RoleId>();
  for (const [index, role] of content.roles.entries()) {
    const path = ['roles', index];
    if (seen.has(role.id)) report([...path, 'id'], `role "${role.id}" is there twice`);
    seen.add(role.id);
    for (const [scope, at] of role.scopes.map((one, i) => [one, i] as const)) {
      if (scope !== 'platform' && !content.scopes.includes(scope)) {
        report([...path, 'scopes', at], `this catalogue has no scope "${scope}"`);
      }
    }
    for (const list of ['permissions', 'except'] as const) {
      for (const [at, pattern] of (role[list] ?? []).entries()) {
        if (matching(pattern, levels.keys()).length > 0) continue;
        report([...path, list, at], unknown('permission', pattern, levels.keys()));
      }
    }
    for (const [at, id] of (role.includes ?? []).entries()) {
      knownRole(given, [...path, 'includes', at], id);
    }
  }
};

/** Reports each cycle once, at the first of its roles in the file. */
const checkIncludeCycles = ({ content, roles, report }: Check): void => {
  const reported = new Set<RoleId>();
  for (const [index, role] of content.roles.entries()) {
    const trail = reported.has(role.id) ? undefined : wayBack(roles, role.id);
    if (trail === undefined) continue;
    report(['roles', index, 'includes'], `includes itself: ${trail.join(' → ')}`);
    for (const id of trail) reported.add(id);
  }
};

/** The includes that lead from a role back to it; each role is looked at once. */
const wayBack = (roles: Check['roles'], start: RoleId): readonly RoleId[] | undefined => {
  const seen = new Set<RoleId>();
  const trails: (readonly RoleId[])[] = [[start]];
  for (let trail = trails.pop(); trail !== undefined; trail = trails.pop()) {
    for (const id of roles.get(trail.at(-1)!)?.includes ?? []) {
      if (id === start) return [...trail, id];
      if (!seen.has(id)) trails.push([...trail, id]);
      seen.add(id);
    }
  }
  return undefined;
};

/** Does each role give something wherever it is given, and nothing where it must not? */
const checkEffect = ({ content, levels, report }: Check): void => {
  const permissions = rolePermissions(content);
  for (const [index, role] of content.roles.entries()) {
    const path = ['roles', index];
    const has = [...(permissions.get(role.id) ?? [])];
    const spaceLevel = has.filter((one) => levels.get(one) === 'space');
    if (role.scopes.includes('space') && spaceLevel.length === 0) {
      report([...path, 'scopes'], `at a space, role "${role.id}" gives no permission`);
    }
    if (role.kind !== 'implicit') continue;
    const [scope] = role.scopes;
    if (role.scopes.length > 1 || scope === 'platform') {
      report([...path, 'scopes'], 'an implicit role belongs to one scope, organization or space');
      continue;
    }
    const leaks = has.filter((one) => levels.get(one) !== scope);
    if (leaks.length > 0) {
      report(
        [...path, 'permissions'],
        `an implicit ${scope} role gives ${scope}-level permissions only, not ${leaks.join(', ')}`,
      );
    }
  }
};

const checkReferences = (given: Check): void => {
  const { content, levels, report } = given;
  for (const [operation, permission] of Object.entries(content.operations)) {
    knownPermission(given, ['operations', operation], permission);
    if (operation.endsWith('_space') && !content.scopes.includes('space')) {
      report(['operations', operation], 'this catalogue has no scope "space"');
    }
  }
  for (const [index, permission] of content.inactiveSpace.entries()) {
    knownPermission(given, ['inactiveSpace', index], permission);
    if (levels.get(permission) === 'organization') {
      report(['inactiveSpace', index], `"${permission}" is organization-level`);
    }
  }
  for (const [index, route] of content.routes.entries()) {
    knownPermission(given, ['routes', index, 'permission'], route.permission);
  }
  for (const [index, other] of overlappingRoutes(content.routes)) {
    const { method, path } = content.routes[other]!;
    report(['routes', index], `ambiguous: ${method} ${path} answers some of the same paths`);
  }
};
