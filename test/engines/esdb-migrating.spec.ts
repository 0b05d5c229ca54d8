/** `membership migrate`: the log of a folder goes to EventStoreDB, once, whole, and whatever happens. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { Moving } from '../support/moving.js';
import { eventually, TestService } from '../support/service.js';

let server: EventStoreDouble;
let moving: Moving;
const settings = () => ({ EVENTSTORE_URL: server.url });
const file = (name: string) => join(moving.dataDir, name);
/** Streams of ours there, each event as `stream/revision`, in commit order. */
const there = () => {
  const found: string[] = [];
  for (let i = 0; i < server.store.count; i++) {
    const { stream, revision } = server.store.record(i)!;
    if (/^(organization|catalogue)-/.test(stream)) found.push(`${stream}/${revision}`);
  }
  return found;
};
const here = () => {
  const database = openDatabase(file('events.db'), { readonly: true });
  const rows = database
    .prepareRows<[string, number]>('select stream, revision from events order by position')
    .all();
  database.close();
  return rows.map(([stream, revision]) => `${stream}/${revision}`);
};

const feedOfAll = async (how: string) => {
  const root = await moving.service.signIn('root@example.com', { platformAdmin: true });
  return (await root.get(`/events?${how}`)).body;
};

beforeEach(async () => {
  server = await EventStoreDouble.start();
  moving = await Moving.furnished();
});
afterEach(async () => {
  server.faults.clear();
  await moving.end();
  await server.stop();
});

describe('moving the log to EventStoreDB', () => {
  test('leaves every answer, link, mail and webhook as it was, and the folder to nobody', async () => {
    const before = await moving.answers();
    const token = await moving.service.linkOf('cleo@example.com');
    const everything = await feedOfAll('beginning=true&limit=4');
    await moving.stop();
    const lines = await moving.migrate(settings());
    expect(lines.join('\n')).toMatch(/every event compared, every chain whole[^]*\ndone: /);
    expect(there()).toEqual(here());
    await expect(TestService.start({}, moving.dataDir)).rejects.toThrow(
      /^EVENTSTORE_URL: "membership migrate" has moved the log/,
    );
    await expect(moving.migrate({})).rejects.toThrow(/set EVENTSTORE_URL, DATABASE_URL or both/);
    // Repeated it finds that there is nothing to do.
    expect(await moving.migrate(settings())).toHaveLength(1);
    // Elsewhere a fork would begin.
    const other = await EventStoreDouble.start();
    await expect(moving.migrate({ EVENTSTORE_URL: other.url })).rejects.toThrow(
      /has been moved already, and not there/,
    );
    await other.stop();
    await moving.start(settings());
    await moving.goesOn(before);
    await moving.accepts(token);
    // A place in the log is another one there, and is found.
    const ids = (body: object) => (body as { items: { id: string }[] }).items.map(({ id }) => id);
    const goneOn = await feedOfAll(`cursor=${String(everything['nextCursor'])}&limit=4`);
    const anew = await feedOfAll('beginning=true&limit=8');
    expect([...ids(everything), ...ids(goneOn)]).toEqual(ids(anew));
    expect(ids(anew)).toHaveLength(8);
  }, 120_000);

  test('killed in the middle nobody can work with half of it, and repeated it goes on', async () => {
    const before = await moving.answers();
    await moving.stop();
    const all = here().length;
    let appends = 0;
    server.faults.chance = (operation) =>
      operation === 'append' && ++appends > all / 3
        ? { kind: 'never', written: appends % 2 === 0 }
        : undefined;
    const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', 'migrate'], {
      env: { PATH: process.env['PATH'], DATA_DIR: moving.dataDir, ...settings() },
      stdio: 'inherit',
    });
    await eventually(() => appends > all / 3 + 1 || undefined, 'an append that hangs', 20_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    server.faults.clear();
    expect(there()).toEqual(here().slice(0, there().length));
    expect(there().length).toBeLessThan(all);
    await expect(TestService.start(settings(), moving.dataDir)).rejects.toThrow(
      'repeat "membership migrate" until it is done',
    );
    await moving.migrate(settings());
    expect(there()).toEqual(here());
    await moving.start(settings());
    await moving.goesOn(before);
  }, 120_000);
});

test('a folder that was not moved is not taken for that of a new installation, and can be moved then', async () => {
  await moving.stop();
  await expect(TestService.start(settings(), moving.dataDir)).rejects.toThrow(
    /^EVENTSTORE_URL: the log there is empty, and .* holds events: run "membership migrate"/,
  );
  await moving.migrate(settings());
  await moving.start(settings());
}, 120_000);

describe('nothing is moved', () => {
  const migrating = () => moving.migrate(settings());

  test('while the service runs', async () => {
    await expect(migrating()).rejects.toThrow(/is in use by process \d+ .*stop the service/);
  });

  test('into a store that holds another log', async () => {
    const other = await TestService.start(settings());
    await other.stop();
    await moving.stop();
    await expect(migrating()).rejects.toThrow(/EVENTSTORE_URL names a place of the log log_/);
    expect(existsSync(file('moved.json'))).toBe(false);
    await moving.start({});
  });

  test('of a log in which an event was changed', async () => {
    await moving.stop();
    const database = openDatabase(file('events.db'));
    const change = `update events set canonical = cast(replace(canonical, 'Beta', 'Bela') as blob)`;
    database.exec(change);
    database.close();
    await expect(migrating()).rejects.toThrow(
      /the log is not whole \(damaged organization-beta\/0/,
    );
    expect(there()).toEqual([]);
    await expect(TestService.start(settings(), moving.dataDir)).rejects.toThrow(
      'membership migrate',
    );
  });

  test('of a folder whose read models know more than its log', async () => {
    await moving.stop();
    const database = openDatabase(file('read-models.db'));
    database.exec(`update mail_checkpoint set position = position + 1000`);
    database.close();
    await expect(migrating()).rejects.toThrow(/read-models.db has followed the log to \d+, and/);
    expect(existsSync(file('moved.json'))).toBe(false);
  });
});
