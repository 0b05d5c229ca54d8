/**
 * The fields that requests and answers are made of. One decorator gives a field its validation,
 * its place in the OpenAPI document and an example.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type, type ClassConstructor } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { hasInvisible, instantOf, troubleOfEmail, troubleOfName } from './text.js';

interface FieldOptions {
  /** What the field means. */
  readonly about?: string;
  readonly example?: unknown;
  readonly optional?: true;
  /** May be `null`. */
  readonly nullable?: true;
}

interface ListOptions extends FieldOptions {
  readonly least?: number;
  readonly most?: number;
}

/** A shape: what OpenAPI says of a value, and what is wrong with one. */
interface Shape {
  readonly schema: Record<string, unknown>;
  /** The end of a sentence that begins with the field's name; `undefined`: nothing is wrong. */
  readonly trouble: (value: unknown) => string | undefined;
  /** From what was sent to what is meant. */
  readonly read?: (value: unknown) => unknown;
}

const presence = ({ optional, nullable }: FieldOptions): PropertyDecorator[] =>
  optional || nullable
    ? [
        ValidateIf(
          (_, value) => !((optional && value === undefined) || (nullable && value === null)),
        ),
      ]
    : [];

const check = (shape: Shape, each: boolean): PropertyDecorator =>
  ValidateBy(
    {
      name: 'shape',
      validator: {
        validate: (value) => shape.trouble(value) === undefined,
        defaultMessage: (field) => {
          const values: unknown[] =
            each && Array.isArray(field?.value) ? field.value : [field?.value];
          const trouble = values.map(shape.trouble).find((one) => one !== undefined);
          return `${each ? 'each of them ' : ''}${trouble ?? 'is not valid'}`;
        },
      },
    },
    { each },
  );

const property = (
  schema: Record<string, unknown>,
  { about, example, optional, nullable }: FieldOptions,
): PropertyDecorator => {
  const type =
    nullable && typeof schema['type'] === 'string' ? [schema['type'], 'null'] : undefined;
  const whole = {
    ...schema,
    ...(type === undefined ? {} : { type: schema['type'], 'x-nullable': true }),
    ...(about === undefined ? {} : { description: about }),
    ...(example === undefined ? {} : { example }),
    required: !optional,
  };
  return ApiProperty(whole as ApiPropertyOptions);
};

/** A field of this shape. */
const field =
  (shape: Shape) =>
  (options: FieldOptions = {}): PropertyDecorator => {
    const { read } = shape;
    return applyDecorators(
      property(shape.schema, options),
      ...(read === undefined ? [] : [Transform(({ value }) => read(value))]),
      ...presence(options),
      check(shape, false),
    );
  };

/** A field that holds a list of this shape. */
const list =
  (shape: Shape) =>
  (options: ListOptions = {}) => {
    const { least = 0, most = 200, ...rest } = options;
    const { read } = shape;
    const { example, ...items } = shape.schema;
    const schema = {
      type: 'array',
      items,
      ...(least > 0 ? { minItems: least } : {}),
      maxItems: most,
      example: example === undefined ? [] : [example],
    };
    return applyDecorators(
      property(schema, rest),
      ...(read === undefined
        ? []
        : [Transform(({ value }) => (Array.isArray(value) ? value.map(read) : value))]),
      ...presence(options),
      IsArray({ message: 'must be a list' }),
      ArrayMinSize(least, { message: `must have at least ${least}` }),
      ArrayMaxSize(most, { message: `must have at most ${most}` }),
      check(shape, true),
    );
  };

