import { createHmac } from 'node:crypto';
import { decrypt, encrypt } from './cipher.js';
import type { Ring } from './keyring.js';

/**
 * Seals secrets that lie in a table, under keys derived from a ring: `<key id>.<base64url>`. Who
 * keeps them seals anew what an older key has sealed.
 */
export class Secrets {
  /** @param purpose keys of another purpose open nothing of this one. */
  constructor(
    private readonly ring: Ring,
    private readonly purpose: string,
  ) {}

  /** @param bound what it belongs to: a sealed secret opens nowhere else. */
  seal(bound: string, plaintext: string): string {
    const { current } = this.ring;
    const sealed = encrypt(this.#key(current)!, [this.purpose, bound], Buffer.from(plaintext));
    return `${current}.${sealed.toString('base64url')}`;
  }

  /** `undefined` where the key is gone, or it was changed or moved. */
  open(bound: string, sealed: string): string | undefined {
    const at = sealed.indexOf('.');
    const key = this.#key(sealed.slice(0, at));
    const bytes = Buffer.from(sealed.slice(at + 1), 'base64url');
    return key && decrypt(key, [this.purpose, bound], bytes)?.toString();
  }

  /** Is it sealed with the key that is current now? */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${this.ring.current}.`);
  }

  #key(id: string): Buffer | undefined {
    const key = this.ring.keys.get(id);
    return key && createHmac('sha256', key).update(this.purpose).digest();
  }
}
