import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compare, histories, type Tally } from './histories.js';

/** If one of these is never the answer, the histories have become too shallow to say anything. */
const SEEN = ['granted', 'no_role', 'wrong_scope', 'expired', 'deactivated', 'suspended'];

test('the cache answers as the naive oracle does, whatever has happened, at any moment', async () => {
  const tally: Tally = new Map();
  await fc.assert(
    fc.asyncProperty(histories(100, 16), (history) => compare(history, tally)),
    { numRuns: 200, interruptAfterTimeLimit: 100_000 },
  );
  for (const reason of SEEN) expect([reason, tally.get(reason) ?? 0]).not.toEqual([reason, 0]);
}, 120_000);
