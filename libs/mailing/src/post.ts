/** What letters are written from and sent with. */
import type { Instant } from '#domain/ids.js';
import type { CurrentInvitation, CurrentInvitations } from './current-invitation.js';
import type { Letters } from './letters.js';
import type { MailId, MailTransport } from './mail.js';
import type { Mails } from './mails.js';

export interface PostOptions {
  readonly mails: Mails;
  readonly invitations: CurrentInvitations;
  readonly transport: MailTransport;
  readonly letters: Letters;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The newest event that was looked at: what is said of an invitation is no older. */
  readonly seen: () => bigint | null;
}

export class Post {
  readonly mails: Mails;
  readonly transport: MailTransport;
  readonly letters: Letters;

  constructor(private readonly options: PostOptions) {
    this.mails = options.mails;
    this.transport = options.transport;
    this.letters = options.letters;
  }

  get now(): Instant {
    return new Date(this.options.now()).toISOString() as Instant;
  }

  /** The invitation as it stands; `undefined` where it is not pending, or not at this generation. */
  async current({
    organization,
    invitation: id,
    generation,
  }: MailId): Promise<CurrentInvitation | undefined> {
    const { invitations, seen } = this.options;
    const invitation = await invitations.current(organization, id, seen());
    return invitation?.generation === generation ? invitation : undefined;
  }

  /** Deletes what is kept of the mail, and of those before it. */
  takeBack({ organization, invitation, generation }: MailId): Promise<void> {
    return this.transport.discard(organization, invitation, generation + 1);
  }
}
