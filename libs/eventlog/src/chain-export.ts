/** Verifies a `chain` export of the audit log: a file, without the log it is of and without keys. */
import { Verification, type Heads, type Report } from './chain.js';
import { claimed, idOf } from './codec.js';

/** `log` only with heads, which name theirs: an export does not. */
export type ExportReport = Omit<Report, 'log'> & {
  readonly log?: string;
  /** The streams in it, and the revision each ends with. */
  readonly ends: readonly (readonly [stream: string, revision: number])[];
};

/** One event: its hash, and its canonical form verbatim. */
const LINE = /^\{"hash":"([0-9a-f]{64})","record":(\{.*\})\}$/s;

/**
 * Checks every line and every chain of an export: edits, insertions, reorderings and removals
 * before its end. With `heads` exported earlier also whether the end was cut off since, or the
 * history written anew.
 *
 * @param text of the file, in pieces of any length.
 */
export async function verifyExport(
  text: AsyncIterable<string> | Iterable<string>,
  options: { heads?: Heads } = {},
): Promise<ExportReport> {
  const { heads } = options;
  const verification = new Verification(heads);
  let number = 0;
  for await (const line of linesOf(text)) {
    number += 1;
    if (line === '') continue;
    const [, hash, canonical] = LINE.exec(line) ?? [];
    if (hash === undefined || canonical === undefined) {
      verification.unreadable(`line ${number} is not a record of a chain export`);
      continue;
    }
    const { stream, revision } = placeOf(canonical);
    const record = { stream, revision, id: idOf(hash), position: BigInt(number), canonical, hash };
    verification.records([record]);
  }
  if (verification.streams.size === 0) verification.unreadable('there is no record in it');
  verification.compareHeads();
  const ends = [...verification.streams].map(
    ([stream, { revision }]) => [stream, revision] as const,
  );
  return {
    ...(heads === undefined ? {} : { log: heads.log }),
    ...verification.found(),
    ends,
    unknown: unknownOf(ends, heads),
  };
}

/** Where a record says it belongs; as far as that can be told, of what is damaged. */
function placeOf(canonical: string): { stream: string; revision: number } {
  try {
    const { stream, revision } = JSON.parse(canonical) as Record<string, unknown>;
    if (typeof stream === 'string' && Number.isSafeInteger(revision)) {
      return { stream, revision: revision as number };
    }
  } catch {
    // Told by `verification`, of the place it seems to be of.
  }
  return claimed(canonical);
}

/** Ended by a line feed and nothing else: names may hold what other readers take for a line's end. */
async function* linesOf(text: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  yield rest;
}

/** What such a file can't tell, in words for whoever reads the report. */
function unknownOf(ends: ExportReport['ends'], heads: Heads | undefined): string[] {
  const always =
    'A whole chain shows that nothing was changed after it was written, not that what was written is true, nor that the file holds what the log has got since.';
  if (heads === undefined) {
    return [
      always,
      'Without heads exported earlier (`membership heads`) nobody can tell whether events were cut off the end, or whether the whole history was written anew with hashes that fit.',
    ];
  }
  const known = new Set(heads.heads.map(([stream]) => stream));
  const strangers = ends.map(([stream]) => stream).filter((stream) => !known.has(stream));
  return [
    always,
    'What was appended after the heads were exported is known to be chained, not to be complete.',
    ...strangers.map(
      (stream) =>
        `The heads do not name ${stream}: it is newer than they are, or of another log, and was not compared.`,
    ),
  ];
}
