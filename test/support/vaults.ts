/** Where the keys of a test lie: in a file, or, for a suite of `test/engines`, elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { openDatabase } from '#database/sqlite.js';
import type { Ring } from '#vault/keyring.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import type { Vault } from '#vault/vault.js';
import { chosen } from './chosen.js';

/** A place for keys, which can be opened again and again. */
export interface VaultPlace {
  open(ring: Ring, now: () => number): Promise<Vault>;
  /** Everything that lies on disk of them. */
  bytes(): Promise<Buffer>;
  /** Every key as it is stored, by subject; null: destroyed. */
  wrapped(): Promise<Map<string, Buffer | null>>;
  /** Takes everything away; nothing is open. */
  remove(): Promise<void>;
}

/** @param file where to put a file, if it is to be one. */
export type VaultEngine = (file: string) => VaultPlace;

const files: VaultEngine = (path) => ({
  open: async (ring, now) => new SqliteVault(path, ring, { now }),
  bytes: async () =>
    Buffer.concat(
      [path, `${path}-wal`].filter((file) => existsSync(file)).map((file) => readFileSync(file)),
    ),
  wrapped: async () => {
    const database = openDatabase(path, { readonly: true });
    const rows = database
      .prepareRows<[string, Buffer | null]>('select subject, wrapped from keys')
      .all();
    database.close();
    return new Map(rows);
  },
  // The folder goes with everything in it.
  remove: async () => undefined,
});

export const { place, use } = chosen(files);
