/**
 * Inside one's own organization, with everything that can be named there taken from another one:
 * refused, or answered as if there were no such thing. Nothing leaks, neither organization moves.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { publishCatalogues } from '#commands/publish-catalogues.js';
import { Transactor } from '#commands/transact.js';
import { contentOf } from '../catalogues/support/minimal.js';
import type { Answer, HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';
import { NAMES_NOTHING, QUIET, REFUSED, type Naming, type Things } from './naming.js';

type Catalogue = 'mondoo' | 'vygl' | 'cve-project';
const CATALOGUES: readonly Catalogue[] = ['mondoo', 'vygl', 'cve-project'];

/** Two organizations on one catalogue: one's own with two of every thing, and the other's. */
interface World {
  readonly own: Things;
  readonly peer: Things;
  readonly other: Things;
  /** Somebody powerful in the own organization, by kind of token. */
  readonly callers: readonly (readonly [kind: string, HttpClient])[];
}

let service: TestService;
let ada: HttpClient;
let eve: HttpClient;
const worlds = new Map<Catalogue, World>();
/** Secrets of keys of the other organizations. */
const secrets: string[] = [];

/** Everything the catalogue knows, once. */
async function furnish(
  founder: HttpClient,
  organization: string,
  catalogue: Catalogue,
  who: string,
): Promise<Things> {
  const create = async (path: string, body: unknown): Promise<Record<string, string>> => {
    const answer = await founder.post<Record<string, string>>(
      `/organizations/${organization}${path}`,
      body,
    );
    expect([path, answer.status, answer.body]).toEqual([path, 201, expect.anything()]);
    return answer.body;
  };
  const email = `${who}.${catalogue}@private.example`;
  const invited = `guest.${email}`;
  const member = (await create('/invitations', { email, roles: ['viewer'] }))['member']!;
  const person = await service.signIn(email, { name: `Private ${who}` });
  const token = await service.linkOf(email);
  expect((await person.post('/invitations/accept', { token })).status).toBe(200);
  const invitation = (await create('/invitations', { email: invited, roles: ['viewer'] }))['id']!;
  const things = { organization, member, email, invitation, invited };
  const none = { space: '', team: '', role: '', account: '', key: '', webhook: '' };
  if (catalogue === 'cve-project') return { ...things, ...none };
  const key = await create('/api-keys', { name: `Private key of ${who}`, scopes: [] });
  secrets.push(key['secret']!);
  if (catalogue === 'vygl') return { ...things, ...none, key: key['id']! };
  const space = (await create('/spaces', { name: `Private space of ${who}` }))['id']!;
  const team = (await create('/teams', { name: `Private team of ${who}` }))['id']!;
  const agent = { name: `Private robot of ${who}`, roles: ['agent'], space };
  const account = (await create('/service-accounts', agent))['id']!;
  const role = (
    await create('/roles', {
      name: `Private role of ${who}`,
      scopes: ['organization', 'space'],
      permissions: ['cases:view'],
    })
  )['id']!;
  const webhook = (await create('/webhooks', { url: 'http://127.0.0.1:1/private' }))['id']!;
  return { ...things, space, team, role, account, key: key['id']!, webhook };
}

const keyOf = async (organization: string, owner?: string): Promise<HttpClient> => {
  const body = { name: 'Caller', scopes: [], ...(owner === undefined ? {} : { owner }) };
  const made = await eve.post(`/organizations/${organization}/api-keys`, body);
  expect(made.status).toBe(201);
  return service.anybody.as(String(made.body['secret']));
};

beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@private.example', { name: 'Private Ada' });
  eve = await service.signIn('eve@evil.example');
  for (const catalogue of CATALOGUES) {
    const suffix = catalogue.replace('-', '_');
    const [mine, theirs] = [`evil_${suffix}`, `acme_${suffix}`];
    await eve.post('/organizations', { id: mine, name: 'Evil', catalogue });
    await ada.post('/organizations', { id: theirs, name: 'Private Acme', catalogue });
    const own = await furnish(eve, mine, catalogue, 'owen');
    const peer = await furnish(eve, mine, catalogue, 'petra');
    secrets.length = 0;
    const other = await furnish(ada, theirs, catalogue, 'olga');
    const callers: [string, HttpClient][] = [['a person', eve]];
    if (catalogue !== 'cve-project') callers.push(['their key', await keyOf(mine)]);
    if (catalogue === 'mondoo') {
      callers.push(['a service account', await keyOf(mine, own.account)]);
    }
    worlds.set(catalogue, { own, peer, other, callers });
  }
  const text = readFileSync('catalogues/mondoo.yaml', 'utf8');
  const second = contentOf(text.replace(/^version: 1$/m, 'version: 2'));
  const { ports } = service.service.app.get(Transactor);
  await publishCatalogues(ports, [second], new AbortController().signal);
}, 60_000);
afterAll(() => service.stop());

