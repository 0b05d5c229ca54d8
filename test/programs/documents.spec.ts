/** What the README tells people to run, and then pages of docs/, as it is printed there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandsFrom, shell } from '../support/documented.js';
import { SpawnedService } from '../support/service.js';
import { told, unlessInGate } from '../support/skipping.js';

const isThere = spawnSync('curl', ['--version']).status === 0;
const reason = unlessInGate(isThere ? undefined : 'there is no curl here');

/** What a reader has: this program, and patience with a mail; a stream is left after some seconds. */
const READER = `
npx() { shift; node '${join(process.cwd(), 'dist/apps/cli/src/main.js')}' "$@"; }
curl() { command curl -f --max-time "$PATIENCE" "$@" || [ $? = 28 ]; }
mailed() { until curl -sS http://127.0.0.1:3000/dev/mailbox | grep -q '"link"'; do sleep 0.1; done; }
cd "$FOLDER"
`;

(reason === undefined ? describe : describe.skip)(`as documented${told(reason)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  let service: SpawnedService;
  let tenMinutes: string;

  const follow = (file: string, heading: string) => {
    const script = [READER, ...commandsFrom(file, heading)].join('\n');
    const environment = {
      HTTP_PORT: new URL(service.url).port,
      DATA_DIR: service.dataDir,
      FOLDER: folder,
      PATIENCE: file.includes('stream') || file.includes('events') ? '4' : '30',
    };
    const patient = script.replace('\nlink=', '\nmailed\nlink=');
    return shell(patient.replaceAll('http://127.0.0.1:3000', service.url), environment);
  };

  beforeAll(async () => {
    service = await SpawnedService.spawn();
    await service.ready();
    tenMinutes = await follow('README.md', 'Ten minutes');
  }, 60_000);
  afterAll(async () => {
    await service.end();
    rmSync(service.dataDir, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  test('the ten minutes of the README', () => {
    expect(tenMinutes).toContain('"allowed":true');
    for (const type of ['organization.create', 'member.invite', 'member.join']) {
      expect(tenMinutes).toContain(`"type":"${type}"`);
    }
  });

  test('the change stream', async () => {
    const printed = await follow('docs/change-stream.md', 'Following who may do what');
    expect(printed).toMatch(/event: change[^]*event: synced/);
  }, 60_000);

  test('the feed', async () => {
    const printed = await follow('docs/events.md', 'The feed');
    expect(printed).toContain('"type":"organization.create"');
  }, 60_000);

  test('AuthZEN', async () => {
    const printed = await follow('docs/authzen.md', 'AuthZEN');
    expect(printed).toContain('"decision":true');
    expect(printed).toContain('{"type":"organization","id":"acme"}');
  }, 60_000);

  test('deciding at the gateway', async () => {
    const printed = await follow('docs/forward-auth.md', 'Deciding at the gateway');
    expect(printed).toMatch(/^HTTP\/1.1 200[^]*^membership-organization: argus/m);
  }, 60_000);

  test('verifying a chain', async () => {
    await shell(`${READER}npx membership heads > heads.json`, {
      DATA_DIR: service.dataDir,
      FOLDER: folder,
    });
    const printed = await follow('docs/audit.md', 'Verifying a chain');
    expect(printed).toContain('organization-acme');
  }, 60_000);
});
