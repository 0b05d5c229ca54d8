/**
 * Messages of `google.protobuf` as the rest of the service has such values: a `Struct` is an
 * object, a `Timestamp` RFC 3339, a `Duration` ISO 8601. Holds for every proto that is loaded after
 * this file.
 */
import protobuf, {
  type Field,
  type IConversionOptions,
  type Message,
  type Type as MessageType,
} from 'protobufjs';

const TIME = '.google.protobuf.Timestamp';

/** In a wrapper `this` is the type without it. */
type Of = Pick<MessageType, 'fromObject' | 'toObject'>;
type Plain = { readonly [name: string]: unknown };

/** A `google.protobuf.Value`; a `Struct` within it has its own wrapper. */
function valueOf(plain: unknown): Plain {
  if (plain === null || plain === undefined) return { nullValue: 0 };
  if (typeof plain === 'string') return { stringValue: plain };
  if (typeof plain === 'number') return { numberValue: plain };
  if (typeof plain === 'boolean') return { boolValue: plain };
  if (Array.isArray(plain)) return { listValue: { values: plain.map(valueOf) } };
  return { structValue: plain };
}

function plainOf(value: Plain): unknown {
  if ('listValue' in value) {
    return ((value['listValue'] as { values?: Plain[] }).values ?? []).map(plainOf);
  }
  if ('nullValue' in value) return null;
  return Object.values(value)[0] ?? null;
}

const mapped = <A, B>(fields: { readonly [name: string]: A }, map: (value: A) => B) =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, map(value)]],
    ),
  );

protobuf.wrappers['.google.protobuf.Struct'] = {
  fromObject(this: Of, object: Plain) {
    return this.fromObject({ fields: mapped(object, valueOf) });
  },
  toObject(this: Of, message: Message, options?: IConversionOptions) {
    const { fields } = this.toObject(message, options) as { fields?: { [name: string]: Plain } };
    return mapped(fields ?? {}, plainOf);
  },
};

protobuf.wrappers[TIME] = {
  fromObject(this: Of, time: object) {
    const at = (time as Date).getTime();
    const seconds = Math.floor(at / 1000);
    return this.fromObject({ seconds, nanos: (at - seconds * 1000) * 1_000_000 });
  },
  toObject(this: Of, message: Message) {
    const { seconds = 0, nanos = 0 } = message as unknown as { seconds?: unknown; nanos?: number };
    const time = new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
    // What is no time is refused where the field is looked at.
    return (Number.isNaN(time.getTime()) ? 'no time' : time.toISOString()) as unknown as Plain;
  },
};

protobuf.wrappers['.google.protobuf.Duration'] = {
  fromObject(this: Of, object: Plain) {
    return this.fromObject(object);
  },
  toObject(this: Of, message: Message) {
    const { seconds = 0, nanos = 0 } = message as unknown as { seconds?: unknown; nanos?: number };
    return `PT${Number(seconds) + nanos / 1_000_000_000}S` as unknown as Plain;
  },
};

/** Type → its fields that are times, or hold some. */
const timed = new Map<MessageType, readonly Field[]>();

function timedIn(type: MessageType): readonly Field[] {
  const known = timed.get(type);
  if (known !== undefined) return known;
  timed.set(type, []);
  const found = type.fieldsArray.filter((field) => {
    const { resolvedType } = field.resolve();
    if (!(resolvedType instanceof protobuf.Type)) return false;
    return resolvedType.fullName === TIME || timedIn(resolvedType).length > 0;
  });
  timed.set(type, found);
  return found;
}

/** A plain object as `fromObject` takes it, which takes nothing but objects for messages. */
export function withTimes(type: MessageType, plain: object): object {
  const fields = timedIn(type);
  if (fields.length === 0) return plain;
  const copy = { ...plain } as Record<string, unknown>;
  for (const { name, resolvedType } of fields) {
    const one = (value: unknown): unknown =>
      resolvedType?.fullName === TIME
        ? new Date(value as string)
        : withTimes(resolvedType as MessageType, value as object);
    const value = copy[name];
    if (value === undefined || value === null) continue;
    copy[name] = Array.isArray(value) ? value.map(one) : one(value);
  }
  return copy;
}

export { protobuf };
