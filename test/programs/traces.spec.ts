/** One request is one trace: from the caller through the command to whatever follows of it. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpClient } from '../support/http.js';
import { Collector, parentsIn } from '../support/collector.js';
import { eventually, SpawnedService, TestService } from '../support/service.js';
import { tracesIn } from '../support/traces.js';
import { Receiver } from '../publishing/support/receiver.js';

const INVITATIONS = '/organizations/acme/invitations';
const INVITE = 'POST /api/v1/organizations/:organization/invitations';
const CALLER = '00f067aa0ba902b7';
let traces = 0;
/** A trace that begins elsewhere. */
const begun = (flags = '01') => {
  const trace = (++traces).toString(16).padStart(32, 'a');
  return { trace, headers: { traceparent: `00-${trace}-${CALLER}-${flags}` } };
};
const invited = (email: string) => ({ email, roles: ['member'], message: 'the count is waiting' });

describe('a service that has its traces collected', () => {
  let collector: Collector;
  let service: TestService;
  let ada: HttpClient;

  beforeAll(async () => {
    collector = await Collector.start();
    service = await TestService.start({
      ...collector.settings,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=acme,x-key=a%20b%3D',
    });
    ada = await service.signIn('augusta@carfax.example', { name: 'Augusta Byron' });
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  });
  afterAll(async () => {
    await service.stop();
    await collector.stop();
  });

  const traceparentOf = async (query: string) => {
    const path = `/events?organization=acme&beginning=true&${query}`;
    const { body } = await ada.get<{ items: Record<string, string>[] }>(path);
    return body.items.at(-1)?.['traceparent'];
  };

  test('shows an invitation from the caller to the rows and the mail', async () => {
    const { trace, headers } = begun();
    expect((await ada.post(INVITATIONS, invited('mina@carfax.example'), headers)).status).toBe(201);
    const spans = await collector.collects(trace, 'project', 'send mail', INVITE);
    expect(parentsIn(spans)).toEqual({
      [INVITE]: CALLER,
      transact: INVITE,
      append: 'transact',
      project: 'transact',
      'send mail': 'transact',
    });
    const of = (name: string) => spans.find((span) => span.name === name)!;
    expect(of(INVITE).attributes).toMatchObject({ 'http.response.status_code': 201 });
    expect(of('append').attributes).toMatchObject({
      'membership.stream': 'organization-acme',
      'membership.outcome': 'committed',
    });
    const told = await traceparentOf('type=member.invite');
    expect(told).toBe(`00-${trace}-${of('transact').spanId}-01`);
  });

  test('sends what the collector wants besides', () => {
    const [{ headers }] = collector.receiver.received as [Receiver['received'][number]];
    expect(headers).toMatchObject({ 'x-tenant': 'acme', 'x-key': 'a b=' });
  });

  test('shows a call of gRPC the same way', async () => {
    const { trace, headers } = begun();
    const { grpc } = service;
    const message = { organization: 'acme', email: 'lucy@carfax.example', roles: ['member'] };
    const { code } = await grpc.as(ada.token!).call('InviteMember', message, { headers });
    grpc.close();
    expect(code).toBe('ok');
    const call = 'membership.v1.MembershipService/InviteMember';
    const spans = await collector.collects(trace, 'project', 'send mail', call);
    expect(parentsIn(spans)).toMatchObject({ [call]: CALLER, transact: call, append: 'transact' });
  });

  test('shows what is sent to a webhook, and tells it the trace', async () => {
    const receiver = await Receiver.start();
    await ada.post('/organizations/acme/webhooks', { url: receiver.url });
    const { trace, headers } = begun();
    await ada.patch('/organizations/acme', { name: 'Acme Two' }, headers);
    const spans = await collector.collects(trace, 'project', 'send webhook');
    expect(parentsIn(spans)).toMatchObject({ 'send webhook': 'transact' });
    expect(receiver.events.at(-1)!['traceparent']).toMatch(`00-${trace}-`);
    expect(JSON.stringify(spans)).not.toContain(receiver.url);
    await receiver.stop();
  });

  test('shows a refusal by its code, which is no failure', async () => {
    const { trace, headers } = begun();
    const answer = await ada.post(
      INVITATIONS,
      { ...invited('x@y.example'), roles: ['x'] },
      headers,
    );
    const spans = await collector.collects(trace, 'transact', INVITE);
    const { attributes, status } = spans.find(({ name }) => name === 'transact')!;
    expect([attributes['membership.refusal'], status.code ?? 0]).toEqual([answer.body['code'], 0]);
  });

  test('keeps nothing of a trace that the caller has left out', async () => {
    const { trace, headers } = begun('00');
    const { trace: next, headers: nextHeaders } = begun();
    await ada.patch('/organizations/acme', { name: 'Acme Three' }, headers);
    expect(await traceparentOf('type=organization.rename')).toBeUndefined();
    await ada.patch('/organizations/acme', { name: 'Acme Four' }, nextHeaders);
    await collector.collects(next, 'project');
    expect(collector.spans(trace)).toEqual([]);
  });

  test('begins a trace of its own where the caller names none that is one', async () => {
    const before = new Set(collector.spans().map(({ traceId }) => traceId));
    await ada.patch('/organizations/acme', { name: 'Acme Five' }, { traceparent: '00-mina-1-01' });
    const told = await traceparentOf('type=organization.rename');
    expect(told).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const trace = told!.split('-')[1]!;
    expect(before.has(trace)).toBe(false);
    const spans = await collector.collects(trace, 'project', 'transact');
    expect(spans.filter(({ parentSpanId }) => !parentSpanId)).toHaveLength(1);
  });

  test('tells nobody, and nothing that opens a door', async () => {
    const { trace, headers } = begun();
    const token = await service.linkOf('mina@carfax.example');
    const mina = await service.signIn('mina@carfax.example', { name: 'Wilhelmina Murray' });
    await ada.get('/organizations/acme/members?q=wilhelmina', headers);
    expect((await mina.post('/invitations/accept', { token }, headers)).status).toBe(200);
    await mina.get(`/x/${token}?mina@carfax.example`, headers);
    await collector.collects(trace, 'project', 'POST /api/v1/invitations/accept', 'GET unknown');
    const sent = Buffer.from(collector.receiver.received.map(({ body }) => body).join('\n'));
    const people = ['mina@', 'lucy@', 'augusta', 'wilhelmina', 'murray', 'byron', 'waiting'];
    expect(tracesIn(sent, [...people, token, mina.token!, ada.token!, '127.0.0.1'])).toEqual([]);
  });
});

