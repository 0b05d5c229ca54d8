/**
 * After an erasure nothing of the person is in any file of the installation or in its log, however
 * it may be written; and the history still verifies.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ChangeOrganization } from '#commands/change-organization.js';
import { systemRequest } from '#commands/system-request.js';
import { Transactor } from '#commands/transact.js';
import type { OrganizationId } from '#domain/ids.js';
import { verify } from '#eventlog/chain.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import { tracesBelow, tracesIn } from '../support/traces.js';

/** Their address as they write it, where they come from, and what is said of them. */
interface Person {
  readonly email: string;
  readonly name: string;
  /** As an organization has them later. */
  readonly rename: string;
  readonly message: string;
  readonly address: string;
}
const zelda: Person = {
  email: 'Zelda.Quixote@Corp.Example',
  name: 'Zélda Quixotic',
  rename: 'Zelda van Quixote',
  message: 'Zelda, the windmills are waiting',
  address: '198.51.100.177',
};
const yorick: Person = {
  email: 'Yorick.Skullby@Corp.Example',
  name: 'Yorick Skullby Gráve',
  rename: 'Poor Yorick Skullby',
  message: 'Yorick, alas, come back',
  address: '203.0.113.199',
};
/** Mail servers take it as it is written, unlike what follows it. */
const localOf = ({ email }: Pick<Person, 'email'>): string => email.split('@')[0]!;
/** What must be nowhere: the address in both forms, and without its domain. */
const tracesOf = ({ email, name, rename, message, address }: Person): string[] => [
  email,
  email.toLowerCase(),
  localOf({ email }),
  name,
  rename,
  message,
  address,
];

const dataDir = mkdtempSync(join(tmpdir(), 'membership-erased-'));
const logs: string[] = [];
let service: TestService;
let ada: HttpClient;

const start = async (): Promise<void> => {
  service = await TestService.start({}, dataDir);
};
/** Ends it and keeps what it has logged. */
const stop = async (): Promise<void> => {
  await service.service.stop();
  logs.push(...service.logs);
};
const everywhere = (person: Person): string[] => [
  ...tracesBelow(dataDir, tracesOf(person)),
  ...tracesIn(Buffer.from([...logs, ...service.logs].join('\n')), tracesOf(person)).map(
    (trace) => `log: ${trace}`,
  ),
];

