/**
 * Every setting of the service: read from the environment once, checked before anything starts.
 * `docs/settings.md` holds the same table for people; a test keeps the two together.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import {
  addresses,
  algorithms,
  baseUrl,
  count,
  eventStore,
  file,
  folder,
  headers,
  host,
  issuers,
  keySets,
  list,
  mailServer,
  networks,
  oneOf,
  port,
  ring,
  sasl,
  schema,
  sender,
  share,
  SettingError,
  text,
  topicPrefix,
  url,
} from './setting.js';

export { SettingError } from './setting.js';

interface Setting<T> {
  /** What it is when it is not set; absent: it has no value then. */
  readonly fallback?: string;
  /** Throws a sentence that says what to do. */
  readonly parse: (text: string) => T;
  /** Can be read from the file that `<NAME>_FILE` names, and is never shown. */
  readonly secret?: true;
}

/** Name → how it is read. The order is that of `docs/settings.md`. */
export const SETTINGS = {
  HTTP_PORT: { fallback: '3000', parse: port },
  HTTP_HOST: { fallback: '127.0.0.1', parse: host },
  GRPC_PORT: { fallback: '3001', parse: port },
  PUBLIC_URL: { parse: baseUrl },
  TRUSTED_PROXIES: { fallback: '', parse: networks },
  DATA_DIR: { fallback: './data', parse: text },
  EVENTSTORE_URL: { parse: eventStore, secret: true },
  DATABASE_URL: { parse: url('postgres:', 'postgresql:'), secret: true },
  DATABASE_SCHEMA: { fallback: 'membership', parse: schema },
  DATABASE_CONNECTIONS: { fallback: '8', parse: count },
  NODE_ENV: { fallback: 'development', parse: oneOf('development', 'production', 'test') },
  LOG_LEVEL: {
    fallback: 'info',
    parse: oneOf('silent', 'error', 'warn', 'info', 'debug', 'trace'),
  },
  ISSUERS: { fallback: '', parse: issuers },
  JWKS: { fallback: '', parse: keySets },
  AUDIENCE: { fallback: '', parse: list },
  ALGORITHMS: { fallback: 'RS256,PS256,ES256,EdDSA', parse: algorithms },
  EMAIL_CLAIM: { fallback: 'email', parse: text },
  PLATFORM_ADMINS: { fallback: '', parse: list },
  ORGANIZATION_CREATION: { fallback: 'anyone', parse: oneOf('anyone', 'platform') },
  CATALOGUES_DIR: { parse: folder },
  ACCESS_REQUEST_ENDPOINT: { parse: url('https:') },
  SMTP_URL: { parse: mailServer, secret: true },
  MAIL_FROM: { fallback: 'Membership <membership@localhost>', parse: sender },
  MAIL_RATE: { fallback: '200', parse: count },
  MAIL_FROM_POSITION: { parse: oneOf('beginning', 'end') },
  KAFKA_BROKERS: { fallback: '', parse: addresses },
  KAFKA_TLS: { fallback: 'off', parse: oneOf('on', 'off') },
  KAFKA_CA: { parse: file },
  KAFKA_SASL: { parse: sasl, secret: true },
  KAFKA_TOPIC_PREFIX: { fallback: 'membership', parse: topicPrefix },
  KAFKA_PARTITIONS: { fallback: '12', parse: count },
  KAFKA_REPLICATION: { parse: count },
  PUBLISHED_PERSONAL_DATA: { fallback: 'sealed', parse: oneOf('sealed', 'open') },
  OTEL_EXPORTER_OTLP_ENDPOINT: { parse: baseUrl },
  OTEL_EXPORTER_OTLP_HEADERS: { fallback: '', parse: headers, secret: true },
  OTEL_SERVICE_NAME: { fallback: 'membership', parse: text },
  OTEL_TRACES_SAMPLER_ARG: { fallback: '1', parse: share },
  RATE_LIMITS: { fallback: 'on', parse: oneOf('on', 'off') },
  BAD_LINKS_PER_MINUTE: { fallback: '30', parse: count },
  INVITATIONS_PER_MINUTE: { fallback: '3000', parse: count },
  STREAMS_PER_CALLER: { fallback: '200', parse: count },
  VAULT_KEYS: { parse: ring('wrapping'), secret: true },
  TOKEN_KEYS: { parse: ring('tokens'), secret: true },
} as const satisfies { readonly [name: string]: Setting<unknown> };

type Settings = {
  readonly [N in keyof typeof SETTINGS]: (typeof SETTINGS)[N] extends {
    readonly fallback: string;
    readonly parse: (text: string) => infer T;
  }
    ? T
    : (typeof SETTINGS)[N] extends { readonly parse: (text: string) => infer T }
      ? T | undefined
      : never;
};

/** Where identities come from. */
export interface IssuerSettings {
  readonly issuer: string;
  /** Where its key set is: a URL, or a file; absent: the issuer's discovery document says. */
  readonly jwks?: string;
}

