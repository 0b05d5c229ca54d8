/** The part of `check.ts` about delegation and policies: who stands on top, and can it be kept? */
import type { RoleId } from '#domain/ids.js';
import { knownRole, namedRoles, type Check } from './check-names.js';
import { durationSeconds, LONGEST_TTL, SHORTEST_TTL } from './durations.js';
import { unknown } from '#domain/suggest.js';

/** What `overridable` can name: a policy, or the first part of several. */
const POLICY_PATHS = [
  'invitation',
  'invitation.ttl',
  'invitation.matchEmail',
  'invitation.onInviterLoss',
  'emailDomains',
  'emailDomains.own',
  'emailDomains.external',
  'emailDomains.providers',
  'ssoDefaultRole',
  'seats',
  'catalogueAdoption',
];

/** Entries name roles of the catalogue that can be held and given, each holder once. */
export const checkDelegation = (given: Check): void => {
  const { content, roles, report } = given;
  const holders = new Set<RoleId>();
  for (const [index, entry] of content.delegation.entries()) {
    const path = ['delegation', index];
    knownRole(given, [...path, 'holder'], entry.holder);
    if (holders.has(entry.holder)) {
      report([...path, 'holder'], `holder "${entry.holder}" is there twice`);
    }
    holders.add(entry.holder);
    for (const act of ['mayAssign', 'mayManage'] as const) {
      for (const [at, id] of namedRoles(entry[act], [...path, act])) {
        knownRole(given, at, id);
        if (roles.get(id)?.kind === 'implicit') {
          report(at, `role "${id}" is implicit: nobody gives it`);
        }
      }
    }
  }
};

/** Defaults name roles that a person can hold in the whole organization; times are in range. */
export const checkPolicies = (given: Check): void => {
  const { content, roles, report } = given;
  const { policies, operations } = content;
  for (const policy of ['protectedRole', 'founderRole', 'ssoDefaultRole'] as const) {
    const id = policies[policy];
    if (id !== undefined) checkDefaultRole(given, policy, id);
  }
  const named = [policies.protectedRole, policies.founderRole];
  const areHeld = named.every((id) => ![undefined, 'implicit'].includes(roles.get(id)?.kind));
  if (areHeld && policies.founderRole !== policies.protectedRole) {
    report(
      ['policies', 'founderRole'],
      `must be the protectedRole "${policies.protectedRole}": nobody would hold that in a new organization`,
    );
  }
  const ttl = durationSeconds(policies.invitation.ttl);
  if (ttl === undefined) {
    report(
      ['policies', 'invitation', 'ttl'],
      `"${policies.invitation.ttl}" is not an ISO 8601 duration in weeks, days, hours, minutes and seconds`,
    );
  } else if (ttl < SHORTEST_TTL || ttl > LONGEST_TTL) {
    report(['policies', 'invitation', 'ttl'], 'must be from PT1H to P30D');
  }
  for (const [index, path] of policies.overridable.entries()) {
    if (!POLICY_PATHS.includes(path)) {
      report(['policies', 'overridable', index], unknown('policy', path, POLICY_PATHS));
    }
  }
  if (policies.removal === 'deactivate_only') {
    if (operations.remove_member !== undefined) {
      report(['operations', 'remove_member'], 'removal is deactivate_only');
    }
    if (operations.deactivate_member === undefined) {
      report(['policies', 'removal'], 'deactivate_only needs the operation deactivate_member');
    }
  }
};

const checkDefaultRole = (given: Check, policy: string, id: RoleId): void => {
  const path = ['policies', policy];
  knownRole(given, path, id);
  const role = given.roles.get(id);
  if (role === undefined) return;
  if (!role.scopes.includes('organization')) {
    given.report(path, `role "${id}" can't be held at organization scope`);
  }
  if (role.kind === 'implicit' || role.kind === 'service_account') {
    given.report(path, `role "${id}" is of kind ${role.kind}: no member can be given it`);
  }
};
