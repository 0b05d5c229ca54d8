import { createHmac, timingSafeEqual } from 'node:crypto';
import type { InvitationId, OrganizationId } from '#domain/ids.js';
import type { Ring } from './keyring.js';

/** What the link in an invitation's mail stands for. */
export interface InvitationLink {
  readonly organization: OrganizationId;
  readonly invitation: InvitationId;
  /** A resend raises it, and every older link is dead. */
  readonly generation: number;
}

/** `key.organization.invitation.generation.signature` */
const TOKEN =
  /^([a-z0-9]{1,16})\.([a-z0-9_]{3,64})\.([a-z0-9_]{3,64})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;

/** Makes and reads the tokens of invitation links. Nothing is stored: the signature is the proof. */
export class InvitationTokens {
  constructor(private readonly ring: Ring) {}

  /** URL-safe; the same link gives the same token for as long as the current key does not change. */
  issue({ organization, invitation, generation }: InvitationLink): string {
    const { current } = this.ring;
    const claim = `${current}.${organization}.${invitation}.${generation}`;
    const token = `${claim}.${this.#sign(current, claim)}`;
    if (!TOKEN.test(token)) throw new TypeError(`no link can be made for ${claim}`);
    return token;
  }

  /** What a genuine token stands for. Every other text gives `undefined`, whatever is wrong. */
  read(token: string): InvitationLink | undefined {
    const [, key, organization, invitation, generation, signature] = TOKEN.exec(token) ?? [];
    const claim = `${key}.${organization}.${invitation}.${generation}`;
    const right = this.#sign(key ?? '', claim);
    // The text, not its bytes: several texts decode to the same signature.
    const given = Buffer.from((signature ?? '').padEnd(right.length));
    const genuine = timingSafeEqual(given, Buffer.from(right));
    if (!genuine || key === undefined || !this.ring.keys.has(key)) return undefined;
    return {
      organization: organization as OrganizationId,
      invitation: invitation as InvitationId,
      generation: Number(generation),
    };
  }

  /** Takes as long for a key that is not in the ring. */
  #sign(key: string, claim: string): string {
    const secret = this.ring.keys.get(key) ?? Buffer.alloc(32);
    return createHmac('sha256', secret).update(`invitation ${claim}`).digest('base64url');
  }
}
