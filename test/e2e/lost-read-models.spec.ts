/** Rows come back from the log; which mails were sent does not, and is asked for. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually, TestService, type Mail } from '../support/service.js';

test('without read-models.db the start asks where mail begins, and then has every row', async () => {
  let service = await TestService.start();
  const { dataDir } = service;
  const lose = async () => {
    await service.service.stop();
    rmSync(join(dataDir, 'read-models.db'));
  };
  const mailed = async () => {
    const { body } = await service.anybody.get<{ items: Mail[] }>('//dev/mailbox');
    return body.items.map(({ to }) => to);
  };
  try {
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const invitations = '/organizations/acme/invitations';
    await ada.post(invitations, { email: 'ben@acme.example', roles: ['viewer'] });
    await service.mailTo('ben@acme.example');

    await lose();
    await expect(TestService.start({}, dataDir)).rejects.toThrow(
      /^MAIL_FROM_POSITION: read-models\.db .*"beginning".*"end"/,
    );
    rmSync(join(dataDir, 'mailbox'), { recursive: true });
    service = await TestService.start({ MAIL_FROM_POSITION: 'end' }, dataDir);
    const again = await service.signIn('ada@acme.example');
    const { body } = await again.get<{ items: { email: string; delivery?: object }[] }>(
      invitations,
    );
    expect(body.items).toMatchObject([{ email: 'ben@acme.example' }]);
    expect(body.items[0]).not.toHaveProperty('delivery');
    await again.post(invitations, { email: 'cleo@acme.example', roles: ['viewer'] });
    await service.mailTo('cleo@acme.example');
    expect(await mailed()).toEqual(['cleo@acme.example']);

    await lose();
    service = await TestService.start({ MAIL_FROM_POSITION: 'beginning' }, dataDir);
    await eventually(
      async () => (await mailed()).includes('ben@acme.example') || undefined,
      'mail to ben, once more',
    );
  } finally {
    await service.stop();
  }
}, 60_000);
