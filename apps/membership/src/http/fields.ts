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
import { SHAPES, type Shape } from './shapes.js';

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

const LISTS = 'membership:lists';

/** Fields of a class that hold lists → may they be left out? */
export const listsOf = ({ prototype }: ClassConstructor<object>): ReadonlyMap<string, boolean> =>
  (Reflect.getMetadata(LISTS, prototype) ?? new Map()) as ReadonlyMap<string, boolean>;

const holdsAList =
  ({ optional }: FieldOptions): PropertyDecorator =>
  (prototype, name) => {
    const known = listsOf({ prototype } as ClassConstructor<object>);
    Reflect.defineMetadata(
      LISTS,
      new Map([...known, [String(name), optional === true]]),
      prototype,
    );
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
      holdsAList(rest),
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
      trouble: (value) => (isPlain(value) ? trouble(value) : 'must be an object'),
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
  /** Objects as they came: somebody else looks into them. */
  record: (schema: Record<string, unknown>, options: ListOptions = {}): PropertyDecorator =>
    list({ schema, trouble: (value) => (isPlain(value) ? undefined : 'must be an object') })(
      options,
    ),
  object: (shape: () => ClassConstructor<object>, options: ListOptions = {}): PropertyDecorator => {
    const { least = 0, most = 200 } = options;
    return applyDecorators(
      holdsAList(options),
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

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isObject(each: boolean): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isObject',
      validator: {
        validate: isPlain,
        defaultMessage: () => (each ? 'must be a list of objects' : 'must be an object'),
      },
    },
    { each },
  );
}
