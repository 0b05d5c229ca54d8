/** Wrapping and token keys are rotated by hand, while the service is stopped, and nothing is lost. */
import { mock } from 'node:test';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '#database/sqlite.js';
import { keysCommand } from '../../apps/cli/src/keys.js';
import { eventually, TestService } from '../support/service.js';

let said: string[];
beforeEach(() => {
  said = [];
  mock.method(console, 'log', (line: string) => void said.push(line));
});
afterEach(() => {
  mock.restoreAll();
  delete process.env['VAULT_KEYS'];
});

/** `membership keys …`, and what it has said. */
const keys = async (dataDir: string, ...parameters: readonly string[]): Promise<string> => {
  said = [];
  await keysCommand().parseAsync([...parameters, '--data-dir', dataDir], { from: 'user' });
  return said.join('\n');
};

/** Which wrapping keys the vault needs. */
const needed = (dataDir: string): string[] => {
  const database = openDatabase(join(dataDir, 'vault.db'), { readonly: true });
  try {
    return database.prepareRows<[string]>('select id from wrapping_keys').all().flat();
  } finally {
    database.close();
  }
};

const emailsOf = async (service: TestService): Promise<unknown[]> => {
  const ada = await service.signIn('ada@acme.example');
  const { body } = await ada.get<{ items: { email: string }[] }>(
    '/organizations/acme/members?status=active',
  );
  return body.items.map(({ email }) => email).sort();
};

test('rotated keys open what is old, close what is new, and then the old ones can go', async () => {
  let service = await TestService.start();
  const { dataDir } = service;
  const restart = async (change: () => Promise<void>, settings = {}) => {
    await service.service.stop();
    await change();
    service = await TestService.start(settings, dataDir);
  };
  try {
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    for (const email of ['ben@acme.example', 'cleo@acme.example']) {
      await ada.post('/organizations/acme/invitations', { email, roles: ['viewer'] });
    }
    const link = await service.linkOf('ben@acme.example');
    const another = await service.linkOf('cleo@acme.example');

    await expect(keys(dataDir, 'rotate', 'wrapping')).rejects.toThrow(
      /in use by process \d+.*: stop the service/,
    );
    expect(needed(dataDir)).toEqual(['k1']);
    await restart(
      async () => {
        // A vault that was not wrapped anew needs the key.
        await expect(keys(dataDir, 'retire', 'wrapping', 'k1')).rejects.toThrow(/current/);
        expect(await keys(dataDir, 'rotate', 'wrapping')).toMatch(/^k2 is current/);
        await expect(keys(dataDir, 'retire', 'wrapping', 'k1')).rejects.toThrow(/still wraps/);
        expect(await keys(dataDir, 'rotate', 'tokens')).toMatch(/^k2 is current/);
        expect(await keys(dataDir, 'list')).toBe('wrapping: k2, k1\ntokens: k2, k1');
        // All that is sealed is opened again.
        rmSync(join(dataDir, 'read-models.db'));
      },
      { MAIL_FROM_POSITION: 'end' },
    );

    const word = await eventually(
      () => service.logs.find((line) => line.includes('wrapped with the current')),
      'word of the wrapping',
    );
    expect(JSON.parse(word)).toMatchObject({ level: 'info', keys: expect.any(Number) });
    await eventually(() => needed(dataDir).length === 1 || undefined, 'vault that needs one key');
    expect(needed(dataDir)).toEqual(['k2']);
    // A link that was signed with the old key opens the door still.
    const ben = await service.signIn('ben@acme.example', { name: 'Ben' });
    expect((await ben.post('/invitations/accept', { token: link })).status).toBe(200);
    await eventually(
      async () => (await emailsOf(service)).length === 2 || undefined,
      'two members',
    );
    expect(await emailsOf(service)).toEqual(['ada@acme.example', 'ben@acme.example']);

    await restart(
      async () => {
        expect(await keys(dataDir, 'retire', 'wrapping', 'k1')).toMatch(/^k1 is taken away/);
        await keys(dataDir, 'retire', 'tokens', 'k1');
        expect(await keys(dataDir, 'list')).toBe('wrapping: k2\ntokens: k2');
        rmSync(join(dataDir, 'read-models.db'));
      },
      { MAIL_FROM_POSITION: 'end' },
    );

    expect(await emailsOf(service)).toEqual(['ada@acme.example', 'ben@acme.example']);
    expect(service.logs.filter((line) => line.includes('wrapped with'))).toEqual([]);
    // Whoever has only an old link is sent a new one.
    const cleo = await service.signIn('cleo@acme.example');
    const late = await cleo.post('/invitations/accept', { token: another });
    expect(late).toMatchObject({ status: 404, body: { code: 'invitation.link_invalid' } });
    const again = await service.signIn('ada@acme.example');
    const { body } = await again.get<{ items: { id: string; email: string }[] }>(
      '/organizations/acme/invitations?status=pending',
    );
    await again.post(`/organizations/acme/invitations/${body.items[0]!.id}/resend`, {});
    const fresh = await eventually(async () => {
      const now = await service.linkOf('cleo@acme.example');
      return now === another ? undefined : now;
    }, 'fresh link');
    expect((await cleo.post('/invitations/accept', { token: fresh })).status).toBe(200);
    expect(readFileSync(join(dataDir, 'keys.json'), 'utf8')).not.toContain('k1:');
  } finally {
    await service.stop();
  }
}, 60_000);

test('keys that the settings give are not rotated in a file that nobody reads', async () => {
  const service = await TestService.start();
  try {
    process.env['VAULT_KEYS'] = 'mine:key';
    await expect(keys(service.dataDir, 'rotate', 'wrapping')).rejects.toThrow(
      /VAULT_KEYS is set.*put a new key first/,
    );
    await expect(keys(join(service.dataDir, 'nowhere'), 'list')).rejects.toThrow(
      /no generated keys in .*nowhere; give --data-dir/,
    );
  } finally {
    await service.stop();
  }
});
