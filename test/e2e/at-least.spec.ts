/**
 * Every operation that takes `atLeast`, on every transport, asked of a node that is behind: what is
 * answered is as of that revision, or `read.not_yet`. The other node, which has written what this one
 * does not know yet, is one of the same installation over the same log.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { OrganizationId } from '#domain/ids.js';
import { writeRevision } from '#queries/revisions.js';
import { SqliteReadStore } from '#readstore/sqlite-store.js';
import type { Writer } from '#readstore/store.js';
import { ClientStage } from '../support/client-stage.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { typeOf, type GrpcClient } from '../support/grpc.js';
import { GrpcStage } from '../support/grpc-stage.js';
import type { HttpClient } from '../support/http.js';
import { HttpStage } from '../support/http-stage.js';
import { eventually, TestService } from '../support/service.js';
import type { Person, Said } from './scenarios/client.js';

const ROOT = 'root@platform.example';
const SUE = 'sue@platform.example';
const VIEW = { permission: 'spaces:update' };
const ACME = { organization: 'acme' };
const UNREACHED = { acme: revision('acme', 999_999), platform: revision('platform', 999_999) };

function revision(organization: string, place: number): string {
  return writeRevision(organization as OrganizationId, place);
}

/** What there is in acme, by the names that paths have for it. */
const ids: Record<string, string> = { ...ACME, catalogue: 'ours' };

/** What a query has to say besides. */
const QUERIES: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  listPrincipals: () => ({ ...ACME, ...VIEW }),
  listWhereabouts: () => ({ principal: ids['member']!, ...VIEW }),
  accessDiff: () => ({ from: ids['begun']! }),
  exportAudit: () => ({ format: 'csv' }),
  forwardAuth: () => ACME,
};
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  forwardAuth: { 'X-Original-Method': 'PATCH', 'X-Original-URI': '/spaces' },
};

const question = () => ({ principal: ids['member']!, ...ACME, ...VIEW });
const evaluation = (atLeast: string) => ({
  subject: { type: 'member', id: ids['member']! },
  action: { name: VIEW.permission },
  resource: { type: 'organization', id: 'acme' },
  context: { atLeast },
});
const BODIES: Readonly<Record<string, (atLeast: string) => object>> = {
  checkAccess: (atLeast) => ({ ...question(), atLeast }),
  checkAccessBatch: (atLeast) => ({ checks: [question(), { ...question(), atLeast }] }),
  explainAccess: (atLeast) => ({ ...question(), atLeast }),
  checkRoute: (atLeast) => {
    const { permission: _, ...asked } = question();
    return { ...asked, method: 'PATCH', path: '/spaces', atLeast };
  },
  checkApiKey: (atLeast) => ({ key: ids['key'], scope: 'docs:read', ...ACME, atLeast }),
  evaluate: evaluation,
  evaluateMany: (atLeast) => ({ evaluations: [evaluation(atLeast)] }),
  searchSubjects: (atLeast) => ({ ...evaluation(atLeast), subject: { type: 'member' } }),
  searchResources: (atLeast) => ({ ...evaluation(atLeast), resource: { type: 'organization' } }),
  searchActions: (atLeast) => {
    const { action: _, ...asked } = evaluation(atLeast);
    return asked;
  },
};

/** Of no organization: no revision says anything of them. */
const OF_NOBODY = new Set(['listCatalogues']);
/** Whoever asks is told of themselves, as of all there is. */
const OF_ONESELF = new Set([...OF_NOBODY, 'listMyMemberships']);
/** Nothing that is done here changes what they tell. */
const UNCHANGED = new Set([...OF_ONESELF, 'listAdoptions', 'listDeliveries', 'forwardAuth']);
/** All that is answered without a row that follows the log. */
const WITHOUT_ROWS = new Set([
  ...Object.keys(BODIES),
  ...['CheckStream', 'listPrincipals', 'listWhereabouts', 'listPermissions', 'listReach'],
  ...['accessDiff', 'forwardAuth', 'listCatalogues', 'listDeliveries'],
]);

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
interface Documented {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { schema: Schema } } };
}
const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

