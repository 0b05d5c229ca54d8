/** Filters that combine: together they find what each of them finds. */
import { expect } from '@jest/globals';

/**
 * Asks every combination of these filters and demands the intersection of what each finds alone,
 * in the order of all. @param also what two filters together say beyond that.
 */
export async function expectCombined<Filters extends object>(
  filters: Filters,
  find: (some: Partial<Filters>) => Promise<readonly string[]>,
  also: readonly (readonly [names: readonly (keyof Filters)[], found: readonly string[]])[] = [],
): Promise<void> {
  const names = Object.keys(filters) as (keyof Filters)[];
  const only = (some: readonly (keyof Filters)[]) =>
    Object.fromEntries(some.map((name) => [name, filters[name]])) as Partial<Filters>;
  const all = await find({});
  const alone = new Map<keyof Filters, readonly string[]>();
  for (const name of names) alone.set(name, await find(only([name])));
  for (let set = 1; set < 2 ** names.length; set++) {
    const some = names.filter((_, index) => set & (1 << index));
    const sets = some.map((name) => alone.get(name) ?? []);
    for (const [both, found] of also) {
      if (both.every((name) => some.includes(name))) sets.push(found);
    }
    const expected = all.filter((one) => sets.every((found) => found.includes(one)));
    expect([some, await find(only(some))]).toEqual([some, expected]);
  }
  // The question would prove nothing if it had no answer, or one filter were enough.
  expect(await find(filters)).toHaveLength(1);
  for (const found of alone.values()) expect(found.length).toBeLessThan(all.length);
}
