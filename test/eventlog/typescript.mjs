// `node --import …/typescript.mjs child.ts`: runs a source file as the tests see it, without a build.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const root = new URL('../../', import.meta.url);
const cache = new URL('node_modules/.cache/test-children/', root);
/** Takes longer to load than everything else together, and no child asks it anything. */
const unused = 'data:text/javascript,export class Kysely {} export class SqliteDialect {}';

if (isMainThread) register(import.meta.url);

/** `#lib/name.js` is libs/lib/src/name.ts; a relative `./name.js` of ours is `./name.ts`. */
export const resolve = (specifier, context, next) => {
  if (specifier === 'kysely') return { url: unused, shortCircuit: true };
  const [, lib, file] = /^#([a-z]+)\/(.+)\.js$/.exec(specifier) ?? [];
  if (lib) return next(new URL(`libs/${lib}/src/${file}.ts`, root).href, context);
  const ours = context.parentURL?.endsWith('.ts') && /^\.\.?\/.*\.js$/.test(specifier);
  return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
};

export const load = async (url, context, next) => {
  if (!url.endsWith('.ts')) return next(url, context);
  const source = readFileSync(new URL(url), 'utf8');
  const options = readFileSync(new URL('.swcrc', root), 'utf8');
  const name = createHash('sha256').update(options).update(source).digest('hex');
  const kept = new URL(`${name}.mjs`, cache);
  return { format: 'module', shortCircuit: true, source: read(kept) ?? (await compile()) };

  async function compile() {
    const { transformSync } = await import('@swc/core');
    const { $schema: _, ...swc } = JSON.parse(options);
    const { code } = transformSync(source, { ...swc, swcrc: false, sourceMaps: 'inline' });
    mkdirSync(cache, { recursive: true });
    const draft = new URL(`${name}.${process.pid}`, cache);
    writeFileSync(draft, code);
    renameSync(draft, kept);
    return code;
  }
};

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
