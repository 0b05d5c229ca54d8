/** From what a person typed to what rules see: tags and values that wait to be sealed. */
import { randomBytes } from 'node:crypto';
import type { Address } from '#domain/context.js';
import { unknownOrganization } from '#domain/delegation.js';
import type { Authentication, Sealed } from '#domain/events.js';
import type { OrganizationId, Tag, UserId } from '#domain/ids.js';
import type { Newcomer } from '#domain/decide/requirements.js';
import { refuse } from '#domain/refusals.js';
import { canonicalAddress, type AddressProblem } from '#vault/addresses.js';
import { tagOf } from '#vault/tags.js';
import { providerOf } from './providers.js';
import type { CommandRequest } from './request.js';
import type { Transactor } from './transact.js';
import { unsealed } from './unsealed.js';

const PROBLEMS: { readonly [P in AddressProblem]: string } = {
  empty: 'is empty',
  too_long: 'is longer than 254 bytes',
  control_character: 'holds a control character',
  whitespace: 'holds white space',
  no_at_sign: 'has no @',
  bad_local_part: 'is not valid before the @',
  bad_domain: 'has no valid domain',
  confusable: 'looks like another address; it mixes scripts or letter forms',
};

/** The longest message with an invitation, in bytes of UTF-8. */
const MESSAGE_BYTES = 500;

/** Makes the addresses of one organization comparable. */
export class AddressBook {
  constructor(private readonly tagKey: Buffer) {}

  /**
   * The address as rules see it. Refuses `email.invalid`.
   *
   * @param pointer where in the request it stands.
   */
  address(email: string, pointer = '/email'): Address {
    const found = canonicalAddress(email);
    if ('problem' in found) {
      const detail = `The e-mail address ${PROBLEMS[found.problem]}.`;
      return refuse('email.invalid', detail, [{ pointer, detail }]);
    }
    const { canonical, domain } = found;
    return {
      tag: tagOf(this.tagKey, canonical),
      domain,
      provider: providerOf(domain),
      email: unsealed('email', canonical),
      displayEmail: unsealed('displayEmail', email.trim()),
    };
  }

  /** A person who is about to become a member. */
  newcomer(person: Person, member: Newcomer['member'], pointer = '/email'): Newcomer {
    const { user, email, name, authentication } = person;
    return {
      member,
      ...(user === undefined ? {} : { user }),
      address: email === undefined ? null : this.address(email, pointer),
      name: sealedName(name),
      authentication,
    };
  }
}

/** Somebody as the sign-in, or a directory, knows them. */
export interface Person {
  readonly user?: UserId;
  /** Verified. */
  readonly email?: string;
  readonly name?: string | null;
  readonly authentication: Authentication;
}

/** The addresses of an organization that exists; refuses `organization.not_found`. */
export async function addressesOf(
  transactor: Transactor,
  organization: OrganizationId,
): Promise<AddressBook> {
  const state = await transactor.state(organization);
  const exists = state.status === 'active' || state.status === 'suspended';
  if (!exists) unknownOrganization(state);
  return new AddressBook(await transactor.tagKey(organization));
}

/** The addresses of one that is about to be; where it will not be, under a key that is not kept. */
export async function addressesOfNew(
  transactor: Transactor,
  organization: OrganizationId,
  { dryRun }: Pick<CommandRequest, 'dryRun'>,
): Promise<AddressBook> {
  const { status } = await transactor.state(organization);
  const isKept = status !== 'deleted' && dryRun !== true;
  const key = isKept ? await transactor.tagKey(organization) : randomBytes(32);
  return new AddressBook(key);
}

/** An address that no invitation has, so that the rule says there is none. */
export const NO_ADDRESS = {
  tag: '' as Tag,
  domain: '',
  provider: 'business',
} as const satisfies Pick<Address, 'tag' | 'domain' | 'provider'>;

/** Text no database or mail can carry. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Refuses a name that could never be shown: what is stored is for ever. */
export function sealedName(name: string | null | undefined): Sealed | null {
  if (name == null) return null;
  if (UNSTORABLE.test(name)) refuse('request.invalid', 'The name has characters nobody can store.');
  return unsealed('name', name);
}

/** Refuses a message that is too long. */
export function sealedMessage(message: string, pointer = '/message'): Sealed {
  const bytes = Buffer.byteLength(message);
  if (bytes > MESSAGE_BYTES) {
    const detail = `The message has ${bytes} bytes, at most ${MESSAGE_BYTES} fit.`;
    refuse('request.invalid', detail, [{ pointer, detail }]);
  }
  return unsealed('message', message);
}