test('of the requests that come without a trace a share is traced, the others as the caller says', async () => {
  const collector = await Collector.start();
  const service = await TestService.start({ ...collector.settings, OTEL_TRACES_SAMPLER_ARG: '0' });
  const ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  const { trace, headers } = begun();
  await ada.post(INVITATIONS, invited('ben@example.com'), headers);
  await collector.collects(trace, 'project', 'send mail', INVITE);
  expect(new Set(collector.spans().map(({ traceId }) => traceId))).toEqual(new Set([trace]));
  await service.stop();
  await collector.stop();
});

describe('traces that nobody takes', () => {
  test('are told once, and hold nothing up', async () => {
    const collector = await Collector.start();
    const { settings } = collector;
    await collector.stop();
    const service = await TestService.start(settings);
    const ada = await service.signIn('ada@example.com');
    const { status } = await ada.post('/organizations', {
      id: 'a1b',
      name: 'A',
      catalogue: 'vygl',
    });
    expect(status).toBe(201);
    const told = () => service.logs.filter((line) => line.includes('traces can not be handed on'));
    await eventually(() => told().length > 0 || undefined, 'word of it');
    const before = collector.receiver.received.length;
    await ada.patch('/organizations/a1b', { name: 'B' });
    const begun = performance.now();
    await service.stop();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(told()).toHaveLength(1);
    expect(collector.receiver.received).toHaveLength(before);
  });

  test('are not made, and nothing is loaded for them, where no collector is named', async () => {
    const loadedWith = async (
      settings: Readonly<Record<string, string>>,
      meanwhile: (url: string) => Promise<void> = async () => undefined,
    ) => {
      const service = await SpawnedService.spawn({ ...settings, NODE_DEBUG: 'module' });
      await service.ready();
      await meanwhile(service.url);
      await service.end();
      rmSync(service.dataDir, { recursive: true, force: true });
      // The metrics have its interface, which does nothing by itself.
      return /node_modules\/(@opentelemetry\/(?!api\b)[\w-]+)/.exec(service.output)?.[1];
    };
    const collector = await Collector.start();
    // What follows works on a thread of its own, with tracing of its own.
    const meanwhile = async (url: string): Promise<void> => {
      const { trace, headers } = begun();
      const anybody = new HttpClient(url);
      const { body } = await anybody.post('//dev/token', { email: 'ada@example.com' });
      const ada = anybody.as(String(body['accessToken']));
      await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
      await ada.post(INVITATIONS, invited('ben@example.com'), headers);
      const spans = await collector.collects(trace, 'project', 'send mail');
      expect(parentsIn(spans)).toMatchObject({ project: 'transact', 'send mail': 'transact' });
    };
    expect(await loadedWith(collector.settings, meanwhile)).toMatch('@opentelemetry/');
    await collector.stop();
    expect(await loadedWith({})).toBeUndefined();
  }, 120_000);
});
