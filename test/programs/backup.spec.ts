/** The commands of docs/operations.md back up a folder that is written to, and bring it back. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { commandsBelow, shell } from '../support/documented.js';
import { HttpClient } from '../support/http.js';
import { SpawnedService } from '../support/service.js';
import { told, unlessInGate } from '../support/skipping.js';

const folder = mkdtempSync(join(tmpdir(), 'backup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const below = (heading: string) => commandsBelow('docs/operations.md', heading);
const signIn = async (url: string): Promise<HttpClient> => {
  const { body } = await new HttpClient(url).post<{ accessToken: string }>('//dev/token', {
    email: 'ada@example.com',
    name: 'Ada Lovelace',
  });
  return new HttpClient(url, body.accessToken);
};

/** What the document's commands need besides. */
const isThere = spawnSync('sqlite3', ['-version']).status === 0;
const reason = unlessInGate(isThere ? undefined : 'there is no sqlite3 here');

(reason === undefined ? test : test.skip)(
  `a folder is backed up while it is written to, restored, started and verified${told(reason)}`,
  async () => {
    const [backup, restore] = below('The folder');
    const [verify] = below('After a restore');
    const BACKUP = join(folder, 'backup');
    let service = await SpawnedService.spawn({ RATE_LIMITS: 'off' });
    await service.ready();
    const ada = await signIn(service.url);
    const written: string[] = [];
    let isWriting = true;
    const write = async () => {
      for (let n = 0; isWriting; n += 1) {
        const id = `org_${String(n).padStart(5, '0')}`;
        const { status } = await ada.post('/organizations', { id, name: id, catalogue: 'vygl' });
        if (status === 201) written.push(id);
        await ada.post(`/organizations/${id}/invitations`, {
          email: `ben-${n}@example.com`,
          roles: ['viewer'],
        });
      }
    };
    const writing = write();
    while (written.length < 20) await delay(20);
    const before = [...written];
    await shell(backup, { BACKUP, DATA_DIR: service.dataDir });
    const meanwhile = written.length - before.length;
    isWriting = false;
    await writing;
    expect(meanwhile).toBeGreaterThan(10);
    await service.end('SIGKILL');
    rmSync(service.dataDir, { recursive: true });

    const DATA_DIR = join(folder, 'restored');
    await shell(restore, { BACKUP, DATA_DIR });
    for (const name of ['.', ...readdirSync(DATA_DIR)]) {
      expect([name, statSync(join(DATA_DIR, name)).mode & 0o077]).toEqual([name, 0]);
    }
    service = await SpawnedService.spawn({}, DATA_DIR);
    await service.ready();
    const said = await shell(verify, { BACKUP, DATA_DIR });
    expect(said).toContain('every chain is whole');
    const again = await signIn(service.url);
    for (const id of before) {
      const { body } = await again.get<{ items: { name: string; email: string }[] }>(
        `/organizations/${id}/members?status=active`,
      );
      expect(body.items).toMatchObject([{ email: 'ada@example.com', name: 'Ada Lovelace' }]);
    }
    expect((await again.get(`/organizations/${before[0]}`)).body['name']).toBe(before[0]);
    await service.end();
  },
  120_000,
);
