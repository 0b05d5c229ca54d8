/**
 * The fields that requests and answers are made of. One decorator gives a field its validation,
 * its place in the OpenAPI document and an example.
 */
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
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

/** How many a list holds. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** What a request has to say in a field. */
export interface Asked {
  readonly isOptional: boolean;
  readonly isNullable: boolean;
  /** Of the value, or of each one in the list; another class of fields is known when all are. */
  readonly of: Shape | (() => Type<object>);
  readonly list?: Bounds;
}

const FIELDS = 'membership:fields';

/** The fields of a class, with those of the class it extends. */
export const fieldsOf = ({ prototype }: Type<object>): ReadonlyMap<string, Asked> =>
  (Reflect.getMetadata(FIELDS, prototype) ?? new Map()) as ReadonlyMap<string, Asked>;

const ask =
  (of: Asked['of'], { optional, nullable }: FieldOptions, list?: Bounds) =>
  (prototype: object, name: string | symbol): void => {
    const known = fieldsOf({ prototype } as Type<object>);
    const asked = {
      isOptional: optional === true,
      isNullable: nullable === true,
      of,
      ...(list === undefined ? {} : { list }),
    };
    Reflect.defineMetadata(FIELDS, new Map([...known, [String(name), asked]]), prototype);
  };

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
  (options: FieldOptions = {}): PropertyDecorator =>
    applyDecorators(property(shape.schema, options), ask(shape, options));

/** A field that holds a list of this shape. */
const list =
  (shape: Shape) =>
  (options: ListOptions = {}): PropertyDecorator => {
    const { least = 0, most = 200, ...rest } = options;
    const { example, ...items } = shape.schema;
    const schema = {
      type: 'array',
      items,
      ...(least > 0 ? { minItems: least } : {}),
      maxItems: most,
      example: example === undefined ? [] : [example],
    };
    return applyDecorators(property(schema, rest), ask(shape, rest, { least, most }));
  };

const each = <T>(make: (shape: Shape) => T) =>
  Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, make(shape)])) as {
    readonly [N in keyof typeof SHAPES]: T;
  };

const oneOf = (values: readonly string[]): Shape => ({
  schema: { type: 'string', enum: values, example: values[0] },
  trouble: (value) =>
    values.some((one) => one === value) ? undefined : `must be one of ${values.join(', ')}`,
});

const between = (least: number, most: number): Shape => ({
  schema: { type: 'integer', minimum: least, maximum: most, example: least },
  trouble: (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`,
});

/** `@Field.email()`: one value. */
export const Field = {
  ...each(field),
  oneOf: (values: readonly string[], options: FieldOptions = {}): PropertyDecorator =>
    field(oneOf(values))(options),
  integer: (least: number, most: number, options: FieldOptions = {}): PropertyDecorator =>
    field(between(least, most))(options),
  /** A whole number as it stands in a query string. */
  count: (least: number, most: number, options: FieldOptions = {}): PropertyDecorator =>
    field({
      ...between(least, most),
      read: (value) =>
        typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    })(options),
  /** `true` or `false` as it stands in a query string. */
  truth: (options: FieldOptions = {}): PropertyDecorator =>
    field({
      ...SHAPES.flag,
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
  object: (shape: () => Type<object>, options: FieldOptions = {}): PropertyDecorator =>
    applyDecorators(
      ApiProperty({
        type: () => shape(),
        required: !options.optional,
        ...(options.about === undefined ? {} : { description: options.about }),
      }),
      ask(shape, options),
    ),
};

/** `@ListOf.role()`: a list of such values. */
export const ListOf = {
  ...each(list),
  oneOf: (values: readonly string[], options: ListOptions = {}): PropertyDecorator =>
    list(oneOf(values))(options),
  /** Objects as they came: somebody else looks into them. */
  record: (schema: Record<string, unknown>, options: ListOptions = {}): PropertyDecorator =>
    list({ schema, trouble: (value) => (isPlain(value) ? undefined : 'must be an object') })(
      options,
    ),
  object: (shape: () => Type<object>, options: ListOptions = {}): PropertyDecorator => {
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
      ask(shape, options, { least, most }),
    );
  },
};

export const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
