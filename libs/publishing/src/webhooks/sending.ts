/** One signed request to somebody else's server, as Standard Webhooks has it. */
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { request as overHttp, type RequestOptions } from 'node:http';
import { request as overHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Webhook } from 'standardwebhooks';
import { refuse } from '#domain/refusals.js';
import type { Message } from '../envelope.js';

/** What became of a request; a `reason` names nobody. */
export type Attempt =
  | { readonly outcome: 'sent' }
  /** Nobody is there any more, and says so. */
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface SendingOptions {
  /** Private addresses and plain HTTP are allowed: only where the service itself is a developer's. */
  readonly development: boolean;
  /** Milliseconds for the whole of a request. */
  readonly patience?: number;
}

/** Milliseconds. */
const PATIENCE = 15_000;

/** What of IPv6 is given to the internet. */
const INTERNET = ipaddr.IPv6.parseCIDR('2000::/3');

/** Addresses that anybody on the internet may be reached at; every other is of somebody's own. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const one = ipaddr.process(address);
  const isGiven = one instanceof ipaddr.IPv4 || one.match(INTERNET);
  return isGiven && one.range() === 'unicast';
}

/**
 * Refuses `webhook.address_refused`: what is not https, has a password in it, or is a private
 * address by its looks. What a name leads to is looked at again whenever something is sent.
 */
export function requireAddress(text: string, { development }: SendingOptions): void {
  const trouble = troubleOf(text, development);
  if (trouble === undefined) return;
  refuse('webhook.address_refused', `A webhook ${trouble}.`, [
    { pointer: '/url', detail: trouble },
  ]);
}

function troubleOf(text: string, development: boolean): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL';
  const { protocol, username, password, hostname, hash } = new URL(text);
  const isAllowed = protocol === 'https:' || (development && protocol === 'http:');
  if (!isAllowed) return 'must begin with https:';
  if (username || password) return 'must have no password in its URL';
  if (hash) return 'must have no # in its URL';
  if (development) return undefined;
  const host = hostname.replace(/^\[|\]$|\.+$/g, '');
  if (isIP(host) !== 0) return isPublic(host) ? undefined : 'must be at a public address';
  return host.includes('.') && !/\.(local|localhost|internal)$/i.test(host)
    ? undefined
    : 'must be at a public name';
}

/** An address that nothing is sent to. */
class AddressRefused extends Error {}

/** Who knows the addresses of a name: name servers. */
export interface Names {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
}

/**
 * Every address of a name has to be public, at the very moment it is connected to. Not asked of the
 * system, which looks up few names of the whole process at a time: some are slow for others.
 */
export const lookupPublic =
  (names: Names): LookupFunction =>
  (hostname, { all }, done) => {
    addressesOf(hostname, names).then(
      (found) => (all ? done(null, found) : done(null, found[0]!.address, found[0]!.family)),
      (error: NodeJS.ErrnoException) => done(error, '', 0),
    );
  };

async function addressesOf(name: string, names: Names): Promise<LookupAddress[]> {
  const [four, six] = await Promise.allSettled([names.resolve4(name), names.resolve6(name)]);
  const found = [
    ...foundIn(four).map((address) => ({ address, family: 4 })),
    ...foundIn(six).map((address) => ({ address, family: 6 })),
  ];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  if (found.length === 0 || found.some(({ address }) => !isPublic(address))) {
    throw new AddressRefused('the name leads to an address that is not public');
  }
  return found;
}

const foundIn = (answer: PromiseSettledResult<string[]>): string[] =>
  answer.status === 'fulfilled' ? answer.value : [];

/** Tries of each name server, and milliseconds that the first waits; the next waits longer. */
const lookup = lookupPublic(new Resolver({ timeout: 2_000, tries: 2 }));

/** The body and the headers that prove where it is from: signed with each of the secrets. */
export function signed(message: Message, secrets: readonly string[], now: number) {
  const body = JSON.stringify(message.toJSON());
  const at = new Date(now);
  const signatures = secrets.map((one) => new Webhook(one).sign(message.id, at, body));
  return {
    body,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'membership-webhooks/1',
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': signatures.join(' '),
    },
  };
}

/** Follows no redirect, and reads nothing of the answer but its status. Whatever goes wrong is told. */
export function send(
  url: string,
  { body, headers }: ReturnType<typeof signed>,
  { development, patience = PATIENCE }: SendingOptions,
): Promise<Attempt> {
  const trouble = troubleOf(url, development);
  if (trouble !== undefined) return Promise.resolve({ outcome: 'failed', reason: trouble });
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(patience),
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    ...(development ? {} : { lookup }),
  };
  const target = new URL(url);
  const request = target.protocol === 'https:' ? overHttps : overHttp;
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ outcome: 'failed', reason: wordsOf(error, patience) });
    const sending = request(target, options, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      if (statusCode >= 200 && statusCode < 300) resolve({ outcome: 'sent' });
      else if (statusCode === 410) resolve({ outcome: 'gone' });
      else resolve({ outcome: 'failed', reason: `answered ${statusCode}` });
    });
    sending.on('error', failed);
    // Also what ends without an answer and without an error, as a protocol that is switched to does.
    sending.on('close', () => resolve({ outcome: 'failed', reason: 'no answer' }));
    sending.end(body);
  });
}

const wordsOf = (error: NodeJS.ErrnoException, patience: number): string => {
  if (error instanceof AddressRefused) return error.message;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return `no answer within ${patience / 1_000} s`;
  }
  return error.code ?? 'no connection';
};
