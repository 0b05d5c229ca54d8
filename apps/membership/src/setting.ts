/** What a setting may look like. Each form throws a sentence that says what to do. */
import { accessSync, constants, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { KeysInvalid, parseRing, type RingName } from '#vault/keyring.js';

/** A setting that can't be used; the message names it and says what to do. */
export class SettingError extends Error {
  constructor(name: string, trouble: string) {
    super(`${name}: ${trouble}`);
  }
}

function fail(trouble: string): never {
  throw new Error(trouble);
}

export const text = (value: string): string => value;

export const oneOf =
  <const T extends string>(...values: readonly T[]) =>
  (value: string): T =>
    values.find((one) => one === value) ?? fail(`use one of ${values.join(', ')}, not "${value}"`);

/** Separated by commas or white space. */
export const list = (value: string): readonly string[] =>
  value.split(/[\s,]+/).filter((item) => item !== '');

export const url =
  (...protocols: readonly string[]) =>
  (value: string): string => {
    const { protocol, username, password } = URL.canParse(value) ? new URL(value) : NOWHERE;
    if (!protocols.includes(protocol))
      fail(`give a URL that starts with ${protocols.join(' or ')}`);
    decodable(`${username} ${password}`);
    return value;
  };

const NOWHERE = { protocol: '', username: '', password: '' };

/** A name and a password as they stand in a URL. */
function decodable(written: string): void {
  if (decodedOf(written) === undefined) {
    fail('user or password hold a % that encodes nothing; write it as %25');
  }
}

export const mailServer = (value: string): string => {
  const { hostname } = new URL(url('smtp:', 'smtps:')(value));
  return hostname === '' ? fail('name the mail server, as smtp://user:password@host:587') : value;
};

/** Several hosts are a cluster, and so more than a URL of the standard says. */
export const eventStore = (value: string): string => {
  const [found, , credentials = ''] =
    /^esdb(\+discover)?:\/\/([^@/?]+@)?[^@/?,]+(,[^@/?,]+)*\/?(\?.*)?$/.exec(value) ?? [];
  if (found === undefined) {
    fail('give it as esdb://user:password@host:2113, or esdb://host:2113?tls=false');
  }
  decodable(credentials);
  return value;
};

/** Where something is found under paths of its own; without a slash at the end. */
export const baseUrl = (value: string): string => {
  const { search, hash, username, password } = new URL(url('http:', 'https:')(value));
  if (search || hash || username || password) fail('give a URL without ?, # and a password');
  return value.replace(/\/+$/, '');
};

export const issuers = (value: string): readonly string[] =>
  list(value).map(url('https:', 'http:'));

export const keySets = (value: string): readonly string[] =>
  list(value).map(url('https:', 'http:', 'file:'));

/** What the names of schemas begin with. */
export const schema = (value: string): string =>
  /^[a-z_][a-z0-9_]{0,24}$/.test(value)
    ? value
    : fail('use lower-case letters, digits and _, at most 25, none of them a digit at the start');

/** An IPv6 address may stand in the brackets it has in a URL. */
export const host = (value: string): string => value.replace(/^\[(.*)\]$/, '$1');

export const port = (value: string): number => {
  const number = Number(value);
  return /^\d{1,5}$/.test(value) && number <= 65_535 ? number : fail('give a port, 0 to 65535');
};

export const count = (value: string): number =>
  /^[1-9]\d{0,5}$/.test(value) ? Number(value) : fail('give a whole number, 1 to 999999');

/** Signatures by a key pair only: a shared secret or `none` would let the audience sign. */
const SIGNATURES = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].concat([
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]);

export const algorithms = (value: string): readonly string[] => {
  const given = list(value);
  if (given.length === 0) fail(`name one or more of ${SIGNATURES.join(', ')}`);
  const unknown = given.filter((one) => !SIGNATURES.includes(one));
  if (unknown.length > 0) fail(`${unknown.join(', ')} is not one of ${SIGNATURES.join(', ')}`);
  return given;
};

