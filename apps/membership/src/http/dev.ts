/** What exists for local development only: tokens for anybody, and the mail that was sent. */
import { Body, Controller, Get, Headers, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { HEAD } from './accept-page.js';
import { Public } from './caller.js';
import { DevIssuer } from './dev-issuer.js';
import { Field } from './fields.js';
import { PlatformAdmins } from '../platform-admins.js';
import { Mailbox, type MailboxMail } from '#mailing/mailbox.js';

class TokenBody {
  @Field.email() readonly email!: string;
  @Field.name({ optional: true }) readonly name?: string;
  @Field.flag({ optional: true, about: 'join the platform organization as well' })
  readonly platformAdmin?: boolean;
}

@ApiExcludeController()
@Public()
@Controller('dev')
export class DevController {
  constructor(
    private readonly issuer: DevIssuer,
    private readonly admins: PlatformAdmins,
    private readonly mails: Mailbox,
  ) {}

  @Post('token')
  @HttpCode(200)
  async token(@Body() { email, name, platformAdmin }: TokenBody): Promise<{ accessToken: string }> {
    if (platformAdmin) await this.admins.join(DevIssuer.subjectOf(email), email);
    return { accessToken: await this.issuer.token(email, name) };
  }

  @Get('jwks')
  jwks(): DevIssuer['keySet'] {
    return this.issuer.keySet;
  }

  /** Newest first, to one address or to all; as JSON, or as a page for a browser. */
  @Get('mailbox')
  async mailbox(
    @Query('to') to: string | undefined,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ items: readonly MailboxMail[] } | string> {
    const wanted = to?.trim().toLowerCase();
    const mails = await this.mails.list();
    const items = mails.filter((mail) => wanted === undefined || mail.to.toLowerCase() === wanted);
    if (!accept?.includes('text/html')) return { items };
    void reply.type('text/html; charset=utf-8');
    return page(items);
  }
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Mails on the page: more of them take a browser long. */
const SHOWN = 200;

const page = (mails: readonly MailboxMail[]): string => `<!doctype html>
<html lang="en">
<head>${HEAD}<title>Mailbox</title></head>
<body><main><h1>Mailbox</h1>
<p>What the service would have mailed, newest first. Mails go when their invitation ends.</p>
${mails.length === 0 ? '<p>No mail now: invite somebody, and reload.</p>' : ''}
${mails.length > SHOWN ? `<p>These are ${SHOWN} of ${mails.length}; add ?to= and an address for its own.</p>` : ''}
${mails.slice(0, SHOWN).map(article).join('\n')}
</main></body></html>
`;

const article = ({ to, subject, text, sentAt, link }: MailboxMail): string => `<article>
<p><strong>${escaped(subject)}</strong><br>to ${escaped(to)}<br>
<time datetime="${escaped(sentAt)}">${escaped(sentAt.slice(0, 16).replace('T', ' '))} UTC</time></p>
${link === undefined ? '' : `<p><a href="${escaped(link)}">Open the invitation</a></p>`}
<details><summary>The mail</summary><pre>${escaped(text)}</pre></details>
</article>`;
