import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal, type RefusalCode } from '#domain/refusals.js';
import { readAnyRevision } from '#queries/revisions.js';
import { wireStatus } from '../../apps/membership/src/refusals.js';
import { Contract, type Operation } from '../support/contract.js';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

const SAMPLE = '01jx8q5v3mf2h9k7c4n6t0wzpd';
const contract = new Contract();
const withBody = contract.operations.filter(({ hasBody }) => hasBody);

/** What a sample id or token stands for here. */
interface Real {
  readonly token: string;
  readonly [prefix: string]: string;
}

describe('every request that the API document shows', () => {
  let service: TestService;
  let ada: HttpClient;
  let ben: HttpClient;
  let acme: Real;
  let engines: Real;

  /** Ada and Ben in `acme` on mondoo, `looms` on cve-project and `engines` on vygl. */
  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@acme.example');
    ben = await service.signIn('ben@acme.example');
    await ada.post('/organizations', { id: 'looms', name: 'Looms', catalogue: 'cve-project' });
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const made = async (path: string, body: object): Promise<string> => {
      const answer = await ada.post(`/organizations/${path}`, body);
      expect([path, answer.status]).toEqual([path, 201]);
      return String(answer.body['id']);
    };
    const joins = async (organization: string, role: string): Promise<string> => {
      const isHere = (link?: string) => link?.includes(`.${organization}.`) ?? false;
      await made(`${organization}/invitations`, { email: 'ben@acme.example', roles: [role] });
      const token = await service.linkOf('ben@acme.example', ({ link }) => isHere(link));
      return String((await ben.post('/invitations/accept', { token })).body['id']);
    };
    await joins('looms', 'viewer');
    await made('looms/invitations', { email: 'mary@acme.example', roles: ['viewer'] });
    const mem = await joins('acme', 'viewer');
    const inv = await made('acme/invitations', { email: 'eve@acme.example', roles: ['viewer'] });
    const space = await made('acme/spaces', { name: 'Bonn' });
    const svc = await made('acme/service-accounts', { name: 'Scans' });
    await ada.post('/organizations', { id: 'engines', name: 'Engines', catalogue: 'vygl' });
    engines = {
      mem: await joins('engines', 'member'),
      key: await made('engines/api-keys', { name: 'k', scopes: ['scan:write'] }),
      token: '',
    };
    acme = {
      whk: await made('acme/webhooks', { url: 'http://127.0.0.1:1/hook' }),
      mem,
      inv,
      space,
      svc,
      team: await made('acme/teams', { name: 'Team' }),
      key: await made('acme/api-keys', { name: 'k', owner: svc, scopes: [] }),
      role: await made('acme/roles', {
        name: 'Looker',
        scopes: ['organization'],
        permissions: ['spaces:view'],
      }),
      token: await service.linkOf('eve@acme.example'),
    };
  });
  afterAll(() => service.stop());

  /** With real ids in the place of those of the document. */
  const realised = <T>(real: Real, value: T): T =>
    JSON.parse(
      JSON.stringify(value)
        .replace(/"k1\.acme\.[^"]*"/g, JSON.stringify(real.token))
        .replace(new RegExp(`([a-z]+)_${SAMPLE}`, 'g'), (_, prefix: string) => real[prefix]!),
    ) as T;

  const caller = async (path: string, operationId: string): Promise<HttpClient> => {
    if (/read-models|suspend|\{user}/.test(path)) {
      return service.signIn('root@acme.example', { platformAdmin: true });
    }
    return operationId === 'acceptInvitation' ? service.signIn('eve@acme.example') : ada;
  };

  const send = async ({ operationId, method, path, example, takesDryRun }: Operation) => {
    const isOfEngines = ['transferOwnership', 'checkApiKey'].includes(operationId);
    const real = isOfEngines ? engines : acme;
    const at = realised(
      real,
      path
        .replace('{organization}', isOfEngines ? 'engines' : 'acme')
        .replace('{readModel}', 'members')
        .replace('{user}', 'user:ben@acme.example')
        .replace('{account}', `svc_${SAMPLE}`)
        .replace(/\{(\w+)\}/g, (_, name: string) => `${PREFIX[name] ?? name}_${SAMPLE}`),
    );
    const who = await caller(path, operationId);
    const body = operationId === 'createOrganization' ? { ...example, id: 'fresh' } : example;
    const headers = path.includes('/project') ? { 'x-project': 'looms' } : {};
    // Nothing is written, so that each finds what the one before it found.
    const where = `/${at}${takesDryRun ? '?dryRun=true' : ''}`;
    return who.call(where, { method, headers, body: realised(real, body) });
  };
  const PREFIX: Readonly<Record<string, string>> = {
    member: 'mem',
    invitation: 'inv',
    webhook: 'whk',
  };

  test('there is one for each operation that takes a body', () => {
    expect(withBody.filter(({ example }) => example === undefined)).toEqual([]);
  });

  // Declining ends the invitation that others are about, and can't be only tried.
  const last = withBody.filter(({ operationId }) => operationId === 'declineInvitation');
  const others = withBody.filter((one) => !last.includes(one));
  test.each([...others, ...last].map((one) => [one.operationId, one] as const))(
    '%s works as it stands, and is answered as the document says',
    async (operationId, operation) => {
      const { status, body, headers } = await send(operation);
      expect([status < 300, body]).toEqual([true, body]);
      const type = headers.get('content-type') ?? '';
      expect(contract.troubles(operationId, status, type, body)).toEqual([]);
    },
  );
});

