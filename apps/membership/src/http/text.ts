/** What text from outside may look like. */
import { canonicalAddress, type AddressProblem } from '#vault/addresses.js';

/** Alphabets whose letters pass for each other's. */
const LOOKALIKES = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Coptic'].map(
  (script) => new RegExp(`\\p{Script=${script}}`, 'u'),
);
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Control, direction and other invisible characters (fillers and the empty Braille cell, which
 * Unicode counts as letters and symbols, too), private and unassigned ones. The two joiners that
 * Persian and Indic names and emoji need are none of them, nor is what selects a form of one. */
const INVISIBLE =
  /(?![\u200c\u200d\p{Variation_Selector}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\p{DI}\u2800]/u;

/** Does a word mix alphabets, so that it reads as another one (`pаypal` with a Cyrillic а)? */
export const mixesAlphabets = (text: string): boolean =>
  (text.match(WORD) ?? []).some((word) => LOOKALIKES.filter((one) => one.test(word)).length > 1);

/** Has it characters nobody sees? */
export const hasInvisible = (text: string): boolean => INVISIBLE.test(text);

/** What is wrong with a name of something, as the end of a sentence; `undefined`: nothing. */
export function troubleOfName(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value.trim() === '') return 'must not be empty';
  if (value !== value.trim()) return 'must not begin or end with a space';
  if (value.length > most) return `must have at most ${most} characters`;
  if (hasInvisible(value)) return 'must have no control or invisible characters';
  if (mixesAlphabets(value)) return 'must not mix alphabets within a word';
  return undefined;
}

const ADDRESS_TROUBLE: { readonly [P in AddressProblem]: string } = {
  empty: 'must not be empty',
  too_long: 'must have at most 254 characters',
  control_character: 'must have no control or invisible characters',
  whitespace: 'must have no spaces inside',
  no_at_sign: 'must be an e-mail address such as ada@example.com',
  bad_local_part: 'must have a name of letters, digits and dots before the @',
  bad_domain: 'must have a domain such as example.com after the @',
  confusable: 'must not have characters that pass for others',
};

/** What is wrong with an e-mail address; whether its domain is welcome is not asked here. */
export function troubleOfEmail(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  const address = canonicalAddress(value);
  return 'problem' in address ? ADDRESS_TROUBLE[address.problem] : undefined;
}

/** RFC 3339 with a zone; to milliseconds UTC. `undefined`: it is none, or a day no calendar has. */
export function instantOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const form = /^(\d{4}-\d\d-\d\d)T(?!24)\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
  const day = form.exec(value)?.[1];
  if (day === undefined || !isDay(day)) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isDay(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day);
}
