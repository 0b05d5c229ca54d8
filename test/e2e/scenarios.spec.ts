import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ClientStage } from '../support/client-stage.js';
import { GrpcStage } from '../support/grpc-stage.js';
import { HttpStage } from '../support/http-stage.js';
import { TestService } from '../support/service.js';
import { OF_EVERY_TRANSPORT, SCENARIOS, SETTINGS } from './scenarios/all.js';

describe('over HTTP', () => {
  let service: TestService;
  let stage: HttpStage;
  beforeAll(async () => {
    service = await TestService.start(SETTINGS);
    stage = await HttpStage.open(service);
  });
  afterAll(() => service.stop());

  test.each(SCENARIOS.map((one, index) => [one.name, one, `org_${index}`] as const))(
    '%s',
    async (_, { play }, organization) => {
      await play(stage, organization);
    },
  );

  test('every operation of the API is played', async () => {
    const person = await stage.person('somebody@example.com');
    await person.call('live');
    await person.call('ready');
    // What goes on and on is played in `changes.spec.ts`.
    stage.called.add('watchPermissions');
    expect([...stage.routes.keys()].filter((one) => !stage.called.has(one))).toEqual([]);
  });

  test('and every answer is as the API document says', () => {
    expect(stage.troubles).toEqual([]);
  });
});

describe('over gRPC', () => {
  let service: TestService;
  let stage: GrpcStage;
  beforeAll(async () => {
    service = await TestService.start(SETTINGS);
    stage = new GrpcStage(service);
  });
  afterAll(async () => {
    stage.close();
    await service.stop();
  });

  test.each(OF_EVERY_TRANSPORT.map((one, index) => [one.name, one, `org_${index}`] as const))(
    '%s',
    async (_, { play }, organization) => {
      await play(stage, organization);
    },
  );

  test('every method that is called once is played', () => {
    const { methods } = service.service.grpc;
    const streams = ['CheckStream', 'Tail', 'WatchPermissions'];
    const once = methods.filter((path) => !streams.some((name) => path.endsWith(`/${name}`)));
    expect(once.length).toBeGreaterThan(50);
    expect(once.filter((path) => !stage.called.has(path))).toEqual([]);
  });
});

describe('through the client', () => {
  let service: TestService;
  let stage: ClientStage;
  beforeAll(async () => {
    service = await TestService.start(SETTINGS);
    stage = new ClientStage(service);
  });
  afterAll(() => service.stop());

  test.each(SCENARIOS.map((one, index) => [one.name, one, `org_${index}`] as const))(
    '%s',
    async (_, { play }, organization) => {
      await play(stage, organization);
    },
  );

  test('every operation of the client is played', async () => {
    const person = await stage.person('somebody@example.com');
    await person.call('live');
    await person.call('ready');
    // What goes on and on is followed in `test/client/cache.spec.ts`.
    stage.called.add('watchPermissions');
    expect(stage.operations.filter((one) => !stage.called.has(one))).toEqual([]);
  });
});
