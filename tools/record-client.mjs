// `npm run client`: records in libs/client/src/api.ts what docs/openapi.json says of every operation:
// its types, and where it is. With `--check` it writes nothing and fails where the two differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { root } from './files.mjs';

const target = 'libs/client/src/api.ts';
const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8'));

/** They tell a secret, and only the first time: whoever repeats one would never have it. */
const TELL_SECRETS = ['createApiKey', 'rotateApiKey'];

/**
 * May it be repeated? What only asks may; a write may with its `Idempotency-Key`, unless it tells a
 * secret; the rest, once.
 * Whatever is below an `access` path asks, also where it does so by POST. What `streams` asks too,
 * and is answered with other than JSON, as it comes.
 */
const kindOf = (method, path, { operationId, parameters = [], responses }) => {
  const answers = Object.keys(responses['200']?.content ?? {});
  if (answers.length > 0 && !answers.includes('application/json')) return 'streams';
  if (method === 'get' || /\/access\//.test(path)) return 'asks';
  const hasKey = parameters.some(({ name }) => name === 'Idempotency-Key');
  return hasKey && !TELL_SECRETS.includes(operationId) ? 'writes' : 'once';
};

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: operation.operationId,
    where: [method, path, kindOf(method, path, operation)],
  })),
);

// What is found by its path is found by its name: `paths` would say everything a second time.
const types = (await openapiTS(document)).filter(({ name }) => name?.text !== 'paths');
const text = `/* Made of docs/openapi.json by \`npm run client\`. */
${astToString(types)}
/** Where each operation is, and of which kind: what may be repeated, and how it is answered. */
export const OPERATIONS = {
${operations.map(({ name, where }) => `    ${name}: ${JSON.stringify(where)},`).join('\n')}
} as const;
`;

if (!process.argv.includes('--check')) {
  writeFileSync(join(root, target), text);
  console.log(`${target} is written`);
} else if (readFileSync(join(root, target), 'utf8') !== text) {
  console.log(`${target} is not what docs/openapi.json says; "npm run client" records it`);
  process.exitCode = 1;
}