const matching =
  (pattern: RegExp, words: string) =>
  (value: unknown): string | undefined =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${words}`;

const pattern = (regexp: RegExp, words: string, example: string): Shape => ({
  schema: { type: 'string', pattern: regexp.source, example },
  trouble: matching(regexp, words),
});

const SUFFIX = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const SAMPLE = '01jx8q5v3mf2h9k7c4n6t0wzpd';
const id = (prefix: string): Shape =>
  pattern(
    new RegExp(`^${prefix}_${SUFFIX}$`),
    `an id such as ${prefix}_${SAMPLE}`,
    `${prefix}_${SAMPLE}`,
  );

const named = (most: number, example: string): Shape => ({
  schema: { type: 'string', minLength: 1, maxLength: most, example },
  trouble: (value) => troubleOfName(value, most),
  read: (value) => (typeof value === 'string' ? value.normalize('NFC') : value),
});

const SHAPES = {
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
  apiKeyId: id('key'),
  keyOwner: pattern(
    new RegExp(`^(organization|(mem|svc)_${SUFFIX})$`),
    'mem_…, svc_… or organization',
    `svc_${SAMPLE}`,
  ),
  userId: pattern(/^usr_\S{1,64}$/, 'an id such as usr_…', `usr_${SAMPLE}`),
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
    `mem_${SAMPLE}`,
  ),
  revision: pattern(/^[\w.:~=-]{1,200}$/, 'a revision as this service gave it', 'acme.41'),
  cursor: pattern(
    /^[\w.:~=-]{1,1000}$/,
    'a nextCursor as this service gave it',
    'eyJhZnRlciI6NDF9',
  ),
  token: {
    schema: { type: 'string', maxLength: 500, example: 'k1.acme.inv_….1.…' },
    trouble: (value) =>
      typeof value === 'string' && value.length <= 500 ? undefined : 'must be the token of a link',
  },
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
  wholeNumber: {
    schema: { type: 'integer', minimum: 0, example: 1 },
    trouble: (value) => (Number.isSafeInteger(value) ? undefined : 'must be a whole number'),
  },
  flag: {
    schema: { type: 'boolean', example: true },
    trouble: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  },
} as const satisfies { readonly [name: string]: Shape };

const each = <T>(make: (shape: Shape) => T) =>
  Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, make(shape)])) as {
    readonly [N in keyof typeof SHAPES]: T;
  };

/** `@Field.email()`: one value. */
export const Field = {
  ...each(field),
  oneOf: (values: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
    field({
      schema: { type: 'string', enum: values, example: values[0] },
      trouble: (value) =>
        values.some((one) => one === value) ? undefined : `must be one of ${values.join(', ')}`,
    })(options),
  integer: (least: number, most: number, options: FieldOptions = {}): PropertyDecorator =>
    field({
      schema: { type: 'integer', minimum: least, maximum: most, example: least },
      trouble: (value) =>
        Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
          ? undefined
          : `must be a whole number from ${least} to ${most}`,
    })(options),
  /** A whole number as it stands in a query string. */
  count: (least: number, most: number, options: FieldOptions = {}): PropertyDecorator =>
    field({
      schema: { type: 'integer', minimum: least, maximum: most, example: least },
      trouble: (value) =>
        Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
          ? undefined
          : `must be a whole number from ${least} to ${most}`,
      read: (value) =>
        typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    })(options),
  /** `true` or `false` as it stands in a query string. */
  truth: (options: FieldOptions = {}): PropertyDecorator =>
    field({
      schema: { type: 'boolean', example: true },
      trouble: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
      read: (value) => (value === 'true' ? true : value === 'false' ? false : value),
    })(options),
  /** An object whose keys are not known beforehand. */
  record: (
    schema: Record<string, unknown>,
    trouble: (value: object) => string | undefined,
    options: FieldOptions = {},
  ): PropertyDecorator =>
    field({
      schema: { type: 'object', ...schema },
      trouble: (value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? trouble(value)
          : 'must be an object',
    })(options),
  /** Another class of fields. */
  object: (shape: () => ClassConstructor<object>, options: FieldOptions = {}): PropertyDecorator =>
    applyDecorators(
      ApiProperty({
        type: () => shape(),
        required: !options.optional,
        ...(options.about === undefined ? {} : { description: options.about }),
      }),
      Type(shape),
      ...presence(options),
      isObject(false),
      ValidateNested({ message: 'must be an object' }),
    ),
};

/** `@ListOf.role()`: a list of such values. */
export const ListOf = {
  ...each(list),
  oneOf: (values: readonly string[], options: ListOptions = {}): PropertyDecorator =>
    list({
      schema: { type: 'string', enum: values, example: values[0] },
      trouble: (value) =>
        values.some((one) => one === value) ? undefined : `must be one of ${values.join(', ')}`,
    })(options),
  object: (shape: () => ClassConstructor<object>, options: ListOptions = {}): PropertyDecorator => {
    const { least = 0, most = 200 } = options;
    return applyDecorators(
      ApiProperty({
        type: () => shape(),
        isArray: true,
        required: !options.optional,
        ...(least > 0 ? { minItems: least } : {}),
        maxItems: most,
        ...(options.about === undefined ? {} : { description: options.about }),
      }),
      Type(shape),
      ...presence(options),
      IsArray({ message: 'must be a list' }),
      ArrayMinSize(least, { message: `must have at least ${least}` }),
      ArrayMaxSize(most, { message: `must have at most ${most}` }),
      isObject(true),
      ValidateNested({ each: true, message: 'must be a list of objects' }),
    );
  },
};

function isObject(each: boolean): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isObject',
      validator: {
        validate: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
        defaultMessage: () => (each ? 'must be a list of objects' : 'must be an object'),
      },
    },
    { each },
  );
}
