/**
 * The examples in the text of the Authorization API 1.0 of OpenID AuthZEN, with the answers it gives
 * to them. Types, ids and names of actions are put into the words of this service, on the way there
 * and back; all else is as it stands there. An account and a document are an organization each.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { HttpClient } from '../support/http.js';
import { TestService, type Mail } from '../support/service.js';

const role = (id: string, permissions: readonly string[]) => ({
  ...{ id, name: id, kind: 'base', scopes: ['organization'], permissions },
  description: `A ${id}.`,
});
const CATALOGUE = stringify({
  id: 'examples',
  version: 1,
  name: 'Examples',
  scopes: ['organization'],
  rolesPerMember: 'one',
  permissions: {
    organization: ['view', 'update'],
    members: ['view', 'invite', 'revoke'],
    account: ['can_read', 'can_write'],
    document: ['can_read', 'can_edit', 'read'],
  },
  // Whoever founds them is none of those whom the examples know.
  roles: [
    role('owner', ['organization:*', 'members:*']),
    role('writer', ['account:can_read', 'account:can_write']),
    role('reader', ['account:can_read']),
    role('viewer', ['document:can_read', 'document:read']),
    role('onlooker', ['organization:view']),
  ],
  delegation: [{ holder: 'owner', mayAssign: { kinds: '*' }, mayManage: { kinds: '*' } }],
  policies: {
    protectedRole: 'owner',
    founderRole: 'owner',
    removal: 'allowed',
    invitation: { ttl: 'P7D', matchEmail: true, onInviterLoss: 'revoke' },
    emailDomains: { external: 'allow', providers: 'allow' },
    catalogueAdoption: 'follow',
  },
  operations: {
    view_organization: 'organization:view',
    change_policies: 'organization:update',
    adopt_catalogue: 'organization:update',
    view_members: 'members:view',
    read_access: 'members:view',
    invite: 'members:invite',
    revoke_invitation: 'members:revoke',
    view_audit: 'organization:update',
  },
});

/** Who is what of which; `subject-search.md` is not there. */
const HELD: readonly (readonly [resource: string, held: Readonly<Record<string, string>>])[] = [
  ['account 123', { alice: 'writer', bob: 'reader' }],
  ['account 456', { alice: 'reader' }],
  ['document boxcarring.md', { alice: 'viewer' }],
  ['document resource-search.md', { alice: 'viewer' }],
  ['document 1', { alice: 'viewer' }],
  ['document 2', { alice: 'onlooker' }],
  ['document 3', { alice: 'viewer' }],
];
const idOf = (resource: string): string => resource.replaceAll(/[^a-z0-9]/g, '_');

const folder = mkdtempSync(join(tmpdir(), 'membership-catalogues-'));
let service: TestService;
let ada: HttpClient;
let alice: HttpClient;
/** The id of a person → their address. */
const people = new Map<string, string>();