test('whoever has not signed in is sent away, but where the document says otherwise', async () => {
  const service = await TestService.start();
  for (const { operationId, method, path, example, isOpen } of contract.operations) {
    const where = `/${path.replace(/\{(\w+)\}/g, 'acme')}`;
    const call = { method, ...(example === undefined ? {} : { body: example }) };
    const { status } = await service.anybody.call(where, call);
    expect([operationId, status === 401]).toEqual([operationId, !isOpen]);
  }
  await service.stop();
});

const recorded = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly components: {
    readonly schemas: { readonly [name: string]: { readonly properties?: object } };
    readonly responses: {
      readonly [name: string]: {
        readonly content: { readonly 'application/problem+json': { readonly example?: object } };
      };
    };
  };
};

test.each(Object.entries(recorded.components.responses))(
  '%s shows a problem of its status, that agrees with itself',
  (name, { content }) => {
    const { example } = content['application/problem+json'];
    const { code } = example as { code: RefusalCode };
    const { http: status, title } = wireStatus(new Refusal(code, ''));
    expect(name).toBe(`Problem${status}`);
    expect(example).toMatchObject({ type: `urn:membership:problem:${code}`, status, title });
  },
);

test('the README founds the organization that they are about', () => {
  const { example } = withBody.find(({ operationId }) => operationId === 'createOrganization')!;
  expect(readFileSync('README.md', 'utf8')).toContain(
    `organizations -d '${JSON.stringify(example)}'`,
  );
});

test('a description is of what it describes', () => {
  const told = new Map<string, Set<string>>();
  for (const [name, { properties = {} }] of Object.entries(recorded.components.schemas)) {
    const { example } = (properties as { description?: { example?: string } }).description ?? {};
    const kind = /ServiceAccount|Webhook|Role|Catalogue/.exec(name)?.[0] ?? name;
    if (example !== undefined) told.set(example, (told.get(example) ?? new Set()).add(kind));
  }
  expect(told.size).toBeGreaterThan(3);
  expect([...told].filter(([, kinds]) => kinds.size > 1)).toEqual([]);
});

/** What the document shows as a revision, wherever it does. */
function* revisionsIn(value: unknown, name = ''): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  const { example, name: parameter } = value as { example?: unknown; name?: unknown };
  const isOne = /^(revision|atLeast)$/;
  if (typeof example === 'string' && (isOne.test(name) || isOne.test(String(parameter))))
    yield example;
  if (name === 'revisions') yield* Object.values((example ?? {}) as Record<string, string>);
  for (const [key, one] of Object.entries(value)) yield* revisionsIn(one, key);
}

test('what it shows as a revision is one', () => {
  const shown = [...revisionsIn(recorded)];
  expect(shown.length).toBeGreaterThan(20);
  for (const one of new Set(shown)) expect(readAnyRevision(one).organization).toBe('acme');
});
