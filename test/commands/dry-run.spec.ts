import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { changeRoles } from '#domain/decide/change-roles.js';
import type { MemberId, OrganizationId, RoleId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { InviteMember, InviteMemberHandler } from '#commands/invite-member.js';
import type { Decide } from '#commands/request.js';
import { SuspendOrganization, SuspendOrganizationHandler } from '#commands/suspend-organization.js';
import { by, remove, startNode, type TestNode } from './support/node.js';
import { found } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const dry = by('ada', { dryRun: true, clientAddress: '192.0.2.7' });

let node: TestNode;
beforeEach(async () => {
  node = await startNode({ platformAge: 0 });
});
afterEach(async () => {
  await node.close();
  remove(node.folder);
});

describe('a dry run', () => {
  test('says what would happen and writes nothing, not even keys', async () => {
    await found(node.transactor, 'acme');
    const before = [await node.log.head(), node.keys()];
    const handler = new InviteMemberHandler(node.transactor);
    const input = {
      email: 'bob@acme.example',
      grants: [{ role: 'viewer' as RoleId, scope: 'organization' as const }],
      teams: [],
      onExisting: 'reject' as const,
    };
    const outcome = await handler.execute(new InviteMember(acme, input, dry));
    expect(outcome).toMatchObject({ revision: 1, events: [], replayed: false });
    expect(outcome.dryRun?.events.map((one) => one.type)).toEqual(['member.invite']);
    expect(JSON.stringify(outcome.dryRun)).not.toContain('bob');
    expect([await node.log.head(), node.keys()]).toEqual(before);
    expect((await node.transactor.state(acme)).invitations.size).toBe(0);
  });

  test('of founding makes no keys either', async () => {
    const before = node.keys();
    const outcome = await found(node.transactor, 'beta', dry);
    expect(outcome.revision).toBe(-1);
    expect(outcome.dryRun?.events.map((one) => one.type)).toEqual([
      'organization.create',
      'member.join',
    ]);
    expect(outcome.dryRun?.permissionChanges).toHaveLength(1);
    expect(node.keys()).toBe(before);
  });

  test('tells who would gain and lose what', async () => {
    const { events } = await found(node.transactor, 'acme');
    const joined = events[1]!.event as { member: MemberId };
    const rule =
      (role: string): Decide =>
      (context) =>
      (organization) =>
        changeRoles(
          {
            member: joined.member,
            scope: 'organization',
            wanted: { kind: 'change', add: [{ role: role as RoleId }], remove: [] },
          },
          context,
        )(organization);
    const same = await node.transactor.transact(acme, dry, rule('viewer'));
    // An owner gains nothing by being a viewer, too.
    expect(same.dryRun).toMatchObject({ events: [expect.anything()], permissionChanges: [] });
    const suspend = new SuspendOrganizationHandler(node.transactor);
    const system = { ...dry, actor: { kind: 'system', id: 'sweeper', via: 'internal' } as const };
    const outcome = await suspend.execute(new SuspendOrganization(acme, {}, system));
    const [change] = outcome.dryRun!.permissionChanges;
    expect(change).toMatchObject({ principal: joined.member, scope: 'organization', gained: [] });
    expect(change!.lost.length).toBeGreaterThan(10);
  });

  test('is refused as the command itself would be', async () => {
    await found(node.transactor, 'acme');
    const handler = new SuspendOrganizationHandler(node.transactor);
    const outcome = handler.execute(new SuspendOrganization(acme, {}, dry));
    await expect(outcome).rejects.toThrow(Refusal);
  });
});
