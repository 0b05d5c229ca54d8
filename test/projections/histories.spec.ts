import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sealed } from '#domain/events.js';
import { history, plainText, type Happened } from '../support/histories.js';
import { isEmbedded } from '../support/stores.js';
import { differences } from './comparing.js';
import { accepted, created, invited } from './facts.js';
import { expected } from './oracle.js';
import { asRows, readModels } from './read-models.js';
import { STREAM, World } from './world.js';

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

/**
 * What has to be gone from the disk: elsewhere than in a file of ours, what was merely replaced
 * waits for whoever is erased next, or for the next start.
 */
function goneOf(events: readonly Happened[]): readonly Happened[] {
  if (isEmbedded()) return events;
  const erased = ['member.invite_erase', 'member.personal_data_erase'];
  return events.slice(0, events.findLastIndex(({ event }) => erased.includes(event.type)) + 1);
}

/** Plain texts of these events that no row of theirs has, but these bytes. */
function leftOf(events: readonly Happened[], bytes: string): string[] {
  const rows = JSON.stringify([...asRows(expected(events))]);
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
        const world = await World.make();
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
        expect(await differences(world.store, world.log, world.vault)).toEqual([]);
        expect(await readModels(world.store)).toEqual(asRows(expected(events)));
        await world.runner.stop();
        expect(leftOf(goneOf(events), await world.bytes())).toEqual([]);
      },
    ),
    { numRuns: 8 },
  );
});

test('rows that come and go leave nothing of what they said', async () => {
  const world = await World.make();
  const events = distinct(history({ seed: 14, events: 1500, organizations: 4 }));
  await world.runner.start();
  for (let at = 0; at < events.length; at += 100) await world.append(events.slice(at, at + 100));
  await world.applied();
  expect(await differences(world.store, world.log, world.vault)).toEqual([]);
  expect(await readModels(world.store)).toEqual(asRows(expected(events)));
  await world.runner.stop();
  const gone = goneOf(events);
  expect(gone.length).toBeGreaterThan(1000);
  expect(leftOf(gone, await world.bytes())).toEqual([]);
});

test('a row that is not what the events say is named, and so is one that is missing', async () => {
  const world = await World.make();
  await world.runner.start();
  await world.happens([created, invited('ada'), accepted('ada')]);
  await world.applied();
  const { store, log, vault } = world;
  expect(await differences(store, log, vault)).toEqual([]);
  const { db } = store;
  await db
    .updateTable('member_persons__2' as never)
    .set({ name: 'Bo' } as never)
    .execute();
  await db
    .deleteFrom('audit__4' as never)
    .where('revision' as never, '=', 1 as never)
    .execute();
  const found = await differences(store, log, vault);
  expect(found.map((one) => one.split(':')[0])).toEqual([
    `${STREAM} members mem_ada`,
    `${STREAM} audit 1`,
  ]);
  expect(found[0]).toContain('"name":"Bo"');
});
