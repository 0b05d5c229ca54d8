import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig, SETTINGS } from '../../apps/membership/src/config.js';

const RING = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const production = {
  NODE_ENV: 'production',
  HTTP_HOST: '0.0.0.0',
  ISSUERS: 'https://id.example.com',
  AUDIENCE: 'membership',
  SMTP_URL: 'smtp://mail.example.com:587',
  PUBLIC_URL: 'https://members.example.com/',
};

describe('settings', () => {
  test('nothing set is local development on loopback', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      HTTP_PORT: 3000,
      GRPC_PORT: 3001,
      HTTP_HOST: '127.0.0.1',
      development: true,
    });
  });

  test('without a public URL there is the address that is listened at, known then', () => {
    expect(readConfig({}).publicUrl).toBeUndefined();
    expect(readConfig({ PUBLIC_URL: 'http://here.example/' }).publicUrl).toBe(
      'http://here.example',
    );
  });

  test('an IPv6 address may have the brackets of a URL', () => {
    expect(readConfig({ HTTP_HOST: '[::1]' })).toMatchObject({
      HTTP_HOST: '::1',
      development: true,
    });
  });

  test('an issuer ends the development mode', () => {
    const config = readConfig(production);
    expect(config.development).toBe(false);
    expect(config.issuers).toEqual([{ issuer: 'https://id.example.com' }]);
    expect(config.publicUrl).toBe('https://members.example.com');
  });

  test.each([
    ['ACCESS_REQUEST_ENDPOINT', { ACCESS_REQUEST_ENDPOINT: 'http://requests.example.com' }],
    ['PUBLIC_URL', { ACCESS_REQUEST_ENDPOINT: 'https://requests.example.com' }],
    ['ISSUERS', { NODE_ENV: 'production' }],
    ['HTTP_HOST', { HTTP_HOST: '0.0.0.0' }],
    ['AUDIENCE', { ...production, AUDIENCE: '' }],
    ['SMTP_URL', { ...production, SMTP_URL: '' }],
    ['PUBLIC_URL', { ...production, PUBLIC_URL: '' }],
    ['JWKS', { ...production, JWKS: 'https://a.example/1,https://a.example/2' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', { OTEL_EXPORTER_OTLP_HEADERS: 'secret' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=%' }],
    ['OTEL_TRACES_SAMPLER_ARG', { OTEL_TRACES_SAMPLER_ARG: '1.5' }],
    ['ALGORITHMS', { ...production, ALGORITHMS: 'HS256' }],
    ['ALGORITHMS', { ...production, ALGORITHMS: 'none' }],
    ['RATE_LIMITS', { ...production, RATE_LIMITS: 'off' }],
    ['HTTP_PORT', { HTTP_PORT: '70000' }],
    ['NODE_ENV', { NODE_ENV: 'staging' }],
    ['SMTP_URL', { SMTP_URL: 'mail.example.com' }],
    ['EVENTSTORE_URL', { EVENTSTORE_URL: 'http://127.0.0.1:2113' }],
    ['SMTP_URL', { SMTP_URL: 'smtp:' }],
    ['SMTP_URL', { SMTP_URL: 'smtp://ada:p%w@mail.example.com' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://ada:p%w@db.example.com/membership' }],
    ['EVENTSTORE_URL', { EVENTSTORE_URL: 'esdb://' }],
    ['EVENTSTORE_URL', { EVENTSTORE_URL: 'esdb://ada:p%w@127.0.0.1:2113' }],
    ['KAFKA_BROKERS', { KAFKA_BROKERS: ',' }],
    ['KAFKA_CA', { KAFKA_BROKERS: 'a:9092', KAFKA_TLS: 'on', KAFKA_CA: tmpdir() }],
    ['ALGORITHMS', { ...production, ALGORITHMS: ',' }],
    ['TOKEN_KEYS', { EVENTSTORE_URL: 'esdb://127.0.0.1:2113', VAULT_KEYS: RING }],
    ['VAULT_KEYS', { EVENTSTORE_URL: 'esdb://127.0.0.1:2113', TOKEN_KEYS: RING }],
    ['PUBLIC_URL', { PUBLIC_URL: 'members.example.com' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://members.example.com/?a=b' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://ada:secret@members.example.com' }],
    ['ISSUERS', { ISSUERS: 'id.example.com' }],
    ['JWKS', { ...production, JWKS: '/etc/jwks.json' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/8, proxy' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/33' }],
    ['MAIL_FROM', { MAIL_FROM: 'Acme' }],
    ['CATALOGUES_DIR', { CATALOGUES_DIR: '/does/not/exist' }],
    ['CATALOGUES_DIR', { CATALOGUES_DIR: 'package.json' }],
    ['VAULT_KEYS', { VAULT_KEYS: 'c2hvcnQ=' }],
    ['TOKEN_KEYS', { TOKEN_KEYS: 'k1:c2hvcnQ=' }],
    ['BAD_LINKS_PER_MINUTE', { BAD_LINKS_PER_MINUTE: '0' }],
    ['INVITATIONS_PER_MINUTE', { INVITATIONS_PER_MINUTE: 'many' }],
  ])('%s that can not be used is named', (name, environment) => {
    expect(() => readConfig(environment)).toThrow(new RegExp(`^${name}: .{10}`));
  });

  test('a secret that can not be used is not shown', () => {
    const secret = 'k1:bm90LWxvbmctZW5vdWdo';
    expect(() => readConfig({ VAULT_KEYS: secret })).not.toThrow(new RegExp(secret));
    for (const url of [
      `x://ada:${secret}@a`,
      `smtp://ada:${secret}%w@a`,
      `smtp://ada:${secret}@`,
    ]) {
      expect(() => readConfig({ SMTP_URL: url })).not.toThrow(new RegExp(secret));
    }
  });

  test('an issuer is named as its tokens name it, with its slash', () => {
    const slash = 'https://tenant.example.com/';
    expect(readConfig({ ...production, ISSUERS: slash }).issuers).toEqual([{ issuer: slash }]);
  });

  test('a secret can come from a file, but not from two places', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'url');
    writeFileSync(file, 'smtp://user:secret@mail.example.com\n');
    expect(readConfig({ SMTP_URL_FILE: file }).SMTP_URL).toBe(
      'smtp://user:secret@mail.example.com',
    );
    expect(() => readConfig({ SMTP_URL: 'smtp://a.example', SMTP_URL_FILE: file })).toThrow(
      /^SMTP_URL: /,
    );
    expect(() => readConfig({ SMTP_URL_FILE: '/does/not/exist' })).toThrow(/^SMTP_URL_FILE: /);
  });

  test('every setting is in docs/settings.md, with its default', () => {
    const rows = readFileSync('docs/settings.md', 'utf8').matchAll(
      /^\| `([A-Z_]+)` \| ([^|]*) ?\|/gm,
    );
    const told = [...rows].map(([, name, cell]) => [name, /^`(.*)`/.exec(cell!)?.[1] ?? '']);
    const all = Object.entries(SETTINGS).map(([name, setting]) => [
      name,
      (setting as { fallback?: string }).fallback ?? '',
    ]);
    expect(told).toEqual(all);
  });
});
