/** Requests become what their classes of fields say here, or are refused with a pointer to each trouble. */
import { Injectable, type ArgumentMetadata, type PipeTransform, type Type } from '@nestjs/common';
import { refuse } from '#domain/refusals.js';
import { below, meant, troublesOf } from './fitting.js';

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
    const asked = metatype as Type<object>;
    const fitting = meant(asked, plain, open.has(asked));
    const troubles = troublesOf(asked, fitting);
    if (troubles.length === 0) return fitting;
    const details = troubles
      .slice(0, MOST)
      .map(({ at, detail }) =>
        type === 'query'
          ? { pointer: `?${nameAt(at)}`, detail: isTwice(plain, at) ? 'is given twice' : detail }
          : { pointer: at, detail },
      );
    const [first] = details;
    return refuse(
      'request.invalid',
      `${details.length === 1 ? 'One field is' : `${details.length} fields are`} not valid: ` +
        `${first?.pointer ?? ''} ${first?.detail ?? ''}.`,
      details,
    );
  }
}

const nameAt = (pointer: string): string => {
  const [, name = ''] = pointer.split('/');
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
};

/** No parameter is a list. */
const isTwice = (query: object, pointer: string): boolean =>
  Array.isArray((query as Record<string, unknown>)[nameAt(pointer)]);

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
      const pointer = (): string => (type === 'query' ? `?${name}` : below(at, name));
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
