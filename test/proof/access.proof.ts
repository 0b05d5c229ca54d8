/** Long: the permission cache against the naive oracle. `PROOF_SCALE=10` asks ten times as much. */
import { test } from '@jest/globals';
import fc from 'fast-check';
import { compare, histories, type Tally } from '../access/histories.js';

const scale = Number(process.env.PROOF_SCALE ?? 1);
const seed = Number(process.env.PROOF_SEED ?? Date.now() % 2 ** 31);

test('the cache answers as the naive oracle does', async () => {
  const tally: Tally = new Map();
  const runs = Math.ceil(1000 * scale);
  console.log(`seed ${seed}: ${runs} histories`);
  await fc.assert(
    fc.asyncProperty(histories(200, 30), (history) => compare(history, tally)),
    // The story is told as it is: making it shorter takes hours.
    { numRuns: runs, seed, endOnFailure: true },
  );
  const asked = [...tally.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...tally].sort(([, a], [, b]) => b - a).map(([what, n]) => `  ${n} ${what}`);
  console.log([`seed ${seed}: ${asked} questions, no disagreement`, ...lines].join('\n'));
});
