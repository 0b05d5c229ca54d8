import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ApiKeyId, InvitationId, ServiceAccountId } from '#domain/ids.js';
import { openDatabase } from '#database/sqlite.js';
import { CurrentInvitations } from '#mailing/current-invitation.js';
import { SmtpTransport } from '#mailing/smtp.js';
import { MailCheckpointLost } from '#mailing/mails.js';
import { MailerPositionUnknown } from '#mailing/mailer.js';
import { acme, House, instant, NOON, until } from './house.js';
import { told } from '../support/skipping.js';
import { isEmbedded } from '../support/stores.js';
import { headerOf, MailServer } from './smtp-server.js';

const BOB = 'bob@else.example';
const CYN = 'cyn@else.example';

let house: House;
let server: MailServer;
let transport: SmtpTransport;

beforeEach(async () => {
  house = await House.make();
  server = new MailServer();
  const url = await server.listen();
  transport = new SmtpTransport({ url, from: 'Membership <membership@members.example>' });
  const mailer = house.mailer(transport);
  await mailer.open();
  await house.settle();
});
afterEach(async () => {
  await house.close();
  await transport.close();
  await server.close();
});

/** The two parts of a mail, and the token in its link. */
const opened = (mime: string): { text: string; html: string; token: string } => {
  const [text = '', html = ''] = [...mime.matchAll(/base64\r\n\r\n([\s\S]*?)\r\n--/g)].map(
    ([, body = '']) => Buffer.from(body, 'base64').toString('utf8'),
  );
  return { text, html, token: /#(\S+)/.exec(text)?.[1] ?? '' };
};
const sent = (id: string, generation = 1) =>
  until('sent', async () => (await house.deliveries(id)).includes(`${generation} sent`));

describe('an invitation', () => {
  test('is mailed with its link, in words of the organization and no plain text elsewhere', async () => {
    const message = await house.sealed('mem_bob', 'message', 'Welcome <b>Bob</b>\nsee you');
    await house.invite('bob', BOB, { message });
    await house.run(transport);
    await sent('bob');
    const [mail] = server.to(BOB);
    const { text, html, token } = opened(mail!.mime);
    expect(house.tokens.read(token)).toEqual({
      organization: 'acme',
      invitation: 'inv_bob',
      generation: 1,
    });
    expect(text).toContain('https://members.example/app/accept#');
    expect(text).toContain('Ann <Owner> invites you to join Acme & Söhne.');
    expect(text).toContain('  - viewer\n  - editor in Lab\n');
    expect(text).toContain('> Welcome <b>Bob</b>\n> see you');
    expect(text).toContain('Tuesday, 3 March 2026 at 12:00 UTC');
    expect(html).toContain('Ann &lt;Owner&gt; invites you to join Acme &amp; Söhne.');
    expect(html).toContain('Welcome &lt;b&gt;Bob&lt;/b&gt;<br>see you');
    expect(headerOf(mail!.mime, 'Message-ID')).toBe('<inv_bob.1@members.example>');
  });

  test('names the service account that sent it, also by its key', async () => {
    await house.happens(
      { type: 'service_account.create', account: 'svc_hr', name: 'HR system', grants: [] },
      {
        type: 'api_key.create',
        key: 'key_hr',
        owner: 'svc_hr',
        name: 'k',
        scopes: [],
        secretHash: '',
      },
    );
    house.actor = { kind: 'service_account', id: 'svc_hr' as ServiceAccountId, via: 'http' };
    await house.invite('bob', BOB);
    house.actor = { kind: 'api_key', id: 'key_hr' as ApiKeyId, via: 'http' };
    await house.invite('cyn', CYN);
    await house.run(transport);
    for (const [id, address] of [
      ['bob', BOB],
      ['cyn', CYN],
    ] as const) {
      await sent(id);
      const { text } = opened(server.to(address)[0]!.mime);
      expect(text).toContain('HR system invites you to join Acme & Söhne.');
    }
  });

  test('goes to the domain that was invited, however that was written', async () => {
    // Read as older rules have it this is strasse.example, which is somebody else's.
    const canonical = 'bob@xn--strae-oqa.example';
    await house.invite('bob', 'Bob@STRAẞE.example', {
      email: await house.sealed('mem_bob', 'email', canonical),
    });
    await house.run(transport);
    await sent('bob');
    // The server shows the domain as people write it.
    expect(server.received.map(({ to }) => to)).toEqual(['Bob@straße.example']);
  });

  test('that is resent gets a fresh link, also after it has expired, with the message', async () => {
    const message = await house.sealed('mem_bob', 'message', 'Hello again');
    await house.invite('bob', BOB, { message });
    await house.run(transport);
    await sent('bob');
    await house.happens({ type: 'member.invite_expire', invitation: 'inv_bob' });
    await house.resend('bob', 2);
    await sent('bob', 2);
    const [first, second] = server.to(BOB).map(({ mime }) => opened(mime));
    expect(house.tokens.read(second!.token)?.generation).toBe(2);
    expect(second!.token).not.toBe(first!.token);
    expect(second!.text).toContain('Hello again');
    expect(headerOf(server.to(BOB)[1]!.mime, 'Message-ID')).toBe('<inv_bob.2@members.example>');
    expect(await house.deliveries('bob')).toEqual(['2 sent', '1 sent']);
  });

  test('that was resent before it went out is mailed once, as it is now', async () => {
    await house.invite('bob', BOB);
    await house.resend('bob', 2);
    await house.run(transport);
    await sent('bob', 2);
    expect(server.to(BOB)).toHaveLength(1);
    expect(await house.deliveries('bob')).toEqual(['2 sent']);
  });

  test('that was revoked, declined or accepted before it went out is not mailed', async () => {
    await house.invite('bob', BOB);
    await house.revoke('bob');
    await house.invite('cyn', CYN);
    await house.happens({ type: 'member.invite_decline', invitation: 'inv_cyn' });
    await house.invite('dan', 'dan@else.example');
    await house.run(transport);
    await sent('dan');
    expect(server.tries).toEqual(['dan@else.example']);
    expect(await house.deliveries('bob')).toEqual([]);
  });

  test('that ends while it waits for another try is not tried again', async () => {
    server.atRecipient.set(BOB, [{ code: 450, text: 'later' }]);
    await house.invite('bob', BOB);
    const backoff = () => 3_600_000;
    await house.run(transport, { backoff });
    await until(
      'postponed',
      async () => (await house.deliveries('bob'))[0]?.includes('450') ?? false,
    );
    await house.revoke('bob');
    await house.invite('cyn', CYN);
    house.now += 2 * 3_600_000;
    await sent('cyn');
    expect(server.tries).toEqual([BOB, CYN]);
  });

  test('past its expiry by the clock is not mailed, though no event says so', async () => {
    await house.invite('bob', BOB, { expiresAt: instant(1) });
    await house.invite('cyn', CYN);
    house.now = NOON + 3_600_000;
    await house.run(transport);
    await sent('cyn');
    expect(server.tries).toEqual([CYN]);
    await house.resend('bob', 2);
    await sent('bob', 2);
  });

  test('names the end of what it is to, where that is before the end of its link', async () => {
    const until = (hours: number) => ({
      grants: [{ id: 'grant_1', role: 'viewer', scope: 'organization', expiresAt: instant(hours) }],
    });
    await house.invite('bob', BOB, until(1));
    await house.invite('cyn', CYN, until(24));
    house.now = NOON + 3_600_000;
    await house.run(transport);
    await sent('cyn');
    expect(server.tries).toEqual([CYN]);
    expect(opened(server.to(CYN)[0]!.mime).text).toContain('Monday, 2 March 2026 at 12:00 UTC');
  });

  test('goes out no faster than is allowed', async () => {
    for (const id of ['bob', 'cyn', 'dan']) await house.invite(id, `${id}@else.example`);
    const began = performance.now();
    await house.run(transport, { perSecond: 2 });
    await sent('cyn');
    expect(await house.deliveries('dan')).toEqual(['1 queued']);
    await sent('dan');
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  test('that was erased before it went out is not mailed', async () => {
    await house.invite('bob', BOB);
    const erase = { type: 'member.invite_erase', invitation: 'inv_bob', member: 'mem_bob' };
    await house.happens(erase);
    await house.vault.destroy(acme, ['mem_bob']);
    await house.invite('cyn', CYN);
    await house.run(transport);
    await sent('cyn');
    expect(server.tries).toEqual([CYN]);
  });

  test('of a suspended organization waits until it is resumed, and no longer', async () => {
    await house.invite('bob', BOB);
    await house.happens({ type: 'organization.suspend' });
    await house.run(transport, { backoff: () => 3_600_000 });
    const waits = '1 queued the organization is suspended';
    await until('waiting', async () => (await house.deliveries('bob'))[0] === waits);
    await house.happens({ type: 'organization.resume' });
    await sent('bob');
  });
});

describe('a mail server', () => {
  test('that is busy gets the same mail again, under the same Message-ID', async () => {
    server.atEnd.set(BOB, [
      { code: 451, text: `bad moment for ${BOB}` },
      { code: 452, text: 'full' },
    ]);
    await house.invite('bob', BOB);
    await house.run(transport);
    await sent('bob');
    expect(server.tries).toEqual([BOB, BOB, BOB]);
    expect(headerOf(server.to(BOB)[0]!.mime, 'Message-ID')).toBe('<inv_bob.1@members.example>');
  });

  test('that knows no such mailbox is asked three times, and stops nobody else', async () => {
    const unknown = { code: 550, text: `no ${BOB} here` };
    server.atRecipient.set(
      BOB,
      Array.from({ length: 9 }, () => unknown),
    );
    await house.invite('bob', BOB);
    await house.invite('cyn', CYN);
    await house.run(transport);
    await sent('cyn');
    await until(
      'parked',
      async () => (await house.deliveries('bob'))[0]?.includes('failed') ?? false,
    );
    expect(server.tries.filter((to) => to === BOB)).toHaveLength(3);
    const [shown] = await house.deliveries('bob');
    expect(shown).toBe('1 failed the mail server answered 550 at RCPT TO');
    server.atRecipient.delete(BOB);
    await house.resend('bob', 2);
    await sent('bob', 2);
  });

  test('that goes away after the mail may get it twice, as one', async () => {
    server.atEnd.set(BOB, ['drop']);
    await house.invite('bob', BOB);
    await house.run(transport);
    await sent('bob');
    const ids = server.to(BOB).map(({ mime }) => headerOf(mime, 'Message-ID'));
    expect(ids).toEqual(['<inv_bob.1@members.example>', '<inv_bob.1@members.example>']);
  });

  test('that refuses the login loses no mail', async () => {
    let isWrong = true;
    const strict = new MailServer({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (auth, _session, done) =>
        isWrong || auth.password !== 's3cret'
          ? done(Object.assign(new Error('wrong'), { responseCode: 535 }))
          : done(null, { user: auth.username ?? '' }),
    });
    const url = (await strict.listen()).replace('//', '//mail:s3cret@');
    const login = new SmtpTransport({ url, from: 'membership@members.example' });
    await house.invite('bob', BOB);
    await house.run(login, { backoff: () => 20 });
    await until(
      'tries',
      async () => (await house.deliveries('bob'))[0]?.includes('queued the mail') ?? false,
    );
    for (let tries = 0; tries < 5; tries += 1) {
      house.now += 1000;
      await sleep(30);
    }
    expect((await house.deliveries('bob'))[0]).toMatch(/^1 queued the mail server answered 535/);
    isWrong = false;
    house.now += 1000;
    await house.invite('cyn', CYN);
    await sent('bob');
    await login.close();
    await strict.close();
  });

  test('that refuses the sender for a while loses no mail', async () => {
    let refused = 0;
    const over = Object.assign(new Error('over quota'), { responseCode: 550 });
    const strict = new MailServer({
      onMailFrom: (_address, _session, done) => done(refused++ < 5 ? over : null),
    });
    const url = await strict.listen();
    const blocked = new SmtpTransport({ url, from: 'membership@members.example' });
    await house.invite('bob', BOB);
    await house.run(blocked);
    await sent('bob');
    expect(refused).toBe(6);
    await blocked.close();
    await strict.close();
  });

  test('without TLS is told nothing where TLS is required', async () => {
    const guarded = new SmtpTransport({ url: server.url, from: 'a@b.example', requireTls: true });
    await house.invite('bob', BOB);
    await house.run(guarded, { backoff: () => 1000 });
    await until(
      'refused',
      async () => (await house.deliveries('bob'))[0]?.includes('queued ') ?? false,
    );
    expect((await house.deliveries('bob'))[0]).toMatch(/^1 queued .*STARTTLS/);
    expect(server.tries).toEqual([]);
    await guarded.close();
  });
});

describe('a mailer', () => {
  test('that crashed between sending and noting it sends again, under the same Message-ID', async () => {
    await house.invite('bob', BOB);
    const crash = () => {
      throw new Error('crashed');
    };
    const record = house.mails.sent.bind(house.mails);
    house.mails.sent = crash;
    await house.run(transport);
    await until('sent', () => server.to(BOB).length === 1);
    await house.stop();
    house.mails.sent = record;
    await house.run(transport);
    await sent('bob');
    const ids = server.to(BOB).map(({ mime }) => headerOf(mime, 'Message-ID'));
    expect(new Set(ids).size).toBe(1);
  });

  test('that can not note what it has sent does not send it on and on', async () => {
    await house.invite('bob', BOB);
    house.mails.sent = () => {
      throw new Error('the disk is full');
    };
    await house.run(transport, { backoff: () => 60_000 });
    await until('noticed', () => house.errors.length > 0);
    await house.invite('cyn', CYN);
    await until('the other one', () => server.to(CYN).length === 1);
    expect(server.to(BOB)).toHaveLength(1);
  });

  const reason = isEmbedded() ? undefined : 'only a file is filled up here';
  const onFiles = reason === undefined ? test : test.skip;
  onFiles(
    `that can not note that it begins tries again in a while, not at once${told(reason)}`,
    async () => {
      const refuse = "begin select raise(abort, 'the disk is full'); end";
      const full = openDatabase(join(house.folder, 'read.db'));
      full.exec(`create trigger full_disk before update on mails ${refuse}`);
      await house.run(transport);
      await house.invite('bob', BOB);
      await until('a failure', () => house.errors.length > 0);
      await sleep(500);
      expect(house.errors.length).toBeLessThan(3);
      full.exec('drop trigger full_disk');
      full.close();
      await sent('bob');
      expect(server.tries).toEqual([BOB]);
    },
  );

  test('goes on where it was, and sends nothing twice', async () => {
    await house.invite('bob', BOB);
    await house.run(transport);
    await sent('bob');
    await house.stop();
    await house.invite('cyn', CYN);
    await house.run(transport);
    await sent('cyn');
    expect(server.received.map(({ to }) => to)).toEqual([BOB, CYN]);
  });

  test('refuses a log it has never read, unless told where to begin', async () => {
    await house.invite('bob', BOB);
    await house.begins('another log', null);
    await expect(house.mailer(transport).open()).rejects.toThrow(MailerPositionUnknown);
    await house.run(transport, { from: 'end' });
    await house.invite('cyn', CYN);
    await sent('cyn');
    expect(server.tries).toEqual([CYN]);
    await house.stop();
    await house.begins('another log', null);
    await house.run(transport, { from: 'beginning' });
    await sent('bob');
  });

  test('that has read what the log does not hold, an older backup, is told where to begin', async () => {
    await house.invite('bob', BOB);
    const head = (await house.log.head())!;
    await house.begins(house.log.id, head + 1n);
    await expect(house.mailer(transport).open()).rejects.toThrow(MailerPositionUnknown);
    await house.begins(house.log.id, head);
    await house.mailer(transport).open();
    await house.begins(house.log.id, head + 1n);
    await house.run(transport, { from: 'beginning' });
    await sent('bob');
  });

  test.each(['end', 'beginning'] as const)(
    'restored as it was before, told the %s: a generation of what is lost is no mail of the new one',
    async (from) => {
      await house.invite('bob', BOB);
      await house.run(transport);
      await sent('bob');
      await house.stop();
      await house.loses(2, 'sent');
      await house.run(transport, { from });
      await house.resend('bob', 2);
      await until('sent', async () => (await house.deliveries('bob')).includes('2 sent'));
      // The first one may go out once more.
      const second = server.to(BOB).filter(({ mime }) => mime.includes('<inv_bob.2@'));
      expect(second).toHaveLength(1);
    },
  );

  test('restored as it was before, told the beginning: what ended in what is lost is mailed', async () => {
    await house.invite('bob', BOB);
    await house.loses(1, 'ended');
    await house.run(transport, { from: 'beginning' });
    await sent('bob');
  });

  test('whose checkpoint another one moved stops', async () => {
    const loser = await house.run(transport);
    await house.mails.begin(house.log.id, 1_000_000n);
    await house.happens({ type: 'organization.rename', name: 'Acme' });
    await until('stopped', () => loser.health().status === 'stopped');
    await expect(house.stop()).rejects.toThrow(MailCheckpointLost);
    await house.run(transport, { from: 'end' });
  });

  test('asks for no row that is older than the mail', async () => {
    const asked = (id: string, seen: bigint | null) =>
      house.invitations.current(acme, `inv_${id}` as InvitationId, seen);
    // The rows were current a moment ago.
    expect(await asked('bob', null)).toBeUndefined();
    await house.invite('bob', BOB);
    expect(await asked('bob', await house.log.head())).toMatchObject({ to: BOB });
    await house.revoke('bob');
    expect(await asked('bob', await house.log.head())).toBeUndefined();
  });

  test('waits for whoever knows invitations', async () => {
    let isReady = false;
    const known = house.invitations;
    class Slow extends CurrentInvitations {
      override async current(...asked: Parameters<CurrentInvitations['current']>) {
        if (!isReady) throw new Error(`${BOB} is not ready`);
        return known.current(...asked);
      }
    }
    await house.invite('bob', BOB);
    const mailer = await house.run(transport, { invitations: new Slow(), backoff: () => 10 });
    await until(
      'waits',
      async () => (await house.deliveries('bob'))[0] === '1 queued not ready to send',
    );
    expect(mailer.health()).toMatchObject({
      status: 'failing',
      failure: { message: `${BOB} is not ready` },
    });
    isReady = true;
    house.now += 1000;
    await house.invite('cyn', CYN);
    await sent('bob');
    await until('running', () => mailer.health().status === 'running');
    expect(mailer.health()).not.toHaveProperty('failure');
  });
});