/** Is `atLeast` anywhere in it? */
function takes({ $ref, properties = {}, items }: Schema = {}): boolean {
  if ($ref !== undefined) return takes(document.components.schemas[$ref.split('/').at(-1)!]);
  if ('atLeast' in properties || (items !== undefined && takes(items))) return true;
  return Object.values(properties).some(takes);
}

interface Asking {
  readonly operation: string;
  /** What its path names. */
  readonly names: readonly string[];
  readonly hasBody: boolean;
}

/** Every operation that takes `atLeast`. */
const ASKING: readonly Asking[] = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.values(operations).flatMap(({ operationId: operation, parameters = [], requestBody }) => {
    const hasBody = takes(requestBody?.content['application/json'].schema);
    const isAsking = hasBody || parameters.some(({ name }) => name === 'atLeast');
    if (!isAsking) return [];
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    return [{ operation, names, hasBody }];
  }),
);

/** Asks one operation, as of that; absent: as of whatever it is. */
type Ask = (atLeast?: string) => Promise<Said>;

function askingOf(person: Person, { operation, names, hasBody }: Asking): Ask {
  const at = Object.fromEntries(names.map((name) => [name, ids[name]!]));
  return (atLeast) => {
    if (hasBody) {
      const body = BODIES[operation]!(atLeast ?? revision('acme', 0));
      return person.call(operation, at, body).then(settled);
    }
    const query = { ...QUERIES[operation]?.(), ...(atLeast === undefined ? {} : { atLeast }) };
    const asked = new URLSearchParams(query).toString();
    const headers = HEADERS[operation] ?? {};
    return person.call(operation, at, undefined, { query: `?${asked}`, headers }).then(settled);
  };
}

/** Of AuthZEN a refusal is a denial that says why. When it was asked, and where it goes on, are of
 * the request. */
function settled({ code, body: said }: Said): Said {
  const body = Object.fromEntries(
    Object.entries(said).filter(([name]) => !['at', 'nextCursor', 'page'].includes(name)),
  );
  const [decision = body] = (body['evaluations'] ?? []) as (typeof body)[];
  const { error, reason = 'refused' } = (decision['context'] ?? {}) as Record<string, unknown>;
  return { code: error === undefined ? code : String(reason), body };
}

/** The code of a refusal, as its details say it. */
function reasonIn(details: unknown): string {
  const info = typeOf('google.rpc.ErrorInfo');
  const packed = details as readonly { type_url: string; value: Uint8Array }[];
  const { value } = packed.find(({ type_url: url }) => url.endsWith('/google.rpc.ErrorInfo'))!;
  return String(info.toObject(info.decode(value))['reason']);
}

/** A question on a stream of its own. */
function onStream(client: GrpcClient): Ask {
  return (atLeast = revision('acme', 0)) =>
    new Promise((resolve, reject) => {
      const stream = client.converse('/membership.v1.AccessService/CheckStream');
      stream.on('error', reject);
      stream.on('data', (told: Record<string, Record<string, unknown>>) => {
        const { answer, refusal } = told;
        const code = refusal === undefined ? 'ok' : reasonIn(refusal['details']);
        resolve({ code, body: answer ?? {} });
      });
      stream.write({ check: { ...question(), atLeast } });
      stream.end();
    });
}

let folder: string;
let server: EventStoreDouble;
/** The one that writes, and the one that is asked. */
let writing: TestService;
let asked: TestService;
let root: HttpClient;
let ada: HttpClient;
/** The revision of what was done last. */
let latest: string;
/** Who asks → transport and operation → how it is asked. */
const asks: Record<string, Map<string, Ask>> = {};
const closing: (() => void)[] = [];

const does = async (who: HttpClient, method: string, path: string, body: object = {}) => {
  const answer = await who.call(`/organizations${path}`, { method, body });
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
  latest = String(answer.body['revision']);
  return String(answer.body['id']);
};

/** Every operation as this person asks it of the node, over everything that has it. */
async function everything(email: string): Promise<Map<string, Ask>> {
  const grpc = new GrpcStage(asked);
  const { token } = await asked.signIn(email, { platformAdmin: true });
  const channel = asked.grpc;
  closing.push(
    () => grpc.close(),
    () => channel.close(),
  );
  const all = new Map([['gRPC CheckStream', onStream(channel.as(token!))]]);
  const stages = { HTTP: await HttpStage.open(asked), gRPC: grpc, client: new ClientStage(asked) };
  for (const [transport, stage] of Object.entries(stages)) {
    const person = await stage.person(email, { platformAdmin: true });
    for (const one of ASKING) {
      if (!stage.offers(one.operation)) continue;
      all.set(`${transport} ${one.operation}`, askingOf(person, one));
    }
  }
  return all;
}

