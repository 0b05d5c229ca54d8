/** Races over HTTP against the running service: whatever the order, the invariants hold. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chainOf, violations } from './support/chain.js';
import { found, RACES } from './support/races.js';
import { RunningService, scaled } from './support/running.js';

const TRIALS = scaled(10_000);
/** Organizations that are raced in at the same time. */
const LANES = 8;
const service = new RunningService();

beforeAll(async () => {
  await service.start();
});
afterAll(() => service.dispose());

/** Runs the trials over the lanes, then has every organization's whole history looked at. */
test.each(Object.entries(RACES))('%s', async (name, prepare) => {
  const started = performance.now();
  const label = name.replaceAll(/[^a-z\d]+/g, '-');
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, i) => found(service, `${label}-${i}`)),
  );
  let done = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      const trial = await prepare(lane);
      while (done < TRIALS) await trial(done++);
    }),
  );
  const problems = await Promise.all(
    lanes.map(async ({ founder, other, organization }) => {
      const reader = (await founder.call('GET', `/organizations/${organization}`)).status === 200;
      const records = await chainOf(reader ? founder : other, organization);
      return violations(records, 'owner');
    }),
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${name}: ${done} trials in ${seconds} s, ${problems.flat().length} violations`);
  expect(problems.flat()).toEqual([]);
  expect(done).toBeGreaterThanOrEqual(TRIALS);
});
