import { expect, test } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '#domain/ids.js';
import { Asked } from '#projections/asked.js';
import { place } from '../support/stores.js';

test('a rebuild that fails keeps no other from being carried out, and whoever asked is told', async () => {
  const there = await place(join(mkdtempSync(join(tmpdir(), 'asked-')), 'read.db'));
  const store = await there.open();
  const told: (string | null)[] = [];
  const errors: unknown[] = [];
  const asked = new Asked({
    store,
    isWriting: () => true,
    carryOut: ({ readModel }) =>
      readModel === 'broken'
        ? Promise.reject(new Error('a key is missing'))
        : Promise.resolve(true),
    onAsked: ({ readModel }) => told.push(readModel),
    onError: (error) => errors.push(error),
    now: () => new Date().toISOString() as Instant,
  });
  const stop = new AbortController();
  const running = asked.run(stop.signal);
  try {
    // What was asked before it ran is not told of.
    await asked.done(await asked.ask({ readModel: 'first' }), stop.signal);
    const broken = await asked.ask({ readModel: 'broken' });
    const good = await asked.ask({ readModel: 'good' });
    expect(await asked.done(good, stop.signal, 5000)).toBe(true);
    await expect(asked.done(broken, stop.signal, 5000)).rejects.toThrow('a key is missing');
    expect(errors).toHaveLength(1);
    expect(told.slice(-2)).toEqual(['broken', 'good']);
  } finally {
    stop.abort();
    await running;
    await store.close();
    await there.remove();
  }
});
