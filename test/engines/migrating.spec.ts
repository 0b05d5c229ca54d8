/** `membership migrate` into PostgreSQL, and into a double of EventStoreDB beside it. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import { Postgres } from '#database/postgres.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { Moving } from '../support/moving.js';
import { dropSchema, freshSchema } from '../support/postgres.js';
import { eventually, TestService } from '../support/service.js';
import { fresh, KAFKA_BROKERS, Reader, withKafka } from './support/kafka.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', (url) => {
  let server: EventStoreDouble;
  let moving: Moving;
  let schema: string;
  const database = () => ({
    DATABASE_URL: url,
    DATABASE_SCHEMA: schema,
    DATABASE_CONNECTIONS: '4',
  });
  const both = () => ({ ...database(), EVENTSTORE_URL: server.url });

  beforeEach(async () => {
    schema = freshSchema();
    server = await EventStoreDouble.start();
    moving = await Moving.furnished();
  });
  afterEach(async () => {
    await moving.end();
    await server.stop();
    for (const part of ['read_models', 'vault', 'snapshots']) await dropSchema(`${schema}_${part}`);
  });

  describe('an installation that is moved', () => {
    test('at once answers as before, on both', async () => {
      const before = await moving.answers();
      const token = await moving.service.linkOf('cleo@example.com');
      await moving.stop();
      const lines = await moving.migrate(both());
      expect(lines.join('\n')).toMatch(
        /the log is there[^]* rows of [^]*\d+ keys are there\ndone: /,
      );
      await moving.start(both());
      await moving.goesOn(before);
      await moving.accepts(token);
      await moving.service.service.stop();
      await expect(TestService.start({}, moving.dataDir)).rejects.toThrow(/^EVENTSTORE_URL: /);
      const half = { EVENTSTORE_URL: server.url };
      await expect(TestService.start(half, moving.dataDir)).rejects.toThrow(/^DATABASE_URL: /);
      await expect(moving.migrate(half)).rejects.toThrow(/^DATABASE_URL: /);
      moving.service = await TestService.start(both(), moving.dataDir);
    }, 120_000);

    test.each([
      ['keys and rows first, the log later', database],
      ['the log first, keys and rows later', () => ({ EVENTSTORE_URL: server.url })],
    ])(
      'in two steps does, too: %s',
      async (_, first) => {
        const before = await moving.answers();
        await moving.stop();
        await moving.migrate(first());
        await moving.start(first());
        expect(await moving.answers()).toEqual(before);
        await moving.stop();
        await moving.migrate(both());
        await moving.start(both());
        await moving.goesOn(before);
      },
      180_000,
    );

    test('belongs to nobody until all of it is there, and begins the keys anew', async () => {
      const before = await moving.answers();
      await moving.stop();
      await moving.migrate(database());
      // As if it had been killed before the last step, and at an earlier time before that.
      const vault = new Postgres({ url, schema: `${schema}_vault`, connections: 1 });
      await vault.query('delete from vault');
      await vault.query(
        `insert into keys (organization, subject, state, ensured) values ('acme', 'left', 'destroyed', 0)`,
      );
      await expect(TestService.start(database(), moving.dataDir)).rejects.toThrow(
        /holds events, and .* is new; restore the vault/,
      );
      await moving.migrate(database());
      const left = await vault.query(`select 1 from keys where subject = 'left'`);
      expect(left.rows).toEqual([]);
      await vault.close();
      await moving.start(database());
      await moving.goesOn(before);
    }, 120_000);

    test('takes tombstones along, and opens what only its own wrapping keys open', async () => {
      await moving.stop();
      const old = openDatabase(`${moving.dataDir}/vault.db`, { readonly: true });
      const rows = old.prepareRows<[string, string, string]>(
        'select organization, subject, state from keys order by organization, subject',
      );
      const before = rows.all();
      old.close();
      expect(before.some(([, , state]) => state === 'destroyed')).toBe(true);
      const other = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
      await expect(moving.migrate({ ...database(), VAULT_KEYS: other })).rejects.toThrow(
        /vault.db was written with the wrapping key k1, which is another key/,
      );
      await expect(
        moving.migrate({ ...database(), TOKEN_KEYS: `k9${other.slice(2)}` }),
      ).rejects.toThrow(/TOKEN_KEYS lacks k1 of .*links in mails that are out would open nothing/);
      await moving.migrate(database());
      const vault = new Postgres({ url, schema: `${schema}_vault`, connections: 1 });
      const found = await vault.all<{ organization: string; subject: string; state: string }>(
        'select organization, subject, state from keys order by organization, subject',
      );
      await vault.close();
      expect(found.map((one) => [one.organization, one.subject, one.state])).toEqual(before);
      await moving.start(database());
    }, 120_000);
  });
});

await withKafka('topics of an installation that is moved', () => {
  test('hold everything once, before and after', async () => {
    const prefix = fresh('moved');
    const kafka = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '2' };
    const server = await EventStoreDouble.start();
    const moving = await Moving.furnished(kafka);
    await moving.service.caughtUp();
    const before = await moving.answers();
    await moving.stop();
    await moving.migrate({ EVENTSTORE_URL: server.url });
    await moving.start({ ...kafka, EVENTSTORE_URL: server.url });
    await moving.goesOn(before);
    await moving.service.caughtUp();
    const { body } = await (
      await moving.ada()
    ).get<{ items: { id: string; source: string }[] }>(
      '/events?organization=acme&beginning=true&limit=200',
    );
    const reader = await Reader.of(`${prefix}.events`);
    const ofAcme = () => reader.read.filter(({ key }) => key === 'acme');
    await eventually(() => ofAcme().length >= body.items.length || undefined, 'every message');
    const published = ofAcme().map(({ headers }) => [headers['ce_id'], headers['ce_source']]);
    expect(published).toEqual(body.items.map(({ id, source }) => [id, source]));
    const ids = reader.read.map(({ headers }) => headers['ce_id']);
    expect(new Set(ids).size).toBe(ids.length);
    await reader.stop();
    await moving.end();
    await server.stop();
  }, 120_000);
});
