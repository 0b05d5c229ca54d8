import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import { HttpClient } from '../support/http.js';
import { eventually, SpawnedService } from '../support/service.js';

const run = promisify(execFile);
const cli = (parameters: readonly string[], environment: Record<string, string> = {}) =>
  run(process.execPath, ['dist/apps/cli/src/main.js', ...parameters], {
    env: { PATH: process.env['PATH'], ...environment },
  }).catch((error: { code: number; stdout: string; stderr: string }) => error);

describe('the built program', () => {
  let service: SpawnedService;

  beforeAll(async () => {
    service = await SpawnedService.spawn();
    await service.ready();
  }, 60_000);
  afterAll(async () => {
    await service.end();
    rmSync(service.dataDir, { recursive: true, force: true });
  });

  test('says where it listens and what to try', () => {
    expect(service.output).toContain(`listens on ${service.url}`);
    expect(service.output).toContain('curl -s');
  });

  test('its data directory has one master', async () => {
    const second = await SpawnedService.spawn({}, service.dataDir);
    const [code] = (await once(second.process, 'exit')) as [number];
    expect(code).toBe(1);
    expect(second.output).toContain('is in use by process');
  });

  test('a setting that can not be used ends the start with its name', async () => {
    const bad = await SpawnedService.spawn({ NODE_ENV: 'production' }, service.dataDir);
    const [code] = (await once(bad.process, 'exit')) as [number];
    expect([code, bad.output]).toEqual([1, expect.stringMatching(/ISSUERS: production/)]);
  });

  test('the command line gets tokens, reads events and verifies, beside the running service', async () => {
    const { stdout } = await cli(['token', 'ada@example.com', '--url', service.url]);
    const ada = new HttpClient(service.url, stdout.trim());
    const made = await ada.post('/organizations', { id: 'acme', name: 'A', catalogue: 'vygl' });
    expect(made.status).toBe(201);
    const there = ['--data-dir', service.dataDir];
    const events = await cli(['events', '--stream', 'organization-acme', ...there]);
    const types = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event.type);
    expect(types).toEqual(['organization.create', 'member.join']);
    expect(events.stdout).not.toContain('ada@');
    const heads = await cli(['heads', ...there]);
    const file = join(service.dataDir, 'heads.json');
    writeFileSync(file, heads.stdout);
    const verified = await cli(['verify', '--heads', file, ...there]);
    expect(verified.stdout).toContain('every chain is whole');
    const alone = await cli(['verify', ...there]);
    expect(alone.stdout).toContain('not known: ');
    const chain = await ada.get('/organizations/acme/audit/export?format=chain');
    const exported = join(service.dataDir, 'acme.chain');
    writeFileSync(exported, String(chain.body));
    const offline = await cli(['verify', '--export', exported, '--heads', file]);
    expect(offline.stdout).toContain('organization-acme, 0 to 1');
    expect(offline.stdout).toContain('every chain is whole');
    writeFileSync(exported, String(chain.body).replace('"name":"A"', '"name":"B"'));
    expect(await cli(['verify', '--export', exported])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^2 events in the file\n1 finding$/m),
      stderr: expect.stringContaining('damaged organization-acme/0'),
    });
    expect(await cli(['verify', '--export', 'nowhere'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nowhere can't be read; give a chain export"),
    });
    const root = await cli(['token', 'root@example.com', '--platform-admin', '--url', service.url]);
    const token = root.stdout.trim();
    const status = await cli(['catalogue', 'status', '--url', service.url, '--token', token]);
    expect(status.stdout).toContain('vygl: version 1');
    const doctor = await cli(['doctor'], {
      MEMBERSHIP_URL: service.url,
      DATA_DIR: service.dataDir,
    });
    expect(doctor.stdout).not.toMatch(/^(TROUBLE|note)/m);
  });

  test('the command line shows events as they come, and writes nothing into the log', async () => {
    const { stdout } = await cli(['token', 'ada@example.com', '--url', service.url]);
    const ada = new HttpClient(service.url, stdout.trim());
    const tail = spawn(process.execPath, [
      ...['dist/apps/cli/src/main.js', 'events', '--tail', '--stream', 'organization-tailed'],
      ...['--data-dir', service.dataDir],
    ]);
    let shown = '';
    tail.stdout.on('data', (text: Buffer) => (shown += text.toString()));
    try {
      // It is there before the stream is.
      await cli(['events', '--data-dir', service.dataDir]);
      await ada.post('/organizations', { id: 'tailed', name: 'T', catalogue: 'vygl' });
      await eventually(() => shown.split('\n').length > 2 || undefined, 'events that come');
      expect(shown).toContain('"organization.create"');
    } finally {
      tail.kill('SIGINT');
    }
    const [code] = (await once(tail, 'exit')) as [number];
    expect(code).toBe(0);
    const wal = () => readFileSync(join(service.dataDir, 'events.db-wal'));
    const before = wal();
    expect(before.length).toBeGreaterThan(0);
    for (const command of ['events', 'verify', 'heads']) {
      expect(await cli([command, '--data-dir', service.dataDir])).not.toHaveProperty('code');
    }
    expect(wal()).toEqual(before);
  });

  test.each([
    [['events', '--data-dir', '/nowhere'], 'there is no event log in /nowhere; give --data-dir'],
    [['verify', '--heads', '/nowhere'], '/nowhere can\'t be read; give the file that "membership'],
    [['verify', '--heads', 'package.json'], 'package.json holds no heads; give the file'],
    [['events', '--stream', 'acme'], 'the log has no stream acme; organizations are organ'],
    [['rebuild', 'members'], 'needs an access token; give --token, or set MEMBERSHIP_TOKEN'],
    [['token', 'ada@example.com', '--url', 'here'], '"here" is no address of a service'],
    [
      ['token', 'ada@example.com', '--url', 'http://127.0.0.1:1'],
      'start the service, or say where',
    ],
    [['keys', 'rotate', 'tokens'], 'stop the service, repeat this, and start it again'],
    [['keys', 'rotate', 'all'], 'Allowed choices are wrapping, tokens'],
  ])('membership %j says what to do', async (parameters, sentence) => {
    const settings = { DATA_DIR: service.dataDir, MEMBERSHIP_URL: service.url };
    expect(await cli(parameters, settings)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(sentence),
    });
  });

  test.each([
    [
      'keys',
      { VAULT_KEYS: 'mine' },
      'keys: VAULT_KEYS: the wrapping keys are to be written id:key',
    ],
    ['settings', { HTTP_PORT: 'x' }, 'settings: HTTP_PORT: give a port'],
    ['folder', { DATA_DIR: '/dev/null' }, 'data directory: /dev/null is no folder'],
    ['service', { MEMBERSHIP_URL: 'http://127.0.0.1:1' }, 'running service: nothing answers at'],
  ])('the doctor finds trouble with the %s', async (_, settings, sentence) => {
    const there = { DATA_DIR: service.dataDir, MEMBERSHIP_URL: service.url };
    const found = await cli(['doctor'], { ...there, ...settings });
    expect(found).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`TROUBLE ${sentence}`),
    });
  });

  test('the doctor says that there is nothing yet, and that the service works elsewhere', async () => {
    const folder = join(service.dataDir, 'nowhere');
    const found = await cli(['doctor'], { DATA_DIR: folder, MEMBERSHIP_URL: service.url });
    expect(found).not.toHaveProperty('code');
    const nothing = `there is nothing yet in ${folder}; the service makes it when it starts`;
    expect(found.stdout.split('\n')).toEqual([
      'ok      Node.js',
      'ok      settings',
      `note    data directory: there is no ${folder} yet; the service makes it when it starts`,
      ...['keys', 'event log', 'keys and rows'].map((name) => `note    ${name}: ${nothing}`),
      `note    running service: ${service.url} answers, but works in another folder: nobody does in ${folder}`,
      '',
    ]);
    expect(existsSync(folder)).toBe(false);
  });

  test.each([
    ['the vault is gone', 'vault.db', undefined, /vault\.db is missing; restore/],
    ['the log is gone', 'events.db', undefined, /events\.db is missing, and its keys are there/],
    ['the vault is no database', 'vault.db', 'garbage', /vault\.db: is damaged/],
    ['the rows are no database', 'read-models.db', 'garbage', /read-models\.db: is damaged/],
    ['the rows are gone', 'read-models.db', undefined, /read-models\.db is missing; .*MAIL_FROM_P/],
  ])('the doctor says that %s', async (_, name, content, sentence) => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    cpSync(service.dataDir, folder, { recursive: true });
    for (const file of [name, `${name}-wal`, `${name}-shm`])
      rmSync(join(folder, file), { force: true });
    if (content !== undefined) writeFileSync(join(folder, name), content);
    const found = await cli(['doctor'], { DATA_DIR: folder });
    rmSync(folder, { recursive: true });
    expect(found).toMatchObject({ code: 1 });
    const lines = found.stdout.split('\n').filter((one) => one.startsWith('TROUBLE keys and rows'));
    expect(lines).toEqual([expect.stringMatching(sentence)]);
  });

  test.each([
    ['new', 'vault.db', 'delete from vault', /vault\.db is new, and the log log_\w+ holds events;/],
    [
      'of another log',
      'vault.db',
      "update vault set log = 'l2'",
      /is that of the log l2, this log/,
    ],
    ['new', 'read-models.db', 'delete from mail_checkpoint', /read-models\.db does not say which/],
    [
      'newer than the log',
      'read-models.db',
      'update mail_checkpoint set position = position + 1000',
      /read-models\.db does not say which .*; restore it, or start with MAIL_FROM_POSITION=/,
    ],
  ])('the doctor finds what is %s: %s', async (_, name, change, sentence) => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    cpSync(service.dataDir, folder, { recursive: true });
    const database = openDatabase(join(folder, name));
    database.exec(change);
    database.close();
    const found = await cli(['doctor'], { DATA_DIR: folder });
    const told = await cli(['doctor'], { DATA_DIR: folder, MAIL_FROM_POSITION: 'end' });
    rmSync(folder, { recursive: true });
    const lines = found.stdout.split('\n').filter((one) => one.startsWith('TROUBLE keys and rows'));
    expect(lines).toEqual([expect.stringMatching(sentence)]);
    expect(told.stdout.includes('ok      keys and rows')).toBe(name === 'read-models.db');
  });

  test.each(['tour', 'requests'])('%s says that no service answers, and where', async (tool) => {
    const url = 'http://127.0.0.1:1';
    const found = await run(process.execPath, [`dist/tools/${tool}/main.js`], {
      env: { MEMBERSHIP_URL: url },
    }).catch((error: { code: number; stderr: string }) => error);
    expect(found).toMatchObject({
      code: 1,
      stderr: `No service answers at ${url}. Start it with \`npm start\`, or set MEMBERSHIP_URL.\n`,
    });
  });

  test('catalogues are linted and compared', async () => {
    const lint = await cli(['catalogue', 'lint', 'catalogues/vygl.yaml']);
    expect(lint.stdout).toBe('catalogues/vygl.yaml: 0 warnings\n');
    const diff = await cli(['catalogue', 'diff', 'catalogues/vygl.yaml', 'catalogues/vygl.yaml']);
    expect([diff.stdout, diff.stderr]).toEqual(['', '']);
    const broken = join(service.dataDir, 'broken.yaml');
    writeFileSync(broken, 'id: broken\nversion: none\n');
    const refused = await cli(['catalogue', 'lint', broken]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('broken.yaml:') });
  });

  test('it stops when it is told to, and goes on where it was', async () => {
    // Who says nothing, and never that it has understood the end.
    const ports = [new URL(service.url).port, /gRPC on [\w.]+:(\d+)/.exec(service.output)![1]!];
    const peers = ports.map((port) => connect({ port: Number(port), allowHalfOpen: true }));
    await Promise.all(peers.map((peer) => once(peer, 'connect')));
    for (const peer of peers) peer.on('error', () => undefined);
    expect(await service.end('SIGTERM')).toBe(0);
    for (const peer of peers) peer.destroy();
    service = await SpawnedService.spawn({}, service.dataDir);
    await service.ready();
    const { stdout } = await cli(['token', 'ada@example.com', '--url', service.url]);
    const ada = new HttpClient(service.url, stdout.trim());
    expect((await ada.get('/organizations/acme')).body['name']).toBe('A');
  }, 60_000);
});
