import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadCatalogueFiles, readCatalogueFile } from '#catalogues/load.js';
import { CatalogueError, problemLine } from '#catalogues/problems.js';
import { contentOf, edited, MINIMAL, problemsIn } from './support/minimal.js';
import { MEANING, SHAPE } from './tables/broken.js';

describe('a catalogue file with one thing wrong', () => {
  test('the text they all start from has nothing wrong', () => {
    expect(problemsIn(MINIMAL)).toEqual([]);
  });

  test.each([...SHAPE, ...MEANING])('$what', ({ from, to, line, path, message }) => {
    const problems = problemsIn(edited(from, to));
    expect(problems).toEqual([
      {
        file: 'tiny.yaml',
        line,
        column: expect.any(Number),
        path,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      },
    ]);
  });

  test('a founder who does not hold the protected role', () => {
    const text = edited('  founderRole: owner', '  founderRole: editor');
    expect(problemsIn(text).map(({ path, message }) => [path, message])).toEqual([
      ['/policies/founderRole', expect.stringContaining('must be the protectedRole "owner"')],
    ]);
  });

  test('a protected role of spaces only', () => {
    const text = edited(
      "    scopes: [organization, space]\n    permissions: ['*']",
      "    scopes: [space]\n    permissions: ['*']",
    );
    expect(problemsIn(text).map(({ line, path, message }) => [line, path, message])).toEqual([
      [40, '/policies/protectedRole', 'role "owner" can\'t be held at organization scope'],
      [41, '/policies/founderRole', 'role "owner" can\'t be held at organization scope'],
    ]);
  });

  test('deactivate_only with removal, and without deactivation', () => {
    const text = edited('removal: allowed', 'removal: deactivate_only');
    expect(problemsIn(text).map(({ line, path }) => [line, path])).toEqual([
      [48, '/operations/remove_member'],
      [42, '/policies/removal'],
    ]);
  });

  test('a catalogue without spaces that speaks of them; the platform is no scope of its own', () => {
    const text = edited(
      'scopes: [organization, space]\nrolesPer',
      'scopes: [organization]\nrolesPer',
    );
    expect(problemsIn(text).map(({ path }) => path)).toEqual([
      '/permissions/things/space',
      '/roles/0/scopes/1',
      '/roles/1/scopes/1',
      '/roles/2/scopes/1',
    ]);
    const platform = edited('scopes: [organization]\n', 'scopes: [organization, platform]\n');
    expect(problemsIn(platform)).toHaveLength(1); // an implicit role, though, is of one scope
    const owner = edited(
      "    scopes: [organization, space]\n    permissions: ['*']",
      "    scopes: [organization, space, platform]\n    permissions: ['*']",
    );
    expect(problemsIn(owner)).toEqual([]);
  });
});

