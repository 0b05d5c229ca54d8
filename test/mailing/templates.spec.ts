import { expect, test } from '@jest/globals';
import { invitationMail, type InvitationLetter } from '#mailing/templates.js';
import { mimeOf } from '#mailing/smtp.js';
import type { Mail } from '#mailing/mail.js';
import { instant } from './house.js';

const letter: InvitationLetter = {
  organization: 'Acme',
  roles: [{ role: 'Viewer' }],
  inviter: 'Ann',
  message: null,
  expiresAt: instant(0),
  link: 'https://members.example/accept#token',
};
const mail = (more: Partial<Mail>): Mail => ({
  organization: 'acme' as Mail['organization'],
  invitation: 'inv_1' as Mail['invitation'],
  generation: 1,
  messageId: '<inv_1.1@members.example>',
  to: 'bob@else.example',
  expiresAt: instant(1),
  sentAt: instant(0),
  ...invitationMail(letter),
  ...more,
});
const FROM = 'Membership <membership@members.example>';
const headersOf = (mime: Buffer) => mime.toString('utf8').split('\r\n\r\n', 1)[0]!;

test('names become one line, whatever is in them', async () => {
  const evil = 'Acme\r\nBcc: eve@evil.example\r\n\r\n<script>\u2028\u202eemca';
  const content = invitationMail({ ...letter, organization: evil, inviter: evil });
  expect(content.subject).toBe('Invitation to join Acme Bcc: eve@evil.example <script> emca');
  expect(content.html).not.toContain('<script>');
  expect(content.text.split('\n')[0]).not.toContain('\u202e');
  const raw = {
    subject: `x\r\nBcc: eve@evil.example`,
    messageId: '<a@b>\r\nBcc: eve@evil.example',
  };
  for (const injected of [content, raw]) {
    const headers = headersOf(await mimeOf(mail(injected), FROM));
    expect(headers).not.toMatch(/^bcc:/im);
    expect(headers.match(/^to: .*$/gim)).toEqual(['To: bob@else.example']);
  }
});

test.each([
  'a@b.example\r\nBcc: eve@evil.example',
  'a@b.example, eve@evil.example',
  'a@b.example eve@evil.example',
  'Eve <eve@evil.example>',
  'no address',
])('%j is not written to', async (to) => {
  await expect(mimeOf(mail({ to }), FROM)).rejects.toMatchObject({ isFinal: true });
});

test('a message of several lines stays a quotation', () => {
  const message = 'See you\nhttps://evil.example/accept#token\n<img src=x>';
  const { text, html } = invitationMail({ ...letter, message });
  expect(text).toContain('> See you\n> https://evil.example/accept#token\n> <img src=x>');
  expect(html).toContain('&lt;img src=x&gt;');
  expect(text.match(/^https.*$/gm)).toEqual([letter.link]);
});

test('says what is known, and nothing of what is not', () => {
  const { text, html } = invitationMail({ ...letter, inviter: null, roles: [], message: ' ' });
  expect(text).toContain('You are invited to join Acme.');
  expect(`${text}${html}`).not.toMatch(/null|undefined|Your role|<ul>|<blockquote>/);
  const two = [{ role: 'Viewer' }, { role: 'Editor', space: 'Lab' }];
  expect(invitationMail({ ...letter, roles: two }).text).toContain('Your roles:');
});
