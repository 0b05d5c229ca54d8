import { createHash, randomBytes } from 'node:crypto';
import { TypeID, typeidUnboxed } from 'typeid-js';
import {
  ID_PREFIX,
  type ApiKeyId,
  type CommandId,
  type NewId,
  type OrganizationId,
} from '#domain/ids.js';

/** Makes ids: random ones, sortable by the time they were made. */
export abstract class Ids {
  abstract readonly newId: NewId;
}

/** TypeIDs over UUIDv7. */
export class TypeIds extends Ids {
  readonly newId = ((kind: keyof typeof ID_PREFIX) => typeidUnboxed(ID_PREFIX[kind])) as NewId;
}

/** What an idempotency key is scoped to. */
export interface KeyScope {
  readonly principal: string;
  readonly organization: OrganizationId;
  readonly operation: string;
  readonly key: string;
}

/** The same id for the same key in the same scope, on every node. */
export const commandIdOf = ({ principal, organization, operation, key }: KeyScope): CommandId =>
  derived(ID_PREFIX.command, [principal, organization, operation, key]) as CommandId;

/**
 * The same organization for the same key of the same principal, so that founding is repeatable.
 * @param use how often the key was used and forgotten before
 */
export const organizationIdOf = (
  { principal, operation, key }: Omit<KeyScope, 'organization'>,
  use: number,
): OrganizationId => {
  const again = use === 0 ? [] : [String(use)];
  return derived(ID_PREFIX.organization, [principal, operation, key, ...again]) as OrganizationId;
};

function derived(prefix: string, scope: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(scope)).digest().subarray(0, 16);
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}

/** A secret for an API key, shown once, and what is stored in its place. */
export interface Secret {
  /** `<key id>_<32 random bytes, base64url>`. */
  readonly secret: string;
  /** SHA-256 of `secret`, base64url. */
  readonly secretHash: string;
}

export const newSecret = (key: ApiKeyId): Secret => {
  const secret = `${key}_${randomBytes(32).toString('base64url')}`;
  return { secret, secretHash: createHash('sha256').update(secret).digest('base64url') };
};
