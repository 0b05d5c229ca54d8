import { decrypt, encrypt } from './cipher.js';
import { KeysInvalid, type Ring } from './keyring.js';

/** A wrapping key that something was written with, and what only that key opens. */
export interface KnownWrapping {
  readonly id: string;
  readonly proof: Buffer;
}

/** Wraps data keys with the current key of a ring, and unwraps what older ones wrapped. */
export class Wrapping {
  constructor(private readonly ring: Ring) {}

  /** Id of the current wrapping key. */
  get current(): string {
    return this.ring.current;
  }

  wrap(organization: string, subject: string, key: Buffer): Buffer {
    return encrypt(this.#currentKey(), ['data key', organization, subject], key);
  }

  unwrap(organization: string, subject: string, wrappingKey: string, wrapped: Buffer): Buffer {
    const by = this.ring.keys.get(wrappingKey);
    const key = by && decrypt(by, ['data key', organization, subject], wrapped);
    if (key === undefined) {
      throw new KeysInvalid(
        `the key of ${subject} of ${organization} does not open with the wrapping key ${wrappingKey}`,
      );
    }
    return key;
  }

  /**
   * Finds a wrong key now, not when the first value doesn't open: throws `KeysInvalid`. The proof
   * of the current key, where it is to be noted.
   */
  check(place: string, known: readonly KnownWrapping[]): KnownWrapping | undefined {
    for (const { id, proof } of known) {
      const key = this.ring.keys.get(id);
      if (key === undefined || decrypt(key, ['wrapping key', id], proof) === undefined) {
        throw new KeysInvalid(
          `${place} was written with the wrapping key ${id}, which ${key ? 'is another key' : 'is not given'}; restore it, or rewrap before taking it away`,
        );
      }
    }
    const id = this.current;
    if (known.some((one) => one.id === id)) return undefined;
    return { id, proof: encrypt(this.#currentKey(), ['wrapping key', id], Buffer.alloc(0)) };
  }

  #currentKey(): Buffer {
    return this.ring.keys.get(this.ring.current) as Buffer;
  }
}
