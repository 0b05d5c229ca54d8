import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type AddressProblem, canonicalAddress } from '#vault/addresses.js';

describe('an address has one canonical form', () => {
  test.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace@Example.COM \t', 'ada.lovelace@example.com'],
    ["o'brien+news@example.co.uk", "o'brien+news@example.co.uk"],
    ['a@b.cd', 'a@b.cd'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
    ['user@BÜCHER.example', 'user@xn--bcher-kva.example'],
    ['user@xn--bcher-kva.example', 'user@xn--bcher-kva.example'],
    ['user@bu\u0308cher.example', 'user@xn--bcher-kva.example'],
    ['JOSE\u0301@example.com', 'jos\u00e9@example.com'],
    ['jos\u00c9@example.com', 'jos\u00e9@example.com'],
    ['почта@пример.рф', 'почта@xn--e1afmkfd.xn--p1ai'],
    ['用户@例え.jp', '用户@xn--r8jz45g.jp'],
    ['user@faß.example', 'user@xn--fa-hia.example'],
    ['123@4.example', '123@4.example'],
  ])('%j is %j', (text, canonical) => {
    const domain = canonical.slice(canonical.indexOf('@') + 1);
    expect(canonicalAddress(text)).toEqual({ canonical, domain });
  });

  test.each<[string, AddressProblem]>([
    ['', 'empty'],
    [' \t ', 'empty'],
    ['a\u0000@example.com', 'control_character'],
    ['a\n@example.com', 'control_character'],
    ['ada\u200b@example.com', 'control_character'],
    ['ada\u202e@example.com', 'control_character'],
    ['ada\ud800@example.com', 'control_character'],
    ['ada lovelace@example.com', 'whitespace'],
    ['ada\u00a0@example.com', 'whitespace'],
    ['ada@exam ple.com', 'whitespace'],
    ['ada.example.com', 'no_at_sign'],
    ['@example.com', 'bad_local_part'],
    ['a@b@example.com', 'bad_local_part'],
    ['"ada"@example.com', 'bad_local_part'],
    ['.ada@example.com', 'bad_local_part'],
    ['ada.@example.com', 'bad_local_part'],
    ['a..b@example.com', 'bad_local_part'],
    ['ada(x)@example.com', 'bad_local_part'],
    ['<ada@example.com>', 'bad_local_part'],
    ['ada,bob@example.com', 'bad_local_part'],
    ['😀@example.com', 'bad_local_part'],
    [`${'a'.repeat(65)}@example.com`, 'bad_local_part'],
    ['ada@', 'bad_domain'],
    ['ada@localhost', 'bad_domain'],
    ['ada@example..com', 'bad_domain'],
    ['ada@example.com.', 'bad_domain'],
    ['ada@.example.com', 'bad_domain'],
    ['ada@-example.com', 'bad_domain'],
    ['ada@example-.com', 'bad_domain'],
    ['ada@exa_mple.com', 'bad_domain'],
    ['ada@127.0.0.1', 'bad_domain'],
    ['ada@[127.0.0.1]', 'bad_domain'],
    ['ada@1.2', 'bad_domain'],
    ['ada@example.com:25', 'bad_domain'],
    ['ada@example.com/x', 'bad_domain'],
    ['ada@example%2ecom', 'bad_domain'],
    ['ada@xn--zzzzzz.example', 'bad_domain'],
    [`ada@${'a'.repeat(64)}.com`, 'bad_domain'],
    ['\u0430da@example.com', 'confusable'],
    ['аре@example.com', 'confusable'],
    ['ada@ex\u0430mple.com', 'confusable'],
    ['ada@xn--exmple-4nf.com', 'confusable'],
    ['ｄda@example.com', 'confusable'],
    ['\u0261oogle@example.com', 'confusable'],
    [`${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`, 'too_long'],
  ])('%j is none: %s', (text, problem) => {
    expect(canonicalAddress(text)).toEqual({ problem });
  });

  const address = fc
    .tuple(
      fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[A-Za-z0-9éßÖ]{1,10}){0,2}$/),
      fc.stringMatching(/^[A-Za-z0-9üÉ]{1,20}(\.[a-zA-Z]{2,10}){1,2}$/),
    )
    .map(([local, domain]) => `${local}@${domain}`);

  test('which is its own canonical form, whatever the case and composition of the text', () => {
    fc.assert(
      fc.property(address, (text) => {
        const form = canonicalAddress(text);
        fc.pre('canonical' in form);
        expect(canonicalAddress(form.canonical)).toEqual(form);
        for (const other of [` ${text} `, text.normalize('NFD'), text.toLowerCase()]) {
          expect(canonicalAddress(other)).toEqual(form);
        }
        expect(form.domain).toMatch(/^[a-z0-9.-]+$/);
        expect(form.canonical.endsWith(`@${form.domain}`)).toBe(true);
      }),
    );
  });

  test('or none, for any text at all', () => {
    const part = fc.string({ unit: 'binary', maxLength: 20 });
    const texts = fc.oneof(
      part,
      fc.tuple(part, part).map((parts) => parts.join('@')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const form = canonicalAddress(text);
        if ('problem' in form) return;
        expect(canonicalAddress(form.canonical)).toEqual(form);
        expect(form.canonical).not.toMatch(/[\s\p{Cc}\p{Cf}\p{Surrogate}"<>(),:;[\]\\]/u);
      }),
      { numRuns: 2000 },
    );
  });
});
