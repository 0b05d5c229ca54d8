/** An issuer of access tokens for tests: signs well, or wrongly in every way that matters. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTPayload,
} from 'jose';

export const ISSUER = 'https://id.example.com';
export const AUDIENCE = 'membership';

interface Forgery {
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly notBefore?: number;
  readonly typ?: string;
  /** Sign with a key nobody knows. */
  readonly wrongKey?: true;
}

export class TestIssuer {
  private constructor(
    private readonly key: CryptoKey,
    private readonly otherKey: CryptoKey,
    /** The public key in PEM: what an attacker would sign with as a shared secret. */
    readonly publicPem: string,
    /** Settings that make a service trust this issuer. */
    readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async create(): Promise<TestIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const other = await generateKeyPair('RS256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'RS256' }] };
    const file = join(mkdtempSync(join(tmpdir(), 'issuer-')), 'jwks.json');
    writeFileSync(file, JSON.stringify(jwks));
    return new TestIssuer(privateKey, other.privateKey, await exportSPKI(publicKey), {
      ISSUERS: ISSUER,
      AUDIENCE,
      JWKS: pathToFileURL(file).href,
      SMTP_URL: 'smtp://127.0.0.1:1',
      PUBLIC_URL: 'https://members.example.com',
    });
  }

  token(claims: JWTPayload, forgery: Forgery = {}): Promise<string> {
    const { issuer = ISSUER, audience = AUDIENCE, expiresIn = 600, notBefore, typ } = forgery;
    const now = Math.floor(Date.now() / 1000);
    const token = new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'test', typ: typ ?? 'at+jwt' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + expiresIn);
    if (notBefore !== undefined) token.setNotBefore(now + notBefore);
    return token.sign(forgery.wrongKey ? this.otherKey : this.key);
  }

  /** `alg: none`. */
  unsigned(claims: JWTPayload): string {
    return new UnsecuredJWT(claims)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime('10m')
      .encode();
  }

  /** HS256 with the public key as the secret. */
  confused(claims: JWTPayload): Promise<string> {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'test', typ: 'at+jwt' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(this.publicPem));
  }
}
