/** Where the read models of a test lie: in a file, or, for a suite of `test/engines`, elsewhere. */
import { readFileSync } from 'node:fs';
import { SqliteReadStore } from '#readstore/sqlite-store.js';
import type { ReadStore } from '#readstore/store.js';
import { chosen } from './chosen.js';

/** A place for read models, which can be opened again and again. */
export interface Place {
  open(): Promise<ReadStore>;
  /** Everything that lies on disk of them, as text. */
  bytes(): Promise<string>;
  /** Takes everything away; nothing is open. */
  remove(): Promise<void>;
}

/** @param file where to put a file, if it is to be one. */
export type Engine = (file: string) => Promise<Place>;

const files: Engine = async (file) => ({
  open: async () => new SqliteReadStore(file),
  bytes: async () => ['', '-wal'].map((suffix) => readFileSync(`${file}${suffix}`)).join(''),
  // The folder goes with everything in it.
  remove: async () => undefined,
});

export const { isEmbedded, place, use } = chosen(files);
