import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sealed } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { KeysInvalid, type Ring } from '#vault/keyring.js';
import {
  KeyDestroyed,
  KeyMissing,
  SealBroken,
  type SealedField,
  type Vault,
  VaultMismatch,
} from '#vault/vault.js';
import { temporaryDirectories } from '../eventlog/directory.js';
import { place, type VaultPlace } from '../support/vaults.js';

const A = 'org_a' as OrganizationId;
const B = 'org_b' as OrganizationId;
const directory = temporaryDirectories();

const ringOf = (...keys: [id: string, key: Buffer][]): Ring => ({
  current: keys[0]?.[0] ?? '',
  keys: new Map(keys),
});

describe('the vault', () => {
  const k1 = randomBytes(32);
  let there: VaultPlace;
  let clock: number;
  let vault: Vault;
  const open = (ring = ringOf(['k1', k1])) => there.open(ring, () => clock);
  const restart = async (ring?: Ring) => {
    await vault.close();
    vault = await open(ring);
  };
  const opening = (value: Sealed, organization = A, field: SealedField = 'email') => ({
    organization,
    field,
    value,
  });
  /** Seals for a subject, making its key. */
  const seal = async (text: string, subject = 'mem_1', organization = A) => {
    await vault.ensure(organization, [subject]);
    return vault.seal(organization, subject, 'email', text);
  };
  const openOne = async (value: Sealed, organization = A, field: SealedField = 'email') =>
    (await vault.open([opening(value, organization, field)]))[0];

  beforeEach(async () => {
    there = place(join(directory(), 'vault.db'));
    clock = Date.parse('2026-03-01T12:00:00Z');
    vault = await open();
  });
  afterEach(async () => {
    await vault.close();
    await there.remove();
  });

  test('opens what it sealed, in order, after a restart too', async () => {
    const texts = ['ada@example.com', '', 'Ærø 😀', 'x'.repeat(10_000)];
    const values: Sealed[] = [];
    for (const [i, text] of texts.entries()) values.push(await seal(text, `mem_${i}`));
    expect(values.map(({ subject }) => subject)).toEqual(['mem_0', 'mem_1', 'mem_2', 'mem_3']);
    for (const { sealed } of values) expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(await vault.open(values.map((value) => opening(value)))).toEqual(texts);
    await restart();
    expect(await vault.open(values.map((value) => opening(value)).reverse())).toEqual(
      [...texts].reverse(),
    );
    expect(await vault.open([])).toEqual([]);
  });

  test('opens thousands at once', async () => {
    const subjects = Array.from({ length: 1200 }, (_, i) => `mem_${i}`);
    await vault.ensure(A, subjects);
    const values = await Promise.all(subjects.map((s) => vault.seal(A, s, 'name', `name of ${s}`)));
    await restart();
    const opened = await vault.open(values.map((value) => opening(value, A, 'name')));
    expect(opened).toEqual(subjects.map((subject) => `name of ${subject}`));
  });

  test('never seals the same text the same way', async () => {
    const [one, two] = [await seal('ada@example.com'), await seal('ada@example.com')];
    expect(one.sealed).not.toBe(two.sealed);
  });

  test('opens a value only where it was sealed: organization, subject, field', async () => {
    const value = await seal('ada@example.com');
    await vault.ensure(A, ['mem_2']);
    await vault.ensure(B, ['mem_1']);
    await expect(openOne(value, B)).rejects.toThrow(SealBroken);
    await expect(openOne({ ...value, subject: 'mem_2' })).rejects.toThrow(SealBroken);
    await expect(openOne(value, A, 'displayEmail')).rejects.toThrow(SealBroken);
    expect(await openOne(value)).toBe('ada@example.com');
  });

  test('opens nothing that was changed or cut', async () => {
    const { subject, sealed } = await seal('ada@example.com');
    const bytes = Buffer.from(sealed, 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      const value = { subject, sealed: changed.toString('base64url') };
      await expect(openOne(value)).rejects.toThrow(SealBroken);
      const cut = { subject, sealed: bytes.subarray(0, i).toString('base64url') };
      await expect(openOne(cut)).rejects.toThrow(SealBroken);
    }
  });

  test('a destroyed key reads as null, for good', async () => {
    const value = await seal('ada@example.com');
    const other = await seal('bob@example.com', 'mem_2');
    await vault.destroy(A, ['mem_1', 'mem_never']);
    for (let round = 0; round < 2; round++) {
      expect(await vault.open([opening(value), opening(other)])).toEqual([null, 'bob@example.com']);
      await expect(vault.ensure(A, ['mem_3', 'mem_1'])).rejects.toThrow(KeyDestroyed);
      await expect(vault.ensure(A, ['mem_never'])).rejects.toThrow(KeyDestroyed);
      await expect(vault.seal(A, 'mem_1', 'email', 'x')).rejects.toThrow(KeyDestroyed);
      // All or nothing: mem_3 got no key beside the refused one.
      await expect(vault.seal(A, 'mem_3', 'email', 'x')).rejects.toThrow(KeyMissing);
      await vault.destroy(A, ['mem_1']);
      await restart();
    }
  });

  test('a missing key stops the reader', async () => {
    const value = await seal('ada@example.com');
    expect(value.subject).toBe('mem_1');
    await expect(openOne({ ...value, subject: 'mem_unknown' })).rejects.toThrow(KeyMissing);
    await expect(openOne(value, B)).rejects.toThrow(KeyMissing);
    await expect(vault.seal(A, 'mem_unknown', 'email', 'x')).rejects.toThrow(/restore the vault/);
  });

  test('keeps one tag key per organization', async () => {
    const [one, two] = await Promise.all([vault.tagKey(A), vault.tagKey(A)]);
    expect(one).toHaveLength(32);
    expect(two).toEqual(one);
    expect(await vault.tagKey(B)).not.toEqual(one);
    await restart();
    expect(await vault.tagKey(A)).toEqual(one);
  });

  test('makes one key per subject however many ask at once', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => vault.ensure(A, [`mem_${i % 5}`, 'mem_x'])),
    );
    const values = await Promise.all(
      Array.from({ length: 50 }, (_, i) => vault.seal(A, `mem_${i % 5}`, 'email', `${i}`)),
    );
    await restart();
    expect(await vault.open(values.map((value) => opening(value)))).toEqual(
      values.map((_, i) => `${i}`),
    );
  });

  test('what fails for one organization fails for it alone', async () => {
    await vault.destroy(A, ['mem_1']);
    const [bad, good] = await Promise.allSettled([
      vault.ensure(A, ['mem_1']),
      vault.ensure(A, ['mem_2']),
    ]);
    expect(bad.status).toBe('rejected');
    expect(good.status).toBe('fulfilled');
    await restart();
    await expect(vault.seal(A, 'mem_2', 'email', 'x')).resolves.toBeDefined();
  });

  describe('remembers a key', () => {
    /** Another node, which shares the tables alone. */
    const destroyedElsewhere = async (work: (other: Vault) => Promise<void>) => {
      const other = await open();
      await work(other);
      await other.close();
    };

    test('for sixty seconds, not longer', async () => {
      const value = await seal('ada@example.com');
      await destroyedElsewhere((other) => other.destroy(A, ['mem_1']));
      clock += 59_999;
      expect(await openOne(value)).toBe('ada@example.com');
      clock += 1;
      expect(await openOne(value)).toBeNull();
    });

    test('from when it was read, not from when it was last used', async () => {
      const value = await seal('ada@example.com');
      await destroyedElsewhere((other) => other.destroy(A, ['mem_1']));
      for (let i = 0; i < 5; i++) {
        clock += 11_000;
        expect(await openOne(value)).toBe('ada@example.com');
      }
      clock += 5_000;
      expect(await openOne(value)).toBeNull();
    });

    test('until it is told to forget it', async () => {
      const value = await seal('ada@example.com');
      await destroyedElsewhere((other) => other.destroy(A, ['mem_1']));
      vault.forget(A, ['mem_1']);
      expect(await openOne(value)).toBeNull();
    });
  });

  test('keeps no key of an erased person in its files, and no plaintext ever', async () => {
    await seal('ada.lovelace@example.com', 'mem_ada');
    await seal('bob@example.com', 'mem_bob');
    const files = () => there.bytes();
    const wrapped = () => there.wrapped();
    const before = await wrapped();
    expect((await files()).includes(before.get('mem_ada')!)).toBe(true);
    await vault.destroy(A, ['mem_ada']);
    expect((await files()).includes(before.get('mem_ada')!)).toBe(false);
    expect((await files()).includes(before.get('mem_bob')!)).toBe(true);
    await vault.destroy(A, ['mem_bob']);
    expect((await files()).includes(before.get('mem_bob')!)).toBe(false);
    expect((await files()).includes('lovelace')).toBe(false);
    expect(await wrapped()).toEqual(
      new Map([
        ['mem_ada', null],
        ['mem_bob', null],
      ]),
    );
  });

  describe('orphans', () => {
    test('are collected, used and young keys are not', async () => {
      const used = await seal('ada@example.com', 'mem_used');
      await vault.ensure(A, ['mem_orphan']);
      await vault.tagKey(A);
      const isUsed = (_: OrganizationId, subject: string) => subject === 'mem_used';
      clock += 3_600_000;
      expect(await vault.collectOrphans(isUsed)).toBe(0);
      await vault.ensure(A, ['mem_young']);
      clock += 1;
      const tagKey = await vault.tagKey(A);
      expect(await vault.collectOrphans(async (...name) => isUsed(...name))).toBe(1);
      expect(await openOne(used)).toBe('ada@example.com');
      expect(await vault.tagKey(A)).toEqual(tagKey);
      await expect(vault.seal(A, 'mem_orphan', 'email', 'x')).rejects.toThrow(KeyMissing);
      await expect(vault.seal(A, 'mem_young', 'email', 'x')).resolves.toBeDefined();
      // Never used, so not destroyed either: the subject may have a key again.
      await vault.ensure(A, ['mem_orphan']);
    });

    test('are not tombstones', async () => {
      const value = await seal('ada@example.com');
      await vault.destroy(A, ['mem_1']);
      await restart();
      expect(await vault.collectOrphans(() => false)).toBe(0);
      expect(await openOne(value)).toBeNull();
    });
  });

  describe('wrapping keys', () => {
    const k2 = randomBytes(32);

    test('rotate: new keys at once, old ones by rewrapping, then the old can go', async () => {
      const value = await seal('ada@example.com');
      const tagKey = await vault.tagKey(A);
      await vault.destroy(A, ['mem_gone']);
      await restart(ringOf(['k2', k2], ['k1', k1]));
      const later = await seal('bob@example.com', 'mem_2');
      await vault.close();
      await expect(open(ringOf(['k2', k2]))).rejects.toThrow(/wrapping key k1, which is not given/);
      vault = await open(ringOf(['k2', k2], ['k1', k1]));
      expect(await vault.rewrap()).toBe(2);
      expect(await vault.rewrap()).toBe(0);
      await restart(ringOf(['k2', k2]));
      expect(await vault.open([opening(value), opening(later)])).toEqual([
        'ada@example.com',
        'bob@example.com',
      ]);
      expect(await vault.tagKey(A)).toEqual(tagKey);
      expect(await openOne({ ...value, subject: 'mem_gone' })).toBeNull();
    });

    test('that are wrong stop the start, not the first reader', async () => {
      await vault.close();
      await expect(open(ringOf(['k1', k2]))).rejects.toThrow(KeysInvalid);
      await expect(open(ringOf(['k1', k2]))).rejects.toThrow(/k1, which is another key/);
      await expect(open(ringOf(['k2', k2]))).rejects.toThrow(KeysInvalid);
      vault = await open();
    });
  });

  test('belongs to one log', async () => {
    const log = { id: 'log_1', isEmpty: true };
    await vault.belongTo(log);
    await restart();
    await vault.belongTo({ ...log, isEmpty: false });
    await expect(vault.belongTo({ id: 'log_2', isEmpty: true })).rejects.toThrow(VaultMismatch);
  });

  test('knows how far erasures are carried out, as it was last noted', async () => {
    await vault.belongTo({ id: 'log_1', isEmpty: true });
    expect(await vault.erasedUpTo()).toBeUndefined();
    const mark = { stream: 'organization-acme', revision: 3, position: 2n ** 60n, hash: 'abc' };
    await vault.noteErased({ ...mark, revision: 2 });
    await vault.noteErased(mark);
    await restart();
    expect(await vault.erasedUpTo()).toEqual(mark);
  });

  test('is refused when it is new and the log is not', async () => {
    await expect(vault.belongTo({ id: 'log_1', isEmpty: false })).rejects.toThrow(VaultMismatch);
    await expect(vault.belongTo({ id: 'log_1', isEmpty: false })).rejects.toThrow(/restore/);
  });
});
