/** A client of another make: grpcurl, from its Go module, knows the service by reflection alone. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TestService } from '../support/service.js';
import { told } from '../support/skipping.js';

const VERSION = 'v1.9.4';
const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'node_modules/.cache/grpcurl', VERSION);
const PROGRAM = join(FOLDER, 'grpcurl');
const run = promisify(execFile);

const hasGo = existsSync(PROGRAM) || spawnSync('go', ['version']).status === 0;
const reason = hasGo ? undefined : 'there is no go';
const describeWithGo = reason === undefined ? describe : describe.skip;

interface Said {
  readonly failed: boolean;
  readonly text: string;
}

describeWithGo(`grpcurl${told(reason)}`, () => {
  let service: TestService;
  let address: string;
  let token: string;
  beforeAll(async () => {
    if (!existsSync(PROGRAM)) {
      const module = `github.com/fullstorydev/grpcurl/cmd/grpcurl@${VERSION}`;
      await run('go', ['install', module], { env: { ...process.env, GOBIN: FOLDER } });
    }
    service = await TestService.start();
    ({ address } = service.service.grpc);
    token = (await service.signIn('ada@acme.example')).token!;
  }, 300_000);
  afterAll(() => service.stop());

  const grpcurl = async (...parameters: string[]): Promise<Said> => {
    const options = ['-plaintext', '-max-time', '3', '-H', `authorization: Bearer ${token}`];
    try {
      const { stdout } = await run(PROGRAM, [...options, ...parameters]);
      return { failed: false, text: stdout };
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return { failed: true, text: stdout + stderr };
    }
  };

  test('lists the services and their methods', async () => {
    const services = (await grpcurl(address, 'list')).text.trim().split('\n');
    expect(services.sort()).toEqual([
      'grpc.health.v1.Health',
      'membership.v1.AccessService',
      'membership.v1.AuditService',
      'membership.v1.MembershipService',
    ]);
    const listed: string[] = [];
    for (const name of services.filter((one) => one.startsWith('membership'))) {
      const { text } = await grpcurl(address, 'list', name);
      listed.push(...text.trim().split('\n'));
    }
    const served = service.service.grpc.methods.map((path) => path.slice(1).replace('/', '.'));
    expect(listed.sort()).toEqual(served.sort());
  });

  test('calls each: it is answered, or refused with a code', async () => {
    const outcomes: string[] = [];
    for (const path of service.service.grpc.methods) {
      const { failed, text } = await grpcurl('-d', '{}', address, path.slice(1));
      const [, reason] = /"reason": "([a-z_.]+)"/.exec(text) ?? [];
      outcomes.push(failed ? (reason ?? text) : 'ok');
      expect([path, outcomes.at(-1)]).toEqual([path, expect.stringMatching(/^(ok|[a-z_.]+)$/)]);
    }
    // An empty message is all that some methods want; most want a name.
    expect(new Set(outcomes)).toContain('ok');
    expect(new Set(outcomes)).toContain('request.invalid');
    expect(outcomes).not.toContain('internal');
  }, 120_000);

  test('does what docs/grpc.md says', async () => {
    const text = readFileSync(join(ROOT, 'docs/grpc.md'), 'utf8');
    const [, script] = /```sh\n([^`]+)```/.exec(text)!;
    const { port } = new URL(service.url);
    const { stdout } = await run('bash', ['-ec', script!], {
      cwd: ROOT,
      env: {
        ...process.env,
        GRPC: address,
        HTTP_PORT: port,
        PATH: `${FOLDER}:${process.env['PATH']}`,
      },
    });
    expect(stdout).toContain('membership.v1.AccessService');
    expect(stdout).toContain('"status": "pending"');
    expect(stdout).toContain('"allowed": true');
    for (const type of ['organization.create', 'member.join', 'member.invite']) {
      expect(stdout).toContain(`"type": "${type}"`);
    }
  }, 60_000);
});
