/** What invitations say. Every text that comes from people is escaped here, and nowhere else. */
import type { Instant } from '#domain/ids.js';
import type { MailContent } from './mail.js';

export interface InvitationLetter {
  readonly organization: string;
  /** Names of roles, with the space where they hold if it is not the whole organization. */
  readonly roles: readonly { readonly role: string; readonly space?: string }[];
  /** `null`: not known by name any more, or no person. */
  readonly inviter: string | null;
  readonly message: string | null;
  readonly expiresAt: Instant;
  readonly link: string;
}

/** The mail that brings the link. */
export function invitationMail(letter: InvitationLetter): MailContent {
  const organization = oneLine(letter.organization);
  const inviter = letter.inviter === null ? null : oneLine(letter.inviter);
  const opening =
    inviter === null
      ? `You are invited to join ${organization}.`
      : `${inviter} invites you to join ${organization}.`;
  const roles = letter.roles.map(({ role, space }) =>
    space === undefined ? oneLine(role) : `${oneLine(role)} in ${oneLine(space)}`,
  );
  const message = letter.message === null ? [] : lines(letter.message);
  const closing = [
    `The link is for you alone and works until ${moment(letter.expiresAt)}.`,
    'If you did not expect this mail, you need not do anything.',
  ];
  return {
    subject: shortened(`Invitation to join ${organization}`),
    text: [
      opening,
      ...(roles.length === 0 ? [] : ['', roles.length === 1 ? 'Your role:' : 'Your roles:']),
      ...roles.map((role) => `  - ${role}`),
      ...(message.length === 0 ? [] : ['', ...message.map((line) => `> ${line}`)]),
      '',
      'To accept, open:',
      letter.link,
      '',
      ...closing,
      '',
    ].join('\n'),
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escaped(organization)}</title></head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">
<p>${escaped(opening)}</p>
${roles.length === 0 ? '' : `<ul>${roles.map((role) => `<li>${escaped(role)}</li>`).join('')}</ul>`}
${message.length === 0 ? '' : `<blockquote>${message.map(escaped).join('<br>')}</blockquote>`}
<p><a href="${escaped(letter.link)}">Accept the invitation</a></p>
<p><small>${closing.map(escaped).join('<br>')}</small></p>
</body>
</html>
`,
  };
}

const SUBJECT_LENGTH = 120;
const shortened = (text: string): string =>
  text.length <= SUBJECT_LENGTH ? text : `${text.slice(0, SUBJECT_LENGTH - 1).trimEnd()}…`;

/** Controls, separators, and what turns the direction of the text around. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Nothing that could begin another line or another header. */
export const oneLine = (text: string): string => text.replace(UNSAFE, ' ').trim();

const lines = (text: string): string[] => {
  const all = text.split(/\r\n|[\n\r\u2028\u2029]/).map(oneLine);
  return all.every((line) => line === '') ? [] : all;
};

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const FORMAT = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'full',
  timeStyle: 'short',
  timeZone: 'UTC',
});

/** `Sunday, 8 March 2026 at 12:00 UTC` */
const moment = (instant: Instant): string => `${FORMAT.format(new Date(instant))} UTC`;
