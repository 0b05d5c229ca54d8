/** A vault that has lost a key stops who needs it, says so in words, and nothing else. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import type { SqlValue } from '#database/values.js';
import { eventually, TestService } from '../support/service.js';

interface Health {
  readonly ready: boolean;
  readonly followers: readonly { name: string; running: boolean; reason?: string }[];
}

/** The vault's row of this subject, and the way back. */
const takeKey = (dataDir: string, subject: string): (() => void) => {
  const path = join(dataDir, 'vault.db');
  const change = <T>(work: (database: ReturnType<typeof openDatabase>) => T): T => {
    const database = openDatabase(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  const row = change((database) => {
    const found = database
      .prepareRows<SqlValue[]>('select * from keys where subject = ?')
      .get(subject);
    database.prepare('delete from keys where subject = ?').run(subject);
    return found!;
  });
  return () =>
    change((database) =>
      database.prepare(`insert into keys values (${row.map(() => '?').join(', ')})`).run(...row),
    );
};

test('a missing key stops the readers, health says which and why, and writes go on', async () => {
  const before = await TestService.start();
  const { dataDir } = before;
  const ada = await before.signIn('ada@acme.example');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  const invite = { email: 'ben@acme.example', roles: ['viewer'] };
  const { body: ben } = await ada.post<{ member: string }>(
    '/organizations/acme/invitations',
    invite,
  );
  await before.mailTo('ben@acme.example');
  await before.service.stop();
  const restore = takeKey(dataDir, ben.member);
  // What is read again needs the key again.
  rmSync(join(dataDir, 'read-models.db'));

  const service = await TestService.start({ MAIL_FROM_POSITION: 'end' }, dataDir);
  try {
    const health = async () => (await service.anybody.get<Health>('//health/ready')).body;
    const sentence = `the vault has no key for ${ben.member} of acme; restore the vault that belongs to this log`;
    const failing = await eventually(async () => {
      const now = await health();
      return now.followers.some((one) => one.reason !== undefined) ? now : undefined;
    }, 'reason in health');
    expect(failing.ready).toBe(false);
    const stopped = failing.followers.filter((one) => !one.running);
    expect(stopped.map(({ name }) => name.split('@')[0])).toEqual([
      ...['organizations', 'members', 'invitations', 'audit'],
    ]);
    expect(new Set(stopped.map(({ reason }) => reason))).toEqual(new Set([sentence]));
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/membership_follower_failing\{follower="members@\d+"\} 1/);
    expect(metrics).toContain('membership_follower_failing{follower="access"} 0');
    const logged = service.logs.filter((line) => line.includes('"error":"KeyMissing"'));
    expect(logged[0]).toContain(sentence);

    // Commands and permissions need no personal data.
    const again = await service.signIn('ada@acme.example');
    const made = await again.post('/organizations', { id: 'other', name: 'O', catalogue: 'vygl' });
    expect(made.status).toBe(201);
    const { body: answer } = await again.post('/access/check', {
      principal: 'user:ada@acme.example',
      organization: 'acme',
      permission: 'members:invite',
    });
    expect(answer).toMatchObject({ allowed: true });

    restore();
    await eventually(async () => (await health()).ready || undefined, 'readiness', 25_000);
    const well = (await health()).followers;
    expect(well.filter((one) => !one.running || one.reason !== undefined)).toEqual([]);
    const { body } = await again.get<{ items: { email: string }[] }>(
      '/organizations/acme/invitations',
    );
    expect(body.items.map((one) => one.email)).toEqual(['ben@acme.example']);
  } finally {
    await service.stop();
  }
}, 60_000);
