/** Where the next page of a list begins: opaque, and good for that list only. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { refuse } from '#domain/refusals.js';
import type { Mark } from '#domain/events.js';

/** The key of the last row of a page. */
export type PageKey = readonly (string | number)[];

/** What a list is a list of: its name, its organization or person, and its filters. */
export type ListName = readonly unknown[];

const SEAL_BYTES = 12;

const OF_A_LIST = {
  say: 'Use nextCursor of the same list with the same filters.',
  trouble: 'is not a cursor of this list',
};
/** Of marks, which are the ids of events that go on. */
const OF_A_STREAM: typeof OF_A_LIST = {
  say: 'Use the id of a message, or nextCursor, of this stream, asked the same way; else begin anew.',
  trouble: 'is no id of this stream; Last-Event-ID, where it is sent, stands in its place',
};

export class Cursors {
  /** @param secret the same on every node; at least 16 bytes. */
  constructor(private readonly secret: Uint8Array) {}

  write(list: ListName, key: PageKey): string {
    const plain = Buffer.from(JSON.stringify(key));
    return Buffer.concat([this.#seal(list, plain), plain]).toString('base64url');
  }

  /** Refuses (`cursor.invalid`) what is made up, changed, or of another list or filter. */
  read(list: ListName, cursor: string, words = OF_A_LIST): PageKey {
    const bytes = Buffer.from(cursor, 'base64url');
    const seal = bytes.subarray(0, SEAL_BYTES);
    const plain = bytes.subarray(SEAL_BYTES);
    const isOurs =
      seal.length === SEAL_BYTES &&
      bytes.toString('base64url') === cursor &&
      timingSafeEqual(seal, this.#seal(list, plain));
    if (isOurs) return JSON.parse(plain.toString()) as PageKey;
    return refuse('cursor.invalid', words.say, [{ pointer: '?cursor', detail: words.trouble }]);
  }

  /** A place after an event, named with its hash: after a backup was restored the log can have
   * another one there. `null`: before the first. */
  writeMark(list: ListName, mark: Mark | null): string {
    if (mark === null) return this.write(list, []);
    const { position, stream, revision, hash } = mark;
    return this.write(list, [`${position}`, stream, revision, hash]);
  }

  /** Refuses as `read` does. */
  readMark(list: ListName, cursor: string): Mark | null {
    const [position, stream, revision, hash] = this.read(list, cursor, OF_A_STREAM);
    if (position === undefined) return null;
    return {
      position: BigInt(position),
      stream: String(stream),
      revision: Number(revision),
      hash: String(hash),
    };
  }

  #seal(list: ListName, plain: Buffer): Buffer {
    const name = JSON.stringify(list, (_, value: unknown) => value ?? null);
    const mac = createHmac('sha256', this.secret).update(name).update('\0').update(plain);
    return mac.digest().subarray(0, SEAL_BYTES);
  }
}
