/** Credentials → caller: an access token of a trusted issuer, or an API key of this service. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Channel, KeyOwner } from '#domain/events.js';
import type { ApiKeyId, OrganizationId, UserId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { userId } from '#vault/tags.js';
import { PUBLIC_METADATA, type Caller, type Person } from './caller.js';
import { Issuers, type Identity } from './issuers.js';
import { troubleOfEmail } from './text.js';

/** What comes with a request, whatever the transport. */
export interface Credentials {
  readonly authorization?: string | undefined;
  /** The bare subject a trusted platform service acts for; `issuer|subject` with several issuers. */
  readonly actFor?: string | undefined;
  /** That person's e-mail address, verified by the service. */
  readonly actForEmail?: string | undefined;
  readonly via: Channel;
}

/** An API key that is good now: not expired or revoked, its owner active. */
export interface LiveKey {
  readonly id: ApiKeyId;
  readonly organization: OrganizationId;
  readonly owner: KeyOwner;
  /** SHA-256 of the whole key as it is sent, base64url. */
  readonly secretHash: string;
}

/** Where API keys are looked up. */
export abstract class ApiKeys {
  /** `undefined`: there is none, or it is not good now. */
  abstract find(id: ApiKeyId): Promise<LiveKey | undefined>;
  /** May whoever holds this key act for people (`subjects:act_for` of the platform)? */
  abstract mayActFor(key: LiveKey, user: UserId): Promise<boolean>;
}

const KEY = /^(key_[0-7][0-9a-hjkmnp-tv-z]{25})_[\w-]{43}$/;

/** How principals are named elsewhere: taken for a subject, it would be that of nobody there is. */
const PRINCIPAL = /^(user:|(usr|mem|svc|key|inv)_)/;

/** Refuses `principal.invalid`. @param what takes a subject. */
export function requireSubject(subject: string, what: string): void {
  if (!PRINCIPAL.test(subject)) return;
  refuse(
    'principal.invalid',
    `${what} takes the bare subject that the person signs in with (or issuer|subject), without user: before it, and no id.`,
  );
}

@Injectable()
export class Authentication {
  /** Of tokens seen before: the id of a person takes a hash. */
  readonly #people = new WeakMap<Identity, Person>();

  constructor(
    private readonly issuers: Issuers,
    private readonly keys: ApiKeys,
  ) {}

  /** @throws Refusal `authentication.missing`, `authentication.invalid`, `principal.invalid` or
   * `permission.denied`. */
  async caller(credentials: Credentials): Promise<Caller> {
    const [, token] = /^Bearer ([^\s]+)$/i.exec(credentials.authorization ?? '') ?? [];
    if (token === undefined) {
      refuse('authentication.missing', 'Send an access token: "Authorization: Bearer …".');
    }
    if (token.startsWith('key_')) return this.#byKey(token, credentials);
    if (credentials.actFor !== undefined) {
      refuse('permission.denied', 'Only a service account of the platform acts for people.');
    }
    const identity = await this.issuers.verify(token);
    const person = this.#people.get(identity) ?? asPerson(identity);
    this.#people.set(identity, person);
    return { actor: { kind: 'user', id: person.user, via: credentials.via }, person };
  }

  async #byKey(token: string, { via, actFor, actForEmail }: Credentials): Promise<Caller> {
    const [, id] = KEY.exec(token) ?? [];
    const key = id === undefined ? undefined : await this.keys.find(id as ApiKeyId);
    if (!sameHash(token, key?.secretHash) || key === undefined) {
      refuse(
        'authentication.invalid',
        'The API key is not valid: unknown, ended, or its owner is.',
      );
    }
    if (actFor === undefined) {
      const { organization: home, owner } = key;
      return { actor: { kind: 'api_key', id: key.id, via }, home, owner };
    }
    requireSubject(actFor, 'Membership-Act-For');
    const person = this.person(actFor, actForEmail);
    if (!(await this.keys.mayActFor(key, person.user))) {
      refuse(
        'permission.denied',
        'Acting for people needs the platform permission subjects:act_for.',
      );
    }
    return { actor: { kind: 'api_key', id: key.id, actingFor: person.user, via }, person };
  }

  /** The person named by `subject`, or by `issuer|subject`. */
  person(named: string, email?: string): Person {
    const [before, after] = splitAtBar(named);
    const issuer = after !== undefined && this.issuers.knows(before) ? before : this.issuers.only;
    const subject = issuer === before ? after : named;
    if (issuer === undefined || !subject) {
      refuse(
        'principal.invalid',
        'Name the person as issuer|subject: several issuers are trusted.',
      );
    }
    if (email !== undefined && troubleOfEmail(email) !== undefined) {
      refuse('email.invalid', 'Membership-Act-For-Email must be an e-mail address.');
    }
    return asPerson({ issuer, subject, ...(email === undefined ? {} : { email }) });
  }
}

const splitAtBar = (text: string): [string, string | undefined] => {
  const at = text.indexOf('|');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

const asPerson = ({ issuer, subject, email, name }: Identity): Person => ({
  user: userId(issuer, subject),
  issuer,
  subject,
  ...(email === undefined ? {} : { email }),
  ...(name === undefined ? {} : { name }),
});

/** Compares in constant time; an unknown key costs the same. */
function sameHash(secret: string, stored: string | undefined): boolean {
  const hash = createHash('sha256').update(secret).digest();
  const expected = Buffer.from(stored ?? '', 'base64url');
  return timingSafeEqual(hash, expected.length === hash.length ? expected : Buffer.alloc(32));
}

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join() : value;
};

/** What a request says of who sends it. */
export const credentialsOf = (request: FastifyRequest): Credentials => ({
  authorization: header(request, 'authorization'),
  actFor: header(request, 'membership-act-for'),
  actForEmail: header(request, 'membership-act-for-email'),
  via: request.channel ?? 'http',
});

/** Lets nobody in whose credentials are not good, except to public routes. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authentication: Authentication,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC_METADATA, targets)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.caller = await this.authentication.caller(credentialsOf(request));
    return true;
  }
}
