import { createHash } from 'node:crypto';
import { fromUUIDBytes } from 'typeid-js';

/** The id of a person: `usr_` and the first 128 bits of SHA-256(issuer, 0x00, subject). */
export function personId(issuer: string, subject: string): string {
  const digest = createHash('sha256').update(`${issuer}\0${subject}`).digest();
  return fromUUIDBytes('usr', digest.subarray(0, 16));
}
