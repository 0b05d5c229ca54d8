/** What is kept as bytes and back, with the last event in it. Pieces, each written and read in a turn
 * of its own. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import type { Mark } from '#domain/events.js';

/** Items of a list in one piece: those with much in them, pages of 64 KiB, and short ones. */
const ITEMS = { rows: 200, pages: 16, values: 20_000 } as const;

/** A value, or a part of a list, at the place in the copy that these names lead to. */
type Piece = readonly [path: readonly string[], value: unknown];

const LENGTH_BYTES = 4;

/** @param copy plain: values, lists of values or of rows, and names of such. */
export async function writeKept(mark: Mark, copy: object): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const piece of piecesOf({ mark, copy }, [])) {
    const bytes = serialize(piece);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
    await nextTurn();
  }
  return Buffer.concat(parts);
}

function* piecesOf(value: unknown, path: readonly string[]): Generator<Piece> {
  if (Array.isArray(value)) {
    const most = itemsOf(value.at(-1));
    for (let at = 0; at === 0 || at < value.length; at += most) {
      yield [path, value.slice(at, at + most)];
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) yield* piecesOf(part, [...path, name]);
  } else yield [path, value];
}

const itemsOf = (item: unknown): number =>
  item instanceof Uint32Array ? ITEMS.pages : typeof item === 'object' ? ITEMS.rows : ITEMS.values;

/** What was written. Throws on bytes that are none. */
export async function readKept<Copy>(bytes: Buffer): Promise<{ mark: Mark; copy: Copy }> {
  const whole: Tree = {};
  for (let at = 0; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    // Pages are views of the bytes they are read from: of these and not of all.
    const [path, value] = deserialize(Buffer.from(bytes.subarray(start, at))) as Piece;
    put(whole, path, value);
    await nextTurn();
  }
  return whole as unknown as { mark: Mark; copy: Copy };
}

interface Tree {
  [name: string]: Tree | unknown[];
}

function put(tree: Tree, [name, ...names]: readonly string[], value: unknown): void {
  const known = tree[name!];
  if (names.length > 0) put((tree[name!] ??= {}) as Tree, names, value);
  else if (Array.isArray(known)) for (const item of value as unknown[]) known.push(item);
  else tree[name!] = value as unknown[];
}