/** On a catalogue that offers it. */
const worldOf = (route: string): World => {
  const isVygl = route.includes('transfer') || route.includes('/keys/check');
  return worlds.get(route.includes('/project') ? 'cve-project' : isVygl ? 'vygl' : 'mondoo')!;
};

/** Sends it inside the own organization. */
function send(
  caller: HttpClient,
  name: string,
  { own }: World,
  { path = {}, query, body }: Naming,
  isTrial = false,
): Promise<Answer> {
  const [method = '', route = ''] = name.split(' ');
  const ids: Readonly<Record<string, string | undefined>> = { ...own, ...path };
  const below = route.startsWith('/api/v1') ? route.replace('/api/v1', '') : `/${route}`;
  const where = below.replace(/:(\w+)/g, (_, kind: string) => ids[kind]!);
  const queries = [query, isTrial ? 'dryRun=true' : undefined].filter((one) => one !== undefined);
  return caller.call(queries.length > 0 ? `${where}?${queries.join('&')}` : where, {
    method,
    ...(body === undefined ? {} : { body }),
    ...(route.includes('/project') ? { headers: { 'x-project': own.organization } } : {}),
  });
}

/** Of the same form, and nobody's. */
const madeUp = (things: Things): Things =>
  Object.fromEntries(
    Object.entries(things).map(([kind, id]: [string, string]) => [
      kind,
      id.includes('@') ? `nobody.${id}` : id.replace(/.{6}$/, '000000'),
    ]),
  ) as unknown as Things;

/** An answer without what tells only that another thing was named. */
const bare = ({ status, body }: Answer, named: Things): string =>
  Object.entries(named)
    .filter(([, id]) => id !== '')
    .sort(([, a], [, b]) => b.length - a.length)
    .reduce(
      (text, [kind, id]: [string, string]) =>
        text.replaceAll(encodeURIComponent(id), kind).replaceAll(id, kind),
      JSON.stringify([status, body])
        .replace(/req_\w+/g, 'req')
        .replace(/"at":"[^"]*"/g, 'now'),
    );

const eventsIn = async (founder: HttpClient, organization: string): Promise<number> => {
  const path = `/organizations/${organization}/audit/export?format=chain`;
  return (await founder.get<string>(path)).body.trim().split('\n').length;
};
const everyRevision = () =>
  Promise.all(
    [...worlds.values()].flatMap(({ own, other }) => [
      eventsIn(eve, own.organization),
      eventsIn(ada, other.organization),
    ]),
  );

test('every route of the running server is known here', () => {
  const known = new Set([...Object.keys(REFUSED), ...Object.keys(QUIET), ...NAMES_NOTHING]);
  const there = service.service.routes.map(({ method, path }) => `${method} ${path}`);
  expect(there.filter((one) => !known.has(one))).toEqual([]);
  expect([...known].filter((one) => !there.includes(one))).toEqual([]);
  // What has a second id in its path is never taken for one that names nothing.
  const named = [...NAMES_NOTHING].filter((one) => /:organization\/.*:/.test(one));
  expect(named).toEqual([]);
});

const ALL = { ...REFUSED, ...QUIET };

test.each(Object.keys(ALL))('%s does what is asked with one’s own', async (name) => {
  const world = worldOf(name);
  const isWrite = !name.startsWith('GET') && !/\/(access|webhooks)\//.test(name);
  for (const naming of ALL[name]!(world.peer, world.own)) {
    const { status, body } = await send(eve, name, world, naming, isWrite);
    expect([naming, status < 300 || body]).toEqual([naming, true]);
  }
});

test.each(Object.keys(ALL))('%s does nothing with another organization’s', async (name) => {
  const world = worldOf(name);
  const { own, other, callers } = world;
  const before = await everyRevision();
  const nobodys = madeUp(other);
  for (const [kind, caller] of callers) {
    const unknown = ALL[name]!(nobodys, own);
    for (const [index, naming] of ALL[name]!(other, own).entries()) {
      const answer = await send(caller, name, world, naming);
      const told = [kind, naming, answer.status, answer.body];
      if (name in REFUSED) {
        expect([told, answer.status >= 400 && answer.status < 500]).toEqual([told, true]);
      }
      expect([told, answer.status < 500]).toEqual([told, true]);
      // Nothing but the name that was asked for, and that as any made-up one.
      const nothing = await send(caller, name, world, unknown[index]!);
      expect(bare(answer, other)).toBe(bare(nothing, nobodys));
      const text = bare(answer, other);
      for (const secret of ['Private', 'private.example', ...secrets]) {
        if (!name.includes('/audit')) expect([told, text.includes(secret)]).toEqual([told, false]);
      }
    }
  }
  expect(await everyRevision()).toEqual(before);
});
