/** Keys come from nowhere but a backup: a start without them leaves none that could pass for them. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { TestService } from '../support/service.js';

test('without vault.db the start asks for it, again and again, and makes none', async () => {
  const service = await TestService.start();
  const { dataDir } = service;
  try {
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    await service.service.stop();
    const vault = join(dataDir, 'vault.db');
    rmSync(vault);
    for (let start = 0; start < 2; start += 1) {
      await expect(TestService.start({}, dataDir)).rejects.toThrow(
        /^the log holds events, and .*vault\.db is missing; restore/,
      );
      expect(existsSync(vault)).toBe(false);
    }
  } finally {
    await service.stop();
  }
}, 60_000);
