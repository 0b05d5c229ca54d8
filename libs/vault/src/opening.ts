/** Opening many sealed values of which one may be broken. */
import { SealBroken, type Opening, type Vault } from './vault.js';

/** As `vault.open`, in order; `undefined` is a value that does not open. */
export async function openIntact(
  vault: Vault,
  values: readonly Opening[],
): Promise<(string | null | undefined)[]> {
  if (values.length === 0) return [];
  try {
    return await vault.open(values);
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    if (values.length === 1) return [undefined];
  }
  const opened: (string | null | undefined)[] = [];
  for (const value of values) opened.push(...(await openIntact(vault, [value])));
  return opened;
}
