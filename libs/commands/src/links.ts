import type { InvitationLink, InvitationTokens } from '#vault/tokens.js';
import { deadLink } from '#domain/decide/accept.js';
import { AddressBook } from './addresses.js';
import type { Transactor } from './transact.js';

/**
 * What a token stands for. Every token that is not good is refused alike, also a genuine one to an
 * organization that is gone.
 */
export async function readLink(
  transactor: Transactor,
  tokens: InvitationTokens,
  token: string,
): Promise<InvitationLink> {
  const link = tokens.read(token) ?? deadLink();
  const { status } = await transactor.state(link.organization);
  return status === 'absent' || status === 'deleted' ? deadLink() : link;
}

/** The addresses of the organization that a link leads to. */
export const addressesBehind = async (
  transactor: Transactor,
  { organization }: InvitationLink,
): Promise<AddressBook> => new AddressBook(await transactor.tagKey(organization));
