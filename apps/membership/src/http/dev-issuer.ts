/**
 * An issuer for local development: anybody on this machine is whoever they say. It exists only
 * while no issuer is configured and the server is bound to loopback.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose';
import type { TrustedIssuer } from './key-sets.js';

export const DEV_ISSUER = 'urn:membership:dev';
export const DEV_AUDIENCE = 'membership';
export const DEV_ALGORITHM = 'ES256';
const LIFETIME = '12h';

/** The key kept in the file. */
function kept(file: string): JWK {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JWK;
  } catch (cause) {
    throw new Error(`${file} can't be read; delete it, and sign in anew`, { cause });
  }
}

export class DevIssuer {
  private constructor(
    private readonly key: CryptoKey,
    private readonly publicKey: JWK,
  ) {}

  /** Keeps its key in `file`, so that tokens outlive a restart. */
  static async open(file: string): Promise<DevIssuer> {
    if (!existsSync(file)) {
      const { privateKey } = await generateKeyPair(DEV_ALGORITHM, { extractable: true });
      writeFileSync(file, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 });
    }
    const { d, ...publicKey } = kept(file);
    const key = (await importJWK({ ...publicKey, ...(d && { d }) }, DEV_ALGORITHM)) as CryptoKey;
    return new DevIssuer(key, { ...publicKey, alg: DEV_ALGORITHM, use: 'sig', kid: 'dev' });
  }

  get keySet(): { keys: JWK[] } {
    return { keys: [this.publicKey] };
  }

  get trusted(): TrustedIssuer {
    return { issuer: DEV_ISSUER, keys: createLocalJWKSet(this.keySet) };
  }

  /** The subject of whoever signs in with this address. */
  static subjectOf(email: string): string {
    return email.trim().toLowerCase();
  }

  token(email: string, name?: string): Promise<string> {
    const claims = { email, email_verified: true, ...(name === undefined ? {} : { name }) };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: DEV_ALGORITHM, typ: 'at+jwt', kid: 'dev' })
      .setIssuer(DEV_ISSUER)
      .setAudience(DEV_AUDIENCE)
      .setSubject(DevIssuer.subjectOf(email))
      .setIssuedAt()
      .setExpirationTime(LIFETIME)
      .sign(this.key);
  }
}
