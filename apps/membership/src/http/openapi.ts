/** The OpenAPI 3.1 document, made from the code. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { Refusal, REFUSALS, type RefusalCode, type RefusalDetail } from '#domain/refusals.js';
import { EXAMPLES, sampleId } from './examples.js';
import { PreviewAnswer } from './preview-answers.js';
import { isAuthzen, problemOf, type Problem } from './problems.js';

type Json = { [key: string]: unknown };

const TAGS: readonly (readonly [string, string])[] = [
  ['organizations', 'Tenants: created on a catalogue, named, suspended, deleted'],
  ['spaces', 'Parts of an organization'],
  ['invitations', 'Asking people in, and what they make of it'],
  ['members', 'Who is in an organization, with which roles'],
  ['roles', 'Roles of catalogues, and those an organization makes itself'],
  ['teams', 'Members who hold roles together'],
  ['service accounts', 'Programs with roles'],
  ['API keys', 'Secrets that act for a member, a service account or an organization'],
  ['access', 'Who may do what'],
  ['authzen', 'The same, as the Authorization API 1.0 of OpenID AuthZEN asks'],
  ['audit', 'Everything that has happened'],
  ['events', 'The same as it happens, for other services'],
  ['webhooks', 'The same, sent to where an organization wants it'],
  ['me', 'What is about the caller'],
  ['cve-project', 'The member endpoints of cve-project, as their source spells them'],
  ['service', 'The service itself'],
];

const BEARER =
  'An access token, or an API key `key_…`. With a key of a service account of the platform that has ' +
  '`subjects:act_for`, `Membership-Act-For` says whom it acts for, by the bare subject that they sign ' +
  'in with (`issuer|subject` with several issuers; no `user:…`, `usr_…` or `mem_…`), and ' +
  '`Membership-Act-For-Email` that person’s verified address.';

/** Describes every documented route of the running application. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Membership')
    .setDescription(
      'Invitations, memberships and permissions of multi-tenant applications. ' +
        'Errors are problem details (RFC 9457) with a `code` of a closed list. ' +
        'To try it here, put an access token into Authorize; for local development ' +
        '`npx membership token you@example.com` prints one.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: BEARER }, 'bearer')
    .addSecurityRequirements('bearer');
  for (const [name, about] of TAGS) builder.addTag(name, about);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (_, method) => method,
    extraModels: [PreviewAnswer],
  });
  const described = modernised(document) as OpenAPIObject;
  complete(described as unknown as Json);
  return ordered(described);
}

/** `x-nullable` of fields.ts becomes a type of 3.1. */
function modernised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modernised);
  if (typeof value !== 'object' || value === null) return value;
  const { 'x-nullable': nullable, ...rest } = value as Json;
  const entries = Object.entries(rest).map(([key, one]) => [key, modernised(one)]);
  const result = Object.fromEntries(entries) as Json;
  return nullable === true ? { ...result, type: [result['type'], 'null'] } : result;
}

/** A problem as it is answered, so that all of it agrees. */
const shown = (code: RefusalCode, detail: string, errors?: readonly RefusalDetail[]): Problem =>
  problemOf(new Refusal(code, detail, errors), 'req-1a2b');

const LAST_HOLDER = shown('member.last_holder', 'Give the role to another active member first.');

const PROBLEM = {
  type: 'object',
  examples: [LAST_HOLDER],
  description: 'What went wrong (RFC 9457)',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', examples: ['urn:membership:problem:member.last_holder'] },
    title: { type: 'string', examples: ['Not possible in this state'] },
    status: { type: 'integer', examples: [409] },
    detail: { type: 'string', examples: ['Give the role to another active member first.'] },
    instance: { type: 'string', description: 'Id of the request', examples: ['req-1a2b'] },
    code: { type: 'string', enum: [...Object.keys(REFUSALS), 'internal'] },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', examples: ['/grants/0/role'] },
          detail: { type: 'string', examples: ['must be a string'] },
        },
      },
    },
  },
};

const problem = (description: string, example: Problem): Json => ({
  description,
  content: {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, example },
  },
});

const RESPONSES: { readonly [status: string]: Json } = {
  '400': problem(
    'Not valid; `errors` points at each trouble',
    shown('request.invalid', 'One field is not valid: /name is missing.', [
      { pointer: '/name', detail: 'is missing' },
    ]),
  ),
  '401': problem(
    'Not signed in',
    shown('authentication.missing', 'Send an access token: "Authorization: Bearer …".'),
  ),
  '403': problem('Not permitted', shown('permission.denied', 'This takes members:invite.')),
  '404': problem(
    'No such thing, or not for the caller',
    shown(
      'organization.not_found',
      'There is no organization acme, or you are not a member of it.',
    ),
  ),
  '409': problem('Not possible in this state', LAST_HOLDER),
  '412': problem(
    'Changed since `If-Match`',
    shown('precondition.failed', 'It has changed since; read it again and decide anew.'),
  ),
  '413': problem(
    'Larger than this route takes',
    shown('request.too_large', 'The body is larger than this route takes.'),
  ),
  '415': problem(
    'Not `application/json`',
    shown('request.unsupported', 'Send the body as application/json.'),
  ),
  '429': problem(
    'Too often; `Retry-After` says when',
    shown('rate.limited', 'Too many requests; come back later.'),
  ),
  '503': problem('Not now; repeat', shown('read.not_yet', 'Not read yet; ask again in a moment.')),
};

