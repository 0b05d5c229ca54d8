/** The subscriber of the documentation, on the feed of a service that is stopped in the middle. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Seats, type Message } from '../../docs/example-subscriber/seats.js';
import { fromFeed } from '../../docs/example-subscriber/sources.js';
import { eventually, TestService } from '../support/service.js';

const unexpected = (why: string): never => {
  throw new Error(why);
};

const message = (streamrevision: number, type: string, member = 'mem_a'): Message => ({
  id: `acme ${streamrevision}`,
  type,
  stream: 'organization-acme',
  streamrevision,
  data: { organization: 'acme', event: { member } },
});

const beta = (streamrevision: number, member: string): Message => ({
  ...message(streamrevision, 'member.join', member),
  id: `beta ${streamrevision}`,
  stream: 'organization-beta',
  data: { organization: 'beta', event: { member } },
});

test('the subscriber counts what comes twice once, and closes the stream in which something is missing', () => {
  const said: string[] = [];
  const seats = new Seats(':memory:', (why) => said.push(why));
  expect(seats.take(message(0, 'member.join'))).toBe(true);
  expect(seats.take(message(1, 'member.join', 'mem_b'))).toBe(true);
  expect(seats.take(message(0, 'member.join'))).toBe(false);
  expect(seats.take(message(2, 'member.remove', 'mem_b'))).toBe(true);
  expect(seats.take(message(1, 'member.join', 'mem_b'))).toBe(false);
  expect(seats.of('acme')).toBe(1);
  expect(seats.take(message(3, 'of.a.type.that.came.later'))).toBe(true);
  expect(said).toEqual([]);
  expect(seats.take(message(5, 'member.join', 'mem_c'))).toBe(false);
  expect(seats.take(message(6, 'member.join', 'mem_d'))).toBe(false);
  expect(seats.take(beta(0, 'mem_b'))).toBe(true);
  expect([seats.of('acme'), seats.of('beta')]).toEqual([1, 1]);
  expect(said).toEqual(['organization-acme goes on at 5, not 4']);
  expect(seats.closed).toEqual(said);
  seats.close();
});

test('the subscriber closes a stream in which another event has the place of one it took', () => {
  const said: string[] = [];
  const seats = new Seats(':memory:', (why) => said.push(why));
  seats.take(message(0, 'member.join'));
  seats.take(message(1, 'member.join', 'mem_b'));
  expect(seats.take({ ...message(1, 'member.remove'), id: 'of a restored log' })).toBe(false);
  expect(seats.take(message(2, 'member.join', 'mem_c'))).toBe(false);
  expect(said).toEqual(['organization-acme has another event at 1']);
  expect(seats.of('acme')).toBe(2);
  seats.close();
});

test('the subscriber ends with the words of the feed that refuses it', async () => {
  const service = await TestService.start();
  const { token = '' } = await service.signIn('ada@example.com');
  const seats = new Seats(':memory:', unexpected);
  const follow = (as: string, organization: string) =>
    fromFeed(seats, { url: service.url, token: as, organization }, AbortSignal.timeout(20_000));
  await expect(follow('none', 'acme')).rejects.toThrow(/^authentication\.\w+: /);
  await expect(follow(token, 'acme')).rejects.toThrow(/^organization.not_found: /);
  seats.close();
  await service.stop();
});

test('the subscriber follows the feed, and goes on where it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'subscriber-'));
  const service = await TestService.start();
  const ada = await service.signIn('ada@example.com');
  const { token = '' } = ada;
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
  const joins = async (email: string): Promise<string> => {
    await ada.post('/organizations/acme/invitations', { email, roles: ['viewer'] });
    const who = await service.signIn(email);
    const link = await service.linkOf(email);
    return (await who.post<{ id: string }>('/invitations/accept', { token: link })).body.id;
  };
  const follow = () => {
    const seats = new Seats(join(folder, 'seats.db'), unexpected);
    const stop = new AbortController();
    const where = { url: service.url, token, organization: 'acme' };
    const running = fromFeed(seats, where, stop.signal);
    const end = async () => {
      stop.abort();
      await running;
      seats.close();
    };
    return { seats, end };
  };

  const first = follow();
  await eventually(() => first.seats.of('acme') === 1 || undefined, 'the founder');
  const ben = await joins('ben@example.com');
  await eventually(() => first.seats.of('acme') === 2 || undefined, 'Ben');
  await first.end();
  await joins('cid@example.com');
  await ada.delete(`/organizations/acme/members/${ben}`);
  const second = follow();
  await joins('dan@example.com');
  await eventually(() => second.seats.of('acme') === 3 || undefined, 'Cid and Dan without Ben');
  await second.end();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});
