import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, Post, type INestApplication, type Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Reflector } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Test } from '@nestjs/testing';
import { MembershipClient } from '@membership/client';
import { PermissionGuard, RequirePermission, Unprotected } from '@membership/client/nest';
import { AppModule } from '../../docs/example-service/app.module.js';
import { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';
import { platformKey } from './support/robots.js';

@Controller()
class OtherRoutes {
  @Get('forgotten')
  forgotten(): string {
    return 'seen';
  }

  @Post('organizations/:organization/spaces/:space/assets')
  @RequirePermission('assets:create', { space: 'space' })
  create(): string {
    return 'created';
  }

  @Get('reports')
  @RequirePermission('scans:view', {
    organization: (request: { headers: Record<string, string> }) => request.headers['x-tenant'],
  })
  reports(): string {
    return 'reports';
  }

  @Post('organizations/:organization/both')
  @RequirePermission('scans:view')
  @RequirePermission('scans:run')
  both(): string {
    return 'both';
  }

  @Post('organizations/:organization/turned')
  @RequirePermission('scans:run')
  @RequirePermission('scans:view')
  @Unprotected()
  turned(): string {
    return 'both';
  }

  @Get('organizations/:organization/misspelt')
  @RequirePermission('scans:rum')
  misspelt(): string {
    return 'seen';
  }
}

@Controller('settings')
@RequirePermission('settings:update', { organization: () => 'acme' })
class SettingsRoutes {
  @Get()
  settings(): string {
    return 'settings';
  }

  @Get('about')
  @Unprotected()
  about(): string {
    return 'about';
  }
}

describe('the example service', () => {
  let service: TestService;
  const apps: INestApplication[] = [];
  let scans: HttpClient;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    service = await TestService.start();
    const key = await platformKey(service);
    const ada = await service.signIn('ada@acme.example');
    const ben = await service.signIn('ben@acme.example');
    Object.assign(tokens, { ada: ada.token, ben: ben.token });
    for (const [id, catalogue] of [
      ['acme', 'vygl'],
      ['looms', 'mondoo'],
    ]) {
      const role = 'viewer';
      await ada.post('/organizations', { id, name: id, catalogue });
      const email = 'ben@acme.example';
      await ada.post(`/organizations/${id}/invitations`, { email, roles: [role] });
      const token = await service.linkOf(email, ({ link }) => link?.includes(`.${id}.`) ?? false);
      expect((await ben.post('/invitations/accept', { token })).status).toBe(200);
    }
    const app = await serve([OtherRoutes, SettingsRoutes], { membership: service.url, key });
    scans = new HttpClient(await app.getUrl());
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await service.stop();
  });

  const serve = async (
    controllers: Type[],
    settings: { membership: string; key: string },
  ): Promise<INestApplication> => {
    const imports = [AppModule.with(settings)];
    const testing = await Test.createTestingModule({ imports, controllers }).compile();
    const made = testing.createNestApplication(new FastifyAdapter(), { logger: false });
    apps.push(made);
    await made.listen(0, '127.0.0.1');
    return made;
  };
  const as = (who: string): HttpClient => (who in tokens ? scans.as(tokens[who]!) : scans);

  test('lets no message of another transport say who sends it', async () => {
    const client = new MembershipClient({ baseUrl: service.url, token: tokens['ada']! });
    const guard = new PermissionGuard(new Reflector(), client, {});
    const message = {
      user: { iss: 'urn:membership:dev', sub: 'ada@acme.example' },
      params: { organization: 'acme', space: undefined },
    };
    const context = new ExecutionContextHost([message], SettingsRoutes);
    Object.assign(context, { getHandler: () => SettingsRoutes.prototype.settings });
    context.setType('http');
    expect(await guard.canActivate(context)).toBe(true);
    context.setType('rpc');
    await expect(guard.canActivate(context)).rejects.toMatchObject({ status: 403 });
  });

  test('answers 503 where nobody can say who has signed in', async () => {
    const app = await serve([], { membership: 'http://127.0.0.1:1', key: 'k' });
    const there = new HttpClient(await app.getUrl(), tokens['ada']);
    expect((await there.get('//organizations/acme/scans')).status).toBe(503);
  });

  /** In vygl viewers see scans and run none, owners hold everything. */
  test.each([
    ['ada', 'POST', 'organizations/acme/scans', 201],
    ['ada', 'GET', 'organizations/acme/scans', 200],
    ['ben', 'GET', 'organizations/acme/scans', 200],
    ['ben', 'POST', 'organizations/acme/scans', 403],
    ['nobody', 'GET', 'organizations/acme/scans', 403],
    ['ada', 'GET', 'organizations/nowhere/scans', 403],
    ['ada', 'GET', 'organizations/%20;drop/scans', 403],
    ['ada', 'GET', 'reports', 403],
    ['ada', 'GET', 'settings', 200],
    ['ben', 'GET', 'settings', 403],
    ['nobody', 'GET', 'settings/about', 200],
    ['ada', 'POST', 'organizations/acme/both', 201],
    ['ben', 'POST', 'organizations/acme/both', 403],
    ['ada', 'POST', 'organizations/acme/turned', 201],
    ['ben', 'POST', 'organizations/acme/turned', 403],
    ['nobody', 'POST', 'organizations/acme/turned', 403],
    ['nobody', 'GET', 'health', 200],
  ])('%s: %s /%s → %i', async (who, method, path, status) => {
    const body = method === 'POST' ? { target: 'https://acme.example' } : undefined;
    const answer = await as(who).call(`//${path}`, { method, body });
    expect([answer.status, answer.body]).toEqual([status, answer.body]);
  });

  test('the organization can be found anywhere in a request', async () => {
    const answer = await as('ben').call('//reports', { headers: { 'x-tenant': 'acme' } });
    expect(answer.status).toBe(200);
  });

  test('a space is asked about where a route is of one', async () => {
    const ada = await service.signIn('ada@acme.example');
    const { body } = await ada.post('/organizations/looms/spaces', { name: 'Bonn' });
    const path = `//organizations/looms/spaces/${String(body['id'])}/assets`;
    expect((await as('ada').post(path, {})).status).toBe(201);
    expect((await as('ben').post(path, {})).status).toBe(403);
    expect((await as('ada').post(path.replace('space_', 'space_9'), {})).status).toBe(403);
  });

  test('a role that is given opens the route, and taken away closes it', async () => {
    const ada = await service.signIn('ada@acme.example');
    const { body } = await ada.get<{ items: { id: string }[] }>(
      '/organizations/acme/members?q=ben',
    );
    const roles = `/organizations/acme/members/${body.items[0]!.id}/roles`;
    const run = async () =>
      (await as('ben').post('//organizations/acme/scans', { target: 't' })).status;
    await ada.put(roles, { roles: ['member'] });
    await becomes(run, 201);
    await ada.put(roles, { roles: ['viewer'] });
    await becomes(run, 403);
  });

  test('a route that asks for nothing is open to nobody', async () => {
    expect((await as('ada').get('//forgotten')).status).toBe(403);
  });

  test('a permission that there is not is trouble of the service, and lets nobody pass', async () => {
    expect((await as('ada').get('//organizations/acme/misspelt')).status).toBe(503);
  });

  test('a service that may not ask lets nobody pass', async () => {
    const lost = await serve([], { membership: service.url, key: 'key_made_up' });
    const there = new HttpClient(await lost.getUrl(), tokens['ada']);
    expect((await there.get('//organizations/acme/scans')).status).toBe(503);
  });

  test('nobody passes while Membership is away, once nothing was heard for five seconds', async () => {
    await service.stop();
    await becomes(async () => (await as('ada').get('//organizations/acme/scans')).status, 503);
    expect((await scans.get('//health')).status).toBe(200);
  });
});

/** Whoever has not written it themselves hears of a change a moment later. */
async function becomes(look: () => Promise<number>, status: number): Promise<void> {
  const end = Date.now() + 10_000;
  while ((await look()) !== status) {
    if (Date.now() > end) throw new Error(`it never was ${status}`);
  }
}
