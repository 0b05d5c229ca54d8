import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Turns } from '#access/turns.js';

/** Steps that take some milliseconds each. */
function* slow(name: string, happened: string[], steps = 5): Generator<void, string> {
  for (let step = 1; step <= steps; step += 1) {
    for (const end = performance.now() + 12; performance.now() < end;);
    happened.push(`${name} ${step}`);
    yield;
  }
  return name;
}

test('work that takes long lets others have a turn, and goes on one piece at a time', async () => {
  const turns = new Turns();
  const happened: string[] = [];
  const other = (async () => {
    while (happened.length < 15) {
      await delay(1);
      happened.push('other');
    }
  })();
  const works = ['a', 'b'].map((name) => turns.go(slow(name, happened)));
  expect(await Promise.all(works)).toEqual(['a', 'b']);
  await other;
  const steps = (name: string) => [1, 2, 3, 4, 5].map((step) => `${name} ${step}`);
  expect(happened.filter((one) => one !== 'other')).toEqual([...steps('a'), ...steps('b')]);
  const during = happened.slice(happened.indexOf('a 1'), happened.indexOf('b 5'));
  expect(during.filter((one) => one === 'other').length).toBeGreaterThan(3);
});

test('what fails is told to whoever asked, and keeps nobody else from theirs', async () => {
  const turns = new Turns();
  const fails = turns.take(() => Promise.reject(new Error('no')));
  const does = turns.take(() => Promise.resolve('yes'));
  await expect(fails).rejects.toThrow('no');
  expect(await does).toBe('yes');
});
