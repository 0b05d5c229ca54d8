/** Links in mails lead to where the service really listens. */
import { expect, test } from '@jest/globals';
import { TestService } from '../support/service.js';

const linkFrom = async (settings: Readonly<Record<string, string>>) => {
  const service = await TestService.start(settings);
  try {
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    await ada.post('/organizations/acme/invitations', {
      email: 'ben@acme.example',
      roles: ['viewer'],
    });
    const { link } = await service.mailTo('ben@acme.example');
    return {
      url: service.url,
      link: new URL(link!),
      page: (await fetch(`${service.url}/accept`)).status,
    };
  } finally {
    await service.stop();
  }
};

test('on any free port, with the port that was taken', async () => {
  const { url, link, page } = await linkFrom({ HTTP_PORT: '0' });
  expect(link.origin).toBe(url);
  expect(link.port).not.toBe('0');
  expect([link.pathname, page]).toEqual(['/accept', 200]);
});

test('a whole link in the place of its token is told what of it is wanted', async () => {
  const service = await TestService.start();
  try {
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const email = 'ben@acme.example';
    await ada.post('/organizations/acme/invitations', { email, roles: ['viewer'] });
    const { link } = await service.mailTo(email);
    const ben = await service.signIn(email);
    const token = new URL(link!).hash;
    for (const whole of [link!, token, link!.padEnd(600, 'x')]) {
      for (const act of ['lookup', 'accept', 'decline']) {
        const { status, body } = await ben.post(`/invitations/${act}`, { token: whole });
        expect([act, status, body['detail']]).toEqual([
          act,
          400,
          expect.stringContaining('/token must be the token of a link: what stands behind its #'),
        ]);
      }
    }
    expect((await ben.post('/invitations/accept', { token: token.slice(1) })).status).toBe(200);
  } finally {
    await service.stop();
  }
});

test.each(['::1', '[::1]'])('on the IPv6 loopback %s, in brackets', async (HTTP_HOST) => {
  const { url, link, page } = await linkFrom({ HTTP_HOST });
  expect(link.origin).toBe(url);
  expect(link.hostname).toBe('[::1]');
  expect([link.pathname, page]).toEqual(['/accept', 200]);
});

test('on the public URL where there is one', async () => {
  const { link } = await linkFrom({ PUBLIC_URL: 'https://members.example/app' });
  expect(link.href).toMatch(/^https:\/\/members\.example\/app\/accept#/);
});
