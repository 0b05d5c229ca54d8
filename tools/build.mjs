// Compiles every changed TypeScript source to dist/ and removes what lost its source.
// Types are not checked here: `npm run check` does that.
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformFile } from '@swc/core';
import { clientOutput, filesBelow, root, typescriptSources } from './files.mjs';
import { settings } from './swc.cjs';

const started = performance.now();
const modified = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const output = (source) =>
  (source.startsWith('libs/client/src/')
    ? source.replace('libs/client/src', clientOutput)
    : `dist/${source}`
  ).replace(/\.ts$/, '.js');
const settingsModified = Math.max(
  ...['.swcrc', 'tools/build.mjs', 'tools/swc.cjs', 'node_modules/@swc/core/package.json'].map(
    modified,
  ),
);

const compile = async (source) => {
  const target = join(root, output(source));
  const { code, map } = await transformFile(join(root, source), {
    ...settings,
    swcrc: false,
    root,
    sourceFileName: relative(dirname(target), join(root, source)),
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.map`, map);
  writeFileSync(target, `${code}\n//# sourceMappingURL=${target.split('/').at(-1)}.map\n`);
};

const sources = typescriptSources();
const expected = new Set(sources.flatMap((source) => [output(source), `${output(source)}.map`]));
const stale = ['dist', clientOutput].flatMap(filesBelow).filter((path) => !expected.has(path));
for (const path of stale) rmSync(join(root, path));

const changed = sources.filter(
  (source) => modified(output(source)) < Math.max(modified(source), settingsModified),
);
const results = await Promise.allSettled(changed.map(compile));
const failures = results.filter(({ status }) => status === 'rejected');
for (const { reason } of failures) console.error(String(reason.message ?? reason));

// npx makes a program executable when it first meets it, and not when it is written anew.
if (failures.length === 0) chmodSync(join(root, 'dist/apps/cli/src/main.js'), 0o755);

const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`build: ${changed.length} of ${sources.length} files compiled in ${seconds} s`);
process.exit(failures.length > 0 ? 1 : 0);