describe('a catalogue file', () => {
  test('shows all that is wrong at once', () => {
    const text = edited(
      "['things:edit']",
      "['things:edti']",
      edited('ttl: P7D', 'ttl: P90D', edited('mayAssign: [viewer]', 'mayAssign: [vewer]')),
    );
    expect(problemsIn(text).map(({ line }) => line)).toEqual([21, 38, 43]);
  });

  test('that is no YAML names the line', () => {
    const [problem] = problemsIn(edited('version: 1', 'version: [1'));
    expect(problem).toMatchObject({ file: 'tiny.yaml', path: '' });
    expect(problem?.line).toBeGreaterThanOrEqual(2);
    expect(problem?.line).toBeLessThanOrEqual(3);
  });

  test('with a key twice is no YAML', () => {
    expect(problemsIn(edited('version: 1', 'version: 1\nversion: 2'))).toMatchObject([
      { line: 3, message: expect.stringMatching(/unique/) },
    ]);
  });

  test('of several documents, empty, or of another type is refused', () => {
    expect(problemsIn(`${MINIMAL}---\nid: other\n`)).toHaveLength(1);
    expect(problemsIn('')).toMatchObject([{ line: 1, message: 'must be object' }]);
    expect(problemsIn('- 1\n')).toMatchObject([{ line: 1, message: 'must be object' }]);
  });

  test('too large for one event is refused', () => {
    const text = edited('description: Belongs.', `description: ${'Belongs. '.repeat(60_000)}`);
    expect(problemsIn(text)).toMatchObject([{ path: '', message: 'larger than 500 KiB as JSON' }]);
  });

  test('whose roles include one another in every way is read at once', () => {
    const roles = Array.from({ length: 60 }, (_, index) => {
      const before = Array.from({ length: index }, (_, other) => `r${other}`).join(', ');
      return `  - { id: r${index}, name: R, kind: base, scopes: [space], permissions: ['things:view'], includes: [${before}], description: R. }\n`;
    });
    expect(problemsIn(edited('roles:\n', `roles:\n${roles.join('')}`))).toEqual([]);
  });

  test('whose aliases multiply is refused, not expanded', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 0; i < 9; i += 1) {
      const [previous, next] = ['abcdefghij'[i]!, 'abcdefghij'[i + 1]!];
      bomb.push(`${next}: &${next} [${Array(10).fill(`*${previous}`).join(', ')}]`);
    }
    expect(problemsIn(`${bomb.join('\n')}\n`)).toMatchObject([
      { message: expect.stringMatching(/alias/i) },
    ]);
  });

  test('has its defaults filled in', () => {
    const text = MINIMAL.slice(0, MINIMAL.indexOf('operations:'));
    expect(contentOf(edited('  overridable: [invitation, seats]\n', '', text))).toMatchObject({
      operations: {},
      inactiveSpace: [],
      routes: [],
      apiScopes: [],
      notes: [],
      policies: { overridable: [], catalogueAdoption: 'manual' },
    });
  });

  test('a problem reads as file, line, path and sentence', () => {
    const [problem] = problemsIn(edited('holder: editor', 'holder: edtor'));
    expect(problemLine(problem!)).toBe(
      'tiny.yaml:38:7 /delegation/1/holder: unknown role "edtor": did you mean "editor"?',
    );
  });
});

describe('directories of catalogue files', () => {
  let root: string;
  const write = (name: string, text: string): string => {
    const file = join(root, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const load = (...names: string[]) => loadCatalogueFiles(names.map((name) => join(root, name)));
  const failure = (...names: string[]): CatalogueError => {
    try {
      load(...names);
    } catch (error) {
      if (error instanceof CatalogueError) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'catalogues-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('are read together, by id and version; other files are not catalogues', () => {
    write('a/two.yaml', edited('version: 1', 'version: 10'));
    write('a/one.yml', edited('version: 1', 'version: 9'));
    write('a/README.md', 'not a catalogue');
    write('b/alpha.yaml', edited('id: tiny', 'id: alpha'));
    expect(load('a', 'b').map(({ id, version }) => `${id}@${version}`)).toEqual([
      'alpha@1',
      'tiny@9',
      'tiny@10',
    ]);
  });

  test('may hold a version twice with the same content, not with another', () => {
    write('a/tiny.yaml', MINIMAL);
    write('b/tiny.yaml', `# the same\n${MINIMAL}`);
    expect(load('a', 'b')).toHaveLength(1);
    const other = write('b/tiny.yaml', edited('name: Tiny', 'name: Small'));
    expect(failure('a', 'b').problems).toEqual([
      {
        file: other,
        line: 2,
        column: 1,
        path: '/version',
        message: `tiny version 1 has other content in ${join(root, 'a', 'tiny.yaml')}`,
      },
    ]);
  });

  test('report the problems of every file', () => {
    const one = write('a/one.yaml', edited('ttl: P7D', 'ttl: P90D'));
    const two = write('a/two.yaml', 'id: [\n');
    const error = failure('a');
    expect(new Set(error.problems.map(({ file }) => file))).toEqual(new Set([one, two]));
    expect(error.message).toContain(`${one}:43:17 /policies/invitation/ttl: must be from PT1H`);
  });

  test('that are not there are a problem, as is a file', () => {
    const [none, nowhere] = [join(root, 'none.yaml'), join(root, 'nowhere')];
    const message = 'is not there; give the path of what is';
    expect(failure('nowhere').problems).toMatchObject([{ file: nowhere, line: 1, message }]);
    expect(readCatalogueFile(none).problems).toMatchObject([
      { file: none, line: 1, path: '', message },
    ]);
    expect(readCatalogueFile(root).problems).toMatchObject([
      { file: root, message: 'is a folder; give a file in it' },
    ]);
  });
});
