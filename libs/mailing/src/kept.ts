/** Letters that still lie where this service keeps them. */
import { organizationOf, type Recorded } from '#domain/events.js';
import type { KeptMail } from './mail.js';
import type { Post } from './post.js';

export class KeptLetters {
  /** How many people were forgotten: a letter that was written before may name one. */
  #forgotten = 0;

  constructor(
    private readonly post: Post,
    private readonly onError: (error: unknown) => void,
  ) {}

  get forgotten(): number {
    return this.#forgotten;
  }

  /** Whose personal data is erased is not named any more by the letters they had sent. */
  async forget({ stream, event }: Recorded): Promise<void> {
    if (event.type !== 'member.personal_data_erase' || event.user === undefined) return;
    this.#forgotten += 1;
    const organization = organizationOf(stream);
    await this.renew((kept) => kept.organization === organization, event.user);
  }

  /** Writes letters again, as they would be now; those of one sender, or all. */
  async renew(isMeant: (kept: KeptMail) => boolean, sender?: string): Promise<void> {
    const { mails, transport, letters } = this.post;
    for (const kept of (await transport.kept()).filter(isMeant)) {
      const mail = await mails.current(kept);
      try {
        const invitation = await this.post.current(kept);
        if (mail !== undefined && invitation !== undefined) {
          if (sender !== undefined && invitation.sender !== sender) continue;
          await transport.send(await letters.write(mail, invitation, this.post.now));
          if (await mails.isCurrent(kept)) continue;
        }
      } catch (error) {
        this.onError(error);
      }
      // What can't be written again is taken back: erasing comes first.
      await this.post.takeBack(kept);
    }
  }

  /** Takes back those of invitations that ended while nobody looked: by the clock, or before a crash. */
  async tidy(): Promise<void> {
    const { mails, transport } = this.post;
    for (const kept of await transport.kept()) {
      if (!(await mails.isCurrent(kept)) || kept.expiresAt <= this.post.now) {
        await this.post.takeBack(kept);
      }
    }
  }
}
