/** An installation with something of everything, and what it answers: before it is moved and after. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { migrate } from '../../apps/cli/src/migrating.js';
import { readConfig } from '../../apps/membership/src/config.js';
import { Receiver } from '../publishing/support/receiver.js';
import type { HttpClient } from './http.js';
import { eventually, TestService, type Mail } from './service.js';

type Settings = Readonly<Record<string, string>>;

const KEY = { 'idempotency-key': 'once-and-for-all' };
const INVITATIONS = '/organizations/acme/invitations';

export class Moving {
  private constructor(
    public service: TestService,
    readonly receiver: Receiver,
  ) {}

  /**
   * Members, roles, a link that is out, a mail that is sent, a webhook that was told something and one
   * that was not there to be told, somebody who is forgotten.
   */
  static async furnished(settings: Settings = {}): Promise<Moving> {
    const moving = new Moving(await TestService.start(settings), await Receiver.start());
    await moving.#furnish();
    return moving;
  }

  /** Of the feed, from before the move. */
  #cursor: string | undefined;

  get dataDir(): string {
    return this.service.dataDir;
  }

  ada(): Promise<HttpClient> {
    return this.service.signIn('ada@example.com', { name: 'Ada Lovelace' });
  }

  async #furnish(): Promise<void> {
    const ada = await this.ada();
    const done = async (answer: Promise<{ status: number; body: object }>) => {
      const { status, body } = await answer;
      expect([status < 300, status, body]).toEqual([true, status, body]);
      return body as Record<string, string>;
    };
    await done(ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' }, KEY));
    await done(ada.post('/organizations', { id: 'beta', name: 'Beta', catalogue: 'vygl' }));
    const webhook = { url: this.receiver.url, types: ['organization.rename'] };
    await done(ada.post('/organizations/acme/webhooks', webhook));
    const join = async (name: string) => {
      const email = `${name}@example.com`;
      await done(ada.post(INVITATIONS, { email, roles: ['viewer'] }));
      const one = await this.service.signIn(email);
      const token = await this.service.linkOf(email);
      return done(one.post('/invitations/accept', { token }));
    };
    const ben = await join('ben');
    await done(
      ada.patch(`/organizations/acme/members/${ben['id']}/roles`, { add: [{ role: 'editor' }] }),
    );
    const dan = await join('dan');
    await done(ada.post(`/organizations/acme/members/${dan['id']}/erase`));
    await done(ada.post(INVITATIONS, { email: 'cleo@example.com', roles: ['viewer'] }));
    await this.service.mailTo('cleo@example.com');
    await done(ada.patch('/organizations/acme', { name: 'Acme One' }));
    await this.told(1);
    this.receiver.answers = 410;
    await done(ada.patch('/organizations/acme', { name: 'Acme Two' }));
    await eventually(async () => {
      const { items } = (await this.#webhooks(ada)) as { items: { status: string }[] };
      return items.some(({ status }) => status === 'disabled') || undefined;
    }, 'webhook that is given up');
    this.receiver.answers = 204;
  }

  /** The webhook has been told so often. */
  async told(times: number): Promise<void> {
    await eventually(
      () => this.receiver.received.length >= times || undefined,
      `${times} requests`,
    );
    expect(this.receiver.received).toHaveLength(times);
  }

  async #webhooks(ada: HttpClient): Promise<object> {
    return (await ada.get('/organizations/acme/webhooks')).body;
  }

  /** What anybody could notice if it were otherwise. */
  async answers(): Promise<Readonly<Record<string, unknown>>> {
    const ada = await this.ada();
    const asked: Record<string, unknown> = {};
    for (const path of [
      ...['/me/memberships', '/organizations/acme', '/organizations/beta'],
      ...['/organizations/acme/members', INVITATIONS, '/organizations/acme/audit?limit=200'],
      ...['/organizations/acme/audit/export?format=chain', '/organizations/acme/webhooks'],
    ]) {
      const { status, body } = await ada.get(path);
      expect([path, status]).toEqual([path, 200]);
      asked[path] = body;
    }
    const { items } = await this.#feed(ada, 'beginning=true');
    asked['feed'] = items.map(({ cursor: _, ...message }) => message);
    // Cursors are called otherwise, and each goes on where it did.
    this.#cursor ??= items[2]!.cursor;
    asked['goes on'] = (await this.#feed(ada, `cursor=${this.#cursor}`)).items.map(({ id }) => id);
    const { items: members } = asked['/organizations/acme/members'] as { items: { id: string }[] };
    const checks = members.map(({ id }) => ({
      principal: id,
      organization: 'acme',
      permission: 'policies:edit',
    }));
    const checked = await ada.post('/access/check/batch', { checks });
    expect(checked.status).toBe(200);
    asked['checks'] = checked.body;
    for (const { id } of members) {
      asked[id] = (await ada.get(`/organizations/acme/members/${id}/permissions`)).body;
    }
    const hooks = (await this.#webhooks(ada)) as { items: { id: string }[] };
    for (const { id } of hooks.items) {
      asked[id] = (await ada.get(`/organizations/acme/webhooks/${id}/deliveries`)).body;
    }
    return asked;
  }

  async #feed(who: HttpClient, from: string): Promise<{ items: { id: string; cursor: string }[] }> {
    const answer = await who.get<{ items: { id: string; cursor: string }[] }>(
      `/events?organization=acme&limit=200&${from}`,
    );
    expect(answer.status).toBe(200);
    return answer.body;
  }

  async mailed(): Promise<readonly string[]> {
    const { body } = await this.service.anybody.get<{ items: Mail[] }>('//dev/mailbox');
    return body.items.map(({ to }) => to);
  }

  /** Moves what lies in the folder; what the command prints. */
  async migrate(settings: Settings): Promise<string[]> {
    const lines: string[] = [];
    const config = readConfig({ NODE_ENV: 'test', DATA_DIR: this.dataDir, ...settings });
    await migrate(config, (line) => lines.push(line));
    return lines;
  }

  /** Stops it, with no mail kept: whatever is there afterwards was sent again. */
  async stop(): Promise<void> {
    await this.service.service.stop();
    rmSync(join(this.dataDir, 'mailbox'), { recursive: true });
  }

  /** Starts it in the same folder, with other settings. */
  async start(settings: Settings): Promise<void> {
    this.service = await TestService.start(settings, this.dataDir);
    await this.service.caughtUp();
  }

  /** Everybody is answered as before, nobody is mailed or told again, and what is new goes on. */
  async goesOn(before: Readonly<Record<string, unknown>>): Promise<void> {
    expect(await this.answers()).toEqual(before);
    expect(await this.mailed()).toEqual([]);
    expect(this.receiver.received).toHaveLength(2);
    const ada = await this.ada();
    const again = { id: 'acme', name: 'Acme', catalogue: 'mondoo' };
    expect((await ada.post('/organizations', again, KEY)).status).toBe(201);
    expect((await ada.post('/organizations', again)).status).toBe(409);
    const link = await ada.post(INVITATIONS, { email: 'eve@example.com', roles: ['viewer'] });
    expect(link.status).toBe(201);
    await this.service.mailTo('eve@example.com');
    expect(await this.mailed()).toEqual(['eve@example.com']);
    const [{ id }] = ((await this.#webhooks(ada)) as { items: [{ id: string }] }).items;
    await ada.patch(`/organizations/acme/webhooks/${id}`, { status: 'enabled' });
    await ada.post(`/organizations/acme/webhooks/${id}/redeliver`, {});
    await this.told(3);
    await ada.patch('/organizations/acme', { name: 'Acme Three' });
    await this.told(4);
  }

  /** The link that went out before opens the door. */
  async accepts(token: string): Promise<void> {
    const cleo = await this.service.signIn('cleo@example.com');
    expect((await cleo.post('/invitations/accept', { token })).status).toBeLessThan(300);
  }

  async end(): Promise<void> {
    await this.service.stop();
    await this.receiver.stop();
  }
}
