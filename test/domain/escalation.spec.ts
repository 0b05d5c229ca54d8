/** `reach` finds all that the rules let a group come to hold, and the shortest way to each. */
import { describe, expect, it, test } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { compare, compareAnywhere, holdings, LATER, startOf } from './escalating.js';
import { dice } from './properties/dice.js';

const PRODUCTS = ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project'];
describe.each(PRODUCTS)('in %s', (id) => {
  const catalogue = compile(readCatalogueFile(`catalogues/${id}.yaml`).content!);

  it('whoever holds one role reaches what the rules say, in no more acts', () => {
    for (const one of holdings(catalogue)) {
      for (const held of [one, { ...one, expiresAt: LATER }]) {
        expect(compare({ catalogue, customs: [], held: [held] })).toBeDefined();
      }
    }
  }, 120_000);

  it('so does whoever holds several, or one of the organization’s own', () => {
    let compared = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const { some, one, chance } = dice(seed);
      const permissions = [...catalogue.permissions.keys()];
      // What lets its holder give something, and a few more.
      const powers = [...catalogue.operations.values()];
      const customs = [1, 2].map((n) => ({
        role: `custom_${n}`,
        permissions: [...new Set([...some(powers, 20), ...some(permissions, 10)])],
      }));
      const start = startOf(catalogue, customs, { one, chance });
      if (compare(start) !== undefined) compared += 1;
    }
    expect(compared).toBeGreaterThan(3);
  }, 120_000);
});

// Any seeds: `npm run proof -- escalation`.
test('so it is whatever a catalogue says', () => {
  const ways = Array.from({ length: 120 }, (_, seed) => compareAnywhere(seed));
  const gone = ways.flatMap((found) => found ?? []);
  expect(ways.filter((found) => found === undefined).length).toBeLessThan(10);
  expect(gone.filter((acts) => acts.length === 1).length).toBeGreaterThan(30);
  expect(gone.filter((acts) => acts.length === 2).length).toBeGreaterThan(3);
  const operations = new Set(gone.flat());
  for (const one of ['create_api_key', 'rotate_api_key', 'change_service_account_roles']) {
    expect(operations).toContain(one);
  }
}, 120_000);
