/** The shape of a catalogue file. What names mean is checked by `check.ts`. */
import { BROADER, OPERATIONS } from '#domain/catalogue.js';
import type { SchemaObject } from 'ajv';

/** `description` says what a value has to be; a problem quotes it. */
const text = (description: string, pattern: string) => ({ type: 'string', description, pattern });

const SNAKE = '[a-z][a-z0-9]*(?:_[a-z0-9]+)*';
const snake = text('a name in snake_case', `^${SNAKE}$`);
const permission = text('`resource:action` in snake_case', `^${SNAKE}:${SNAKE}$`);
const pattern = text(
  '`resource:action` in snake_case, `resource:*`, `*:action` or `*`',
  `^(?:\\*|(?:${SNAKE}|\\*):${SNAKE}|${SNAKE}:\\*)$`,
);
const roleId = text('a role id (letters, digits, hyphens)', '^[A-Za-z][A-Za-z0-9-]{0,62}$');
const sentence = { type: 'string', minLength: 1 };
const onlyOnce = { type: 'array', uniqueItems: true };
const roleIds = { ...onlyOnce, items: roleId };
const kinds = ['base', 'specialized', 'service_account', 'implicit'];
const level = { enum: ['organization', 'space'] };

/** An object of exactly these keys; `required` defaults to all of them. */
const record = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/** One schema for a list, another for an object: clearer messages than `anyOf`. */
const listOr = (list: SchemaObject, object: SchemaObject) => ({
  type: ['array', 'object'],
  if: { type: 'array' },
  then: list,
  else: object,
});

const listOrStar = (list: SchemaObject) => ({
  type: ['array', 'string'],
  if: { type: 'array' },
  then: list,
  else: { enum: ['*'] },
});

const actions = { ...onlyOnce, items: snake, minItems: 1 };
const selector = listOr(
  roleIds,
  record(
    {
      kinds: listOrStar({ ...onlyOnce, items: { enum: kinds }, minItems: 1 }),
      except: roleIds,
    },
    ['kinds'],
  ),
);

const role = record(
  {
    id: roleId,
    name: sentence,
    kind: { enum: kinds },
    scopes: { ...onlyOnce, items: { enum: ['organization', 'space', 'platform'] }, minItems: 1 },
    permissions: { ...onlyOnce, items: pattern },
    except: { ...onlyOnce, items: pattern },
    includes: roleIds,
    explicit: { type: 'boolean' },
    description: sentence,
  },
  ['id', 'name', 'kind', 'scopes', 'permissions', 'description'],
);

const rolesPerMember = {
  type: ['string', 'object'],
  if: { type: 'string' },
  then: { enum: ['one', 'many'] },
  else: record(
    {
      base: { enum: ['one', 'many'] },
      specialized: { enum: ['many'] },
      specializedWith: { ...roleIds, minItems: 1 },
    },
    ['base', 'specialized'],
  ),
};

const policies = record(
  {
    protectedRole: roleId,
    founderRole: roleId,
    ssoDefaultRole: roleId,
    removal: { enum: ['allowed', 'deactivate_only'] },
    invitation: record({
      ttl: { type: 'string' },
      matchEmail: { type: 'boolean' },
      onInviterLoss: { enum: ['keep', 'revoke'] },
    }),
    emailDomains: record({
      external: { enum: ['allow', 'refuse'] },
      providers: { enum: ['allow', 'refuse'] },
    }),
    seats: { type: 'integer', minimum: 1 },
    catalogueAdoption: { enum: ['manual', 'follow'], default: 'manual' },
    overridable: { ...onlyOnce, items: sentence, default: [] },
  },
  ['protectedRole', 'founderRole', 'removal', 'invitation', 'emailDomains'],
);

const route = record({
  method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
  path: text(
    'a path template such as `/software/monitoring/{uuid}`',
    '^(?:/(?:[A-Za-z0-9_~-](?:[A-Za-z0-9._~-]*[A-Za-z0-9_~-])?|\\{[a-z][A-Za-z0-9_]*\\}))+$',
  ),
  permission,
});

/** JSON Schema (draft-07) of a catalogue file. Unknown keys are refused, defaults filled in. */
export const CATALOGUE_SCHEMA: SchemaObject = record(
  {
    id: text('a catalogue id in kebab-case', '^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$'),
    version: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    name: sentence,
    description: sentence,
    scopes: { ...onlyOnce, items: level, minItems: 1 },
    rolesPerMember,
    permissions: {
      type: 'object',
      minProperties: 1,
      propertyNames: snake,
      additionalProperties: listOr(actions, {
        ...record({ organization: actions, space: actions }, []),
        minProperties: 1,
      }),
    },
    roles: { type: 'array', items: role, minItems: 1 },
    delegation: {
      type: 'array',
      default: [],
      items: record(
        {
          holder: roleId,
          mayAssign: selector,
          mayManage: selector,
          otherwise: { enum: ['subset', 'none'] },
        },
        ['holder', 'mayAssign', 'mayManage'],
      ),
    },
    policies,
    operations: {
      ...record(
        Object.fromEntries(
          [...OPERATIONS, ...Object.values(BROADER)].map((name) => [name, permission]),
        ),
        [],
      ),
      default: {},
    },
    inactiveSpace: { ...onlyOnce, items: permission, default: [] },
    routes: { type: 'array', items: route, default: [] },
    apiScopes: {
      ...onlyOnce,
      items: text('an API scope such as `findings:read`', '^[a-z0-9_.-]+(?::[a-z0-9_.-]+)+$'),
      default: [],
    },
    notes: { type: 'array', items: sentence, default: [] },
  },
  ['id', 'version', 'name', 'scopes', 'rolesPerMember', 'permissions', 'roles', 'policies'],
);
