/**
 * Long: the rules against histories and schemes of all kinds, millions of commands at full scale.
 * `PROOF_SCALE=0.01` asks a hundredth, `PROOF_SEED` repeats a run.
 */
import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { evolve } from '#domain/evolve.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { emptyOrganization } from '#domain/state.js';
import { histories, nonsense, schemes } from '../domain/properties/arbitrary.js';
import { runHistory } from '../domain/properties/run.js';
import { runScheme } from '../domain/properties/schemes.js';
import { PRODUCTS } from '../domain/properties/versions.js';
import { asSystem, recorded } from '../domain/properties/world.js';

const scale = Number(process.env.PROOF_SCALE ?? 1);
const seed = Number(process.env.PROOF_SEED ?? Date.now() % 2 ** 31);
const scaled = (full: number): number => Math.max(5, Math.ceil(full * scale));

/** Counts what is done, and says so every tenth of the runs. */
function progress(what: string, runs: number) {
  const started = Date.now();
  const tally = { runs: 0, done: 0, refused: 0 };
  const tenth = Math.max(1, Math.floor(runs / 10));
  console.log(`seed ${seed}: ${runs} ${what}`);
  return {
    count: (isDone: boolean): void => {
      if (isDone) tally.done++;
      else tally.refused++;
    },
    ran: (): void => {
      if (++tally.runs % tenth !== 0) return;
      const seconds = (Date.now() - started) / 1000;
      const rate = Math.round((tally.done + tally.refused) / seconds);
      const { runs: ran, done, refused } = tally;
      console.log(
        `${what}: ${ran} of ${runs}, ${done} commands done, ${refused} refused, ${rate}/s`,
      );
    },
  };
}

test('any history of any commands keeps every invariant', () => {
  const runs = scaled(8000);
  const { count, ran } = progress('histories', runs);
  fc.assert(
    fc.property(histories(160), (history) => {
      runHistory(history, undefined, (_, { events }) => count(events.length > 0));
      ran();
    }),
    { numRuns: runs, seed },
  );
});

describe.each(PRODUCTS)('colluders in %s', (product) => {
  test('reach nothing outside of what the tables let them', () => {
    const runs = scaled(600);
    const { count, ran } = progress(`schemes in ${product}`, runs);
    fc.assert(
      fc.property(schemes(160, [product]), (scheme) => {
        runScheme(scheme, count);
        ran();
      }),
      { numRuns: runs, seed },
    );
  });
});

test('the fold of any sequence of events never throws', () => {
  const runs = scaled(20_000);
  const { count, ran } = progress('sequences of events', runs);
  fc.assert(
    fc.property(nonsense(200), (events) => {
      const state = emptyOrganization('org_any' as OrganizationId);
      for (const event of events) {
        const at = '2026-03-05T00:00:00.000Z' as Instant;
        evolve(state, recorded(event, asSystem('sweeper'), at, 0));
        count(true);
      }
      ran();
    }),
    { numRuns: runs, seed },
  );
});
