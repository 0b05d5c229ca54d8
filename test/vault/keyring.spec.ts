import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  keysIn,
  KeysInvalid,
  KeysMissing,
  loadKeyring,
  parseRing,
  retireKey,
  rotateKey,
} from '#vault/keyring.js';
import { temporaryDirectories } from '../eventlog/directory.js';

const directory = temporaryDirectories();
const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

describe('the keyring', () => {
  let file: string;
  beforeEach(() => {
    file = join(directory(), 'keys.json');
  });

  test('is generated once for a fresh installation, for its owner’s eyes', () => {
    const made = loadKeyring({ file, logExists: false });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(made.wrapping.current).toBe('k1');
    expect(made.wrapping.keys.get('k1')).toHaveLength(32);
    expect(made.tokens.keys.get('k1')).not.toEqual(made.wrapping.keys.get('k1'));
    expect(loadKeyring({ file, logExists: true })).toEqual(made);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test('is never generated beside a log', () => {
    expect(() => loadKeyring({ file, logExists: true })).toThrow(KeysMissing);
    const wrapping = `k1:${key(1)}`;
    expect(() => loadKeyring({ file, wrapping, logExists: true })).toThrow(/restore/);
    expect(existsSync(file)).toBe(false);
  });

  test('is taken from the configuration where that has it', () => {
    const wrapping = `new:${key(1)}, old:${key(2)}`;
    const tokens = `t1:${key(3)}`;
    const ring = loadKeyring({ file, wrapping, tokens, logExists: true });
    expect(existsSync(file)).toBe(false);
    expect(ring.wrapping.current).toBe('new');
    expect([...ring.wrapping.keys.keys()]).toEqual(['new', 'old']);
    expect(ring.tokens.keys.get('t1')).toEqual(Buffer.alloc(32, 3));
    const mixed = loadKeyring({ file, wrapping, logExists: false });
    expect(mixed.wrapping).toEqual(ring.wrapping);
    expect(mixed.tokens.current).toBe('k1');
  });

  test('rotates: the new key is current, the old ones stay', () => {
    const before = loadKeyring({ file, logExists: false });
    expect(rotateKey(file, 'wrapping')).toBe('k2');
    expect(rotateKey(file, 'wrapping')).toBe('k3');
    const after = loadKeyring({ file, logExists: true });
    expect([...after.wrapping.keys.keys()]).toEqual(['k3', 'k2', 'k1']);
    expect(after.wrapping.current).toBe('k3');
    expect(after.wrapping.keys.get('k1')).toEqual(before.wrapping.keys.get('k1'));
    expect(after.tokens).toEqual(before.tokens);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => rotateKey(`${file}.nowhere`, 'tokens')).toThrow(KeysMissing);
  });

  test('lets an older key go, if nothing needs it, and never the current one', async () => {
    loadKeyring({ file, logExists: false });
    rotateKey(file, 'tokens');
    const nothing = async () => undefined;
    const needed = async () => {
      throw new Error('needed');
    };
    await expect(retireKey(file, 'tokens', 'k2', nothing)).rejects.toThrow(/k2 is the current/);
    await expect(retireKey(file, 'tokens', 'k3', nothing)).rejects.toThrow(/none of .* k2, k1/);
    await expect(retireKey(file, 'tokens', 'k1', needed)).rejects.toThrow('needed');
    expect(keysIn(file, 'tokens')).toEqual(['k2', 'k1']);
    await retireKey(file, 'tokens', 'k1', async ({ keys }) => {
      expect([...keys.keys()]).toEqual(['k2']);
    });
    expect(keysIn(file, 'tokens')).toEqual(['k2']);
    expect(keysIn(file, 'wrapping')).toEqual(['k1']);
    // Backups may know the ids that were taken away.
    expect(rotateKey(file, 'tokens')).toBe('k3');
    await retireKey(file, 'tokens', 'k2', nothing);
    expect(rotateKey(file, 'tokens')).toBe('k4');
  });

  test.each(['', 'k1', 'k1:short', `k1:${key(1)},k1:${key(2)}`, `K 1:${key(1)}`, `k1:${key(1)},`])(
    'refuses %j',
    (text) => {
      expect(() => parseRing('wrapping', text)).toThrow(KeysInvalid);
    },
  );

  test('refuses a damaged file without showing what is in it', () => {
    for (const text of ['secret', '{"wrapping":"secret"}', '{"wrapping":["secret"],"tokens":[]}']) {
      writeFileSync(file, text);
      expect(() => loadKeyring({ file, logExists: true })).toThrow(KeysInvalid);
      expect(() => loadKeyring({ file, logExists: true })).not.toThrow(/secret/);
    }
    expect(readFileSync(file, 'utf8')).toContain('secret');
  });
});
