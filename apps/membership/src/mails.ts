/** The mail that was sent, where it goes to a folder. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly sentAt: string;
  /** The link of the invitation in it. */
  readonly link?: string;
}

export abstract class Mails {
  /** Oldest first. */
  abstract list(): Promise<readonly Mail[]>;
}
