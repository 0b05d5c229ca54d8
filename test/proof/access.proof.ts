/** Long: the index of permissions against the naive oracle, and against itself after every start.
 * `PROOF_SCALE=10` asks ten times as much. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PermissionIndex } from '#access/permission-index.js';
import { kept, storedHistory } from '../access/begun.js';
import { dump } from '../access/dump.js';
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

test('after every event, live and from the snapshot before it are one, byte by byte', async () => {
  const runs = Math.ceil(100 * scale);
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(histories(200, 0), async ({ moves }) => {
      const live = new PermissionIndex();
      let begun = new PermissionIndex();
      for (const event of await storedHistory(moves)) {
        live.apply(event);
        begun.apply(event);
        expect(dump(begun)).toBe(dump(live));
        compared += 1;
        begun = await kept(begun.copy(), event);
      }
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  console.log(`seed ${seed}: ${compared} prefixes of ${runs} histories, no difference`);
});
