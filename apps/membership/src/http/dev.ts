/** What exists for local development only: tokens for anybody, and the mail that was sent. */
import { Body, Controller, Get, Headers, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
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

const page = (mails: readonly MailboxMail[]): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Mailbox</title><link rel="stylesheet" href="/accept/page.css"></head>
<body><main><h1>Mailbox</h1>
${mails.length === 0 ? '<p>No mail yet: invite somebody.</p>' : ''}
${mails
  .map(
    ({ to, subject, sentAt, link }) => `<p><strong>${escaped(subject)}</strong><br>
to ${escaped(to)}, ${escaped(sentAt)}<br>
${link === undefined ? '' : `<a href="${escaped(link)}">open the invitation</a>`}</p>`,
  )
  .join('\n')}
</main></body></html>
`;