beforeAll(async () => {
  writeFileSync(join(folder, 'examples.yaml'), CATALOGUE);
  service = await TestService.start({ CATALOGUES_DIR: folder });
  ada = await service.signIn('ada@example.com');
  alice = await service.signIn('alice@example.com');
  const callers = { alice, bob: await service.signIn('bob@example.com') };
  for (const [name, caller] of Object.entries(callers)) {
    people.set(String((await caller.get('/me')).body['id']), `${name}@example.com`);
  }
  const tokens = new Set<string>();
  for (const [resource, held] of HELD) {
    const id = idOf(resource);
    const made = await ada.post('/organizations', { id, name: resource, catalogue: 'examples' });
    expect([resource, made.status]).toEqual([resource, 201]);
    for (const [name, one] of Object.entries(held)) {
      const email = `${name}@example.com`;
      const path = `/organizations/${id}/invitations`;
      const invited = await ada.post(path, { email, roles: [one] });
      expect([resource, invited.status]).toEqual([resource, 201]);
      const caller = callers[name as keyof typeof callers];
      const isNew = ({ link }: Mail) => link !== undefined && !tokens.has(link.split('#')[1]!);
      const token = await service.linkOf(email, isNew);
      tokens.add(token);
      const joined = await caller.post('/invitations/accept', { token });
      expect([resource, joined.status]).toEqual([resource, 200]);
    }
  }
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Json = Readonly<Record<string, unknown>>;
interface Entity {
  readonly type: string;
  readonly id?: string;
}

/** In our words: an action is one on what it is asked about. */
function ours(of: string, { subject, resource, action, evaluations, ...rest }: Json): Json {
  const { type, id } = (resource ?? {}) as Partial<Entity>;
  return {
    ...rest,
    ...(subject !== undefined && { subject }),
    ...(type !== undefined && {
      resource: { type: 'organization', ...(id !== undefined && { id: idOf(`${type} ${id}`) }) },
    }),
    ...(action !== undefined && {
      action: { ...action, name: `${of}:${(action as { name: string }).name}` },
    }),
    ...(evaluations !== undefined && {
      evaluations: (evaluations as readonly Json[]).map((one) => ours(of, one)),
    }),
  };
}

/** In those of the text, without what this service says besides. */
function theirs(of: string, answer: Json): unknown {
  const { decision, context, evaluations, results, page } = answer as {
    readonly decision?: boolean;
    readonly context?: { readonly error?: { readonly status: number } };
    readonly evaluations?: readonly Json[];
    readonly results?: readonly (Entity & { readonly name?: string })[];
    readonly page?: { readonly next_token: string };
  };
  if (evaluations !== undefined) return { evaluations: evaluations.map((one) => theirs(of, one)) };
  if (results === undefined) {
    const error = context?.error && { status: context.error.status };
    return { decision, ...(error && { context: { error } }) };
  }
  const named = results.map(({ type, id = '', name }) => {
    if (name !== undefined) return { name: name.split(':')[1] };
    return type === 'user' ? { type, id: people.get(id) } : { type: of, id: id.split('_')[1] };
  });
  const inOrder = named.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { results: inOrder, page: { next_token: page!.next_token } };
}

const user = { type: 'user', id: 'alice@example.com' };
const time = { time: '2024-05-31T15:22-07:00' };
const documents = ['boxcarring.md', 'subject-search.md', 'resource-search.md'];
const document = (id: string) => ({ resource: { type: 'document', id } });
const read = { name: 'can_read' };
const account = { type: 'account', id: '123' };
const numbered = { evaluations: ['1', '2', '3'].map(document) };
const readNumbered = (evaluations_semantic: string) => ({
  subject: user,
  action: { name: 'read' },
  options: { evaluations_semantic },
  ...numbered,
});
const [yes, no] = [{ decision: true }, { decision: false }];
const missing = { decision: false, context: { error: { status: 404 } } };

const EXAMPLES: readonly (readonly [
  section: string,
  endpoint: string,
  of: 'account' | 'document',
  request: Json,
  response: Json,
])[] = [
  [
    '6.1, an evaluation',
    'evaluation',
    'account',
    {
      subject: user,
      resource: account,
      action: { name: 'can_read', properties: { method: 'GET' } },
      context: { time: '1985-10-26T01:22-07:00' },
    },
    yes,
  ],
  [
    '7.1, three requests, with no default values',
    'evaluations',
    'document',
    {
      evaluations: documents.map((id) => ({
        subject: user,
        action: read,
        ...document(id),
        context: time,
      })),
    },
    { evaluations: [yes, missing, yes] },
  ],
  [
    '7.1.1, a single subject and context',
    'evaluations',
    'document',
    {
      subject: user,
      context: time,
      evaluations: documents.map((id) => ({ action: read, ...document(id) })),
    },
    { evaluations: [yes, missing, yes] },
  ],
  [
    '7.1.1 and 10.1.2, an action that the third overrides',
    'evaluations',
    'document',
    {
      subject: user,
      context: time,
      action: read,
      evaluations: documents.map((id, index) => ({
        ...(index === 2 && { action: { name: 'can_edit' } }),
        ...document(id),
      })),
    },
    { evaluations: [yes, missing, no] },
  ],
  [
    '7.1.2.1, all of them',
    'evaluations',
    'document',
    readNumbered('execute_all'),
    { evaluations: [yes, no, yes] },
  ],
  [
    '7.1.2.1, deny on first deny',
    'evaluations',
    'document',
    readNumbered('deny_on_first_deny'),
    { evaluations: [yes, no] },
  ],
  [
    '7.1.2.1, permit on first permit',
    'evaluations',
    'document',
    readNumbered('permit_on_first_permit'),
    { evaluations: [yes] },
  ],
  [
    '8.4, subjects',
    'search/subject',
    'account',
    { subject: { type: 'user' }, action: read, resource: account, context: time },
    {
      results: [
        { type: 'user', id: 'alice@example.com' },
        { type: 'user', id: 'bob@example.com' },
      ],
      page: { next_token: '' },
    },
  ],
  [
    '8.5, resources',
    'search/resource',
    'account',
    { subject: user, action: read, resource: { type: 'account' } },
    {
      results: [
        { type: 'account', id: '123' },
        { type: 'account', id: '456' },
      ],
      page: { next_token: '' },
    },
  ],
  [
    '8.6, actions',
    'search/action',
    'account',
    { subject: user, resource: account, context: time },
    { results: [{ name: 'can_read' }, { name: 'can_write' }], page: { next_token: '' } },
  ],
];

/** About others asks whoever may read that; where alice is, she herself. */
const asker = (endpoint: string): HttpClient => (endpoint === 'search/subject' ? ada : alice);

describe('the text’s example of', () => {
  test.each(EXAMPLES)('%s is answered as there', async (_, endpoint, of, request, response) => {
    const path = `//access/v1/${endpoint}`;
    const { status, body, headers } = await asker(endpoint).post(path, ours(of, request));
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    expect(theirs(of, body)).toEqual(response);
  });

  test.each(EXAMPLES.filter(([, endpoint]) => endpoint.startsWith('search/')))(
    '%s goes on with the token of the page before',
    async (_, endpoint, of, request, response) => {
      const path = `//access/v1/${endpoint}`;
      const ask = async (page: object) => {
        const { body } = await asker(endpoint).post(path, { ...ours(of, request), page });
        return body as { readonly results: object[]; readonly page: { next_token: string } };
      };
      const first = await ask({ limit: 1 });
      expect(first.results).toHaveLength(1);
      expect(first.page.next_token).not.toBe('');
      const found = [...first.results];
      let last = first;
      while (last.page.next_token !== '') {
        last = await ask({ token: last.page.next_token });
        found.push(...last.results);
      }
      expect(theirs(of, { ...last, results: found })).toEqual(response);
    },
  );
});