/** What stands in paths. */
const PATH_PARAMETERS: { readonly [name: string]: readonly [about: string, example: string] } = {
  organization: ['an organization', 'acme'],
  space: ['a space of it', sampleId('space')],
  member: ['a member of it', sampleId('mem')],
  invitation: ['an invitation to it', sampleId('inv')],
  team: ['a team of it', sampleId('team')],
  account: ['a service account of it', sampleId('svc')],
  key: ['an API key of it', sampleId('key')],
  role: ['a role it has made', sampleId('role')],
  catalogue: ['a catalogue', 'mondoo'],
  version: ['a version of it', '1'],
  user: ['a person: usr_… or user:<subject>', sampleId('usr')],
  readModel: ['a read model', 'members'],
};

/** Every path parameter with its meaning, ahead of the others. */
function addPathParameters(path: string, operation: Json): void {
  const others = ((operation['parameters'] as Json[] | undefined) ?? []).filter(
    (one) => one['in'] !== 'path',
  );
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const [description = '', example = ''] = PATH_PARAMETERS[name] ?? [];
    return { name, in: 'path', required: true, description, schema: { type: 'string', example } };
  });
  operation['parameters'] = [...named, ...others];
}

/** Operations that anybody may ask without signing in. */
const OPEN: ReadonlySet<unknown> = new Set([
  'authzenConfiguration',
  'authzenKeys',
  'live',
  'ready',
  'lookUpInvitation',
  'declineInvitation',
]);

/** What the decorators of a route do not say of it. */
function complete(document: Json): void {
  const components = document['components'] as Json;
  components['schemas'] = { ...(components['schemas'] as Json), Problem: PROBLEM };
  components['responses'] = Object.fromEntries(
    Object.entries(RESPONSES).map(([status, response]) => [`Problem${status}`, response]),
  );
  const paths = document['paths'] as { [path: string]: { [method: string]: Json } };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      addPathParameters(path, operation);
      sayNotInQueries(operation);
      addExample(operation);
      if (OPEN.has(operation['operationId'])) operation['security'] = [];
      operation['responses'] = {
        ...answersOf(operation),
        ...Object.fromEntries(
          problemsOf(path, method, operation).map((status) => [
            status,
            { $ref: `#/components/responses/Problem${status}` },
          ]),
        ),
      };
    }
  }
}

/** The page fills in an example, and what is optional is mostly wanted empty: it is only said. */
function sayNotInQueries(operation: Json): void {
  for (const parameter of operation['parameters'] as Json[]) {
    if (parameter['in'] !== 'query') continue;
    const { example, ...schema } = parameter['schema'] as Json;
    parameter['schema'] = schema;
    if (example === undefined || 'enum' in schema || schema['type'] !== 'string') continue;
    const about = parameter['description'] as string | undefined;
    parameter['description'] =
      `${about === undefined ? '' : `${about}; `}such as ${String(example)}`;
  }
}

function addExample({ operationId, requestBody }: Json): void {
  const example = EXAMPLES[operationId as string];
  if (requestBody === undefined || example === undefined) return;
  const { content } = requestBody as { content: { [type: string]: Json } };
  for (const media of Object.values(content)) media['example'] = example;
}

/** Writes of several commands: their own answer says what each would do. */
const PREVIEWING: ReadonlySet<unknown> = new Set(['inviteMembers', 'eraseMe', 'erasePerson']);

/** A write that is only tried answers with what it would do. */
function answersOf(operation: Json): Json {
  const responses = operation['responses'] as Json;
  const isWrite = (operation['parameters'] as Json[]).some(({ name }) => name === 'dryRun');
  if (!isWrite || PREVIEWING.has(operation['operationId'])) return responses;
  const preview = { $ref: getSchemaPath(PreviewAnswer) };
  const done = responses['200'] as { content?: { 'application/json': Json } } | undefined;
  const schema = done?.content?.['application/json']['schema'];
  return {
    ...responses,
    '200': {
      description: done === undefined ? 'With `dryRun`: nothing is written' : 'Done, or already so',
      content: {
        'application/json': {
          schema: schema === undefined ? preview : { anyOf: [schema, preview] },
        },
      },
    },
  };
}

function problemsOf(path: string, method: string, operation: Json): string[] {
  if (path.startsWith('/health/')) return ['403'];
  const hasBody = operation['requestBody'] !== undefined;
  return Object.keys(RESPONSES).filter((status) => {
    if (status === '409' || status === '412') return method !== 'get';
    // AuthZEN has no status of its own for what is not JSON.
    if (status === '415') return hasBody && !isAuthzen(path);
    return hasBody || status !== '413';
  });
}

/** Paths and schemas by name, so that the recorded document changes only where the API does. */
function ordered(document: OpenAPIObject): OpenAPIObject {
  const byName = <T extends object>(record: T): T =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
  const components = document.components ?? {};
  return {
    ...document,
    paths: byName(document.paths),
    components: { ...components, schemas: byName(components.schemas ?? {}) },
  };
}