/** Addresses, networks, or the names that Fastify has for those of no provider. */
export const networks = (value: string): readonly string[] => {
  for (const one of list(value)) {
    const [address = '', bits, ...rest] = one.split('/');
    const most = isIP(address) === 4 ? 32 : 128;
    const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    const isNamed = ['loopback', 'linklocal', 'uniquelocal'].includes(one);
    if (isNamed || (isIP(address) !== 0 && isRange && rest.length === 0)) continue;
    fail(`"${one}" is no address and no network; give such as 10.0.0.7 or 10.0.0.0/8`);
  }
  return list(value);
};

/** `host:port`, one or more; none where nothing is given. */
export const addresses = (value: string): readonly string[] => {
  const given = list(value);
  if (value !== '' && given.length === 0) fail('give such as kafka1:9092,kafka2:9092');
  for (const one of given) {
    const [, given] = /^(?:\[[\da-f:]+\]|[^:\s]+):(\d{1,5})$/i.exec(one) ?? [];
    if (given === undefined || Number(given) > 65_535) {
      fail(`"${one}" is no address; give such as kafka1:9092,kafka2:9092`);
    }
  }
  return given;
};

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** How a client says who it is: `mechanism:user:password`. */
export const sasl = (value: string) => {
  const [, name, username, password] = /^([^:]+):([^:]+):(.+)$/s.exec(value) ?? [];
  const mechanism = MECHANISMS.find((one) => one === name);
  if (mechanism === undefined || username === undefined || password === undefined) {
    return fail(`give mechanism:user:password, with one of ${MECHANISMS.join(', ')}`);
  }
  return { mechanism, username, password };
};

/** `name=value`, separated by commas, the values percent-encoded. */
export const headers = (value: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    value
      .split(',')
      .filter((one) => one.trim() !== '')
      .map((one) => {
        const [, name, written] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(.*?)\s*$/.exec(one) ?? [];
        const decoded = written === undefined ? undefined : decodedOf(written);
        if (name === undefined || decoded === undefined) {
          return fail('give name=value, several of them separated by commas, percent-encoded');
        }
        return [name, decoded] as const;
      }),
  );

function decodedOf(written: string): string | undefined {
  try {
    return decodeURIComponent(written);
  } catch {
    return undefined;
  }
}

/** Of a whole. */
export const share = (value: string): number =>
  /^(0(\.\d{1,9})?|1(\.0{1,9})?)$/.test(value) ? Number(value) : fail('give a number from 0 to 1');

export const topicPrefix = (value: string): string =>
  /^[A-Za-z0-9._-]{1,200}$/.test(value) ? value : fail('use letters, digits, and . _ - alone');

export const sender = (value: string): string =>
  /^([^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/.test(value)
    ? value
    : fail('give an address such as "Acme <no-reply@acme.example>"');

export const folder = (value: string): string => {
  const found = statSync(value, { throwIfNoEntry: false });
  if (!found?.isDirectory())
    fail(`${value} is ${found ? 'no folder' : 'not there'}; give a folder`);
  try {
    accessSync(value, constants.R_OK | constants.X_OK);
  } catch {
    fail(`${value} can't be read; give a folder this process may read`);
  }
  return value;
};

export const file = (value: string): string => {
  try {
    accessSync(value, constants.R_OK);
  } catch {
    fail(`${value} can't be read; give a file this process may read`);
  }
  if (statSync(value).isDirectory()) fail(`${value} is a folder; give a file`);
  return value;
};

/** Checked here, so that the start ends with the setting's name; read where it is used. */
export const ring =
  (name: RingName) =>
  (value: string): string => {
    try {
      parseRing(name, value);
      return value;
    } catch (error) {
      if (!(error instanceof KeysInvalid)) throw error;
      return fail(`${error.message}; "openssl rand -base64 32" makes a key`);
    }
  };
