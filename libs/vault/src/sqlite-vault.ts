import { KeyVault, type KeyVaultOptions } from './key-vault.js';
import type { Ring } from './keyring.js';
import { SqliteKeyTables } from './sqlite-tables.js';

/** The vault in one SQLite file of this process. */
export class SqliteVault extends KeyVault {
  /** Throws `KeysInvalid` if the vault was written with a key that is not in `wrapping`. */
  constructor(path: string, wrapping: Ring, options: KeyVaultOptions = {}) {
    super(new SqliteKeyTables(path, wrapping, options.now ?? Date.now), options);
  }
}
