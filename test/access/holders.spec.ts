/** Who holds a permission, where something of its own decides it. */
import { expect, test } from '@jest/globals';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { holders } from '#access/holders.js';
import { PermissionIndex } from '#access/permission-index.js';
import { stored } from './begun.js';
import { created, PUBLISHED } from './facts.js';
import type { Happened } from './oracle.js';

const platform = 'platform' as OrganizationId;

test('in the platform also whoever may read every organization, their keys too', async () => {
  const grants = [{ id: 'grant_bot', role: 'platform-service', scope: 'organization' }];
  const key = { type: 'api_key.create', key: 'key_bot', owner: 'svc_bot', name: '', scopes: [] };
  const told = [
    created('platform'),
    // From this version on services may read.
    { type: 'organization.catalogue_adopt', from: 1, to: 2, sha256: '', remap: {} },
    { type: 'service_account.create', account: 'svc_bot', name: 'bot', grants },
    { ...key, secretHash: '' },
  ].map((event) => ({ stream: 'organization-platform', event }) as unknown as Happened);
  const index = new PermissionIndex();
  for (const event of await stored([...PUBLISHED, ...told])) index.apply(event);
  const place = index.organization(platform);
  const question = { organization: platform, permission: 'organization:view' } as never;
  const now = '2026-04-01T00:00:00.000Z' as Instant;
  const { rows } = holders(place, index.directory, question, { rows: 10 }, now);
  expect(rows.map(({ row }) => row.id)).toEqual(['key_bot', 'svc_bot']);
});
