import type { PostgresOptions } from '#database/postgres.js';
import { KeyVault, type KeyVaultOptions } from './key-vault.js';
import type { Ring } from './keyring.js';
import { PostgresKeyTables } from './postgres-tables.js';

/**
 * The vault in one schema of PostgreSQL. Throws `KeysInvalid` if it was written with a key that is
 * not in `wrapping`, and the errors of `libs/database`.
 */
export const openPostgresVault = async (
  place: PostgresOptions,
  wrapping: Ring,
  options: KeyVaultOptions = {},
): Promise<KeyVault> =>
  new KeyVault(await PostgresKeyTables.open(place, wrapping, options.now ?? Date.now), options);
