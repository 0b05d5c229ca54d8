import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sealed } from '#domain/events.js';
import { history, plainText, type Happened } from '../support/histories.js';
import { expected } from './oracle.js';
import { asRows, readModels } from './read-models.js';
import { World } from './world.js';

const PERSONAL = ['email', 'displayEmail', 'name'] as const;
type Values = Partial<Record<(typeof PERSONAL)[number], Sealed | null>>;

/** The same history, in which every personal value is another one. */
function distinct(events: readonly Happened[]): Happened[] {
  let count = 0;
  return events.map(({ event, ...rest }) => {
    const values = event as unknown as Values;
    const others = PERSONAL.flatMap((field) => {
      const value = values[field];
      if (typeof value !== 'object' || value === null) return [];
      const length = ++count % 50;
      return [[field, { ...value, sealed: `${value.sealed}#${count}#${'z'.repeat(length)}` }]];
    });
    return { ...rest, event: { ...event, ...Object.fromEntries(others) } as Happened['event'] };
  });
}

/** Plain texts of these events that no row has any more, but the file or its WAL. */
function leftOf(events: readonly Happened[], rows: string, file: string): string[] {
  const bytes = ['', '-wal'].map((suffix) => readFileSync(`${file}${suffix}`, 'utf8')).join('');
  const texts = events.flatMap(({ event }) =>
    PERSONAL.flatMap((field) => {
      const value = (event as unknown as Values)[field];
      return typeof value === 'object' ? (plainText(value) ?? []) : [];
    }),
  );
  return [...new Set(texts)].filter((text) => !rows.includes(text) && bytes.includes(text));
}

test('read models are the fold of all events, wherever batches are cut and restarts fall', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(fc.integer({ min: 1, max: 160 }), { maxLength: 3 }),
      async (seed, cuts) => {
        const world = new World();
        const events = distinct(history({ seed, events: 160 }));
        await world.runner.start();
        let from = 0;
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          await world.append(events.slice(from, cut));
          from = Math.max(from, cut);
          // Anywhere in the middle of it, or after.
          if (cut % 2 === 0) await world.applied();
          else await sleep(cut % 5);
          await world.restart();
        }
        await world.append(events.slice(from));
        await world.applied();
        const rows = asRows(expected(events));
        expect(await readModels(world.store)).toEqual(rows);
        await world.runner.stop();
        expect(leftOf(events, JSON.stringify([...rows]), world.file)).toEqual([]);
      },
    ),
    { numRuns: 8 },
  );
});

test('rows that come and go leave nothing of what they said', async () => {
  const world = new World();
  const events = distinct(history({ seed: 14, events: 1500, organizations: 4 }));
  await world.runner.start();
  for (let at = 0; at < events.length; at += 100) await world.append(events.slice(at, at + 100));
  await world.applied();
  const rows = asRows(expected(events));
  expect(await readModels(world.store)).toEqual(rows);
  await world.runner.stop();
  expect(leftOf(events, JSON.stringify([...rows]), world.file)).toEqual([]);
});
