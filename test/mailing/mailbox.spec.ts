import { execFileSync } from 'node:child_process';
import { linkSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Mailbox } from '#mailing/mailbox.js';
import { House, instant, NOON, until } from './house.js';

const BOB = 'bob@else.example';

let house: House;
let folder: string;
let mailbox: Mailbox;

beforeEach(async () => {
  house = await House.make();
  folder = join(house.folder, 'mailbox');
  mailbox = await Mailbox.open(folder, 'Membership <membership@localhost>');
  const mailer = house.mailer(mailbox);
  await mailer.open();
  await house.settle();
});
afterEach(() => house.close());

const files = () => readdirSync(folder).filter((name) => name.endsWith('.eml'));
const arrived = async (count: number) => {
  await until(`${count} mails`, () => files().length === count);
};
const everything = async (): Promise<string> =>
  readdirSync(house.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .concat(await house.bytes())
    .join('\n');

test('lists mails as they were written, the newest first', async () => {
  const message = await house.sealed('mem_bob', 'message', 'Grüße 👋');
  await house.invite('bob', BOB, { message });
  await house.run(mailbox);
  await arrived(1);
  house.now += 60_000;
  await house.invite('cyn', 'cyn@bücher.example');
  await arrived(2);
  const [second, first] = await mailbox.list();
  expect(first).toMatchObject({
    to: BOB,
    subject: 'Invitation to join Acme & Söhne',
    sentAt: '2026-03-01T12:00:00.000Z',
  });
  expect(first!.text).toContain('> Grüße 👋');
  expect(first!.html).toContain(`<a href="${first!.link}">`);
  expect(house.tokens.read(first!.link!.split('#')[1]!)).toMatchObject({ invitation: 'inv_bob' });
  expect(second!.to).toMatch(/^cyn@/);
  expect(statSync(join(folder, files()[0]!)).mode & 0o777).toBe(0o600);
});

test('lists more mails than there may be open files', async () => {
  await house.invite('bob', BOB);
  await house.run(mailbox);
  await arrived(1);
  const [name] = files();
  for (let count = 0; count < 2000; count += 1) {
    linkSync(join(folder, name!), join(folder, name!.replace('inv_bob', `inv_${count}`)));
  }
  const limit = (...options: string[]): string =>
    execFileSync('prlimit', [`--pid=${process.pid}`, ...options])
      .toString()
      .trim();
  const before = limit('--nofile', '--noheadings', '--output=SOFT');
  limit('--nofile=1000:');
  const listed = await mailbox.list().catch(String);
  // Files that are open still are closed by then.
  await sleep(500);
  limit(`--nofile=${before}:`);
  expect(listed).toHaveLength(2001);
});

test.each([
  ['revoked', { type: 'member.invite_revoke', invitation: 'inv_bob', reason: 'asked' }],
  ['declined', { type: 'member.invite_decline', invitation: 'inv_bob' }],
  ['expired', { type: 'member.invite_expire', invitation: 'inv_bob' }],
  ['erased', { type: 'member.invite_erase', invitation: 'inv_bob', member: 'mem_bob' }],
  ['its organization deleted', { type: 'organization.delete' }],
])('a mail goes when its invitation is %s', async (_, event) => {
  await house.invite('bob', BOB);
  await house.run(mailbox);
  await arrived(1);
  await house.happens(event);
  await arrived(0);
});

test('a mail goes when its invitation is accepted', async () => {
  await house.invite('bob', BOB);
  await house.run(mailbox);
  await arrived(1);
  const email = await house.sealed('mem_bob', 'email', BOB);
  await house.happens({
    type: 'member.accept',
    invitation: 'inv_bob',
    generation: 1,
    member: 'mem_bob',
    user: 'usr_bob',
    tag: 'tag_bob',
    email,
    displayEmail: email,
    name: null,
    authentication: 'local',
    grants: [],
    replaced: [],
    teams: [],
  });
  await arrived(0);
});

test('a resent invitation has one mail, with the link that works', async () => {
  await house.invite('bob', BOB);
  await house.run(mailbox);
  await arrived(1);
  await house.resend('bob', 2);
  await until('the second', () => files().some((name) => name.includes('.2.')));
  const [mail, ...others] = await mailbox.list();
  expect(others).toEqual([]);
  expect(house.tokens.read(mail!.link!.split('#')[1]!)?.generation).toBe(2);
});

test('a mail past its expiry goes though no event says so', async () => {
  await house.invite('bob', BOB, { expiresAt: instant(1) });
  await house.run(mailbox);
  await arrived(1);
  await house.stop();
  house.now = NOON + 3_600_000;
  await house.run(mailbox);
  await arrived(0);
});

test('what a crash left behind goes at the next start', async () => {
  await house.invite('bob', BOB);
  await house.run(mailbox);
  await arrived(1);
  await house.stop();
  const [name = ''] = files();
  const kept = readFileSync(join(folder, name));
  writeFileSync(join(folder, `${name}.draft`), kept);
  await house.revoke('bob');
  mailbox = await Mailbox.open(folder, 'membership@localhost');
  expect(readdirSync(folder)).toEqual([name]);
  // As if it had crashed between the checkpoint and the deletion.
  mailbox.discard = async () => undefined;
  await house.run(mailbox);
  await until(
    'ended',
    async () => (await house.mails.waiting(9)).length === 0 && !(await house.mails.isCurrent(bobs)),
  );
  await house.stop();
  expect(files()).toEqual([name]);
  mailbox = await Mailbox.open(folder, 'membership@localhost');
  await house.run(mailbox);
  await arrived(0);
});
const bobs = { organization: 'acme', invitation: 'inv_bob', generation: 1 } as never;

test('a mail that is written while its invitation ends is taken back', async () => {
  const send = mailbox.send.bind(mailbox);
  mailbox.send = async (mail) => {
    await house.revoke('bob');
    await until('seen', async () => !(await house.mails.isCurrent(mail)));
    await send(mail);
  };
  await house.invite('bob', BOB);
  await house.run(mailbox);
  await until(
    'written and taken back',
    async () => (await house.deliveries('bob'))[0] === '1 sent',
  );
  await arrived(0);
});

test('after erasure no plain text of the person is in any file', async () => {
  const message = await house.sealed('mem_bob', 'message', 'Welcome Robert');
  await house.invite('bob', BOB, { message });
  await house.run(mailbox);
  await arrived(1);
  expect(await everything()).toContain(BOB);
  await house.happens({ type: 'member.invite_erase', invitation: 'inv_bob', member: 'mem_bob' });
  await house.vault.destroy('acme' as never, ['mem_bob']);
  await arrived(0);
  await until('blanked', async () => !(await everything()).includes(BOB));
  const left = await everything();
  const encoded = Buffer.from('Welcome Robert').toString('base64').slice(0, 16);
  for (const text of ['Welcome Robert', encoded]) expect(left).not.toContain(text);
  expect(left).toContain('inv_bob');
});

test('whoever is forgotten is not named any more by the mails they had sent', async () => {
  const send = mailbox.send.bind(mailbox);
  let sent = 0;
  mailbox.send = async (mail) => {
    // The second is on its way while its sender is forgotten.
    if (++sent === 2) {
      await house.happens({
        type: 'member.personal_data_erase',
        member: 'mem_ann',
        user: 'usr_ann',
      });
      await house.vault.destroy('acme' as never, ['mem_ann']);
      await until('written again', () => sent > 2);
    }
    await send(mail);
  };
  const message = await house.sealed('mem_bob', 'message', 'Welcome Robert');
  await house.invite('bob', BOB, { message });
  await house.run(mailbox);
  await arrived(1);
  const [before] = await mailbox.list();
  expect(before!.text).toContain('Ann <Owner> invites you');
  await house.invite('cyn', 'cyn@else.example');
  await arrived(2);
  await until('nobody named', async () =>
    (await mailbox.list()).every(({ text, html }) => !/Ann|Owner/.test(text + html)),
  );
  const after = (await mailbox.list()).find(({ to }) => to === BOB);
  expect(after!.link).toBe(before!.link);
  expect(after!.text).toContain('> Welcome Robert');
  expect(await house.deliveries('bob')).toEqual(['1 sent']);
});
