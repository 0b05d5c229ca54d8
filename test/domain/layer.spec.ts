import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Groups, Layer } from '#domain/layer.js';

describe('Layer', () => {
  test('what is written stays above', () => {
    const base = new Layer<string, number>();
    base.set('a', 1);
    base.set('b', 2);
    const over = base.overlay();
    over.set('a', 10);
    over.delete('b');
    over.set('c', 3);
    expect([...over.entries()]).toEqual([
      ['a', 10],
      ['c', 3],
    ]);
    expect([...base.entries()]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect([over.size, base.size]).toEqual([2, 2]);
    expect([over.has('b'), over.get('b'), base.get('b')]).toEqual([false, undefined, 2]);
  });
  test('deleting what is not there changes nothing', () => {
    const over = new Layer<string, number>().overlay();
    over.delete('a');
    expect(over.size).toBe(0);
  });
  test('oldest first; what is replaced keeps its place, what comes back stands at the end', () => {
    const base = new Layer<string, number>();
    for (const [index, key] of ['a', 'b', 'c'].entries()) base.set(key, index);
    const over = base.overlay();
    over.set('b', 7);
    over.delete('a');
    over.set('a', 8);
    expect([...over.keys()]).toEqual(['b', 'c', 'a']);
    expect([...over.values()]).toEqual([7, 2, 8]);
    expect([...over.overlay().keys()]).toEqual(['b', 'c', 'a']);
  });
});

describe('Groups', () => {
  test('what is written stays above', () => {
    const base = new Groups<string, number>();
    base.add('even', 2);
    base.add('even', 4);
    const over = base.overlay();
    over.add('even', 6);
    over.remove('even', 2);
    over.add('odd', 1);
    expect([...over.of('even')]).toEqual([4, 6]);
    expect([...over.of('odd')]).toEqual([1]);
    expect([...base.of('even')]).toEqual([2, 4]);
    expect([...base.of('odd')]).toEqual([]);
    expect([over.count('even'), base.count('even'), base.count('odd')]).toEqual([2, 2, 0]);
  });
  test('a cleared group can be filled again', () => {
    const base = new Groups<string, number>();
    base.add('even', 2);
    const over = base.overlay();
    over.clear('even');
    over.add('even', 8);
    expect([...over.of('even')]).toEqual([8]);
    expect(base.has('even', 2)).toBe(true);
  });
});

type Step<T> = T | { readonly do: 'overlay' };
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const keys = fc.constantFrom(...KEYS);
const values = fc.integer({ min: 0, max: 9 });
const overlaying = fc.constant({ do: 'overlay' as const });

type LayerStep = { do: 'set'; key: string; value: number } | { do: 'delete'; key: string };
const layerSteps: fc.Arbitrary<Step<LayerStep>[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('set' as const), key: keys, value: values }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key: keys }) },
    { weight: 1, arbitrary: overlaying },
  ),
  { maxLength: 60 },
);

type GroupStep =
  { do: 'add' | 'remove'; key: string; value: number } | { do: 'clear'; key: string };
const groupSteps: fc.Arbitrary<Step<GroupStep>[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('add' as const), key: keys, value: values }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('remove' as const), key: keys, value: values }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), key: keys }) },
    { weight: 1, arbitrary: overlaying },
  ),
  { maxLength: 80 },
);

describe('an overlay is a copy', () => {
  test('Layer: as a Map copied, at any depth, in order', () => {
    fc.assert(
      fc.property(layerSteps, (steps) => {
        const layers = [{ layer: new Layer<string, number>(), map: new Map<string, number>() }];
        for (const step of steps) {
          const { layer, map } = layers.at(-1)!;
          if (step.do === 'overlay') layers.push({ layer: layer.overlay(), map: new Map(map) });
          else if (step.do === 'set') {
            layer.set(step.key, step.value);
            map.set(step.key, step.value);
          } else {
            layer.delete(step.key);
            map.delete(step.key);
          }
        }
        const seen = layers.map(({ layer }) => ({
          entries: [...layer.entries()],
          size: layer.size,
          each: KEYS.map((key) => [layer.get(key), layer.has(key)]),
        }));
        const copied = layers.map(({ map }) => ({
          entries: [...map.entries()],
          size: map.size,
          each: KEYS.map((key) => [map.get(key), map.has(key)]),
        }));
        expect(seen).toEqual(copied);
      }),
      { numRuns: 500 },
    );
  });
  test('Groups: as a Map of Sets copied, at any depth, in order', () => {
    type Sets = Map<string, Set<number>>;
    const copy = (sets: Sets): Sets => new Map([...sets].map(([key, set]) => [key, new Set(set)]));
    fc.assert(
      fc.property(groupSteps, (steps) => {
        const all = [{ groups: new Groups<string, number>(), sets: new Map() as Sets }];
        for (const step of steps) {
          const { groups, sets } = all.at(-1)!;
          if (step.do === 'overlay') {
            all.push({ groups: groups.overlay(), sets: copy(sets) });
          } else if (step.do === 'add') {
            groups.add(step.key, step.value);
            sets.set(step.key, (sets.get(step.key) ?? new Set()).add(step.value));
          } else if (step.do === 'remove') {
            groups.remove(step.key, step.value);
            sets.get(step.key)?.delete(step.value);
          } else {
            groups.clear(step.key);
            sets.delete(step.key);
          }
        }
        const seen = all.map(({ groups }) =>
          KEYS.map((key) => ({ of: [...groups.of(key)], count: groups.count(key) })),
        );
        const copied = all.map(({ sets }) =>
          KEYS.map((key) => ({ of: [...(sets.get(key) ?? [])], count: sets.get(key)?.size ?? 0 })),
        );
        expect(seen).toEqual(copied);
      }),
      { numRuns: 500 },
    );
  });
});
