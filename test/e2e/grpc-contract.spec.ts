/** The protos against the OpenAPI document: two ways to say one API. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { SERVICES, type Method } from '../../apps/membership/src/grpc/protos.js';
import { typesAt } from '../support/grpc.js';

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>
  >;
}
interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const api = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as Api;
const operations = new Map(
  Object.values(api.paths)
    .flatMap((path) => Object.values(path))
    .map((operation) => [operation.operationId, operation]),
);
const methods = [...SERVICES.values()].flat();

/** Operations that gRPC does not have, each with the reason. */
const HTTP_ONLY: Readonly<Record<string, string>> = {
  live: 'grpc.health.v1',
  ready: 'grpc.health.v1',
  exportAudit: 'a file',
  listWebhooks: 'what is set about HTTP is set over HTTP',
  createWebhook: 'what is set about HTTP is set over HTTP',
  getWebhook: 'what is set about HTTP is set over HTTP',
  updateWebhook: 'what is set about HTTP is set over HTTP',
  deleteWebhook: 'what is set about HTTP is set over HTTP',
  rotateWebhook: 'what is set about HTTP is set over HTTP',
  listDeliveries: 'what is set about HTTP is set over HTTP',
  redeliver: 'what is set about HTTP is set over HTTP',
  readEvents: 'its messages are of HTTP and of topics; AuditService.Tail is that of gRPC',
  rebuildReadModel: 'for whoever operates the installation',
  evaluate: 'AuthZEN is HTTP',
  evaluateMany: 'AuthZEN is HTTP',
  searchSubjects: 'AuthZEN is HTTP',
  searchResources: 'AuthZEN is HTTP',
  searchActions: 'AuthZEN is HTTP',
  authzenConfiguration: 'AuthZEN is HTTP',
  authzenKeys: 'AuthZEN is HTTP',
  forwardAuth: 'what gateways send is HTTP',
  renameProject: 'spelled as its source has it',
  inviteUser: 'spelled as its source has it',
  withdrawInvitation: 'spelled as its source has it',
  removeUser: 'spelled as its source has it',
  changeUserRole: 'spelled as its source has it',
};

const resolved = (schema: Schema): Schema => {
  const [first] = schema.anyOf ?? [];
  if (first !== undefined) return resolved(first);
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : api.components.schemas[name]!;
};

const schemaIn = (content: Readonly<Record<string, { schema: Schema }>> | undefined) =>
  Object.values(content ?? {})[0]?.schema;

type MessageType = ReturnType<typeof typesAt>['resolvedRequestType'];

/** Fields of the schema that the message has not, and the other way round, all the way down. */
function differences(at: string, schema: Schema, type: MessageType, extra: Set<string>): string[] {
  if (type.fullName === '.google.protobuf.Struct') return [];
  const { properties = {} } = resolved(schema);
  const fields = new Map(type.fieldsArray.map((field) => [field.name, field]));
  const missing = Object.keys(properties).filter((name) => !fields.has(name) && !extra.has(name));
  const more = [...fields.keys()].filter((name) => !(name in properties) && !extra.has(name));
  const below = Object.entries(properties).flatMap(([name, one]) => {
    const child = fields.get(name)?.resolvedType as MessageType | null | undefined;
    const inner = resolved(one.items ?? one);
    if (child == null || inner.properties === undefined) return [];
    return differences(`${at}.${name}`, inner, child, new Set());
  });
  return [
    ...missing.map((name) => `${at}.${name} is not in the proto`),
    ...more.map((name) => `${at}.${name} is only in the proto`),
    ...below,
  ];
}

const isOnce = ({ requestStream, responseStream }: Method): boolean =>
  !requestStream && !responseStream;

test('every operation is a method, or is known not to be one', () => {
  const offered = new Set(methods.map(({ operation }) => operation));
  const absent = [...operations.keys()].filter((name) => !offered.has(name));
  expect(absent.sort()).toEqual(Object.keys(HTTP_ONLY).sort());
  expect(methods.filter(({ operation }) => !operations.has(operation))).toEqual([]);
});

test.each(methods.filter(isOnce).map((one) => [one.path, one] as const))(
  '%s takes and answers what its operation does',
  (path, { operation }) => {
    const { parameters, requestBody, responses } = operations.get(operation)!;
    const { resolvedRequestType: request, resolvedResponseType: response } = typesAt(path);
    const named = parameters.filter((one) => one.in === 'path' || one.in === 'query');
    const beside = new Set([...named.map(({ name }) => name), 'dryRun', 'clear']);
    const body = schemaIn(requestBody?.content) ?? {};
    expect(differences(operation, body, request, beside)).toEqual([]);
    const taken = request.fieldsArray.map(({ name }) => name);
    expect(taken).toEqual(expect.arrayContaining(named.map(({ name }) => name)));

    const done = ['201', '200'].flatMap((status) => schemaIn(responses[status]?.content) ?? [])[0];
    if (done === undefined) return expect(response.fieldsArray).toEqual([]);
    const [first] = response.fieldsArray;
    const isHeld = first?.resolvedType != null && !first.repeated;
    const answered = isHeld ? (first.resolvedType as MessageType) : response;
    expect(differences(operation, done, answered, new Set())).toEqual([]);
  },
);