export interface Config extends Omit<Settings, 'ISSUERS' | 'JWKS' | 'PUBLIC_URL'> {
  readonly issuers: readonly IssuerSettings[];
  /** Where people reach this service; without a slash at the end. Absent: where it listens. */
  readonly publicUrl: string | undefined;
  /** The dev issuer and the mailbox exist: no issuer, bound to loopback, not production. */
  readonly development: boolean;
}

/** The configuration as Nest injects it. */
export class Configuration {
  constructor(readonly value: Config) {}
}

/** `127.0.0.0/8`, `::1` or `localhost`. */
export const isLoopback = (host: string): boolean => {
  const bare = host.replace(/^\[|\]$/g, '');
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
};

type Environment = { readonly [name: string]: string | undefined };

/** @throws SettingError for the first setting that can't be used. */
export function readConfig(environment: Environment): Config {
  const { ISSUERS, JWKS, PUBLIC_URL, ...settings } = readSettings(environment);
  const loopback = isLoopback(settings.HTTP_HOST);
  const trusted = ISSUERS.map((issuer, index): IssuerSettings => {
    const jwks = JWKS[index];
    return { issuer, ...(jwks === undefined ? {} : { jwks }) };
  });
  const config: Config = {
    ...settings,
    issuers: trusted,
    publicUrl: PUBLIC_URL,
    development: trusted.length === 0 && loopback && settings.NODE_ENV !== 'production',
  };
  check(config, JWKS.length);
  return config;
}

function readSettings(environment: Environment): Settings {
  const names = Object.keys(SETTINGS) as (keyof Settings)[];
  return Object.fromEntries(
    names.map((name) => [name, readSetting(name, environment)]),
  ) as unknown as Settings;
}

/** One setting alone, for what needs no other. @throws SettingError */
export function readSetting<N extends keyof Settings>(
  name: N,
  environment: Environment,
): Settings[N] {
  const setting: Setting<unknown> = SETTINGS[name];
  const written = valueOf(name, setting, environment) ?? setting.fallback;
  if (written === undefined) return undefined as Settings[N];
  try {
    return setting.parse(written) as Settings[N];
  } catch (error) {
    throw new SettingError(name, (error as Error).message);
  }
}

/** An empty variable is one that is not set. */
function valueOf(name: string, setting: Setting<unknown>, environment: Environment) {
  const value = environment[name] || undefined;
  const file = setting.secret && environment[`${name}_FILE`];
  if (!file) return value;
  if (value !== undefined) throw new SettingError(name, `set it or ${name}_FILE, not both`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new SettingError(`${name}_FILE`, `can't be read; give a file this process may read`);
  }
}

/** What no setting can say alone. */
function check(config: Config, keySetCount: number): void {
  const { issuers, HTTP_HOST, NODE_ENV, publicUrl } = config;
  if (issuers.length === 0) {
    const remedy = 'name the issuer of your access tokens (and AUDIENCE)';
    if (NODE_ENV === 'production')
      throw new SettingError('ISSUERS', `production needs one; ${remedy}`);
    if (!isLoopback(HTTP_HOST)) {
      throw new SettingError(
        'HTTP_HOST',
        `the development issuer answers on loopback only; use 127.0.0.1, or set ISSUERS: ${remedy}`,
      );
    }
  } else {
    if (config.AUDIENCE.length === 0) {
      throw new SettingError('AUDIENCE', 'name the audience your access tokens are made for');
    }
    if (config.SMTP_URL === undefined) {
      throw new SettingError('SMTP_URL', 'name the mail server, as smtp://user:password@host:587');
    }
    if (publicUrl === undefined) {
      throw new SettingError('PUBLIC_URL', 'give the address people reach this service at');
    }
  }
  if (config.ACCESS_REQUEST_ENDPOINT !== undefined && publicUrl === undefined) {
    const remedy = 'give the address that denials are to be known by';
    throw new SettingError('PUBLIC_URL', `ACCESS_REQUEST_ENDPOINT needs it; ${remedy}`);
  }
  if (keySetCount > 0 && keySetCount !== issuers.length) {
    throw new SettingError('JWKS', 'give one key set for each of ISSUERS, in the same order');
  }
  if ((config.VAULT_KEYS === undefined) !== (config.TOKEN_KEYS === undefined)) {
    const other = config.VAULT_KEYS === undefined ? 'VAULT_KEYS' : 'TOKEN_KEYS';
    // What each node made for itself the others would not know.
    if (config.EVENTSTORE_URL !== undefined) {
      throw new SettingError(
        other,
        'every node needs the same keys of both rings; give both or none',
      );
    }
  }
  if (config.KAFKA_CA !== undefined && config.KAFKA_TLS !== 'on') {
    throw new SettingError('KAFKA_CA', 'is used over TLS only; set KAFKA_TLS=on');
  }
  if (config.RATE_LIMITS === 'off' && !isLoopback(HTTP_HOST)) {
    throw new SettingError('RATE_LIMITS', 'can be off only while HTTP_HOST is loopback');
  }
}
