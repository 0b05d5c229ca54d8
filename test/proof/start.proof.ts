/**
 * The first command of a large organization after a start, against the running service: from a
 * snapshot and the events after it. Times are printed, never asserted.
 */
import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { SystemClock } from '#commands/clock.js';
import type { MembershipEvent } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { append, changes, joins } from '../commands/support/long-history.js';
import { RunningService, scaled } from './support/running.js';

const ROWS = scaled(100_000);
/** A start that has to write the rows of all these events, in milliseconds. */
const CATCHING_UP = 10 * 60_000;

/** People of whom nothing personal is known: there are no keys for what was never sealed. */
function* strangers(count: number): Generator<MembershipEvent> {
  for (const event of joins(count)) {
    if (event.type !== 'member.join') throw new Error(event.type);
    yield { ...event, email: null, displayEmail: null, name: null };
  }
}

test.each<[string, () => Iterable<MembershipEvent>]>([
  ['events', () => [...strangers(Math.min(ROWS, 1000)), ...changes(ROWS, Math.min(ROWS, 1000))]],
  ['members', () => strangers(ROWS)],
])(`the first command in an organization of ${ROWS} %s`, async (what, events) => {
  const service = new RunningService();
  try {
    await service.start();
    const founder = await service.signIn('founder');
    const path = '/organizations/large';
    const founded = { id: 'large', name: 'Large', catalogue: 'vygl' };
    expect((await founder.call('POST', '/organizations', founded)).status).toBe(201);
    await service.kill('SIGTERM');

    const log = new SqliteEventLog(join(service.directory, 'events.db'));
    await append({ clock: new SystemClock() }, log, founded.id as OrganizationId, events());
    await log.close();

    await service.start({}, CATCHING_UP);
    const first = async (name: string): Promise<number> => {
      const began = performance.now();
      const { status, body } = await founder.call('PATCH', path, { name });
      expect([status, body.name]).toEqual([200, name]);
      return performance.now() - began;
    };
    const folded = await first('Folded');
    await service.kill('SIGTERM');
    const started = await service.start({}, CATCHING_UP);
    const took = await first('Read');
    console.log(
      `${ROWS} ${what}: first command ${took.toFixed(0)} ms after a start of ${started.toFixed(0)} ms; without a snapshot ${folded.toFixed(0)} ms`,
    );
  } finally {
    await service.dispose();
  }
});
