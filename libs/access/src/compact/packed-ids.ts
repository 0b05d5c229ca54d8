/**
 * Ids of one kind, 16 bytes each: the 128 bits that a TypeID writes in 26 letters of base 32. Own code,
 * for `typeid-js` takes six microseconds to do it, more than all else that an event is folded with.
 */
import { Column } from './column.js';

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;
/** The first letter says three bits, every other five: 128 together. */
const FIRST = 3;
const EACH = 5;
const WORDS = 4;
/** In place of the first word where the id is another kind of text. No id of a time before the year
 * 10889 begins so. */
const OTHER = 0xffff_ffff;

/** Code unit → what the letter says; of what is none of the letters, more than any of them. */
const VALUES = new Uint8Array(2 ** 16).fill(0xff);
for (let value = 0; value < LETTERS.length; value++) VALUES[LETTERS.charCodeAt(value)] = value;

export interface PackedCopy<Id extends string = string> {
  readonly words: Uint32Array[];
  readonly others: readonly (readonly [number, Id])[];
}

/** By index. */
export class PackedIds<Id extends string> {
  readonly #words: Column;
  readonly #others: Map<number, Id>;
  /** What `pack` has packed last. */
  readonly packed = new Uint32Array(WORDS);

  /**
   * @param prefix that an id has before its 26 letters.
   * @param from as `copy` gave it.
   */
  constructor(
    private readonly prefix: string,
    from?: PackedCopy<Id>,
  ) {
    this.#words = new Column(from?.words);
    this.#others = new Map(from?.others);
  }

  /** What it holds now; later changes are not in it. */
  copy(): PackedCopy<Id> {
    return { words: this.#words.pages(), others: [...this.#others] };
  }

  /** Those of another form, by index. */
  others(): IterableIterator<[number, Id]> {
    return this.#others.entries();
  }

  set(index: number, id: Id): void {
    this.release(index);
    if (!this.pack(id)) {
      this.packed[0] = OTHER;
      this.#others.set(index, id);
    }
    for (let n = 0; n < WORDS; n++) this.#words.set(index * WORDS + n, this.packed[n]!);
  }

  get(index: number): Id {
    const at = index * WORDS;
    return this.#words.get(at) === OTHER ? this.#others.get(index)! : this.#unpack(at);
  }

  /** Is it the one packed last? */
  isPacked(index: number): boolean {
    const at = index * WORDS;
    const { packed } = this;
    return (
      this.#words.get(at + 3) === packed[3] &&
      this.#words.get(at + 2) === packed[2] &&
      this.#words.get(at + 1) === packed[1] &&
      this.#words.get(at) === packed[0]
    );
  }

  /** Packs again what is at an index; false where it is of another form. */
  repack(index: number): boolean {
    for (let n = 0; n < WORDS; n++) this.packed[n] = this.#words.get(index * WORDS + n);
    return this.packed[0] !== OTHER;
  }

  /** The index holds no id any more. */
  release(index: number): void {
    if (this.#others.delete(index)) this.#words.set(index * WORDS, 0);
  }

  get bytes(): number {
    return this.#words.bytes;
  }

  /** Packs the bits of an id; false where it is not of that form. */
  pack(id: string): boolean {
    const { prefix, packed } = this;
    const start = prefix.length;
    if (id.length !== start + LENGTH) return false;
    for (let n = 0; n < start; n++) if (id.charCodeAt(n) !== prefix.charCodeAt(n)) return false;
    const first = VALUES[id.charCodeAt(start)]!;
    const second = VALUES[id.charCodeAt(start + 1)]!;
    const a = six(id, start + 2);
    const b = six(id, start + 8);
    const c = six(id, start + 14);
    const d = six(id, start + 20);
    packed[0] = (first << 29) | (second << 24) | (a >> 6);
    packed[1] = (a << 26) | (b >> 4);
    packed[2] = (b << 28) | (c >> 2);
    packed[3] = (c << 30) | d;
    const isSuch = first < 2 ** FIRST && second < LETTERS.length && (a | b | c | d) >= 0;
    return isSuch && packed[0] !== OTHER;
  }

  #unpack(at: number): Id {
    let text = this.prefix;
    const length = text.length + LENGTH;
    let left = 0;
    let bits = 0;
    let next = at;
    for (let width = FIRST; text.length < length; width = EACH) {
      if (bits >= width) {
        bits -= width;
        text += LETTERS[(left >>> bits) & ((1 << width) - 1)];
        continue;
      }
      const missing = width - bits;
      const high = (left & ((1 << bits) - 1)) << missing;
      left = this.#words.get(next++);
      bits = 32 - missing;
      text += LETTERS[high | (left >>> bits)];
    }
    return text as Id;
  }
}

/** What six letters say, 30 bits; negative where one of them is none. */
function six(id: string, at: number): number {
  const a = VALUES[id.charCodeAt(at)]!;
  const b = VALUES[id.charCodeAt(at + 1)]!;
  const c = VALUES[id.charCodeAt(at + 2)]!;
  const d = VALUES[id.charCodeAt(at + 3)]!;
  const e = VALUES[id.charCodeAt(at + 4)]!;
  const f = VALUES[id.charCodeAt(at + 5)]!;
  if ((a | b | c | d | e | f) >= LETTERS.length) return -1;
  return (a << 25) | (b << 20) | (c << 15) | (d << 10) | (e << 5) | f;
}
