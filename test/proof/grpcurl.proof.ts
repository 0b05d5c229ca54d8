/** A client of another make plays what ours plays, and calls every method that reflection names. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NotHere } from '../../tools/bench/peers/engine.js';
import { fromGo } from '../../tools/bench/peers/fetched.js';
import { OF_EVERY_TRANSPORT, SETTINGS } from '../e2e/scenarios/all.js';
import { GrpcStage } from '../support/grpc-stage.js';
import { TestService } from '../support/service.js';
import { told } from '../support/skipping.js';
import { Grpcurl } from './support/grpcurl.js';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let program = '';
let absent: string | undefined;
try {
  program = await fromGo('github.com/fullstorydev/grpcurl/cmd/grpcurl');
} catch (error) {
  if (!(error instanceof NotHere)) throw error;
  absent = error.message;
}

(absent === undefined ? describe : describe.skip)(`grpcurl${told(absent)}`, () => {
  let service: TestService;
  let stage: GrpcStage;
  let grpcurl: Grpcurl;
  let token: string;
  beforeAll(async () => {
    service = await TestService.start(SETTINGS);
    grpcurl = new Grpcurl(program, service.service.grpc.address);
    stage = new GrpcStage(service, grpcurl);
    token = (await service.signIn('ada@acme.example')).token!;
  });
  afterAll(() => service.stop());

  test('lists the services and their methods', async () => {
    const services = await grpcurl.list();
    expect(services).toEqual([
      'grpc.health.v1.Health',
      'membership.v1.AccessService',
      'membership.v1.AuditService',
      'membership.v1.MembershipService',
    ]);
    const listed = await Promise.all(services.slice(1).map((one) => grpcurl.list(one)));
    const served = service.service.grpc.methods.map((path) => path.slice(1).replace('/', '.'));
    expect(listed.flat().sort()).toEqual(served.sort());
  });

  test.each(OF_EVERY_TRANSPORT.map((one, index) => [one.name, one, `org_${index}`] as const))(
    'plays: %s',
    async (_, { play }, organization) => {
      await play(stage, organization);
    },
    120_000,
  );

  test('hears what goes on', async () => {
    const ada = await service.signIn('ada@acme.example');
    const at = { organization: 'heard' };
    await ada.post('/organizations', { id: 'heard', name: 'Heard', catalogue: 'vygl' });
    const caller = grpcurl.as(token);
    const check = { ...at, principal: 'user:ada@acme.example', permission: 'scans:run' };
    const [first, second] = await caller.hear('/membership.v1.AccessService/CheckStream', [
      { id: '1', check },
      { id: '2', check: { ...check, organization: 'nowhere' } },
    ]);
    expect(first).toMatchObject({ id: '1', answer: { allowed: true, reason: 'granted' } });
    expect(second).toMatchObject({ id: '2', refusal: { code: 5 } });
    const watched = await caller.hear('/membership.v1.AccessService/WatchPermissions', [
      { ...at, beginning: true },
    ]);
    expect(watched).toContainEqual({
      change: expect.objectContaining({
        event: expect.objectContaining({ type: 'member.join' }),
      }),
    });
    const tailed = await caller.hear('/membership.v1.AuditService/Tail', [
      { ...at, beginning: true },
    ]);
    expect(tailed).toMatchObject([
      { entry: { type: 'organization.create' } },
      { entry: { type: 'member.join' } },
    ]);
  });

  test('asks how the service is, and watches it', async () => {
    expect((await grpcurl.call('/grpc.health.v1.Health/Check', {})).body).toEqual({
      status: 'SERVING',
    });
    const list = await grpcurl.call('/grpc.health.v1.Health/List', {});
    expect(Object.keys(list.body as object)).toEqual(['statuses']);
    const watched = await grpcurl.hear('/grpc.health.v1.Health/Watch', [{}]);
    expect(watched).toEqual([{ status: 'SERVING' }]);
  });

  test('and so every method there is has answered it', async () => {
    const services = await grpcurl.list();
    const listed = (await Promise.all(services.map((one) => grpcurl.list(one)))).flat();
    const answered = [...grpcurl.answered].map((path) => path.slice(1).replace('/', '.'));
    expect(answered.sort()).toEqual(listed.sort());
  });

  test('does what docs/grpc.md says', async () => {
    const text = readFileSync(join(ROOT, 'docs/grpc.md'), 'utf8');
    const [, script] = /```sh\n([^`]+)```/.exec(text)!;
    const own = await TestService.start();
    const { address } = own.service.grpc;
    const { stdout } = await run('bash', ['-ec', script!], {
      cwd: ROOT,
      env: {
        ...process.env,
        GRPC: address,
        HTTP_PORT: new URL(own.url).port,
        PATH: `${dirname(program)}:${process.env['PATH']}`,
      },
    }).finally(() => own.stop());
    expect(stdout).toContain('membership.v1.AccessService');
    expect(stdout).toContain('"status": "pending"');
    expect(stdout).toContain('"allowed": true');
    for (const type of ['organization.create', 'member.join', 'member.invite']) {
      expect(stdout).toContain(`"type": "${type}"`);
    }
  }, 60_000);
});
