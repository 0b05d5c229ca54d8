/** Puts the keys of one vault into another, which belongs to no log yet, and compares them. */
import { isDeepStrictEqual } from 'node:util';
import type { OrganizationId } from '#domain/ids.js';
import type { KeyName, KeyTables } from './key-tables.js';
import { VaultMismatch } from './vault.js';

/** Keys handled at a time. */
const BATCH = 500;

export interface MoveKeysOptions {
  /** Id of the log both are to belong to. */
  readonly log: string;
  /** Told after each batch. */
  readonly onProgress?: (keys: number) => void;
}

/**
 * Every key, opened and wrapped anew with the current wrapping key, and every tombstone. Whatever an
 * earlier run has left in `to` goes first. `to` does not belong to the log when it is done: that is
 * said once everything else is (`setLog`), and till then no service works with it.
 * @throws VaultMismatch where either is of another log, or they are not the same in the end.
 */
export async function moveKeys(
  from: KeyTables,
  to: KeyTables,
  { log, onProgress }: MoveKeysOptions,
): Promise<number> {
  const [owner, other] = [await from.log(), await to.log()];
  if (owner !== log) {
    throw new VaultMismatch(`${from.place} belongs to the log ${owner}, this log is ${log}`);
  }
  if (other !== undefined) throw new VaultMismatch(`${to.place} belongs to the log ${other}`);
  await to.empty();
  let count = 0;
  for await (const names of pages(from)) {
    const keys = await from.find(names);
    await to.put(names.map((name, index) => ({ ...name, ...keys[index]! })));
    onProgress?.((count += names.length));
  }
  await compare(from, to);
  return count;
}

async function compare(from: KeyTables, to: KeyTables): Promise<void> {
  const there = pages(to);
  for await (const names of pages(from)) {
    const { value = [] } = await there.next();
    const isSame =
      isDeepStrictEqual(namesOf(value), namesOf(names)) &&
      isDeepStrictEqual(await to.find(names), await from.find(names));
    if (!isSame) throw new VaultMismatch(`${to.place} does not hold the keys of ${from.place}`);
  }
  if ((await there.next()).done !== true) {
    throw new VaultMismatch(`${to.place} holds more keys than ${from.place}`);
  }
}

const namesOf = (names: readonly KeyName[]): string[] =>
  names.map(({ organization, subject }) => `${organization} ${subject}`);

async function* pages(tables: KeyTables): AsyncGenerator<KeyName[], undefined> {
  for (let after: KeyName = { organization: '' as OrganizationId, subject: '' }; ;) {
    const page = await tables.names(after, BATCH);
    const last = page.at(-1);
    if (last === undefined) return undefined;
    yield page;
    after = last;
  }
}
