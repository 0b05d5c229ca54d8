/**
 * Ids of grants, 16 bytes each: the 128 bits that a TypeID writes in 26 letters of base 32. Own code,
 * for `typeid-js` takes six microseconds to do it, more than all else that an event is folded with.
 */
import type { GrantId } from '#domain/ids.js';
import { Column } from './column.js';

const PREFIX = 'grant_';
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = PREFIX.length + 26;
/** The first letter says three bits, every other five: 128 together. */
const FIRST = 3;
const EACH = 5;
const WORDS = 4;
/** In place of the first word where the id is another kind of text. No id of a time before the year
 * 10889 begins so. */
const OTHER = 0xffff_ffff;

const VALUES = new Uint8Array(128).fill(0xff);
for (let value = 0; value < LETTERS.length; value++) VALUES[LETTERS.charCodeAt(value)] = value;

export interface PackedCopy {
  readonly words: Uint32Array[];
  readonly others: readonly (readonly [number, GrantId])[];
}

export class PackedIds {
  readonly #words: Column;
  readonly #others: Map<number, GrantId>;
  readonly #packed = new Uint32Array(WORDS);

  /** @param from as `copy` gave it. */
  constructor(from?: PackedCopy) {
    this.#words = new Column(from?.words);
    this.#others = new Map(from?.others);
  }

  /** What it holds now; later changes are not in it. */
  copy(): PackedCopy {
    return { words: this.#words.pages(), others: [...this.#others] };
  }

  set(index: number, id: GrantId): void {
    this.release(index);
    if (!pack(id, this.#packed)) {
      this.#packed[0] = OTHER;
      this.#others.set(index, id);
    }
    for (let n = 0; n < WORDS; n++) this.#words.set(index * WORDS + n, this.#packed[n]!);
  }

  get(index: number): GrantId {
    const at = index * WORDS;
    return this.#words.get(at) === OTHER ? this.#others.get(index)! : this.#unpack(at);
  }

  /** The index holds no id any more. */
  release(index: number): void {
    if (this.#others.delete(index)) this.#words.set(index * WORDS, 0);
  }

  get bytes(): number {
    return this.#words.bytes;
  }

  #unpack(at: number): GrantId {
    let text = PREFIX;
    let left = 0;
    let bits = 0;
    let next = at;
    for (let width = FIRST; text.length < LENGTH; width = EACH) {
      if (bits >= width) {
        bits -= width;
        text += LETTERS[(left >>> bits) & (2 ** width - 1)];
        continue;
      }
      const missing = width - bits;
      const high = (left & (2 ** bits - 1)) << missing;
      left = this.#words.get(next++);
      bits = 32 - missing;
      text += LETTERS[high | (left >>> bits)];
    }
    return text as GrantId;
  }
}

/** Writes the bits of an id; false where it is not of that form. */
function pack(id: string, words: Uint32Array): boolean {
  if (id.length !== LENGTH || !id.startsWith(PREFIX)) return false;
  let word = 0;
  let bits = 0;
  let next = 0;
  for (let at = PREFIX.length; at < LENGTH; at++) {
    const width = at === PREFIX.length ? FIRST : EACH;
    const value = VALUES[id.charCodeAt(at)] ?? 0xff;
    if (value >= 2 ** width) return false;
    const fits = Math.min(width, 32 - bits);
    word = (word << fits) | (value >>> (width - fits));
    bits += fits;
    if (bits < 32) continue;
    words[next++] = word;
    word = value & (2 ** (width - fits) - 1);
    bits = width - fits;
  }
  return words[0] !== OTHER;
}
