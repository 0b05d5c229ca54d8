import { toASCII, toUnicode } from 'tr46';

/** Why a text is no address; closed, so that the edge can say what to do. */
export type AddressProblem =
  | 'empty'
  | 'too_long'
  | 'control_character'
  | 'whitespace'
  | 'no_at_sign'
  | 'bad_local_part'
  | 'bad_domain'
  | 'confusable';

export interface CanonicalAddress {
  /** Trimmed, NFC, lower case, domain in ASCII: what tags are made of. */
  readonly canonical: string;
  /** The part after the @, in ASCII. */
  readonly domain: string;
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/u;
/** RFC 5321 dot-atom, with letters, marks and digits of every script (RFC 6531). */
const LOCAL =
  /^[\p{L}\p{M}\p{Nd}!#$%&'*+\-/=?^_`{|}~]+(\.[\p{L}\p{M}\p{Nd}!#$%&'*+\-/=?^_`{|}~]+)*$/u;
const DOMAIN = /^[\p{L}\p{M}\p{Nd}-]+(\.[\p{L}\p{M}\p{Nd}-]+)+$/u;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const MAX_OCTETS = 254;
const MAX_LOCAL_OCTETS = 64;

/** As node:url has it, which says something else in some versions of Node: tags must not. */
const IDNA = { checkBidi: true, checkJoiners: true };

/**
 * The one form in which addresses are compared, or why there is none. Quoted local parts, comments
 * and address literals are refused; so are texts that look like another address (see `confusable`).
 */
export const canonicalAddress = (
  text: string,
): CanonicalAddress | { readonly problem: AddressProblem } => {
  const typed = text.trim();
  if (typed === '') return { problem: 'empty' };
  if (typed.length > MAX_OCTETS) return { problem: 'too_long' };
  if (CONTROL.test(typed)) return { problem: 'control_character' };
  if (/\s/u.test(typed)) return { problem: 'whitespace' };
  const lower = typed.normalize('NFC').toLowerCase().normalize('NFC');
  const at = lower.lastIndexOf('@');
  if (at === -1) return { problem: 'no_at_sign' };
  const local = lower.slice(0, at);
  if (!LOCAL.test(local) || Buffer.byteLength(local) > MAX_LOCAL_OCTETS) {
    return { problem: 'bad_local_part' };
  }
  const domain = asciiDomain(lower.slice(at + 1));
  if (domain === undefined) return { problem: 'bad_domain' };
  if (confusable(local, toUnicode(domain, IDNA).domain)) return { problem: 'confusable' };
  const canonical = `${local}@${domain}`;
  return Buffer.byteLength(canonical) > MAX_OCTETS
    ? { problem: 'too_long' }
    : { canonical, domain };
};

/** IDNA to ASCII; `undefined` for what is no public host name. */
const asciiDomain = (domain: string): string | undefined => {
  if (!DOMAIN.test(domain)) return undefined;
  const ascii = toASCII(domain, IDNA);
  if (ascii === null) return undefined;
  const labels = ascii.split('.');
  const numeric = /^[0-9]+$/.test(labels.at(-1) as string);
  return labels.length > 1 && labels.every((label) => LABEL.test(label)) && !numeric
    ? ascii
    : undefined;
};

const SCRIPTS = [
  ...['Latin', 'Greek', 'Cyrillic', 'Armenian', 'Hebrew', 'Arabic', 'Devanagari', 'Bengali'],
  ...['Thai', 'Georgian', 'Hangul', 'Hiragana', 'Katakana', 'Bopomofo', 'Han'],
].map((name) => ({ name, letter: new RegExp(`\\p{Script=${name}}`, 'u') }));
const LETTER = /\p{L}/u;
const ASCII = /^[\0-\x7f]*$/;
/** Scripts that may stand together (UTS 39, "highly restrictive"). */
const TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];
/** Whole words of these can look Latin. */
const LATIN_LOOKALIKES = ['Greek', 'Cyrillic', 'Armenian'];
/** Phonetic letters and other Latin ones that no language's names are written with. */
const PHONETIC = /[\u0250-\u02af\u1d00-\u1dbf\ua720-\ua7ff\uab30-\uab6f]|\p{Lm}/u;

/**
 * Could a reader take it for another address? Compatibility forms and phonetic letters; two
 * scripts in one local part or one label of the domain; a Cyrillic, Greek or Armenian local part
 * at a domain that has nothing of that script.
 */
const confusable = (local: string, domain: string): boolean => {
  if (ASCII.test(local + domain)) return false;
  if (local !== local.normalize('NFKC') || PHONETIC.test(local + domain)) return true;
  if (![local, ...domain.split('.')].every((part) => standTogether(scriptsOf(part)))) return true;
  const ofDomain = scriptsOf(domain);
  return [...scriptsOf(local)].some(
    (script) => LATIN_LOOKALIKES.includes(script) && !ofDomain.has(script),
  );
};

const standTogether = (scripts: ReadonlySet<string>): boolean =>
  scripts.size <= 1 || TOGETHER.some((set) => [...scripts].every((script) => set.includes(script)));

/** Letters of a script that is not in the list count as one script, `other`. */
const scriptsOf = (text: string): Set<string> => {
  const scripts = new Set<string>();
  for (const character of text) {
    if (!LETTER.test(character)) continue;
    scripts.add(SCRIPTS.find(({ letter }) => letter.test(character))?.name ?? 'other');
  }
  return scripts;
};
