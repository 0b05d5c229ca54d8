/** Answers from the facts about a member, by the words of the domain alone. */
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import type { Question } from '../../tools/bench/questions.js';

export function naive(catalogue: Catalogue, question: Question): boolean {
  const { kind, organization, member, space, permission } = question;
  if (kind === 'nobody there' || organization.isSuspended || !member.isActive) return false;
  const isClosed = organization.spaces.some(({ id, isActive }) => id === space && !isActive);
  if (isClosed && !catalogue.content.inactiveSpace.includes(permission)) return false;

  const now = new Date().toISOString();
  const inForce = [...member.grants, ...member.teams.flatMap(({ grants }) => grants)].filter(
    ({ notBefore, expiresAt }) => (notBefore ?? '') <= now && (!expiresAt || now < expiresAt),
  );
  const implicit = catalogue.content.roles.filter((role) => role.kind === 'implicit');
  const held = [
    ...inForce,
    // Whoever has access somewhere has there what comes with it; members have what all have.
    ...implicit.flatMap(({ id: role, scopes }) =>
      scopes.includes('space')
        ? inForce.map(({ scope }) => ({ role, scope }))
        : [{ role, scope: 'organization' }],
    ),
  ];
  return held.some(({ role, scope }) => {
    if (!catalogue.roles.get(role)!.permissions.has(permission)) return false;
    if (scope === 'organization') return true;
    return scope === space && isOfSpaces(catalogue.content, permission);
  });
}

const isOfSpaces = ({ permissions }: CatalogueContent, permission: string): boolean => {
  const [resource, action] = permission.split(':');
  const actions = permissions[resource!]!;
  return 'space' in actions && actions.space.includes(action!);
};
