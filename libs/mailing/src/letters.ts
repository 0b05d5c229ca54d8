/** What a mail says, as of the moment at which it is written. */
import type { Sealed } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import type { InvitationTokens } from '#vault/tokens.js';
import type { Vault } from '#vault/vault.js';
import type { CurrentInvitation } from './current-invitation.js';
import type { Mail } from './mail.js';
import type { QueuedMail } from './mails.js';
import { invitationMail } from './templates.js';

export interface LettersOptions {
  readonly vault: Vault;
  readonly tokens: InvitationTokens;
  /** Where `/accept` is, asked when a mail is written. */
  readonly publicUrl: () => string;
}

export class Letters {
  constructor(private readonly options: LettersOptions) {}

  async write(mail: QueuedMail, invitation: CurrentInvitation, sentAt: Instant): Promise<Mail> {
    const { organization, invitation: id, generation } = mail;
    const publicUrl = this.options.publicUrl().replace(/\/+$/, '');
    const token = this.options.tokens.issue({ organization, invitation: id, generation });
    const { expiresAt, to, roles, inviter } = invitation;
    const content = invitationMail({
      organization: invitation.organization,
      roles,
      inviter,
      message: await this.#message(mail),
      expiresAt,
      link: `${publicUrl}/accept#${token}`,
    });
    const messageId = `<${id}.${generation}@${new URL(publicUrl).hostname}>`;
    return {
      organization,
      invitation: id,
      generation,
      messageId,
      to,
      expiresAt,
      sentAt,
      ...(mail.traceparent === null ? {} : { traceparent: mail.traceparent }),
      ...content,
    };
  }

  async #message({ organization, message }: QueuedMail): Promise<string | null> {
    if (message === null) return null;
    const value = JSON.parse(message) as Sealed;
    const [opened = null] = await this.options.vault.open([
      { organization, field: 'message', value },
    ]);
    return opened;
  }
}
