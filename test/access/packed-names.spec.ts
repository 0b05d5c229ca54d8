/** Numbers of packed ids against a plain map, whatever is put in and taken out. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromUUIDBytes } from 'typeid-js';
import type { MemberId } from '#domain/ids.js';
import { PackedNames } from '#access/compact/packed-names.js';

/** As the service makes them: of a few moments, so that most of their bits are alike. */
const made = (moment: number, rest: number): string => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(moment, 2);
  bytes.writeUInt32BE(rest, 12);
  return String(fromUUIDBytes('mem', bytes));
};
/** As only tests and old logs could hold them: too short, of another kind, beyond 128 bits, no letters of
 * base 32, with the bits that mark another form. */
const OTHERS = [
  'mem_1',
  '',
  'usr_01jm8w3f3nedx9q7vz00000001',
  'mem_8zzzzzzzzzzzzzzzzzzzzzzzzz',
  'mem_7zzzzzzzzzzzzzzzzzzzzzzzzz',
  'mem_01jm8w3f3nedx9q7vzu0000001',
  'mem_01jm8w3f3nedx9q7vzL0000001',
  'mem_01jm8w3f3nedx9q7vzŁ0000001',
  'mem_01jm8w3f3nedx9q7vz00000001 7',
  // What is no letter says nothing: neither these are the one after them.
  'mem_0U00000000000000000000000a',
  'mem_7_00000000000000000000000a',
  'mem_7z00000000000000000000000a',
];
const POOL = [
  ...OTHERS,
  ...Array.from({ length: 3000 }, (_, n) => made(n % 60, Math.floor(n / 60))),
] as MemberId[];

/** So many are taken, or let go again, from a place in the pool on. */
const move = fc.record({
  isTaken: fc.boolean(),
  from: fc.nat(POOL.length - 1),
  count: fc.integer({ min: 1, max: 900 }),
  isCopied: fc.boolean(),
});

test('are those of a map, through growth, release and a copy', () => {
  let most = 0;
  let isKept = true;
  fc.assert(
    fc.property(fc.array(move, { minLength: 4, maxLength: 30 }), (moves) => {
      let names = new PackedNames<MemberId>('mem_');
      const numbers = new Map<MemberId, number>();
      for (const { isTaken, from, count, isCopied } of moves) {
        for (const id of POOL.slice(from, from + count)) {
          const known = numbers.get(id);
          if (isTaken && known !== undefined) isKept &&= names.take(id) === known;
          else if (isTaken) {
            numbers.set(id, names.take(id));
          } else if (known !== undefined) {
            names.release(known);
            numbers.delete(id);
          }
        }
        if (isCopied) names = new PackedNames('mem_', structuredClone(names.copy()));
        most = Math.max(most, numbers.size);
      }
      expect(names.size).toBe(numbers.size);
      expect([...names.numbers()].sort(ascending)).toEqual([...numbers.values()].sort(ascending));
      expect(POOL.map((id) => names.number(id))).toEqual(POOL.map((id) => numbers.get(id) ?? 0));
      expect([...numbers.values()].map((number) => names.id(number))).toEqual([...numbers.keys()]);
      expect(new Set(numbers.values()).size).toBe(numbers.size);
    }),
    { numRuns: 25 },
  );
  expect(isKept).toBe(true);
  // Else no table ever had to grow.
  expect(most).toBeGreaterThan(1024);
});

const ascending = (a: number, b: number): number => a - b;
