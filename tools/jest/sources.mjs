// Hooks of node's module loader (`module.register`): TypeScript sources as they stand, without a
// build, for Jest's workers and for processes that tests start.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compiled } from './compile.cjs';

const root = new URL('../../', import.meta.url);
const tests = new URL('test/', root).href;
const globals = new URL('globals.mjs', import.meta.url).href;

/**
 * `#lib/name.js` is libs/lib/src/name.ts; a relative `./name.js` of ours is `./name.ts`. What a test
 * file imports of `test/` is of that file's run alone, and so loaded anew.
 */
export const resolve = async (specifier, context, next) => {
  if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
  const [, lib, file] = /^#([a-z]+)\/(.+)\.js$/.exec(specifier) ?? [];
  if (lib) return next(new URL(`libs/${lib}/src/${file}.ts`, root).href, context);
  const [client, part = '.'] = /^@membership\/client(?:\/(.+))?$/.exec(specifier) ?? [];
  if (client) return next(new URL(`libs/client/src/${part}/index.ts`, root).href, context);
  const [, importer, run = ''] = /^([^?]*)(\?.*)?$/.exec(context.parentURL ?? '');
  const ours = importer.endsWith('.ts') && /^\.\.?\/.*\.js$/.test(specifier);
  const found = await next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  const isOfTheRun = found.url.startsWith(tests) && found.url.endsWith('.ts');
  return isOfTheRun ? { ...found, url: found.url + run } : found;
};

export const load = (url, context, next) => {
  const [file] = url.split('?', 1);
  if (!file.endsWith('.ts')) return next(url, context);
  const { code } = compiled(fileURLToPath(file));
  return { format: 'module', shortCircuit: true, source: readFileSync(code) };
};
