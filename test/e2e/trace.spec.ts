/** What is said about an error: names and ids, never what it may have read. */
import { expect, test } from '@jest/globals';
import { DatabaseLocked } from '#database/errors.js';
import { Refusal } from '#domain/refusals.js';
import type { OrganizationId } from '#domain/ids.js';
import { LogStopped } from '#eventlog/event-log.js';
import { KeyMissing, VaultMismatch } from '#vault/vault.js';
import { reasonOf, ToldError, traceOf } from '../../apps/membership/src/trace.js';

const missing = new KeyMissing('acme' as OrganizationId, 'mem_ben');
const locked = new DatabaseLocked('/home/ada/data/events.db', 'is locked by another process');

test.each([
  ['ids alone are said', missing, 'KeyMissing', missing.message],
  [
    'a file without its folder',
    locked,
    'DatabaseLocked',
    'events.db: is locked by another process',
  ],
  [
    'what is behind it',
    new LogStopped('ada@acme.example', { cause: locked }),
    'LogStopped',
    'LogStopped: events.db: is locked by another process',
  ],
  ['a class by its name', new VaultMismatch('/home/ada'), 'VaultMismatch', 'VaultMismatch'],
  ['a bug by its name', new TypeError('ada@acme.example'), 'TypeError', 'TypeError'],
  [
    'a refusal by its code',
    new Refusal('request.invalid', 'ada@acme.example'),
    'Refusal request.invalid',
    'Refusal request.invalid',
  ],
  ['nothing that is no error', 'ada@acme.example', 'string', 'string'],
])('%s', (_, thrown, error, reason) => {
  const trace = traceOf(thrown);
  expect(trace.error).toBe(error);
  expect(reasonOf(thrown)).toBe(reason);
  expect([undefined, reason]).toContain(trace.reason);
  expect(JSON.stringify(trace)).not.toMatch(/ada@|home.ada/);
});

test('an error of another thread is told as that has told it', () => {
  const told = new ToldError(traceOf(missing));
  expect(traceOf(told)).toEqual(traceOf(missing));
  expect(reasonOf(told)).toBe(missing.message);
});
