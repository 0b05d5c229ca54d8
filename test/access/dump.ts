/** All that an index of permissions holds, in one form whatever way it came to hold it. */
import canonicalize from 'canonicalize';
import { copyOf } from '#access/compact/copies.js';
import type { Compact } from '#access/compact/tables.js';
import type { PermissionIndex } from '#access/permission-index.js';

export function dump(index: PermissionIndex): string {
  const all = index
    .organizations()
    .sort()
    .map((id) => {
      const { organization, catalogue } = index.organization(id);
      const { values, tables } = copyOf(organization as Compact);
      const { members, keysByOwner, memberByUser } = organization;
      const owners = [...members.keys(), ...organization.serviceAccounts.keys(), 'organization'];
      return {
        values,
        tables,
        catalogue: [catalogue.id, catalogue.version, catalogue.sha256],
        revision: index.revision(id),
        members: [...members.values()],
        persons: [...memberByUser.entries()],
        elsewhere: [...memberByUser.keys()].map((user) => index.directory.organizationsOf(user)),
        keys: owners.map((owner) => [...keysByOwner.of(owner as 'organization')]),
        principals: [...index.directory.principals(id)].filter((one) => isHere(organization, one)),
      };
    });
  return canonicalize(all)!;
}

/** Of what has ended a list may still know, until somebody meets it there. */
const isHere = (
  {
    members,
    serviceAccounts,
    apiKeys,
  }: ReturnType<PermissionIndex['organization']>['organization'],
  id: string,
): boolean =>
  members.has(id as never) || serviceAccounts.has(id as never) || apiKeys.has(id as never);
