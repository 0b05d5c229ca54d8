import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErasedBytes } from '#projections/erased-bytes.js';
import type { Writer } from '#readstore/store.js';

test('what is being erased is erased before it ends, for the connection ends with it', async () => {
  const done: string[] = [];
  const writer = {
    isRemote: true,
    isHeld: true,
    truncate: async () => {
      done.push('begun');
      await sleep(100);
      done.push('erased');
      return true;
    },
  } as unknown as Writer;
  const erased = new ErasedBytes(writer, (error) => done.push(String(error)));
  erased.note();
  while (done.length === 0) await sleep(10);
  await erased.close();
  expect(done).toEqual(['begun', 'erased']);
});

test('what was erased meanwhile is too', async () => {
  let calls = 0;
  const truncate = async () => {
    calls++;
    await sleep(100);
    return true;
  };
  const writer = { isRemote: true, isHeld: true, truncate } as unknown as Writer;
  const erased = new ErasedBytes(writer, () => undefined);
  erased.note();
  while (calls === 0) await sleep(10);
  erased.note();
  await erased.close();
  expect(calls).toBe(2);
});
