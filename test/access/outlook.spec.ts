/** What is held from a moment on, of people who are alike in all but one thing. */
import { expect, test } from '@jest/globals';
import type { DomainEvent } from '#domain/events.js';
import type { Instant, MemberId, OrganizationId, Permission } from '#domain/ids.js';
import { Outlook } from '#access/change-stream/outlook.js';
import { PermissionIndex } from '#access/permission-index.js';
import { stored } from './begun.js';
import { created, joined, PUBLISHED } from './facts.js';

test('whom the platform has deactivated holds nothing of what one alike holds', async () => {
  const happened = (organization: string, event: object) => ({
    stream: `organization-${organization}`,
    event: event as DomainEvent,
  });
  const both = ['ada', 'bea'];
  const index = new PermissionIndex();
  const events = await stored([
    ...PUBLISHED,
    happened('platform', created('platform')),
    ...both.map((name) => happened('platform', joined(name, { role: 'platform-admin' }))),
    happened('platform', { type: 'member.deactivate', member: 'mem_bea', cause: 'direct' }),
    happened('acme', created('works')),
    ...both.map((name) => happened('acme', joined(name, { role: 'viewer' }))),
  ]);
  for (const event of events) index.apply(event);
  const now = '2026-03-02T00:00:00.000Z' as Instant;
  const outlook = new Outlook(index.organization('acme' as OrganizationId));
  const held = both.map((name) => {
    const [piece] = outlook.of(`mem_${name}` as MemberId, now);
    return piece?.holdings.get('organization')?.has('billing:pay' as Permission);
  });
  expect(held).toEqual([true, false]);
});
