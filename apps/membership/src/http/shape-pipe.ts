/** Requests become classes of fields here, or are refused with a pointer to each trouble. */
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { refuse, type RefusalDetail } from '#domain/refusals.js';

/** What is asked of a class is put together anew for every object; here, once for every class. */
const storage = getMetadataStorage();
const asked = storage.getTargetValidationMetadatas.bind(storage);
const known = new Map<unknown, ReturnType<typeof asked>>();
storage.getTargetValidationMetadatas = (target, ...options) => {
  const found = known.get(target) ?? asked(target, ...options);
  known.set(target, found);
  return found;
};
const group = storage.groupByPropertyName.bind(storage);
const groups = new WeakMap<object, ReturnType<typeof group>>();
storage.groupByPropertyName = (metadata) => {
  const found = groups.get(metadata) ?? group(metadata);
  groups.set(metadata, found);
  return found;
};

/** No field of ours is hidden or renamed, and looking for those that are costs more than all the rest. */
const PLAINLY = { ignoreDecorators: true };

/** How many troubles one answer lists. */
const MOST = 50;

const open = new WeakSet<object>();
/** A class of fields beside which others may stand, and mean nothing: a standard asks for it. */
export const Open = (): ClassDecorator => (target) => void open.add(target);

@Injectable()
export class ShapePipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || (type !== 'body' && type !== 'query')) return value;
    if ((metatype as unknown) === Object || (metatype as unknown) === String) return value;
    const plain = value ?? {};
    if (typeof plain !== 'object' || Array.isArray(plain)) {
      refuse('request.invalid', 'The body must be a JSON object.', [
        { pointer: '', detail: 'must be an object' },
      ]);
    }
    requireMeasure(plain, type);
    const instance = plainToInstance(metatype as ClassConstructor<object>, plain, PLAINLY);
    const errors = validateSync(instance, {
      whitelist: true,
      forbidNonWhitelisted: !open.has(metatype),
      forbidUnknownValues: true,
      validationError: { target: false },
    });
    if (errors.length === 0) return instance;
    const details = errors.flatMap((error) => detailsOf(error, type)).slice(0, MOST);
    const [first] = details;
    return refuse(
      'request.invalid',
      `${details.length === 1 ? 'One field is' : `${details.length} fields are`} not valid: ` +
        `${first?.pointer ?? ''} ${first?.detail ?? ''}.`,
      details,
    );
  }
}

/** What no request of ours exceeds, however it is meant. */
const MEASURE = { depth: 12, keys: 100, items: 1000, values: 60_000 } as const;
/** Names that mean something to the language itself. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Looks at the size of it first, in one pass: what comes after costs much more for each value. */
function requireMeasure(plain: object, type: 'body' | 'query'): void {
  let values = 0;
  const waiting: { at: string; depth: number; value: object }[] = [
    { at: '', depth: 1, value: plain },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, depth, value } = next;
    const names = Object.keys(value);
    const most = Array.isArray(value) ? MEASURE.items : MEASURE.keys;
    values += names.length;
    if (names.length > most) immense(at, `must have at most ${most}`);
    if (depth > MEASURE.depth || values > MEASURE.values) immense(at, 'holds too much');
    for (const name of names) {
      // Of most it is not asked for.
      const pointer = (): string => (type === 'query' ? `?${name}` : `${at}/${escaped(name)}`);
      if (RESERVED.has(name)) immense(pointer(), 'is not a known field');
      const one: unknown = (value as Record<string, unknown>)[name];
      // JSON can write it, and then say it no more.
      if (one === Infinity || one === -Infinity) immense(pointer(), 'is too large a number');
      if (typeof one === 'object' && one !== null) {
        waiting.push({ at: pointer(), depth: depth + 1, value: one });
      }
    }
  }
}

const immense = (pointer: string, detail: string): never =>
  refuse('request.invalid', `One field is not valid: ${pointer} ${detail}.`, [{ pointer, detail }]);

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

function detailsOf(error: ValidationError, type: 'body' | 'query', above = ''): RefusalDetail[] {
  const pointer = type === 'query' ? `?${error.property}` : `${above}/${escaped(error.property)}`;
  const children = (error.children ?? []).flatMap((child) => detailsOf(child, type, pointer));
  const messages = Object.entries(error.constraints ?? {});
  const [name, message] = messages[0] ?? [];
  if (name === undefined) return children;
  const detail = name === 'whitelistValidation' ? 'is not a known field' : message!;
  return [{ pointer, detail }, ...children];
}

/** The fields that were given, without those that were not: a plain object, all the way down. */
export const given = <T extends object>(instance: T): T => plain(instance) as T;

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, plain(one)]])),
  );
}
