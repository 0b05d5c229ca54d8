/** From a catalogue as written to a catalogue that rules can ask. Pure apart from hashing. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import {
  BROADER,
  OPERATIONS,
  type Catalogue,
  type CatalogueContent,
  type Delegation,
  type Level,
  type Operation,
  type Role,
} from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';
import type { PolicyPath, PolicyValues } from '#domain/policies.js';
import { durationSeconds } from './durations.js';
import { permissionLevels, rolePermissions, selectedRoles } from './expand.js';

/** SHA-256, hex, of the content's RFC 8785 form: the order of keys makes no difference. */
export const sha256Of = (content: CatalogueContent): string =>
  createHash('sha256')
    .update(canonicalize(content) ?? '', 'utf8')
    .digest('hex');

/** Compiles content that `check` found nothing wrong with. */
export const compile = (content: CatalogueContent): Catalogue => {
  const { policies } = content;
  const overridable = new Set(policies.overridable);
  return {
    id: content.id,
    version: content.version,
    sha256: sha256Of(content),
    name: content.name,
    content,
    scopes: new Set<Level>(content.scopes),
    rolesPerMember: content.rolesPerMember,
    permissions: permissionLevels(content),
    roles: compileRoles(content),
    delegation: compileDelegation(content),
    protectedRole: policies.protectedRole,
    founderRole: policies.founderRole,
    removal: policies.removal,
    policies: policyValues(content),
    overridable: (path: PolicyPath) =>
      overridable.has(path) || overridable.has(path.split('.', 1)[0]!),
    operations: compileOperations(content),
    inactiveSpace: new Set(content.inactiveSpace),
    apiScopes: new Set(content.apiScopes),
  };
};

const compileOperations = ({ operations }: CatalogueContent): Map<Operation, Permission> =>
  new Map(
    OPERATIONS.flatMap((operation): [Operation, Permission][] => {
      const broader = BROADER[operation];
      const permission = operations[operation] ?? (broader && operations[broader]);
      return permission === undefined ? [] : [[operation, permission]];
    }),
  );

const compileRoles = (content: CatalogueContent): Map<RoleId, Role> => {
  const permissions = rolePermissions(content);
  return new Map(
    content.roles.map(({ id, name, kind, scopes, explicit = false, description }) => [
      id,
      {
        id,
        name,
        kind,
        scopes: new Set(scopes),
        permissions: permissions.get(id) ?? new Set(),
        explicit,
        description,
      },
    ]),
  );
};

const compileDelegation = ({ delegation, roles }: CatalogueContent): Map<RoleId, Delegation> =>
  new Map(
    delegation.map(({ holder, mayAssign, mayManage, otherwise = 'none' }) => [
      holder,
      {
        mayAssign: selectedRoles(mayAssign, roles),
        mayManage: selectedRoles(mayManage, roles),
        otherwise,
      },
    ]),
  );

/** What each policy is where an organization has set none; durations become seconds. */
const policyValues = ({ policies }: CatalogueContent): Partial<PolicyValues> => {
  const { invitation, emailDomains, ssoDefaultRole, seats } = policies;
  const ttl = durationSeconds(invitation.ttl);
  if (ttl === undefined) throw new RangeError(`"${invitation.ttl}" is not a duration`);
  return {
    'invitation.ttl': ttl,
    'invitation.matchEmail': invitation.matchEmail,
    'invitation.onInviterLoss': invitation.onInviterLoss,
    'emailDomains.own': [],
    'emailDomains.external': emailDomains.external,
    'emailDomains.providers': emailDomains.providers,
    ...(ssoDefaultRole === undefined ? {} : { ssoDefaultRole }),
    ...(seats === undefined ? {} : { seats }),
    catalogueAdoption: policies.catalogueAdoption,
  };
};
