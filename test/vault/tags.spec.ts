import { createHash, createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { digest, tagOf, userId } from '#vault/tags.js';

const key = Buffer.alloc(32, 7);

test('a tag is the HMAC of the canonical address', () => {
  const expected = createHmac('sha256', key).update('ada@example.com').digest('base64url');
  expect(tagOf(key, 'ada@example.com')).toBe(expected);
  expect(tagOf(Buffer.alloc(32, 8), 'ada@example.com')).not.toBe(expected);
});

test('a user id is the first 128 bits of SHA-256(issuer, 0x00, subject)', () => {
  const bytes = createHash('sha256').update('https://id.example\0user-1').digest().subarray(0, 16);
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let suffix = '';
  for (let i = 0; i < 26; i++) {
    suffix = '0123456789abcdefghjkmnpqrstvwxyz'.charAt(Number(number % 32n)) + suffix;
    number /= 32n;
  }
  expect(userId('https://id.example', 'user-1')).toBe(`usr_${suffix}`);
  // On disk for ever: this very text.
  expect(userId('https://id.example', 'user-1')).toBe('usr_6dja72gn56x08hdxak3fp569h1');
  expect(userId('https://id.example/', 'user-1')).not.toBe(`usr_${suffix}`);
});

test('a request digest depends on the key and the content, not on the order of fields', () => {
  const one = digest(key, { a: [1, { b: 'x', c: null }], d: true });
  expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(digest(key, { d: true, a: [1, { c: null, b: 'x' }] })).toBe(one);
  expect(digest(key, { d: true, a: [{ c: null, b: 'x' }, 1] })).not.toBe(one);
  expect(digest(Buffer.alloc(32, 8), { a: [1, { b: 'x', c: null }], d: true })).not.toBe(one);
  // Never the tag of an address, whatever the request says.
  expect(digest(key, 'ada@example.com')).not.toBe(tagOf(key, 'ada@example.com'));
});
