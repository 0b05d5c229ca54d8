// `node --import …/typescript.mjs child.ts`: runs a source file as the tests see it, without a build.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const root = new URL('../../', import.meta.url);

if (isMainThread) register(import.meta.url);

/** `#lib/name.js` is libs/lib/src/name.ts; a relative `./name.js` of ours is `./name.ts`. */
export const resolve = (specifier, context, next) => {
  const [, lib, file] = /^#([a-z]+)\/(.+)\.js$/.exec(specifier) ?? [];
  if (lib) return next(new URL(`libs/${lib}/src/${file}.ts`, root).href, context);
  const ours = context.parentURL?.endsWith('.ts') && /^\.\.?\/.*\.js$/.test(specifier);
  return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
};

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts')) return next(url, context);
  const { transformSync } = await import('@swc/core');
  const { $schema: _, ...swc } = JSON.parse(readFileSync(new URL('.swcrc', root), 'utf8'));
  const source = readFileSync(new URL(url), 'utf8');
  return {
    format: 'module',
    shortCircuit: true,
    source: transformSync(source, { ...swc, swcrc: false, sourceMaps: 'inline' }).code,
  };
};
