// `node --import …/typescript.mjs child.ts`: runs a source file as the tests see it, without a build.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** Takes longer to load than everything else together, and few children ask it anything. */
const unused = 'data:text/javascript,export class Kysely {} export class SqliteDialect {}';

if (isMainThread) {
  register('../../tools/jest/sources.mjs', import.meta.url);
  register(import.meta.url);
}

export const resolve = (specifier, context, next) =>
  specifier === 'kysely' && !process.env['WITH_KYSELY']
    ? { url: unused, shortCircuit: true }
    : next(specifier, context);
