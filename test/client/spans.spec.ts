import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contains, union, without, type Spans } from '../../libs/client/src/spans.js';

const TIMES = Array.from({ length: 24 }, (_, time) => time);
const bound = fc.integer({ min: 0, max: 22 });
const span = fc
  .tuple(fc.option(bound, { nil: -Infinity }), fc.option(bound, { nil: Infinity }))
  .map(([from, until]) => ({ from, until }))
  .filter(({ from, until }) => from < until);
const change = fc.record({ gained: fc.boolean(), span });

describe('times that are gained and lost', () => {
  test('are those of a set of moments', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        let spans: Spans = [];
        const moments = new Set<number>();
        for (const { gained, span } of changes) {
          spans = gained ? union(spans, span) : without(spans, span);
          for (const time of TIMES) {
            if (span.from > time || time >= span.until) continue;
            if (gained) moments.add(time);
            else moments.delete(time);
          }
          expect(TIMES.filter((time) => contains(spans, time))).toEqual(
            TIMES.filter((time) => moments.has(time)),
          );
        }
      }),
    );
  });

  test('stay apart and in order, so that they stay few', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const spans = changes.reduce<Spans>(
          (held, { gained, span }) => (gained ? union(held, span) : without(held, span)),
          [],
        );
        for (const [index, { from, until }] of spans.entries()) {
          expect(from).toBeLessThan(until);
          if (index > 0) expect(spans[index - 1]!.until).toBeLessThan(from);
        }
      }),
    );
  });
});
