/** Bearer tokens: whose they are, checked against the issuers' key sets. */
import { decodeJwt, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { refuse } from '#domain/refusals.js';
import { KeySetUnreachable, type TrustedIssuer } from './key-sets.js';
import { troubleOfName } from './text.js';

/** Characters a name may have, as in a body. */
const NAME_LENGTH = 200;

/** Who a token says is asking. No claim carries authority. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** Verified by the issuer; absent: not known, or not verified. */
  readonly email?: string;
  readonly name?: string;
}

/** Seconds by which clocks may differ. */
const SKEW = 60;
/** Seconds a checked token is trusted without looking at its signature again. */
const TRUSTED = 60;
const TYPES = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt']);

export class Issuers {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly #seen = new LRUCache<string, Identity & { readonly until: number }>({
    maxSize: 20_000,
    sizeCalculation: () => 1,
  });

  constructor(
    issuers: readonly TrustedIssuer[],
    private readonly expected: {
      readonly audience: readonly string[];
      readonly algorithms: readonly string[];
      readonly emailClaim: string;
    },
  ) {
    this.#issuers = new Map(issuers.map((one) => [one.issuer, one]));
  }

  /** The issuers to be named where a subject alone says who is meant. */
  get only(): string | undefined {
    const [first] = this.#issuers.keys();
    return this.#issuers.size === 1 ? first : undefined;
  }

  /** Is this one of the issuers? */
  knows(issuer: string): boolean {
    return this.#issuers.has(issuer);
  }

  /** Asks each for its keys: one that is set wrong is in the log before anybody brings a token. */
  askForKeys(): void {
    const anyToken = { payload: '', signature: '' };
    for (const { keys } of this.#issuers.values()) {
      void Promise.resolve(keys({ alg: 'RS256' }, anyToken)).catch(() => undefined);
    }
  }

  /** @throws Refusal `authentication.invalid` whatever is wrong with the token, or
   * `authentication.unavailable` where its issuer's keys are not to be had. */
  async verify(token: string): Promise<Identity> {
    const now = Date.now() / 1000;
    const seen = this.#seen.get(token);
    if (seen !== undefined && now < seen.until) return seen;
    const payload = await this.#check(token);
    const identity = identityOf(payload, this.expected.emailClaim);
    const until = Math.min(now + TRUSTED, (payload.exp ?? 0) + SKEW);
    this.#seen.set(token, { ...identity, until });
    return identity;
  }

  async #check(token: string): Promise<JWTPayload> {
    const { audience, algorithms } = this.expected;
    try {
      // Which keys to ask is all that is taken from the token before its signature is checked.
      const trusted = this.#issuers.get(decodeJwt(token).iss ?? '');
      if (trusted === undefined) throw new Error('another issuer');
      const { payload, protectedHeader } = await jwtVerify(token, trusted.keys, {
        issuer: trusted.issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        clockTolerance: SKEW,
        requiredClaims: ['sub', 'exp'],
      });
      const type = protectedHeader.typ?.toLowerCase();
      if (type !== undefined && !TYPES.has(type)) throw new Error('another type of token');
      if (typeof payload.sub !== 'string' || payload.sub === '') throw new Error('no subject');
      return payload;
    } catch (error) {
      if (error instanceof KeySetUnreachable) {
        refuse(
          'authentication.unavailable',
          'The issuer can not be asked now; repeat the request.',
        );
      }
      return refuse(
        'authentication.invalid',
        'The access token is not valid here; get a fresh one for this service.',
      );
    }
  }
}

function identityOf(payload: JWTPayload, emailClaim: string): Identity {
  const { iss, sub } = payload;
  const name = nameOf(payload['name']);
  const email = payload[emailClaim];
  const verified = payload['email_verified'] === true && typeof email === 'string';
  return {
    issuer: iss!,
    subject: sub!,
    ...(verified ? { email } : {}),
    ...(name === undefined ? {} : { name }),
  };
}

/** The name the issuer gives, as far as we would take it from the person: many let people choose. */
function nameOf(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const name = claim.normalize('NFC').trim();
  return troubleOfName(name, NAME_LENGTH) === undefined ? name : undefined;
}
