import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runHttpFile } from '../../tools/requests/http-file.js';
import { TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());

const files = readdirSync('docs/requests').filter((name) => name.endsWith('.http'));

test.each(files)('docs/requests/%s runs as it is written', async (name) => {
  const ran = await runHttpFile(`docs/requests/${name}`, service.url);
  expect(ran.length).toBeGreaterThan(3);
  expect(ran.filter(({ isExpected }) => !isExpected)).toEqual([]);
});
