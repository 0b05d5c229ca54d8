/** What `deploy/` and `docker-compose.yml` speak of exists. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mock } from 'node:test';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { SETTINGS } from '../../apps/membership/src/config.js';
import { Metrics } from '../../apps/membership/src/http/metrics.js';
import { RemoteReadSide } from '../../apps/membership/src/read-side/remote.js';
import type { Vital } from '../../apps/membership/src/vitals.js';
import { TestService } from '../support/service.js';
import { told } from '../support/skipping.js';

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly image?: string; readonly environment?: Record<string, unknown> }>
  >;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;

test('every metric that is watched is one of the service', async () => {
  const watched = ['deploy/alerts.yml', 'deploy/grafana/membership.json'].flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(/\bmembership_[a-z_]+\b/g),
  ]);
  const service = await TestService.start({});
  try {
    const { body } = await service.anybody.get<string>('//metrics');
    const told = new Set([...String(body).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const unknown = watched
      .map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
      .filter((name) => !told.has(name));
    expect(unknown).toEqual([]);
    expect(watched.length).toBeGreaterThan(5);
  } finally {
    await service.stop();
  }
});

const promtool = process.env['PROMTOOL'] ?? 'promtool';
const isThere = spawnSync(promtool, ['--version']).status === 0;
const reason = isThere ? undefined : 'there is no promtool here, which PROMTOOL may name';
(isThere ? test : test.skip)(
  `the alerts are told when they should be, and not before${told(reason)}`,
  () => {
    const { status, stdout, stderr } = spawnSync(promtool, [
      'test',
      'rules',
      'deploy/alerts.test.yml',
    ]);
    expect({ status, said: `${stdout.toString()}${stderr.toString()}` }).toMatchObject({
      status: 0,
      said: expect.stringContaining('SUCCESS'),
    });
  },
);

test.each(['127.0.0.1', '127.0.0.2', '::1', '[::1]'])(
  'the image asks for its health where it listens: %s',
  async (HTTP_HOST) => {
    const [, command] = /^HEALTHCHECK .*\\\n +CMD (.*)$/m.exec(readFileSync('Dockerfile', 'utf8'))!;
    const [, ...parameters] = JSON.parse(command!) as [string, ...string[]];
    const service = await TestService.start({ HTTP_HOST });
    const ask = (HTTP_PORT: string) =>
      promisify(execFile)(process.execPath, parameters, { env: { HTTP_HOST, HTTP_PORT } });
    try {
      await ask(new URL(service.url).port);
      await expect(ask('1')).rejects.toMatchObject({ code: 1 });
    } finally {
      await service.stop();
    }
  },
);

test('the end of the log is no number while nobody knows it', async () => {
  let head: string | null = '7';
  const look = () => Promise.resolve({ ready: true, head, followers: [], quarantined: [] });
  const metrics = new Metrics({ look });
  const told = async () => /^membership_log_head (.*)$/m.exec(await metrics.text())?.[1];
  expect(await told()).toBe('7');
  head = null;
  expect(await told()).toBeUndefined();
  head = '9';
  expect(await told()).toBe('9');
});

test('a read side that does not answer is shown as one that does not go on', async () => {
  const service = await TestService.start({});
  try {
    await service.caughtUp();
    mock.method(RemoteReadSide.prototype, 'health', () => Promise.resolve(undefined));
    const { status, body } = await service.anybody.get<Vital>('//health/ready');
    const silent = body.followers.find(({ name }) => name === 'read side');
    expect([status, silent]).toMatchObject([
      503,
      { running: false, reason: expect.stringContaining('not answer') },
    ]);
    const { body: metrics } = await service.anybody.get<string>('//metrics');
    expect(metrics).toContain('membership_follower_failing{follower="read side"} 1');
    expect(metrics).toContain('membership_ready 0');
  } finally {
    mock.restoreAll();
    await service.stop();
  }
});

const PROGRAMS = [['docker', 'compose'], ['docker-compose']] as const;
const program = PROGRAMS.find(
  ([name, ...more]) => spawnSync(name, [...more, 'version']).status === 0,
);
(program ? test : test.skip)(
  `Docker Compose takes the file, with every profile${told(program ? undefined : 'there is no Docker Compose here, as `docker compose` or `docker-compose`')}`,
  () => {
    const [name, ...more] = program!;
    const profiles = ['service', 'cluster', 'watch'].flatMap((one) => ['--profile', one]);
    const { status, stdout, stderr } = spawnSync(name, [...more, ...profiles, 'config']);
    expect({ status, said: stderr.toString() }).toEqual({ status: 0, said: '' });
    const { services } = parse(stdout.toString()) as Compose;
    expect(Object.keys(services).sort()).toEqual(Object.keys(compose.services).sort());
  },
);

test('every image is pinned, and every setting of the service is one', () => {
  for (const [name, { image }] of Object.entries(compose.services)) {
    if (image !== undefined && name !== 'membership') {
      expect([name, image]).toEqual([name, expect.stringMatching(/:[^:/]*\d[^:/]*$/)]);
    }
  }
  const given = Object.keys(compose.services['membership']?.environment ?? {});
  const known = [...Object.keys(SETTINGS), 'MEMBERSHIP_URL'];
  expect(given.filter((one) => !known.includes(one))).toEqual([]);
  expect(given.length).toBeGreaterThan(3);
});
