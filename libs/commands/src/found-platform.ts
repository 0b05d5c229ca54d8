/** Founds the organization that power over all others comes from. */
import { createOrganization } from '#domain/decide/organization.js';
import { PLATFORM, type CatalogueId, type UserId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import { addressesOfNew, type Person } from './addresses.js';
import type { Outcome } from './request.js';
import { systemRequest } from './system-request.js';
import type { Transactor } from './transact.js';

/** A member that the configuration names. */
export interface FirstMember extends Omit<Person, 'authentication'> {
  readonly user: UserId;
}

/**
 * Creates the platform organization with these members, unless it is there: then the configuration
 * changes nothing. Without members it is left for a start that names some. Needs the `platform`
 * catalogue to be published.
 */
export async function foundPlatform(
  transactor: Transactor,
  name: string,
  members: readonly FirstMember[],
): Promise<Outcome | undefined> {
  const { status } = await transactor.latest(PLATFORM).catch((error: unknown) => {
    // It is there, though it can't be read.
    if (error instanceof DamagedEvent) return { status: 'active' };
    throw error;
  });
  const catalogue = transactor.ports.catalogues.latest(PLATFORM as string as CatalogueId);
  if (status !== 'absent' || members.length === 0) return undefined;
  if (catalogue === undefined) throw new Error('the platform catalogue is not published');
  const { newId } = transactor.ports;
  const request = systemRequest('configuration', newId);
  const addresses = await addressesOfNew(transactor, PLATFORM, request);
  // Whoever is named twice is one person.
  const persons = new Map(members.map((one) => [one.user, one])).values();
  const founders = [...persons].map((one) =>
    addresses.newcomer({ ...one, authentication: 'local' }, newId('member')),
  );
  const command = { name, founders, creation: 'platform' } as const;
  const rule = (context: Parameters<typeof createOrganization>[1]) =>
    createOrganization(command, context);
  try {
    return await transactor.transact(PLATFORM, request, rule, { catalogue });
  } catch (error) {
    // Another node was first.
    if (error instanceof Refusal && error.code === 'organization.exists') return undefined;
    throw error;
  }
}
