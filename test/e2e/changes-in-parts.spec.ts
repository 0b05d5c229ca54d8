import { expect, test } from '@jest/globals';
import { TestService } from '../support/service.js';
import { Watching } from '../support/watching.js';

const ROWS_OF_A_MESSAGE = 500;

test.each(['http', 'grpc'] as const)(
  'over %s, all parts of an event but the last say that more follows',
  async (transport) => {
    const service = await TestService.start();
    const root = await service.signIn('root@platform.example', { platformAdmin: true });
    const ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const { body } = await ada.post('/organizations/acme/spaces', { name: 'Bonn' });
    const given = { roles: ['agent'], space: body['id'] };
    const accounts = Array.from({ length: ROWS_OF_A_MESSAGE + 1 }, (_, n) => `Account ${n}`);
    const made = await Promise.all(
      accounts.map((name) => ada.post('/organizations/acme/service-accounts', { name, ...given })),
    );
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set([201]));

    const grpc = service.grpc.as(root.token!);
    const watching = Watching.over(transport, { http: root, grpc }, { organization: 'acme' });
    await watching.hears((_, name) => name === 'heartbeat');
    await root.post('/organizations/acme/suspend', { reason: 'unpaid' });
    await watching.hears(({ more, event }) => event !== undefined && !more);
    const parts = watching.heard.flatMap(({ message }) => (message.event ? [message] : []));
    // Nobody may do anything any more: each account loses it, and so does Ada.
    expect(parts.flatMap(({ changes = [] }) => changes).length).toBeGreaterThan(accounts.length);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map(({ more }) => more)).toEqual(parts.map((_, n) => n < parts.length - 1));
    watching.stop();
    grpc.close();
    await service.stop();
  },
  60_000,
);
