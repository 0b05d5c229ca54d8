/** What `membership migrate` has left in a folder: no command takes it for the log there is. */
import { rmSync } from 'node:fs';
import { mock } from 'node:test';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventsCommand, headsCommand, verifyCommand } from '../../apps/cli/src/log.js';
import { replay } from '../../apps/cli/src/replaying.js';
import { readConfig } from '../../apps/membership/src/config.js';
import { noteMoved } from '../../apps/membership/src/moved.js';
import { TestService } from '../support/service.js';

const MOVED = /^EVENTSTORE_URL: "membership migrate" has moved the log from .*; set it to where/;
const commands = [
  ['events', eventsCommand],
  ['verify', verifyCommand],
  ['heads', headsCommand],
] as const;
let dataDir: string;
let said: string[];

beforeAll(async () => {
  const { service, dataDir: folder } = await TestService.start();
  await service.stop();
  dataDir = folder;
  noteMoved({ DATA_DIR: dataDir }, ['EVENTSTORE_URL']);
});
beforeEach(() => {
  said = [];
  mock.method(console, 'log', (line: string) => void said.push(line));
});
afterEach(() => {
  mock.restoreAll();
  delete process.env['DATA_DIR'];
});
afterAll(() => rmSync(dataDir, { recursive: true }));

test.each(commands)('is not read by %s of the folder that is set', async (_, command) => {
  process.env['DATA_DIR'] = dataDir;
  await expect(command().parseAsync([], { from: 'user' })).rejects.toThrow(MOVED);
  expect(said).toEqual([]);
});

test.each(commands)(
  'is read by %s of a folder that is named, as a backup is',
  async (_, command) => {
    await command().parseAsync(['--data-dir', dataDir], { from: 'user' });
    expect(said.length).toBeGreaterThan(0);
  },
);

test('is not published again', async () => {
  const config = readConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, KAFKA_BROKERS: '127.0.0.1:1' });
  const again = replay(config, () => undefined, new AbortController().signal);
  await expect(again).rejects.toThrow(MOVED);
});
