/** Organizations that follow their catalogue adopt a new version when it is published. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import { contentOf } from '../catalogues/support/minimal.js';
import { addressesOfNew } from '#commands/addresses.js';
import { systemRequest } from '#commands/system-request.js';
import type { Context } from '#domain/context.js';
import { createOrganization } from '#domain/decide/organization.js';
import type { CatalogueId, OrganizationId, UserId } from '#domain/ids.js';
import { publishCatalogues } from '#commands/publish-catalogues.js';
import { Transactor } from '#commands/transact.js';

const role = (id: string, permissions: readonly string[]) => ({
  id,
  name: id,
  kind: 'base',
  scopes: ['organization'],
  permissions,
  description: `A ${id}.`,
});

const POLICIES = {
  protectedRole: 'owner',
  founderRole: 'owner',
  removal: 'allowed',
  invitation: { ttl: 'P7D', matchEmail: true, onInviterLoss: 'revoke' },
  emailDomains: { external: 'allow', providers: 'allow' },
  catalogueAdoption: 'follow',
  overridable: ['catalogueAdoption'],
};

/** A catalogue whose first version has a role that the second has not. */
const tiny = (version: number, changes: object = {}): string =>
  stringify({
    id: 'tiny',
    version,
    name: 'Tiny',
    scopes: ['organization'],
    rolesPerMember: 'many',
    permissions: { organization: ['view', 'update'], members: ['view', 'invite', 'revoke'] },
    roles: [
      role('owner', ['*']),
      role('viewer', ['*:view']),
      ...(version === 1 ? [role('guest', ['organization:view'])] : []),
    ],
    policies: POLICIES,
    operations: {
      view_organization: 'organization:view',
      change_policies: 'organization:update',
      adopt_catalogue: 'organization:update',
      view_members: 'members:view',
      invite: 'members:invite',
      revoke_invitation: 'members:revoke',
      view_audit: 'organization:update',
    },
    ...changes,
  });

