import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { spend } from '../../apps/membership/src/http/rate-limits.js';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

const times = <T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(index)));

describe('rate limits', () => {
  let service: TestService;
  let anybody: HttpClient;
  let ada: HttpClient;

  beforeAll(async () => {
    service = await TestService.start({ RATE_LIMITS: 'on', INVITATIONS_PER_MINUTE: '20' });
    ({ anybody } = service);
    ada = await service.signIn('ada@example.com');
    for (const id of ['acme', 'looms', 'batches', 'tried']) {
      await ada.post('/organizations', { id, name: 'Acme', catalogue: 'vygl' });
    }
  });
  afterAll(() => service.stop());

  const invite = (who: HttpClient, organization: string, index: number) =>
    who.post(`/organizations/${organization}/invitations`, {
      email: `${organization}${index}@example.com`,
      roles: ['member'],
    });
  const batch = (who: HttpClient, organization: string, count: number, role: string) =>
    who.post(`/organizations/${organization}/invitations/batch`, {
      invitations: Array.from({ length: count }, (_, index) => ({
        email: `row${index}@example.com`,
        roles: [role],
      })),
    });
  const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);
  const sorted = (answers: readonly { status: number }[]) =>
    statuses(answers).sort((a, b) => a - b);

  test('an address guesses so many links, and good ones go on working behind it', async () => {
    await invite(ada, 'looms', 1);
    const token = await service.linkOf('looms1@example.com');
    const look = (text: string) => anybody.post('/invitations/lookup', { token: text });

    expect(statuses(await times(50, () => look(token)))).toEqual(Array(50).fill(200));
    const guesses = await times(40, (index) => look(`${token.slice(0, -2)}${10 + index}`));
    const limited = guesses.filter(({ status }) => status === 429);
    expect(sorted(guesses)).toEqual([...Array(30).fill(404), ...Array(10).fill(429)]);
    expect(limited[0]!.body['code']).toBe('rate.limited');
    expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThan(0);

    expect((await look(token)).status).toBe(200);
    const bad = { token: `${token}x` };
    expect((await anybody.post('/invitations/decline', bad)).status).toBe(429);
    const guest = await service.signIn('looms1@example.com');
    expect((await guest.post('/invitations/accept', bad)).status).toBe(429);
    expect((await guest.post('/invitations/accept', { token })).status).toBe(200);
  });

  test('an organization invites so many, whoever does it; no other one notices', async () => {
    await invite(ada, 'acme', 0);
    const ben = await service.signIn('acme0@example.com');
    await ben.post('/invitations/accept', { token: await service.linkOf('acme0@example.com') });
    const { body } = await ada.get<{ items: { id: string }[] }>('/organizations/acme/members');
    const member = body.items.at(-1)!.id;
    await ada.put(`/organizations/acme/members/${member}/roles`, { roles: ['admin'] });

    const byAda = await times(10, (index) => invite(ada, 'acme', 1 + index));
    const byBen = await times(10, (index) => invite(ben, 'acme', 100 + index));
    expect(statuses(byAda)).toEqual(Array(10).fill(201));
    // The first of the twenty was Ben's own invitation.
    expect(sorted(byBen)).toEqual([...Array(9).fill(201), 429]);
    expect((await invite(ada, 'looms', 2)).status).toBe(201);
  });

  test('whoever may not invite takes nothing from an organization', async () => {
    const eve = await service.signIn('eve@example.com');
    const refused = await times(30, (index) => invite(eve, 'tried', index));
    expect(sorted(refused)).toEqual([...Array(20).fill(404), ...Array(10).fill(429)]);
    expect((await batch(ada, 'tried', 20, 'member')).status).toBe(200);
  });

  test('a batch costs as much as it has rows, also for what is refused', async () => {
    expect((await batch(ada, 'batches', 15, 'emperor')).status).toBe(200);
    expect((await batch(ada, 'batches', 15, 'emperor')).status).toBe(429);
    // What was limited has cost nothing.
    expect((await batch(ada, 'batches', 5, 'member')).status).toBe(200);
  });
});

test('what is given back after its time was over is no credit for the time after it', async () => {
  const limiter = new RateLimiterMemory({ points: 10, duration: 1 });
  const giveBack = await spend(limiter, 'ada', 10);
  await giveBack(4);
  await spend(limiter, 'ada', 4);
  await expect(spend(limiter, 'ada', 1)).rejects.toMatchObject({ code: 'rate.limited' });
  await sleep(1_100);
  await giveBack(6);
  await spend(limiter, 'ada', 10);
  await expect(spend(limiter, 'ada', 1)).rejects.toMatchObject({ code: 'rate.limited' });
});
