/**
 * `npm run openapi`: writes the OpenAPI document of the running application to docs/openapi.json.
 * Refuses what would break callers of the one recorded before, unless `--breaking` is given.
 * With `--check` it writes nothing and fails where the two differ.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { readConfig } from './config.js';
import { ApiDocument } from './http/api-document.js';
import { breakingChanges } from './http/api-changes.js';
import { createLog, NestLog } from './logging.js';
import { start } from './service.js';

const FILE = 'docs/openapi.json';

const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
const log = createLog('error');
const config = readConfig({ HTTP_PORT: '0', GRPC_PORT: '0', DATA_DIR: folder });
const service = await start(config, log, new NestLog(log), { inThread: false });
const { json } = service.app.get(ApiDocument);
await service.stop();
rmSync(folder, { recursive: true, force: true });

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const recorded = existsSync(FILE) ? readFileSync(FILE, 'utf8') : undefined;
const broken =
  recorded === undefined
    ? []
    : breakingChanges(JSON.parse(recorded) as OpenAPIObject, JSON.parse(json) as OpenAPIObject);
for (const change of broken) say(`breaking: ${change}`);
if (process.argv.includes('--check')) {
  if (json !== recorded) say(`${FILE} is not what the code says; "npm run openapi" records it`);
  process.exitCode = json === recorded ? 0 : 1;
} else if (broken.length > 0 && !process.argv.includes('--breaking')) {
  say(`${FILE} is left as it is; "npm run openapi -- --breaking" records it all the same`);
  process.exitCode = 1;
} else {
  writeFileSync(FILE, json);
  say(`${FILE} is written`);
}
