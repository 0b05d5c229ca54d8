/** Catalogue files: YAML, checked, as data. Every problem names its file, line and column. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { CatalogueContent } from '#domain/catalogue.js';
import { check } from './check.js';
import { sha256Of } from './compile.js';
import { offsetOf } from './position.js';
import { CatalogueError, pointer, type Finding, type Problem } from './problems.js';
import { checkShape } from './shape.js';

/** What became of one file. */
export interface Reading {
  /** Present where the shape is right; usable only where there are no problems. */
  readonly content?: CatalogueContent;
  readonly problems: readonly Problem[];
  /** Gives a finding about the content its place in the file. */
  readonly locate: (finding: Finding) => Problem;
}

/** A catalogue and the file it was written in. */
interface Loaded {
  readonly file: string;
  readonly content: CatalogueContent;
  readonly reading: Reading;
}

/** Reads a catalogue's text, defaults filled in; `file` is the name that problems carry. */
export function readCatalogue(text: string, file: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const locate = ({ path, message }: Finding): Problem => {
    const { line, col } = lines.linePos(offsetOf(document, path));
    return { file, line, column: col, path: pointer(path), message };
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { file, line, column: col, path: '', message };
    });
    return { problems, locate };
  }
  const data = asData(document);
  if (typeof data === 'string') return { problems: [locate({ path: [], message: data })], locate };
  const shape = checkShape(data.value);
  if ('findings' in shape) return { problems: shape.findings.map(locate), locate };
  return { content: shape.content, problems: check(shape.content).map(locate), locate };
}

/** What the operating system says → what that means. */
const TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: 'is not there; give the path of what is',
  ENOTDIR: 'is a file, or lies below one; give a folder',
  EISDIR: 'is a folder; give a file in it',
  EACCES: "can't be read by this process; give it the rights",
};
const troubleOf = ({ code = '', message }: NodeJS.ErrnoException): string =>
  TROUBLES[code] ?? message;

/** Reads one file. A file that can't be read is a problem like any other. */
export function readCatalogueFile(file: string): Reading {
  try {
    return readCatalogue(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const locate = ({ path, message }: Finding): Problem => ({
      file,
      line: 1,
      column: 1,
      path: pointer(path),
      message,
    });
    return { problems: [locate({ path: [], message: troubleOf(error as Error) })], locate };
  }
}

/**
 * Every catalogue in these directories (`*.yaml`, `*.yml`), by id and version. The same version
 * may be there twice with the same content.
 *
 * @throws CatalogueError with every problem of every file.
 */
export function loadCatalogueFiles(directories: readonly string[]): CatalogueContent[] {
  const problems: Problem[] = [];
  const loaded = new Map<string, Loaded>();
  for (const file of directories.flatMap(yamlFiles)) {
    const reading = readCatalogueFile(file);
    problems.push(...reading.problems);
    const { content } = reading;
    if (content === undefined || reading.problems.length > 0) continue;
    const key = `${content.id}@${content.version}`;
    const twin = loaded.get(key);
    if (twin === undefined) {
      loaded.set(key, { file, content, reading });
    } else if (sha256Of(twin.content) !== sha256Of(content)) {
      const message = `${content.id} version ${content.version} has other content in ${twin.file}`;
      problems.push(reading.locate({ path: ['version'], message }));
    }
  }
  if (problems.length > 0) throw new CatalogueError(problems);
  return [...loaded.values()]
    .map(({ content }) => content)
    .sort((a, b) => (a.id === b.id ? a.version - b.version : a.id < b.id ? -1 : 1));
}

const yamlFiles = (directory: string): string[] => {
  try {
    const names = readdirSync(directory).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    const message = troubleOf(error as Error);
    throw new CatalogueError([{ file: directory, line: 1, column: 1, path: '', message }]);
  }
};

/** The document as plain data, or what is wrong with it (an alias that leads nowhere or too far). */
const asData = (document: Document): { value: unknown } | string => {
  try {
    return { value: document.toJS() as unknown };
  } catch (error) {
    return (error as Error).message;
  }
};
