/** A mail, and the way out of the house. */
import type { Instant, InvitationId, OrganizationId } from '#domain/ids.js';

/** Which mail it is: one for each generation of an invitation. */
export interface MailId {
  readonly organization: OrganizationId;
  readonly invitation: InvitationId;
  readonly generation: number;
}

/** The generation of an invitation's first mail: there is nothing to take back before it. */
export const FIRST = 1;

/** What the one invited reads. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mail extends MailId, MailContent {
  readonly to: string;
  /** The same at every try, so that a second copy is known as one. */
  readonly messageId: string;
  /** When the invitation ends by itself. */
  readonly expiresAt: Instant;
  readonly sentAt: Instant;
  /** The trace of the command that asked for it, as W3C has it. */
  readonly traceparent?: string;
}

/** A mail that lies where this service keeps it. */
export interface KeptMail extends MailId {
  readonly expiresAt: Instant;
}

/** Takes mails away: to a mail server, or into a folder. */
export abstract class MailTransport {
  /** Resolves when somebody else has taken over. @throws MailNotSent */
  abstract send(mail: Mail): Promise<void>;

  /** Mails still kept here, which go when the invitation ends. */
  abstract kept(): Promise<readonly KeptMail[]>;

  /**
   * Deletes what is kept: of an organization, of one of its invitations, or of that one's
   * generations before `before`.
   */
  abstract discard(
    organization: OrganizationId,
    invitation?: InvitationId,
    before?: number,
  ): Promise<void>;

  abstract close(): Promise<void>;
}

/** The mail did not go out; `reason` says why in words that name no address. */
export class MailNotSent extends Error {
  constructor(
    /** The mail server will say the same next time. */
    readonly isFinal: boolean,
    readonly reason: string,
  ) {
    super(reason);
  }
}
