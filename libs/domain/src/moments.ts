/**
 * How many moments of a changing collection lie after any other: counted by stretches of time, each
 * 32 times as long as the one below, so that adding one and asking cost the same however many there
 * are.
 */
import type { Instant } from './ids.js';
import type { Table } from './layer.js';

/** Stretch → how many moments lie in it. */
export type Moments = Table<number, number>;

const RADIX = 32;
/** From a millisecond to more than a thousand years. */
const LEVELS = 9;
/** More than there are stretches of one length. */
const LEVEL = 2 ** 48;

const stretch = (level: number, index: number): number => level * LEVEL + index;

/** @param by 1: it is there now; -1: it is not any more. */
export function countMoment(moments: Moments, at: Instant, by: 1 | -1): void {
  let index = Date.parse(at);
  for (let level = 0; level < LEVELS; level++) {
    const key = stretch(level, index);
    const count = (moments.get(key) ?? 0) + by;
    if (count === 0) moments.delete(key);
    else moments.set(key, count);
    index = Math.floor(index / RADIX);
  }
}

export function momentsAfter(moments: Moments, at: Instant): number {
  const time = Date.parse(at);
  let count = 0;
  for (let level = LEVELS - 1; level >= 0; level--) {
    const index = Math.floor(time / RADIX ** level);
    const end = (Math.floor(index / RADIX) + 1) * RADIX;
    for (let later = index + 1; later < end; later++) {
      count += moments.get(stretch(level, later)) ?? 0;
    }
    // What lies in this stretch is counted by the shorter ones.
    if (!moments.has(stretch(level, index))) break;
  }
  return count;
}
