/** How the change stream is followed: a server tells it as no good one would. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MembershipClient, MembershipError } from '@membership/client';
import { eventually } from '../support/service.js';
import { StreamServer } from './support/stream.js';

const REVISIONS = { acme: Buffer.from('acme 7').toString('base64url') };
const ADA = {
  principal: 'mem_ada',
  scope: 'organization',
  change: 'gained',
  permissions: ['scans:run'],
};
const MAY_ADA = { principal: 'mem_ada', organization: 'acme', permission: 'scans:run' };

describe('a watched organization', () => {
  let server: StreamServer;
  let client: MembershipClient;
  let troubles: MembershipError[];

  beforeEach(async () => {
    server = await StreamServer.start();
    troubles = [];
    client = new MembershipClient({
      baseUrl: server.url,
      token: 't',
      onTrouble: (error) => void troubles.push(error),
    });
  });
  afterEach(() => {
    client.close();
    server.close();
  });

  const opens = async (): Promise<void> => {
    const watch = client.watch('acme');
    await server.hasOpened(1);
    tellsState();
    await watch.synced();
  };
  const tellsState = (): void => {
    server.say('change', { organization: 'acme', revision: REVISIONS.acme, changes: [ADA] });
    server.say('synced', { revisions: REVISIONS }, 'c1');
  };
  const isLocal = async (): Promise<boolean> => (await client.check(MAY_ADA)).local;
  const hearsOf = (code: string): Promise<MembershipError> =>
    eventually(() => troubles.find((error) => error.code === code), code);

  test('is asked about until it has synced, and from then on is known', async () => {
    const watch = client.watch('acme');
    await server.hasOpened(1);
    expect(await client.check(MAY_ADA)).toMatchObject({ allowed: false, local: false });
    tellsState();
    await watch.synced();
    expect(await client.check(MAY_ADA)).toEqual({
      allowed: true,
      reason: 'granted',
      revision: REVISIONS.acme,
      local: true,
    });
    expect(await client.check({ ...MAY_ADA, principal: 'mem_ben' })).toMatchObject({
      allowed: false,
      reason: 'not_held',
      local: true,
    });
    expect(server.opened).toEqual([{ organization: 'acme', state: 'true' }]);
    expect(server.asked).toBe(1);
  });

  test('is gone on with after the last cursor, when the stream ends or breaks off', async () => {
    await opens();
    server.end();
    await server.hasOpened(2);
    const changes = [{ ...ADA, principal: 'mem_ben' }];
    server.say('change', { organization: 'acme', revision: REVISIONS.acme, changes }, 'c2');
    const mayBen = { ...MAY_ADA, principal: 'mem_ben' };
    await eventually(async () => (await client.check(mayBen)).allowed || undefined, 'change');
    server.cut();
    await server.hasOpened(3);
    expect(server.opened.slice(1)).toEqual([
      { organization: 'acme', cursor: 'c1' },
      { organization: 'acme', cursor: 'c2' },
    ]);
    expect(await isLocal()).toBe(true);
  });

  test('is begun anew where the stream ended before it had synced', async () => {
    client.watch('acme');
    await server.hasOpened(1);
    server.say('change', { organization: 'acme', revision: REVISIONS.acme, changes: [ADA] });
    server.cut();
    await server.hasOpened(2);
    server.say('synced', { revisions: REVISIONS }, 'c1');
    await client.watch('acme').synced();
    // What was told before is not what is told now: nobody was told to hold it.
    expect(await isLocal()).toBe(false);
    expect(server.opened[1]).toEqual({ organization: 'acme', state: 'true' });
  });

  test('is begun anew where the cursor is no longer good', async () => {
    await opens();
    server.refuses = { status: 400, code: 'cursor.invalid' };
    server.end();
    await hearsOf('cursor.invalid');
    expect(await isLocal()).toBe(false);
    await server.hasOpened(3);
    tellsState();
    await client.watch('acme').synced();
    expect(await isLocal()).toBe(true);
    expect(server.opened[2]).toEqual({ organization: 'acme', state: 'true' });
  });

  test.each([
    ['before the stream begins', true],
    ['in the middle of it', false],
  ])('is forgotten by whoever may no longer know, told %s', async (_, isBefore) => {
    await opens();
    const refusal = { status: 403, code: 'permission.denied' };
    if (isBefore) {
      server.refuses = refusal;
      server.end();
    } else server.say('refusal', { ...refusal, detail: 'd' });
    await hearsOf('permission.denied');
    expect(await isLocal()).toBe(false);
  });

  test('is kept by whoever was too slow, and is told what was missed', async () => {
    await opens();
    server.say('refusal', { status: 503, code: 'stream.too_slow', detail: 'd' });
    await hearsOf('stream.too_slow');
    expect(await isLocal()).toBe(true);
    await server.hasOpened(2);
    expect(server.opened[1]).toEqual({ organization: 'acme', cursor: 'c1' });
  });

  test('that has closed is asked about, and begun anew', async () => {
    await opens();
    server.say('closed', { organization: 'acme', reason: 'quarantined' }, 'c2');
    server.end();
    await eventually(async () => (await isLocal()) === false || undefined, 'asking');
    await server.hasOpened(2);
    expect(server.opened[1]).toEqual({ organization: 'acme', state: 'true' });
  });

  test('of which nothing is heard for five seconds is asked about, and opened anew', async () => {
    await opens();
    await server.hasOpened(2);
    expect(await isLocal()).toBe(false);
    expect(server.opened[1]).toEqual({ organization: 'acme', cursor: 'c1' });
    server.say('heartbeat', { revisions: REVISIONS }, 'c2');
    await eventually(async () => (await isLocal()) || undefined, 'answer');
  });

  test('is opened anew where the token is not to be had, or is waited for in vain', async () => {
    const tokens: (() => Promise<string>)[] = [
      () =>
        Promise.reject(
          new MembershipError({ code: 'permission.denied', status: 403, detail: 'd' }),
        ),
      () => new Promise(() => {}),
    ];
    const token = () => tokens.shift()?.() ?? 't';
    const onTrouble = (error: MembershipError) => void troubles.push(error);
    const other = new MembershipClient({ baseUrl: server.url, token, onTrouble });
    const watch = other.watch('acme');
    await server.hasOpened(1);
    tellsState();
    await watch.synced();
    expect(troubles).toMatchObject(Array(2).fill({ code: 'client.unreachable' }));
    other.close();
  });

  test('that is watched again after a stop is followed anew', async () => {
    await opens();
    const first = client.watch('acme');
    first.stop();
    expect(await isLocal()).toBe(false);
    const second = client.watch('acme');
    expect(second).not.toBe(first);
    await server.hasOpened(2);
    tellsState();
    await second.synced();
    first.stop();
    expect(client.watch('acme')).toBe(second);
    expect(await isLocal()).toBe(true);
  });

  test('is known from the watch of all, where its own does not know', async () => {
    const all = client.watch();
    await server.hasOpened(1);
    tellsState();
    await all.synced();
    client.watch('acme');
    await server.hasOpened(2);
    expect(await isLocal()).toBe(true);
    expect(server.opened).toEqual([{ state: 'true' }, { organization: 'acme', state: 'true' }]);
  });

  test('that is no longer watched is asked about', async () => {
    await opens();
    client.close();
    expect(await isLocal()).toBe(false);
    expect(server.opened).toHaveLength(1);
  });
});
