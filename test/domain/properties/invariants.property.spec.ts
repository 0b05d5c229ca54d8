/** What holds after any history and any command; `run.ts` and `judge.ts` say what is judged. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evolve } from '#domain/evolve.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { emptyOrganization, overlay } from '#domain/state.js';
import { histories, nonsense } from './arbitrary.js';
import { dumpState, text } from './dump.js';
import { runHistory } from './run.js';
import { asSystem, recorded } from './world.js';

const SEED = 20_260_301;

/** Every name that nonsense can use as a key. */
const NAMES = new Set(
  ['mem', 'usr', 'tag', 'team', 'svc', 'key', 'inv', 'role', 'space']
    .flatMap((prefix) => [0, 1, 2, 3].map((n) => `${prefix}_${n}`))
    .concat(['owner', 'viewer', 'constructor', 'organization']),
);

describe('any history of any commands', () => {
  it('keeps every invariant of the domain', () => {
    let done = 0;
    fc.assert(
      fc.property(histories(60), (history) => {
        runHistory(history, undefined, (_, { events }) => {
          if (events.length > 0) done++;
        });
      }),
      { numRuns: 160, seed: SEED },
    );
    // A generator that only ever gets refusals judges nothing.
    expect(done).toBeGreaterThan(1000);
  }, 60_000);
});

describe('the fold of any sequence of events', () => {
  it('never throws, and gives the same through overlays, and leaves what lies below alone', () => {
    fc.assert(
      fc.property(nonsense(80), fc.nat(80), (events, cut) => {
        const id = 'org_any' as OrganizationId;
        const fold = (state: ReturnType<typeof emptyOrganization>, from: number, to: number) => {
          for (const event of events.slice(from, to)) {
            evolve(
              state,
              recorded(event, asSystem('sweeper'), '2026-03-05T00:00:00.000Z' as Instant, 0),
            );
          }
          return state;
        };
        const direct = fold(emptyOrganization(id), 0, events.length);
        const base = fold(emptyOrganization(id), 0, cut);
        const before = text(dumpState(base, NAMES));
        const middle = Math.floor((cut + events.length) / 2);
        const over = fold(overlay(base), cut, middle);
        const twice = fold(overlay(over), Math.max(cut, middle), events.length);
        expect(text(dumpState(twice, NAMES))).toBe(text(dumpState(direct, NAMES)));
        expect(text(dumpState(base, NAMES))).toBe(before);
      }),
      { numRuns: 300, seed: SEED },
    );
  }, 60_000);
});