/** What each is answered, all asked at once. */
const askAll = async (who: string, atLeast?: string): Promise<Record<string, Said>> => {
  const answers = [...asks[who]!].map(async ([name, ask]) => [name, await ask(atLeast)] as const);
  return Object.fromEntries(await Promise.all(answers));
};
const codes = (said: Readonly<Record<string, Said>>) =>
  Object.fromEntries(Object.entries(said).map(([name, { code }]) => [name, code]));
const operationOf = (name: string): string => name.split(' ')[1]!;
/** The same code for each of those that are not among these. */
const allBut = (but: ReadonlySet<string>, code: string) =>
  Object.fromEntries(
    [...asks[ROOT]!.keys()].map((name) => [name, but.has(operationOf(name)) ? 'ok' : code]),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'at-least-'));
  const mondoo = readFileSync('catalogues/mondoo.yaml', 'utf8')
    .replace(/^id: .*$/m, 'id: ours')
    .replace(/^apiScopes: .*$/m, "apiScopes: ['docs:read', 'docs:write']");
  const route = { method: 'PATCH', path: '/spaces', permission: VIEW.permission };
  writeFileSync(join(folder, 'ours.yaml'), `${mondoo}\nroutes: ${JSON.stringify([route])}\n`);
  server = await EventStoreDouble.start();
  const settings = { EVENTSTORE_URL: server.url, CATALOGUES_DIR: folder };
  const [here, there] = [join(folder, 'writing'), join(folder, 'asked')];
  writing = await TestService.start(settings, here);
  const begin = async () => {
    root = await writing.signIn(ROOT, { platformAdmin: true });
    ada = await writing.signIn('ada@acme.example');
  };
  await begin();
  const sue = await writing.signIn(SUE, { platformAdmin: true });
  ids['sue'] = String((await sue.get('/me')).body['id']);
  await does(ada, 'POST', '', { id: 'acme', name: 'Acme', catalogue: 'ours' });
  const email = 'ben@acme.example';
  await does(ada, 'POST', '/acme/invitations', { email, roles: ['viewer'] });
  const ben = await writing.signIn(email);
  const token = await writing.linkOf(email);
  ids['member'] = String((await ben.post('/invitations/accept', { token })).body['id']);
  ids['user'] = String((await ben.get('/me')).body['id']);
  const guest = { email: 'guest@acme.example', roles: ['viewer'] };
  ids['invitation'] = await does(ada, 'POST', '/acme/invitations', guest);
  ids['space'] = await does(ada, 'POST', '/acme/spaces', { name: 'Bonn' });
  ids['team'] = await does(ada, 'POST', '/acme/teams', { name: 'Team' });
  const robot = { name: 'Robot', roles: ['agent'], space: ids['space'] };
  ids['account'] = await does(ada, 'POST', '/acme/service-accounts', robot);
  const key = { name: 'Key', owner: 'organization', scopes: ['docs:read'] };
  ids['key'] = await does(ada, 'POST', '/acme/api-keys', key);
  // What is sent, and when, is nothing that a revision says.
  const webhook = { url: 'https://example.com/', types: ['organization.delete'] };
  const made = await ada.post('/organizations/acme/webhooks', webhook);
  ids['webhook'] = String(made.body['id']);
  ids['begun'] = latest;
  await writing.caughtUp();
  await writing.service.stop();
  cpSync(here, there, { recursive: true });
  writing = await TestService.start(settings, here);
  asked = await TestService.start(settings, there);
  await begin();
  for (const who of [ROOT, SUE]) asks[who] = await everything(who);
  await asked.caughtUp();
}, 60_000);
afterAll(async () => {
  for (const close of closing) close();
  await Promise.all([asked, writing].map((one) => one.service.stop()));
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Ends what holds something back. */
let letGo = (): void => undefined;
afterEach(() => letGo());

/** Nothing more reaches who follows the log. */
function holdBack(): void {
  server.faults.silent = true;
  letGo = () => {
    letGo = () => undefined;
    server.faults.silent = false;
    server.faults.endSubscriptions('too_slow');
  };
}

test.each(['acme', 'platform'] as const)(
  'what nobody has reached, of %s, is not answered',
  async (organization) => {
    const told = codes(await askAll(ROOT, UNREACHED[organization]));
    expect(told).toEqual(allBut(OF_ONESELF, 'read.not_yet'));
  },
  60_000,
);

/** Something of everything there is in acme. */
async function change(): Promise<void> {
  await does(ada, 'PATCH', '/acme', { name: 'Acme Works' });
  await does(ada, 'PATCH', `/acme/spaces/${ids['space']}`, { name: 'Berlin' });
  await does(ada, 'PATCH', `/acme/teams/${ids['team']}`, { name: 'Crew' });
  await does(ada, 'PATCH', `/acme/service-accounts/${ids['account']}`, { name: 'Scanner' });
  await does(ada, 'PATCH', `/acme/api-keys/${ids['key']}`, { name: 'Latch', scopes: [] });
  await does(ada, 'POST', `/acme/invitations/${ids['invitation']}/revoke`);
  const permissions = ['spaces:view'];
  await does(ada, 'POST', '/acme/roles', { name: 'Role', scopes: ['organization'], permissions });
  const roles = { add: [{ role: 'editor' }] };
  await does(ada, 'PATCH', `/acme/members/${ids['member']}/roles`, roles);
}

test('on a node that is behind everything is as of the revision asked for', async () => {
  const before = await askAll(ROOT);
  expect(codes(before)).toEqual(allBut(new Set(), 'ok'));
  holdBack();
  await change();
  expect(codes(await askAll(ROOT, latest))).toEqual(allBut(OF_NOBODY, 'read.not_yet'));
  const waiting = askAll(ROOT, latest);
  letGo();
  const told = await waiting;
  const after = await askAll(ROOT);
  expect(told).toEqual(after);
  const alike = Object.keys(after).filter(
    (name) => JSON.stringify(after[name]) === JSON.stringify(before[name]),
  );
  expect(new Set(alike.map(operationOf))).toEqual(UNCHANGED);
}, 60_000);

/** No rows are written. */
function holdRowsBack(): void {
  const store = new SqliteReadStore(':memory:');
  const writers = Object.getPrototypeOf(store.writer()) as Writer;
  void store.close();
  const { transaction } = writers;
  let release = (): void => undefined;
  const may = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = mock.method(writers, 'transaction', async function (this: Writer, work: () => void) {
    await may;
    return transaction.call(this, work);
  });
  letGo = () => {
    letGo = () => undefined;
    held.mock.restore();
    release();
  };
}

test('and where only the rows are behind', async () => {
  holdRowsBack();
  await does(ada, 'PATCH', '/acme', { name: 'Acme of all' });
  const check = asks[ROOT]!.get('HTTP checkAccess')!;
  await eventually(async () => ((await check(latest)).code === 'ok' ? true : undefined), 'rights');
  expect(codes(await askAll(ROOT, latest))).toEqual(allBut(WITHOUT_ROWS, 'read.not_yet'));
  letGo();
  const named = await asks[ROOT]!.get('HTTP getOrganization')!(latest);
  expect(named.body['name']).toBe('Acme of all');
}, 60_000);

test('and so is who may ask, by what the platform gives', async () => {
  const { body } = await root.get<{ items: Record<string, string>[] }>(
    '/organizations/platform/members',
  );
  const { id } = body.items.find(({ user }) => user === ids['sue'])!;
  holdBack();
  await does(root, 'POST', `/platform/members/${id}/deactivate`);
  expect(codes(await askAll(SUE, latest))).toEqual(allBut(OF_NOBODY, 'read.not_yet'));
  const waiting = askAll(SUE, latest);
  letGo();
  const told = Object.entries(await waiting);
  const answered = told.filter(([, { code }]) => code === 'ok').map(([name]) => operationOf(name));
  expect(new Set(answered)).toEqual(OF_ONESELF);
}, 60_000);
