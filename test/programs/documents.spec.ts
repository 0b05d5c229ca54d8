/** What the README tells people to run, and then pages of docs/, as it is printed there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandsFrom, shell } from '../support/documented.js';
import { HttpClient } from '../support/http.js';
import { eventually, SpawnedService } from '../support/service.js';
import { told, unlessInGate } from '../support/skipping.js';

const isThere = spawnSync('curl', ['--version']).status === 0;
const reason = unlessInGate(isThere ? undefined : 'there is no curl here');

/** What a reader has: this program; a mailbox that is empty when it is first looked into, as it is for
 * who is quick; a stream is left after some seconds. */
const READER = `
npx() { shift; node '${join(process.cwd(), 'dist/apps/cli/src/main.js')}' "$@"; }
early() { [[ "$*" == */dev/mailbox* && ! -e looked ]] && touch looked; }
curl() { early "$@" && echo '{"items":[]}' && return; command curl -f --max-time "$PATIENCE" "$@" || [ $? = 28 ]; }
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
    return shell(script.replaceAll('http://127.0.0.1:3000', service.url), environment);
  };

  /** A reader is seldom the first: what was sent before, to Ben as well, is still in the mailbox. */
  const inviteElsewhere = async () => {
    const anybody = new HttpClient(service.url);
    const { body } = await anybody.post<{ accessToken: string }>('//dev/token', {
      email: 'olga@acme.example',
    });
    const olga = anybody.as(body.accessToken);
    await olga.post('/organizations', { id: 'hooli', name: 'Hooli', catalogue: 'mondoo' });
    for (const name of ['eve', 'ben', 'zoe']) {
      const email = `${name}@acme.example`;
      await olga.post('/organizations/hooli/invitations', { email, roles: ['viewer'] });
      const box = `//dev/mailbox?to=${email}`;
      const sent = () => anybody.get<{ items: object[] }>(box);
      await eventually(async () => (await sent()).body.items.length || undefined, 'the mail');
    }
  };

  beforeAll(async () => {
    service = await SpawnedService.spawn();
    await service.ready();
    await inviteElsewhere();
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
    expect(tenMinutes).not.toContain('hooli');
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
    const printed = await follow('docs/audit.md', 'Verifying a chain');
    expect(printed).toContain('organization-acme');
  }, 60_000);
});
