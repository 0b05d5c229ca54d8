import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/** Random bytes for the next nonces: the source is slow to ask, however little it is asked for. */
const pool = Buffer.alloc(1024 * NONCE_BYTES);
let used = pool.length;

/** Never the same twice; to be used before the next is asked for. */
const nextNonce = (): Buffer => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += NONCE_BYTES;
  return pool.subarray(used - NONCE_BYTES, used);
};

/** AES-256-GCM: nonce, ciphertext, tag. `bound` must be given again, the same, to open it. */
export const encrypt = (key: Buffer, bound: readonly string[], plaintext: Buffer): Buffer => {
  const nonce = nextNonce();
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(additionalData(bound));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

/** Characters of what is sealed, as it is written, of so many bytes. */
export const sealedLength = (bytes: number): number =>
  Math.ceil(((NONCE_BYTES + bytes + TAG_BYTES) * 4) / 3);

/** What was encrypted, or `undefined` if the key, the bytes or what they are bound to differ. */
export const decrypt = (
  key: Buffer,
  bound: readonly string[],
  bytes: Buffer,
): Buffer | undefined => {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(additionalData(bound))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    return undefined;
  }
};

/** Unambiguous: no two lists have the same form. */
const additionalData = (bound: readonly string[]): Buffer => Buffer.from(JSON.stringify(bound));
