/** Rules that ask for nothing, to tell the story of how commands are carried out. */
import { createOrganization } from '#domain/decide/organization.js';
import type { CatalogueId, OrganizationId, SpaceId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { addressesOfNew } from '#commands/addresses.js';
import type { CommandRequest, Decide, Outcome } from '#commands/request.js';
import type { Transactor } from '#commands/transact.js';
import { by, person } from './node.js';

/** Founds an organization on `mondoo`, ada its owner. */
export async function found(
  transactor: Transactor,
  id: string,
  request: CommandRequest = by('ada'),
  founder = person('ada'),
): Promise<Outcome> {
  const { catalogues, newId } = transactor.ports;
  const organization = id as OrganizationId;
  const catalogue = catalogues.latest('mondoo' as CatalogueId)!;
  const addresses = await addressesOfNew(transactor, organization, request);
  const newcomer = addresses.newcomer({ ...founder, authentication: 'local' }, newId('member'));
  const command = { name: id, founders: [newcomer], creation: 'anyone' } as const;
  return transactor.transact(
    organization,
    request,
    (context) => createOrganization(command, context),
    { catalogue },
  );
}

/** Adds a space; refuses one that is there, so that its order shows. */
export const space =
  (id: string): Decide =>
  () =>
  (organization) => {
    const taken = organization.spaces.has(id as SpaceId);
    if (taken) refuse('request.invalid', `${id} is there.`);
    return [{ type: 'space.create', space: id as SpaceId, name: id }];
  };

export const rename =
  (name: string): Decide =>
  () =>
  (organization) =>
    organization.name === name ? [] : [{ type: 'organization.rename', name }];

/** As many events as asked for. */
export const spaces =
  (prefix: string, count: number, name = 'x'): Decide =>
  () =>
  () =>
    Array.from({ length: count }, (_, index) => ({
      type: 'space.create',
      space: `${prefix}${index}` as SpaceId,
      name,
    }));
