/**
 * Long: which roles can be reached, and in how few acts, in catalogues of all kinds.
 * `PROOF_SCALE=0.01` asks a hundredth, `PROOF_SEED` repeats a run.
 */
import { expect, test } from '@jest/globals';
import { compareAnywhere } from '../domain/escalating.js';

const scale = Number(process.env.PROOF_SCALE ?? 1);
const seed = Number(process.env.PROOF_SEED ?? Date.now() % 2 ** 31);

test('reach finds what a search over the rules finds, whatever a catalogue says', () => {
  const runs = Math.max(20, Math.ceil(2000 * scale));
  console.log(`seed ${seed}: ${runs} catalogues`);
  const lengths = new Map<number, number>();
  const operations = new Map<string, number>();
  let passed = 0;
  for (let run = 0; run < runs; run++) {
    const found = compareAnywhere(seed + run);
    if (found === undefined) passed += 1;
    for (const acts of found ?? []) {
      lengths.set(acts.length, (lengths.get(acts.length) ?? 0) + 1);
      for (const one of acts) operations.set(one, (operations.get(one) ?? 0) + 1);
    }
    if ((run + 1) % Math.ceil(runs / 10) === 0) {
      const ways = [...lengths].sort(([a], [b]) => a - b).map(([acts, n]) => `${n} of ${acts}`);
      console.log(`${run + 1} of ${runs}, too many ways in ${passed}; acts: ${ways.join(', ')}`);
    }
  }
  console.log([...operations].map(([one, n]) => `${one} ${n}`).join(', '));
  // Keys are rare where few catalogues are asked.
  expect(operations.size).toBeGreaterThan(runs < 200 ? 2 : 6);
  expect(passed).toBeLessThan(runs / 5);
  expect(lengths.size).toBeGreaterThan(1);
});
