/** The commands of docs/operations.md back up what lies in PostgreSQL, and bring it back. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Postgres } from '#database/postgres.js';
import { commandsBelow, shell } from '../support/documented.js';
import { dropSchema, freshSchema } from '../support/postgres.js';
import { TestService, type Mail } from '../support/service.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', (url) => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const schema = freshSchema();
  const other = `${schema}_restored`;
  const inDatabase = async (sql: string) => {
    const database = new Postgres({ url, schema, connections: 1 });
    await database.query(sql).finally(() => database.close());
  };
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    for (const part of ['read_models', 'vault', 'snapshots']) await dropSchema(`${schema}_${part}`);
    await inDatabase(`drop database if exists ${other}`);
  });

  test('read models, log and vault, each by itself, come together again elsewhere', async () => {
    const [readModels, vault, restore] = commandsBelow('docs/operations.md', 'PostgreSQL');
    const [verify] = commandsBelow('docs/operations.md', 'After a restore');
    const settings = { DATABASE_URL: url, DATABASE_SCHEMA: schema };
    const BACKUP = join(folder, 'backup');
    let service = await TestService.start(settings);
    let ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    const invitations = '/organizations/acme/invitations';
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    await ada.post(invitations, { email: 'ben@example.com', roles: ['viewer'] });
    await service.mailTo('ben@example.com');
    await service.caughtUp();
    const here = { ...settings, BACKUP, DATA_DIR: service.dataDir };
    await shell(readModels, here);
    // What comes between the parts is in the log, and its keys in the vault.
    await ada.post(invitations, { email: 'cleo@example.com', roles: ['viewer'] });
    const DATA_DIR = join(folder, 'restored');
    mkdirSync(DATA_DIR, { mode: 0o700 });
    await shell(
      `sqlite3 "$DATA_DIR/events.db" "vacuum into '${DATA_DIR}/events.db'"
       cp "$DATA_DIR/keys.json" "${DATA_DIR}/"`,
      here,
    );
    await ada.post(invitations, { email: 'dan@example.com', roles: ['viewer'] });
    await shell(vault, here);
    await service.stop();

    await inDatabase(`create database ${other}`);
    const DATABASE_URL = url.replace(/[^/]*$/, other);
    const there = { ...settings, DATABASE_URL, BACKUP, DATA_DIR };
    await shell(restore, there);
    service = await TestService.start({ ...settings, DATABASE_URL }, DATA_DIR);
    await service.caughtUp();
    expect(await shell(verify, there)).toContain('every chain is whole');
    ada = await service.signIn('ada@example.com');
    const { body } = await ada.get<{ items: { email: string }[] }>(invitations);
    expect(body.items.map(({ email }) => email).sort()).toEqual([
      'ben@example.com',
      'cleo@example.com',
    ]);
    // Mailed is who was not mailed by the time of the read models.
    await service.mailTo('cleo@example.com');
    const mailed = await service.anybody.get<{ items: Mail[] }>('//dev/mailbox');
    expect(mailed.body.items.map(({ to }) => to)).toEqual(['cleo@example.com']);
    await service.stop();
  }, 120_000);
});
