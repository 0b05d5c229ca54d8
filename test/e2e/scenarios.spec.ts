import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpStage } from '../support/http-stage.js';
import { TestService } from '../support/service.js';
import { LIFECYCLE } from './scenarios/lifecycle.js';
import { STRUCTURE } from './scenarios/structure.js';

describe('over HTTP', () => {
  let service: TestService;
  let stage: HttpStage;
  beforeAll(async () => {
    service = await TestService.start();
    stage = await HttpStage.open(service);
  });
  afterAll(() => service.stop());

  const scenarios = [...LIFECYCLE, ...STRUCTURE];
  test.each(scenarios.map((one, index) => [one.name, one, `org_${index}`] as const))(
    '%s',
    async (_, { play }, organization) => {
      await play(stage, organization);
    },
  );

  test('every operation of the API is played', async () => {
    const person = await stage.person('somebody@example.com');
    await person.call('live');
    await person.call('ready');
    expect([...stage.routes.keys()].filter((one) => !stage.called.has(one))).toEqual([]);
  });

  test('and every answer is as the API document says', () => {
    expect(stage.troubles).toEqual([]);
  });
});
