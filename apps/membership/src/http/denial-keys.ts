/** Signs what a denial says of itself, for whoever is asked for access because of it. */
import { createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { SignJWT, type JWK, type JWTPayload } from 'jose';
import type { Ring } from '#vault/keyring.js';

const ALGORITHM = 'EdDSA';
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export class DenialKeys {
  readonly #current: { readonly kid: string; readonly key: KeyObject };
  /** With the keys of before: what they have signed is good until it ends. */
  readonly keySet: { readonly keys: readonly JWK[] };

  /** Derived, so that there is no further secret to keep, and every node has the same. */
  constructor({ current, keys }: Ring) {
    this.#current = { kid: current, key: privateKey(keys.get(current)!) };
    this.keySet = {
      keys: [...keys].map(([kid, secret]) => ({
        ...(createPublicKey(privateKey(secret)).export({ format: 'jwk' }) as JWK),
        kid,
        alg: ALGORITHM,
        use: 'sig',
      })),
    };
  }

  /** A JWS in compact form. */
  sign(claims: JWTPayload): Promise<string> {
    const { kid, key } = this.#current;
    return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' }).sign(key);
  }
}

const privateKey = (secret: Buffer): KeyObject => {
  const seed = createHmac('sha256', secret).update('denials').digest();
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
};