describe('a new version of a catalogue', () => {
  const folder = mkdtempSync(join(tmpdir(), 'membership-catalogues-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'membership-'));
  const publish = (text: string): void => writeFileSync(join(folder, 'tiny.yaml'), text);
  const start = () => TestService.start({ CATALOGUES_DIR: folder }, dataDir);
  let service: TestService;
  let ada: HttpClient;

  const versionOf = async (organization: string): Promise<unknown> =>
    (await ada.get(`/organizations/${organization}`)).body['catalogueVersion'];
  const adopted = (organization: string, version = 2) =>
    eventually(
      async () => ((await versionOf(organization)) === version ? true : undefined),
      `adoption by ${organization}`,
    );
  interface Behind {
    readonly items: readonly { readonly organization: string; readonly refused?: object }[];
  }
  const behind = async (query = ''): Promise<Behind> => {
    const root = await service.signIn('root@example.com', { platformAdmin: true });
    return (await root.get<Behind>(`/catalogues/tiny/adoptions${query}`)).body;
  };
  let invitation: string;

  beforeAll(async () => {
    publish(tiny(1));
    service = await start();
    ada = await service.signIn('ada@example.com');
    for (const id of ['follows', 'by_hand', 'stuck']) {
      const made = await ada.post('/organizations', { id, name: id, catalogue: 'tiny' });
      expect(made.status).toBe(201);
    }
    const policies = { catalogueAdoption: 'manual' };
    expect((await ada.patch('/organizations/by_hand', { policies })).status).toBe(200);
    const guest = { email: 'grace@example.com', roles: ['guest'] };
    const invited = await ada.post('/organizations/stuck/invitations', guest);
    expect(invited.status).toBe(201);
    invitation = String(invited.body['id']);
    expect((await behind()).items).toEqual([]);
    await service.service.stop();
    publish(tiny(2));
    service = await start();
    ada = await service.signIn('ada@example.com');
  });
  afterAll(async () => {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('is adopted by an organization that follows, once, by the catalogue', async () => {
    await adopted('follows');
    const { body } = await ada.get<{ items: { actor: object; after: object }[] }>(
      '/organizations/follows/audit?type=organization.catalogue_adopt',
    );
    expect(body.items).toMatchObject([
      { actor: { kind: 'system', id: 'catalogue' }, after: { catalogueVersion: 2 } },
    ]);
  });

  test('is not adopted where a role in use would vanish: that is shown', async () => {
    const stuck = await eventually(async () => {
      const { items } = await behind();
      return items.find(({ refused }) => refused !== undefined);
    }, 'refusal');
    expect(stuck).toEqual({
      organization: 'stuck',
      version: 1,
      latest: 2,
      adoption: 'follow',
      refused: { code: 'catalogue.remap_needed', detail: expect.stringContaining('guest') },
    });
    const { items } = await behind();
    expect(items[0]).toEqual({
      organization: 'by_hand',
      version: 1,
      latest: 2,
      adoption: 'manual',
    });
    expect(await versionOf('stuck')).toBe(1);
  });

  test('is tried by a dry run, asked for in the body or the query', async () => {
    const adopt = { version: 2, remap: {} };
    const answers = [
      await ada.post('/organizations/by_hand/catalogue', { ...adopt, dryRun: true }),
      await ada.post('/organizations/by_hand/catalogue?dryRun=true', adopt),
    ];
    for (const { status, body } of answers) {
      const event = { type: 'organization.catalogue_adopt', from: 1, to: 2 };
      expect([status, body]).toMatchObject([200, { dryRun: true, events: [event] }]);
    }
    expect(await versionOf('by_hand')).toBe(1);
  });

  test('who is behind is listed by pages, for the platform alone', async () => {
    const first = (await behind('?limit=1')) as Behind & { nextCursor: string };
    expect(first.items.map(({ organization }) => organization)).toEqual(['by_hand']);
    const second = await behind(`?limit=1&cursor=${first.nextCursor}`);
    expect(second).toEqual({ items: [expect.objectContaining({ organization: 'stuck' })] });
    const stranger = await ada.get('/catalogues/tiny/adoptions');
    expect([stranger.status, stranger.body['code']]).toEqual([404, 'organization.not_found']);
    const root = await service.signIn('root@example.com', { platformAdmin: true });
    const unknown = await root.get('/catalogues/none/adoptions');
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'catalogue.not_found']);
  });

  test('is adopted when what stood in its way is gone, and when one begins to follow', async () => {
    const path = `/organizations/stuck/invitations/${invitation}/revoke`;
    expect((await ada.post(path, {})).status).toBe(200);
    await adopted('stuck');
    const policies = { catalogueAdoption: 'follow' };
    expect((await ada.patch('/organizations/by_hand', { policies })).status).toBe(200);
    await adopted('by_hand');
    expect(await behind()).toEqual({ items: [] });
  });

  test('is adopted while the service runs, too', async () => {
    const { ports } = service.service.app.get(Transactor);
    await publishCatalogues(ports, [contentOf(tiny(3))], new AbortController().signal);
    await adopted('follows', 3);
    const last = async (stream: string) => {
      const { id, metadata } = (await ports.log.last(stream))!;
      return { id, cause: metadata.causationId };
    };
    const published = await last('catalogue-tiny');
    expect((await last('organization-follows')).cause).toBe(published.id);
  });

  describe('is adopted by an organization that is behind it afterwards', () => {
    const slow = (version: number, catalogueAdoption: string) =>
      contentOf(tiny(version, { id: 'slow', policies: { ...POLICIES, catalogueAdoption } }));
    const publish = (...contents: ReturnType<typeof contentOf>[]) =>
      publishCatalogues(
        service.service.app.get(Transactor).ports,
        contents,
        new AbortController().signal,
      );
    /** The catalogue has been published, and who is behind has been looked for. */
    const looked = async () => {
      await service.caughtUp();
      await delay(1000);
    };

    test('by a version, adopted by hand, that says follow', async () => {
      await publish(slow(1, 'manual'));
      await ada.post('/organizations', { id: 'by_steps', name: 'Steps', catalogue: 'slow' });
      await publish(slow(2, 'follow'), slow(3, 'follow'));
      await looked();
      expect(await versionOf('by_steps')).toBe(1);
      const adopt = { version: 2 };
      expect((await ada.post('/organizations/by_steps/catalogue', adopt)).status).toBe(200);
      await adopted('by_steps', 3);
    });

    test('by a node that had not heard of it when it founded one', async () => {
      const transactor = service.service.app.get(Transactor);
      const catalogue = transactor.ports.catalogues.get('slow' as CatalogueId, 2)!;
      await looked();
      const id = 'founded_late' as OrganizationId;
      const { body: me } = await ada.get('/me');
      const founder = { user: me['id'] as UserId, authentication: 'local' } as const;
      const request = systemRequest('configuration', transactor.ports.newId);
      const addresses = await addressesOfNew(transactor, id, request);
      const founders = [addresses.newcomer(founder, transactor.ports.newId('member'))];
      const rule = (context: Context) =>
        createOrganization({ name: 'Late', founders, creation: 'anyone' }, context);
      await transactor.transact(id, request, rule, { catalogue });
      await adopted(id, 3);
    });
  });

  test('an older file changes nothing; a known version with other content refuses to start', async () => {
    await service.service.stop();
    publish(tiny(1));
    service = await start();
    ada = await service.signIn('ada@example.com');
    expect(await versionOf('follows')).toBe(3);
    expect((await ada.get('/catalogues/tiny')).body['version']).toBe(3);
    await service.service.stop();
    publish(tiny(2, { name: 'Changed' }));
    await expect(start()).rejects.toThrow(/tiny/);
    publish(tiny(2));
    service = await start();
  });
});
