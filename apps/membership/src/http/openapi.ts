/** The OpenAPI 3.1 document, made from the code. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { REFUSALS } from '#domain/refusals.js';

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
  ['audit', 'Everything that has happened'],
  ['me', 'What is about the caller'],
  ['cve-project', 'The member endpoints of cve-project, as their source spells them'],
  ['service', 'The service itself'],
];

/** Describes every documented route of the running application. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Membership')
    .setDescription(
      'Invitations, memberships and permissions of multi-tenant applications. ' +
        'Errors are problem details (RFC 9457) with a `code` of a closed list.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An access token, or an API key `key_…`' },
      'bearer',
    )
    .addSecurityRequirements('bearer');
  for (const [name, about] of TAGS) builder.addTag(name, about);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (_, method) => method,
  });
  const described = modernised(document) as OpenAPIObject;
  addProblems(described as unknown as Json);
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

const PROBLEM = {
  type: 'object',
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

const problem = (description: string): Json => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const RESPONSES: { readonly [status: string]: Json } = {
  '400': problem('Not valid; `errors` points at each trouble'),
  '401': problem('Not signed in'),
  '403': problem('Not permitted'),
  '404': problem('No such thing, or not for the caller'),
  '409': problem('Not possible in this state'),
  '412': problem('Changed since `If-Match`'),
  '429': problem('Too often; `Retry-After` says when'),
  '503': problem('Not now; repeat'),
};

const SAMPLE = '01jx8q5v3mf2h9k7c4n6t0wzpd';
/** What stands in paths. */
const PATH_PARAMETERS: { readonly [name: string]: readonly [about: string, example: string] } = {
  organization: ['an organization', 'acme'],
  space: ['a space of it', `space_${SAMPLE}`],
  member: ['a member of it', `mem_${SAMPLE}`],
  invitation: ['an invitation to it', `inv_${SAMPLE}`],
  team: ['a team of it', `team_${SAMPLE}`],
  account: ['a service account of it', `svc_${SAMPLE}`],
  key: ['an API key of it', `key_${SAMPLE}`],
  role: ['a role it has made', `role_${SAMPLE}`],
  catalogue: ['a catalogue', 'mondoo'],
  version: ['a version of it', '1'],
  user: ['a person: usr_… or user:<subject>', `usr_${SAMPLE}`],
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

/** Every operation names the problems it can have. */
function addProblems(document: Json): void {
  const components = document['components'] as Json;
  components['schemas'] = { ...(components['schemas'] as Json), Problem: PROBLEM };
  components['responses'] = Object.fromEntries(
    Object.entries(RESPONSES).map(([status, response]) => [`Problem${status}`, response]),
  );
  const paths = document['paths'] as { [path: string]: { [method: string]: Json } };
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      addPathParameters(path, operation);
      const isService = path.startsWith('/health/');
      if (isService) operation['security'] = [];
      const statuses = isService
        ? ['429']
        : Object.keys(RESPONSES).filter(
            (status) => method !== 'get' || (status !== '409' && status !== '412'),
          );
      operation['responses'] = {
        ...(operation['responses'] as Json),
        ...Object.fromEntries(
          statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
        ),
      };
    }
  }
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
