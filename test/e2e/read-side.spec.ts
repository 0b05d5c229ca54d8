/** What writes rows and mails works beside the service, and is begun again when it ends. */
import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { openDatabase } from '#database/sqlite.js';
import { eventually, TestService } from '../support/service.js';

test('a read side that has lost its place begins again where it left off', async () => {
  const service = await TestService.start();
  try {
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const invite = (email: string) =>
      ada.post('/organizations/acme/invitations', { email, roles: ['viewer'] });
    await invite('ben@acme.example');
    await service.mailTo('ben@acme.example');

    // As another mailer would.
    const database = openDatabase(join(service.dataDir, 'read-models.db'));
    database.exec('update mail_checkpoint set position = position - 1');
    database.close();
    await invite('cleo@acme.example');
    const word = await eventually(
      () => service.logs.find((line) => line.includes('"runner":"read side"')),
      'word of a read side that ended',
    );
    expect(JSON.parse(word)).toMatchObject({
      error: 'MailCheckpointLost',
      reason: 'another mailer moved the checkpoint; this one stops',
    });

    await service.mailTo('cleo@acme.example');
    const { body } = await ada.get<{ items: { email: string }[] }>(
      '/organizations/acme/invitations',
    );
    expect(body.items.map((one) => one.email).sort()).toEqual([
      'ben@acme.example',
      'cleo@acme.example',
    ]);
    const { status } = await service.anybody.get('//health/ready');
    expect(status).toBe(200);
  } finally {
    await service.stop();
  }
});
