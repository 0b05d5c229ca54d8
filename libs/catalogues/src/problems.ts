/** What is wrong with catalogue files, and where. */

/** Where in a catalogue: `['roles', 3, 'permissions', 0]`. */
export type Path = readonly (string | number)[];

/** Something wrong in a catalogue's content. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** Something wrong in a catalogue file; lines and columns start at 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** As a JSON pointer: `/roles/3/permissions/0`. */
  readonly path: string;
  readonly message: string;
}

/** A path as a JSON pointer (RFC 6901). */
export const pointer = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** `catalogues/mondoo.yaml:12:5 /roles/3/permissions/0: unknown permission …` */
export const problemLine = ({ file, line, column, path, message }: Problem): string =>
  `${file}:${line}:${column} ${path === '' ? '/' : path}: ${message}`;

/** Catalogue files that can't be used. The message has a line for every problem. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError';
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'));
  }
}

/** A published version that has other content than the one known: versions are never rewritten. */
export class CatalogueVersionError extends Error {
  override readonly name = 'CatalogueVersionError';
  constructor(
    readonly catalogue: string,
    readonly version: number,
  ) {
    super(
      `catalogue "${catalogue}" version ${version} is known with other content; give the changed content a new version`,
    );
  }
}
