/** Looks for what somebody typed in bytes: plain, and as base64 or base64url has it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes one character each, ASCII letters small; other letters stay, being several bytes. */
const small = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** As a piece of something longer: at each of the three places in a group of three bytes. */
function encodedForms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // What depends on the bytes around it does not count.
    const first = before === 0 ? 0 : before + 1;
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const piece = encoded.slice(first, whole);
    return [piece, piece.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Which of these texts the bytes hold, and how. Line ends inside base64 are no hiding place. */
export function tracesIn(bytes: Buffer, texts: readonly string[]): string[] {
  const latin = bytes.toString('latin1');
  const plain = small(latin);
  const joined = latin.replace(/\r?\n/g, '');
  return texts.flatMap((text) => [
    ...(plain.includes(small(Buffer.from(text).toString('latin1'))) ? [`plain: ${text}`] : []),
    ...(plain.includes(small(encodeURIComponent(text))) ? [`in a URL: ${text}`] : []),
    ...(encodedForms(text).some((form) => joined.includes(form)) ? [`base64: ${text}`] : []),
  ]);
}

/** The same for every file below a folder, files beside databases included. */
export function tracesBelow(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      return tracesIn(readFileSync(path), texts).map((trace) => `${entry.name}: ${trace}`);
    });
}
