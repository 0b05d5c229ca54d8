import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { InvitationId, OrganizationId } from '#domain/ids.js';
import { parseRing } from '#vault/keyring.js';
import { type InvitationLink, InvitationTokens } from '#vault/tokens.js';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const tokensWith = (text: string) => new InvitationTokens(parseRing('tokens', text));
const tokens = tokensWith(`k1:${key(1)}`);
const link: InvitationLink = {
  organization: 'org_01h455vb4pex5vsknk084sn02q' as OrganizationId,
  invitation: 'inv_01h455vb4pex5vsknk084sn02q' as InvitationId,
  generation: 3,
};
const token = tokens.issue(link);
const TOKEN_CHARACTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-'];

describe('an invitation token', () => {
  test('stands for its link, is URL-safe, and is the same every time', () => {
    expect(tokens.read(token)).toEqual(link);
    expect(tokens.issue(link)).toBe(token);
    expect(encodeURIComponent(token)).toBe(token);
    expect(token.length).toBeLessThan(128);
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9_]{3,64}$/),
        fc.stringMatching(/^inv_[a-z0-9]{26}$/),
        fc.integer({ min: 1, max: 999_999_999 }),
        (organization, invitation, generation) => {
          const any = { organization, invitation, generation } as InvitationLink;
          expect(tokens.read(tokens.issue(any))).toEqual(any);
        },
      ),
    );
  });

  test('with any one character changed, added or taken away is none', () => {
    for (let i = 0; i < token.length; i++) {
      expect(tokens.read(token.slice(0, i))).toBeUndefined();
      expect(tokens.read(token.slice(0, i) + token.slice(i + 1))).toBeUndefined();
      for (const character of TOKEN_CHARACTERS) {
        if (character === token[i]) continue;
        expect(tokens.read(token.slice(0, i) + character + token.slice(i + 1))).toBeUndefined();
      }
    }
    for (const more of [...TOKEN_CHARACTERS, '=', ' ', '\n', '\0']) {
      expect(tokens.read(token + more)).toBeUndefined();
      expect(tokens.read(more + token)).toBeUndefined();
    }
  });

  test('says nothing under another organization, invitation or generation', () => {
    const signature = token.slice(token.lastIndexOf('.'));
    const claims = [
      { ...link, organization: 'org_other' as OrganizationId },
      { ...link, invitation: 'inv_other' as InvitationId },
      { ...link, generation: 4 },
      { ...link, generation: 2 },
    ];
    for (const { organization, invitation, generation } of claims) {
      const claim = `k1.${organization}.${invitation}.${generation}`;
      expect(tokens.read(claim + signature)).toBeUndefined();
    }
    expect(tokens.read(token.replace('.3.', '.03.'))).toBeUndefined();
    // What is moved across a separator is signed differently.
    const one = tokens.issue({ ...link, organization: 'org_a' as OrganizationId });
    expect(tokens.read(one.replace('org_a.inv_', 'org_a_inv.'))).toBeUndefined();
  });

  test('of another key is none; after a rotation the old ones are still good', () => {
    expect(tokensWith(`k1:${key(2)}`).read(token)).toBeUndefined();
    expect(tokensWith(`k2:${key(1)}`).read(token)).toBeUndefined();
    const rotated = tokensWith(`k2:${key(2)},k1:${key(1)}`);
    expect(rotated.read(token)).toEqual(link);
    const fresh = rotated.issue(link);
    expect(fresh).not.toBe(token);
    expect(rotated.read(fresh)).toEqual(link);
    expect(rotated.read(fresh.replace('k2.', 'k1.'))).toBeUndefined();
    // A key that nobody has signs like 32 zero bytes to the clock, and not to the reader.
    const zero = new InvitationTokens({ current: 'k9', keys: new Map([['k9', Buffer.alloc(32)]]) });
    expect(tokens.read(zero.issue(link))).toBeUndefined();
  });

  test('is not any text', () => {
    fc.assert(fc.property(fc.string(), (text) => tokens.read(text) === undefined));
    expect(tokens.read('')).toBeUndefined();
    expect(tokens.read('x'.repeat(1_000_000))).toBeUndefined();
  });

  test('is made for names that fit into it only', () => {
    for (const bad of [{ generation: 0 }, { generation: 1.5 }, { organization: 'a.b' }]) {
      expect(() => tokens.issue({ ...link, ...bad } as InvitationLink)).toThrow(TypeError);
    }
  });
});
