import { deadLink } from '#domain/decide/invitation.js';
import type { OrganizationId } from '#domain/ids.js';
import type { InvitationLink, InvitationTokens } from '#vault/tokens.js';
import { AddressBook } from './addresses.js';
import type { Transactor } from './transact.js';

/** What a token stands for; every token that is not good is refused alike. */
export const readLink = (tokens: InvitationTokens, token: string): InvitationLink =>
  tokens.read(token) ?? deadLink();

/** The addresses of the organization a link leads to; where it is gone, the link is dead. */
export async function addressesBehind(
  transactor: Transactor,
  organization: OrganizationId,
): Promise<AddressBook> {
  const { status } = await transactor.state(organization);
  if (status === 'absent' || status === 'deleted') deadLink();
  return new AddressBook(await transactor.ports.vault.tagKey(organization));
}
