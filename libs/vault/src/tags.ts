import { createHash, createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import { fromUUIDBytes } from 'typeid-js';
import type { Tag, UserId } from '#domain/ids.js';

/** The pseudonym rules compare: equal for equal canonical addresses of one organization. */
export const tagOf = (key: Buffer, canonical: string): Tag =>
  createHmac('sha256', key).update(canonical).digest('base64url') as Tag;

/** `usr_` and the first 128 bits of SHA-256(issuer, 0x00, subject), in a TypeID's base 32. */
export const userId = (issuer: string, subject: string): UserId => {
  const digest = createHash('sha256').update(issuer).update('\0').update(subject).digest();
  return fromUUIDBytes('usr', digest.subarray(0, 16)) as string as UserId;
};

/**
 * Keyed digest of a JSON value, base64url: equal for equal requests whatever the order of their
 * fields. Under an organization's tag key it says nothing to whoever reads the log.
 */
export const digest = (key: Buffer, value: unknown): string =>
  createHmac('sha256', key)
    .update(`digest\0${canonicalize(value) ?? 'null'}`)
    .digest('base64url');
