/**
 * Traefik and Envoy, set as docs/forward-auth.md says. What each asks is made of its documented
 * settings, by what it says itself that every one of them does. A real Envoy is run by
 * `npm run proof -- envoy`; Traefik is no program that a package brings: its module replaces others,
 * and such a one Go does not install.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { TestService } from '../support/service.js';

/** A request to the product as its sender wrote it. */
interface Sent {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}
/** What a gateway asks before it lets that through, and what of the answer it hands on. */
interface Gateway {
  readonly asks: (sent: Sent) => { readonly url: string } & Omit<Sent, 'path'>;
  readonly handsOn: readonly string[];
}

const SERVICE = 'http://127.0.0.1:3000';
const settingsOf = (gateway: string): unknown => {
  const [, text] = new RegExp(`## ${gateway}\\n\\n\`\`\`yaml\\n(.*?)\`\`\``, 's').exec(
    readFileSync('docs/forward-auth.md', 'utf8'),
  )!;
  return parse(text!);
};
const only = (names: readonly string[], headers: Sent['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
const lowerCase = (names: readonly string[]) => names.map((name) => name.toLowerCase());

interface TraefikSettings {
  readonly http: {
    readonly middlewares: {
      readonly membership: {
        readonly forwardAuth: {
          readonly address: string;
          readonly trustForwardHeader?: boolean;
          readonly authRequestHeaders: readonly string[];
          readonly authResponseHeaders: readonly string[];
        };
      };
    };
  };
}

/** A GET at the address; the named headers of the sender, and its own of what it holds. */
function traefik(): Gateway {
  const { forwardAuth } = (settingsOf('Traefik') as TraefikSettings).http.middlewares.membership;
  const { address, trustForwardHeader = false, authRequestHeaders } = forwardAuth;
  const theirs = ['x-forwarded-method', 'x-forwarded-uri'];
  return {
    handsOn: lowerCase(forwardAuth.authResponseHeaders),
    asks: ({ method, path, headers }) => ({
      url: address,
      method: 'GET',
      headers: {
        ...only(lowerCase(authRequestHeaders), headers),
        'x-forwarded-method': method,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'product.example.com',
        'x-forwarded-uri': path,
        'x-forwarded-for': '203.0.113.7',
        ...(trustForwardHeader ? only(theirs, headers) : {}),
      },
    }),
  };
}

interface EnvoySettings {
  readonly http_filters: readonly [
    {
      readonly typed_config: {
        readonly failure_mode_allow: boolean;
        readonly http_service: {
          readonly server_uri: { readonly uri: string };
          readonly path_prefix: string;
          readonly authorization_request: {
            readonly allowed_headers?: { readonly patterns: readonly { readonly exact: string }[] };
            readonly headers_to_add: readonly { readonly key: string; readonly value: string }[];
          };
          readonly authorization_response: {
            readonly allowed_upstream_headers: {
              readonly patterns: readonly { readonly exact: string }[];
            };
          };
        };
      };
    },
  ];
}

/** The request itself below the prefix, with its authorization, and no more of it than is allowed. */
function envoy(): Gateway {
  const [{ typed_config: settings }] = (settingsOf('Envoy') as EnvoySettings).http_filters;
  const { server_uri, path_prefix, authorization_request, authorization_response } =
    settings.http_service;
  const { allowed_headers: allowed, headers_to_add: added } = authorization_request;
  const exact = (patterns: readonly { readonly exact: string }[] = []) =>
    lowerCase(patterns.map((one) => one.exact));
  return {
    handsOn: exact(authorization_response.allowed_upstream_headers.patterns),
    asks: ({ method, path, headers }) => ({
      url: `${server_uri.uri}${path_prefix}${path}`,
      method,
      headers: {
        ...only(['authorization', ...exact(allowed?.patterns)], headers),
        'x-forwarded-for': '203.0.113.7',
        ...Object.fromEntries(added.map(({ key, value }) => [key.toLowerCase(), value])),
      },
    }),
  };
}

let service: TestService;
const tokens: Record<string, string> = {};

/** `cve-project`: an admin sees the billing, a viewer does not. */
beforeAll(async () => {
  service = await TestService.start();
  const [ada, vic] = [
    await service.signIn('ada@example.com'),
    await service.signIn('vic@example.com'),
  ];
  const body = { id: 'argus', name: 'Argus', catalogue: 'cve-project' };
  expect((await ada.post('/organizations', body)).status).toBe(201);
  const evil = { id: 'evil', name: 'Evil', catalogue: 'cve-project' };
  expect((await vic.post('/organizations', evil)).status).toBe(201);
  const invited = { email: 'vic@example.com', roles: ['viewer'] };
  await ada.post('/organizations/argus/invitations', invited);
  const token = await service.linkOf('vic@example.com');
  expect((await vic.post('/invitations/accept', { token })).status).toBe(200);
  Object.assign(tokens, { ada: ada.token, vic: vic.token });
});
afterAll(() => service.stop());

describe.each([
  ['Traefik', traefik],
  ['Envoy', envoy],
] as const)('%s, set as documented', (_, gatewayOf) => {
  /** The status of the answer, and what of it the product is told. */
  const ask = async (who: string | undefined, method: string, path: string, lies = {}) => {
    const gateway = gatewayOf();
    const authorization = who === undefined ? {} : { authorization: `Bearer ${tokens[who]}` };
    const { url, ...asked } = gateway.asks({
      method,
      path,
      headers: { ...authorization, ...lies },
    });
    expect(url.startsWith(SERVICE)).toBe(true);
    const answer = await fetch(url.replace(SERVICE, service.url), asked);
    const told = Object.fromEntries(
      gateway.handsOn.map((name) => [name, answer.headers.get(name)] as const),
    );
    return { status: answer.status, told };
  };

  test('lets through who may, and tells the product who that is', async () => {
    const { status, told } = await ask('ada', 'GET', '/project/billing?year=2026');
    expect([status, told]).toEqual([
      200,
      {
        'membership-organization': 'argus',
        'membership-principal': expect.stringMatching(/^mem_/),
        'membership-space': null,
      },
    ]);
    expect((await ask('ada', 'DELETE', '/webhooks?all=yes')).status).toBe(200);
  });

  test('lets nobody else through', async () => {
    expect((await ask('vic', 'GET', '/project/billing')).status).toBe(403);
    expect((await ask('vic', 'DELETE', '/webhooks')).status).toBe(403);
    expect((await ask('ada', 'GET', '/nowhere')).status).toBe(403);
    expect((await ask(undefined, 'GET', '/project/billing')).status).toBe(401);
  });

  test('and a sender decides nothing, whatever they add', async () => {
    const lies = {
      'membership-organization': 'evil',
      'x-original-method': 'GET',
      'x-original-uri': '/projects',
      'x-forwarded-method': 'GET',
      'x-forwarded-uri': '/projects',
    };
    for (const path of ['/project/billing', '/project/billing?organization=evil']) {
      expect([path, (await ask('vic', 'GET', path, lies)).status]).toEqual([path, 403]);
      const { status, told } = await ask('ada', 'GET', path, lies);
      expect([path, status, told['membership-organization']]).toEqual([path, 200, 'argus']);
    }
  });
});

test('Envoy lets nothing through where nobody answers', () => {
  const [{ typed_config: settings }] = (settingsOf('Envoy') as EnvoySettings).http_filters;
  expect(settings.failure_mode_allow).toBe(false);
});