type Call = <T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
) => Promise<T>;
/** Somebody's requests from where they are; each is expected to be answered well. */
const at =
  (client: HttpClient, address: string): Call =>
  async <T>(method: string, path: string, body?: unknown) => {
    const { statusCode, body: text } = await service.service.app.inject({
      method: method as 'GET',
      url: `/api/v1${path}`,
      remoteAddress: address,
      headers: { authorization: `Bearer ${client.token}` },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    expect([method, path, statusCode < 300 || text]).toEqual([method, path, true]);
    return (text.startsWith('{') ? JSON.parse(text) : text) as T;
  };

/** Invites them, reads about them in every way, and gives the invitation. */
async function invite(organization: string, role: string, { email, message }: Person) {
  const call = at(ada, '192.0.2.1');
  const body = { email, roles: [role], message };
  const invited = await call<{ id: string; member: string }>(
    'POST',
    `/organizations/${organization}/invitations`,
    body,
  );
  const query = encodeURIComponent(email);
  await call('GET', `/organizations/${organization}/invitations?email=${query}`);
  return invited;
}

/** Comes in by the mailed link. */
async function accept(organization: string, role: string, person: Person): Promise<Call> {
  const client = await service.signIn(person.email, { name: person.name });
  const call = at(client, person.address);
  const { id, member } = await invite(organization, role, person);
  const token = await service.linkOf(localOf(person), ({ link }) => link?.includes(id) === true);
  await call('POST', '/invitations/lookup', { token });
  await call('POST', '/invitations/accept', { token, name: person.name });
  const path = `/organizations/${organization}/members`;
  await at(ada, '192.0.2.1')('PATCH', `${path}/${member}`, { name: person.rename });
  await at(ada, '192.0.2.1')('GET', `${path}?q=${encodeURIComponent(person.rename)}`);
  // What is refused is logged, too.
  await client.post('/invitations/accept', { token: `${token}x` });
  await client.post(`/organizations/${organization}/invitations`, { email: `${person.email} ` });
  return call;
}

const foundedBy = (client: HttpClient, id: string, catalogue: string, address: string) =>
  at(client, address)('POST', '/organizations', { id, name: id, catalogue });

beforeAll(async () => {
  await start();
  ada = await service.signIn('ada@corp.example');
});
afterAll(() => service.stop());

describe('what is erased', () => {
  test('lay in the files before, so that the search can find it', async () => {
    for (const id of ['removes', 'invites', 'revoked', 'keeps', 'single']) {
      await foundedBy(ada, id, 'vygl', '192.0.2.1');
    }
    await foundedBy(ada, 'deactivates', 'wasviking', '192.0.2.1');
    const call = await accept('removes', 'admin', zelda);
    await accept('deactivates', 'Analyst', zelda);
    await accept('keeps', 'admin', zelda);
    const open = await invite('invites', 'viewer', zelda);
    // What is on its way when it ends is taken back a moment later.
    await service.linkOf(localOf(zelda), ({ link }) => link?.includes(open.id) === true);
    const { id } = await invite('revoked', 'viewer', zelda);
    await at(ada, '192.0.2.1')('POST', `/organizations/revoked/invitations/${id}/revoke`, {});
    // Mails in their name to others: one ends with its inviter, one stays good.
    const policies = { 'invitation.onInviterLoss': 'keep' };
    await at(ada, '192.0.2.1')('PATCH', '/organizations/keeps', { policies });
    for (const organization of ['removes', 'keeps']) {
      const body = { email: `theo@${organization}.example`, roles: ['viewer'] };
      await call('POST', `/organizations/${organization}/invitations`, body);
      await service.mailTo(`theo@${organization}.example`);
    }
    await call('GET', '/organizations/removes/audit/export?format=csv');
    // A founder, too, beside another owner.
    const founder = await service.signIn(zelda.email, { name: zelda.name });
    await foundedBy(founder, 'founded', 'vygl', zelda.address);
    const owner = { email: 'ada@corp.example', roles: ['owner'] };
    await at(founder, zelda.address)('POST', '/organizations/founded/invitations', owner);
    const token = await service.linkOf('ada@corp.example');
    await at(ada, '192.0.2.1')('POST', '/invitations/accept', { token });
    await accept('single', 'member', yorick);

    // So many events that the state is written down as a snapshot.
    const bus = service.service.app.get(CommandBus);
    const { ports } = service.service.app.get(Transactor);
    await Promise.all(
      Array.from({ length: 5200 }, (_, index) => {
        const request = systemRequest('configuration', ports.newId);
        const input = { name: `removes ${index}` };
        return bus.execute(new ChangeOrganization('removes' as OrganizationId, input, request));
      }),
    );
    const snapshots = () => tracesBelow(dataDir, ['organization-removes']).join();
    await eventually(() => snapshots().includes('snapshots.db') || undefined, 'snapshot');

    const found = everywhere(zelda).join('\n');
    expect(found).toMatch(/read-models\.db.*: plain: zelda\.quixote/);
    expect(found).toMatch(/\.eml: base64: Zelda, the windmills/);
    expect(found).toMatch(/\.eml: base64: Z.lda Quixotic|\.eml: base64: Zelda van Quixote/);
    expect(everywhere(yorick)).not.toEqual([]);
    // The log of events, the vault, snapshots and the service's own log never hold it.
    expect(found).not.toMatch(/^(events|vault|snapshots|log|keys)/m);
  }, 120_000);

  test('is nowhere once an admin has erased a member of one organization', async () => {
    const { items } = await at(ada, '192.0.2.1')<{ items: { id: string }[] }>(
      'GET',
      '/organizations/single/members?q=skullby',
    );
    const path = `/organizations/single/members/${items[0]!.id}/erase`;
    await at(ada, '192.0.2.1')('POST', path, {});
    await gone(yorick);
  }, 120_000);

  test('is nowhere once the person has erased themselves everywhere', async () => {
    const client = await service.signIn(zelda.email, { name: zelda.name });
    const { results } = await at(client, zelda.address)<{ results: { status: string }[] }>(
      'POST',
      '/me/erase',
      {},
    );
    expect(results.map((one) => one.status)).toEqual(Array(6).fill('erased'));
    await gone(zelda);
  }, 120_000);

  test('is nowhere after the stop and after another start; every chain is whole', async () => {
    await stop();
    expect([...everywhere(zelda), ...everywhere(yorick)]).toEqual([]);
    const log = new SqliteEventLog(join(dataDir, 'events.db'));
    const { findings } = await verify(log);
    await log.close();
    expect(findings).toEqual([]);
    await start();
    await at(await service.signIn('ada@corp.example'), '192.0.2.1')('GET', '/me/memberships');
    expect([...everywhere(zelda), ...everywhere(yorick)]).toEqual([]);
    await stop();
  });
});

/** Followers are given a moment; then there is nothing left. */
async function gone(person: Person): Promise<void> {
  await eventually(() => everywhere(person).length === 0 || undefined, 'end', 60_000).catch(
    () => undefined,
  );
  expect(everywhere(person)).toEqual([]);
}
