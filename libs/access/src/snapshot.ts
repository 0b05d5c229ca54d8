/**
 * The index as bytes and back, under the name `permissions@1`, with the event it stands for. Pieces,
 * each written and read in a turn of its own. A change of the columns, of a row or of the fold needs a
 * new number; older snapshots are then left alone and the log is folded from its beginning.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import type { Recorded } from '#domain/events.js';
import type { IndexCopy } from './permission-index.js';

export const INDEX_SNAPSHOT = 'permissions@1';
/** In place of the name of a stream, which it can't be: those are of organizations and catalogues. */
export const INDEX_STREAM = 'permissions';

/** The last event in it. Use it only if the log has this event there. */
export interface Mark {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly hash: string;
}

export const markOf = ({ stream, revision, position, metadata }: Recorded): Mark => ({
  stream,
  revision,
  position,
  hash: metadata.hash,
});

/** Things in one piece. */
const IDS = 20_000;
const ORGANIZATIONS = 200;

type Memberships = IndexCopy['memberships'];
const NAMES = ['organizations', 'users', 'members'] as const satisfies (keyof Memberships)[];
type Column = keyof Memberships['columns'] | 'ids' | 'linkIds';

/** What is no long list. */
interface Head {
  readonly mark: Mark;
  readonly catalogues: IndexCopy['catalogues'];
  readonly memberships: Pick<Memberships, 'things' | 'links' | 'freeLinks'>;
  readonly others: { readonly [C in 'ids' | 'linkIds']: Memberships['ids']['others'] };
}

type Piece =
  | readonly ['head', Head]
  | readonly ['names', (typeof NAMES)[number], Memberships[(typeof NAMES)[number]]]
  | readonly ['page', Column, Uint32Array]
  | readonly ['organizations', IndexCopy['organizations']];

const LENGTH_BYTES = 4;

export async function writeIndex(mark: Mark, copy: IndexCopy): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const piece of piecesOf(mark, copy)) {
    const bytes = serialize(piece);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
    await nextTurn();
  }
  return Buffer.concat(parts);
}

function* piecesOf(mark: Mark, { catalogues, organizations, memberships }: IndexCopy) {
  const { things, links, freeLinks, ids, linkIds } = memberships;
  const others = { ids: ids.others, linkIds: linkIds.others };
  yield ['head', { mark, catalogues, memberships: { things, links, freeLinks }, others }];
  for (const name of NAMES) {
    const all = memberships[name];
    for (let at = 0; at < all.length; at += IDS) yield ['names', name, all.slice(at, at + IDS)];
  }
  const columns = { ...memberships.columns, ids: ids.words, linkIds: linkIds.words };
  for (const [name, pages] of Object.entries(columns)) {
    for (const page of pages) yield ['page', name, page];
  }
  for (let at = 0; at < organizations.length; at += ORGANIZATIONS) {
    yield ['organizations', organizations.slice(at, at + ORGANIZATIONS)];
  }
}

/** What was written. Throws on bytes that are none. */
export async function readIndex(bytes: Buffer): Promise<{ mark: Mark; copy: IndexCopy }> {
  let head: Head | undefined;
  const names: { [N in (typeof NAMES)[number]]: unknown[] } = {
    organizations: [],
    users: [],
    members: [],
  };
  const pages: { [C in Column]: Uint32Array[] } = {
    home: [],
    next: [],
    first: [],
    held: [],
    thing: [],
    after: [],
    ids: [],
    linkIds: [],
  };
  const organizations: IndexCopy['organizations'][number][] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    const piece = deserialize(bytes.subarray(start, at)) as Piece;
    if (piece[0] === 'head') head = piece[1];
    else if (piece[0] === 'names') for (const id of piece[2]) names[piece[1]].push(id);
    // A page may be a view of all the bytes, and would keep them.
    else if (piece[0] === 'page') pages[piece[1]].push(piece[2].slice());
    else for (const one of piece[1]) organizations.push({ ...one, rows: one.rows.slice() });
    await nextTurn();
  }
  if (head === undefined) throw new Error('no snapshot of permissions begins like this');
  const { ids, linkIds, ...columns } = pages;
  const { mark, catalogues, others } = head;
  const memberships = {
    ...(names as Pick<Memberships, (typeof NAMES)[number]>),
    ...head.memberships,
    columns,
    ids: { words: ids, others: others.ids },
    linkIds: { words: linkIds, others: others.linkIds },
  };
  return { mark, copy: { catalogues, organizations, memberships } };
}
