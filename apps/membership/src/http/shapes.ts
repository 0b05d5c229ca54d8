/** The shapes of values in requests and answers; `fields.ts` makes fields of them. */
import { EVENT_TYPES } from '#eventlog/upcasts.js';
import { SAMPLE_REVISION, SAMPLE_TOKEN, sampleId } from './examples.js';
import { hasInvisible, instantOf, troubleOfEmail, troubleOfName } from './text.js';

/** A shape: what OpenAPI says of a value, and what is wrong with one. */
export interface Shape {
  readonly schema: Record<string, unknown>;
  /** The end of a sentence that begins with the field's name; `undefined`: nothing is wrong. */
  readonly trouble: (value: unknown) => string | undefined;
  /** From what was sent to what is meant. */
  readonly read?: (value: unknown) => unknown;
}

const matching =
  (pattern: RegExp, words: string) =>
  (value: unknown): string | undefined =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${words}`;

const pattern = (regexp: RegExp, words: string, example: string): Shape => ({
  schema: { type: 'string', pattern: regexp.source, example },
  trouble: matching(regexp, words),
});

const SUFFIX = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const id = (prefix: string): Shape =>
  pattern(
    new RegExp(`^${prefix}_${SUFFIX}$`),
    `an id such as ${sampleId(prefix)}`,
    sampleId(prefix),
  );

const named = (most: number, example: string): Shape => ({
  schema: { type: 'string', minLength: 1, maxLength: most, example },
  trouble: (value) => troubleOfName(value, most),
  read: (value) => (typeof value === 'string' ? value.normalize('NFC') : value),
});

/** What callers authenticate with: more than the id. */
const WHOLE_KEY = new RegExp(`^key_${SUFFIX}_`);
const apiKeyId: Shape = {
  ...id('key'),
  trouble: (value) =>
    typeof value === 'string' && WHOLE_KEY.test(value)
      ? 'must be the id alone, which ends before the second _; the whole key is for authenticating with: "Authorization: Bearer key_…_…"'
      : id('key').trouble(value),
};

/** What is known of a value before its field is: its form, its words, an example. */
export const SHAPES = {
  name: named(200, 'Analytical Engines'),
  email: {
    schema: { type: 'string', format: 'email', maxLength: 254, example: 'ada@example.com' },
    trouble: troubleOfEmail,
  },
  message: {
    schema: { type: 'string', maxLength: 500, example: 'Welcome to the team!' },
    trouble: (value) => {
      if (typeof value !== 'string') return 'must be a string';
      if (Buffer.byteLength(value) > 500) return 'must have at most 500 bytes';
      return hasInvisible(value.replace(/\r?\n/g, ' '))
        ? 'must have no control or invisible characters'
        : undefined;
    },
  },
  description: {
    schema: { type: 'string', maxLength: 1000, example: 'Runs the nightly scans' },
    trouble: (value) => {
      if (typeof value !== 'string') return 'must be a string';
      if (value.length > 1000) return 'must have at most 1000 characters';
      return hasInvisible(value) ? 'must have no control or invisible characters' : undefined;
    },
  },
  organizationId: pattern(/^[a-z0-9_]{3,64}$/, '3 to 64 of a-z, 0-9 and _', 'acme'),
  spaceId: id('space'),
  scope: pattern(
    new RegExp(`^(organization|space_${SUFFIX})$`),
    'organization, or the id of a space',
    'organization',
  ),
  memberId: id('mem'),
  invitationId: id('inv'),
  teamId: id('team'),
  serviceAccountId: id('svc'),
  apiKeyId,
  webhookId: id('whk'),
  webhookUrl: {
    schema: {
      type: 'string',
      format: 'uri',
      maxLength: 2000,
      example: 'https://acme.example/hook',
    },
    trouble: (value) =>
      typeof value === 'string' && value.length <= 2000 && URL.canParse(value)
        ? undefined
        : 'must be a URL of at most 2000 characters',
  },
  keyOwner: pattern(
    new RegExp(`^(organization|(mem|svc)_${SUFFIX})$`),
    'mem_…, svc_… or organization',
    sampleId('svc'),
  ),
  userId: pattern(/^usr_\S{1,64}$/, 'an id such as usr_…', sampleId('usr')),
  reasonCode: pattern(
    /^[a-z][a-z0-9_]{0,63}$/,
    'a code of a-z, 0-9 and _, never words about a person',
    'unpaid',
  ),
  role: pattern(/^[A-Za-z0-9][\w./-]{0,99}$/, 'the id of a role, such as owner', 'editor'),
  catalogue: pattern(/^[a-z0-9][a-z0-9-]{0,63}$/, 'the id of a catalogue, such as vygl', 'mondoo'),
  permission: pattern(
    /^[a-z0-9_]{1,64}:[a-z0-9_]{1,64}$/,
    'a permission such as policies:assign',
    'policies:assign',
  ),
  apiScope: pattern(/^[A-Za-z0-9_.:-]{1,128}$/, 'a scope such as findings:read', 'findings:read'),
  principal: pattern(
    /^((mem|svc|key|usr)_[\w-]{1,64}|user:\S.{0,254})$/u,
    'mem_…, svc_…, key_…, usr_… or user:<subject>',
    sampleId('mem'),
  ),
  revision: pattern(/^[\w.:~=-]{1,200}$/, 'a revision as this service gave it', SAMPLE_REVISION),
  moment: {
    schema: { type: 'string', maxLength: 500, example: '2026-03-01T12:00:00.000Z' },
    trouble: (value) =>
      instantOf(value) === undefined && matching(/^[\w.:~=-]{1,500}$/, '')(value) !== undefined
        ? 'must be a time such as 2026-03-01T12:00:00Z, or a revision as this service gave it'
        : undefined,
    read: (value) => instantOf(value) ?? value,
  },
  cursor: pattern(
    /^[\w.:~=-]{1,1000}$/,
    'a nextCursor as this service gave it',
    'eyJhZnRlciI6NDF9',
  ),
  token: {
    schema: { type: 'string', maxLength: 500, example: SAMPLE_TOKEN },
    trouble: (value) => {
      if (typeof value !== 'string') return 'must be the token of a link';
      if (/#|:\/\//.test(value))
        return 'must be the token of a link: what stands behind its # alone';
      return value.length <= 500 ? undefined : 'must be the token of a link';
    },
  },
  jws: pattern(
    /^[\w-]+\.[\w-]+\.[\w-]+$/,
    'a signed token',
    'eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl',
  ),
  instant: {
    schema: { type: 'string', format: 'date-time', example: '2026-03-01T12:00:00.000Z' },
    trouble: (value) =>
      instantOf(value) === undefined ? 'must be a time such as 2026-03-01T12:00:00Z' : undefined,
    read: (value) => instantOf(value) ?? value,
  },
  duration: pattern(
    /^P(?=\d|T\d)(\d{1,5}W|(\d{1,5}D)?(T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,8}S)?)?)$/,
    'an ISO 8601 duration such as P7D or PT12H',
    'P7D',
  ),
  text: {
    schema: { type: 'string', maxLength: 500, example: 'text' },
    trouble: (value) => {
      if (typeof value !== 'string') return 'must be a string';
      if (value.length > 500) return 'must have at most 500 characters';
      return hasInvisible(value) ? 'must have no control or invisible characters' : undefined;
    },
  },
  /** Of an event that was stored, whichever release wrote it. */
  eventType: {
    schema: { type: 'string', maxLength: 500, example: 'member.role_change' },
    trouble: (value) =>
      EVENT_TYPES.some((one) => one === value)
        ? undefined
        : `must be one of ${EVENT_TYPES.join(', ')}`,
  },
  actor: {
    schema: { type: 'string', maxLength: 500, example: sampleId('usr') },
    trouble: matching(
      /^(usr_\S{1,64}|(mem|svc|key|inv)_[\w-]{1,64}|sweeper|configuration|catalogue|scim|sso)$/,
      'an id such as usr_…, mem_…, svc_… or key_…',
    ),
  },
  wholeNumber: {
    schema: { type: 'integer', minimum: 0, example: 1 },
    trouble: (value) => (Number.isSafeInteger(value) ? undefined : 'must be a whole number'),
  },
  flag: {
    schema: { type: 'boolean', example: true },
    trouble: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  },
} as const satisfies { readonly [name: string]: Shape };
