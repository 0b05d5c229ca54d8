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

test('while somebody is in the way it is tried more and more seldom', async () => {
  const tries: number[] = [];
  const truncate = async () => {
    tries.push(performance.now());
    return tries.length === 3;
  };
  const writer = { isRemote: true, isHeld: true, truncate } as unknown as Writer;
  const erased = new ErasedBytes(writer, () => undefined);
  erased.note();
  while (tries.length < 3) await sleep(10);
  const [first, second, third] = tries as [number, number, number];
  expect(third - second).toBeGreaterThan(1.5 * (second - first));
  await sleep(1500);
  expect(tries).toHaveLength(3);
  await erased.close();
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
