/** Each event and what it makes of the rows, told one after the other. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { accepted, created, grant, invited, joined } from './facts.js';
import { World } from './world.js';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.runner.start();
  await world.happens([created, { type: 'space.create', space: 'space_a', name: 'A' }]);
});

const happens = async (...events: object[]): Promise<void> => {
  await world.happens(events);
  await world.applied();
};
const member = async (name: string) => {
  const { db } = world.store;
  const row = await db
    .selectFrom('members')
    .leftJoin('member_persons', 'member_persons.id', 'members.person')
    .selectAll('members')
    .select(['email', 'displayEmail', 'emailFolded', 'name', 'nameFolded'])
    .where('members.id', '=', `mem_${name}` as never)
    .executeTakeFirst();
  const grants = await db
    .selectFrom('member_grants')
    .select(['id', 'role', 'scope', 'source'])
    .where('holder', '=', `mem_${name}`)
    .orderBy('ordinal')
    .execute();
  return row && { ...row, grants: grants.map((one) => `${one.role}@${one.scope} ${one.source}`) };
};
const invitation = async (name: string) =>
  world.store.db
    .selectFrom('invitations')
    .leftJoin('invitation_persons', 'invitation_persons.id', 'invitations.person')
    .selectAll('invitations')
    .select(['email', 'displayEmail'])
    .where('invitations.id', '=', `inv_${name}` as never)
    .executeTakeFirst();

describe('members', () => {
  test('member.invite: invited, with the roles it will have', async () => {
    await happens(invited('bob'));
    expect(await member('bob')).toMatchObject({
      status: 'invited',
      user: null,
      email: 'bob@example.com',
      displayEmail: 'bob@Example.com',
      invitation: 'inv_bob',
      joinedAt: null,
      grants: ['viewer@organization invitation'],
      revision: 2,
    });
  });

  test.each(['member.invite_decline', 'member.invite_revoke'])('%s: no member', async (type) => {
    await happens(invited('bob'), { type, invitation: 'inv_bob', reason: 'asked' });
    expect(await member('bob')).toBeUndefined();
    expect(await world.store.db.selectFrom('member_grants').select('id').execute()).toEqual([]);
  });

  test('member.accept: active; roles given by who invited', async () => {
    const actor = { kind: 'user', id: 'usr_ann', member: 'mem_ann', via: 'http' };
    await world.happens([invited('bob')], { actor });
    await happens(accepted('bob'));
    expect(await member('bob')).toMatchObject({
      status: 'active',
      user: 'usr_bob',
      name: 'bob Müller',
      nameFolded: 'bob müller',
      grants: ['viewer@organization invitation'],
    });
    const [held] = await world.store.db.selectFrom('member_grants').selectAll().execute();
    expect(JSON.parse(held!.grantedBy)).toEqual(actor);
  });

  test('member.accept of who had become a member meanwhile: that one, with both', async () => {
    await happens(
      invited('bob'),
      joined('known', { user: 'usr_bob' }),
      accepted('bob', { member: 'mem_known' }),
    );
    expect(await member('bob')).toBeUndefined();
    expect(await member('known')).toMatchObject({
      source: 'founder',
      invitation: 'inv_bob',
      grants: ['owner@organization founder', 'viewer@organization invitation'],
    });
  });

  test('member.accept of another invitation: who came in by one shows that one, and its inviter', async () => {
    const ann = { kind: 'user', id: 'usr_ann', member: 'mem_ann', via: 'http' };
    const dan = { ...ann, id: 'usr_dan', member: 'mem_dan' };
    await world.happens([invited('bob')], { actor: ann });
    await world.happens([accepted('bob')]);
    await world.happens([invited('two')], { actor: dan });
    await happens(accepted('two', { member: 'mem_bob', user: 'usr_bob', grants: [] }));
    const shown = async (name: string) => {
      const { invitation, invitedBy } = (await member(name))!;
      return [invitation, JSON.parse(String(invitedBy))];
    };
    expect(await shown('bob')).toEqual(['inv_bob', ann]);
    await world.happens([invited('three')], { actor: dan });
    await happens(joined('cid'), accepted('three', { member: 'mem_cid', grants: [] }));
    expect(await shown('cid')).toEqual(['inv_three', dan]);
  });

  test('member.accept in place of what was held', async () => {
    await happens(
      invited('bob'),
      joined('known', { user: 'usr_bob' }),
      accepted('bob', { member: 'mem_known', replaced: ['grant_known1'] }),
    );
    expect((await member('known'))?.grants).toEqual(['viewer@organization invitation']);
  });

  test('member.role_change, member.grant_expire', async () => {
    await happens(joined('ann'), {
      type: 'member.role_change',
      member: 'mem_ann',
      added: [grant('new', 'editor', 'space_a'), grant('end', 'viewer')],
      removed: ['grant_ann1'],
      cause: 'scim',
    });
    expect((await member('ann'))?.grants).toEqual([
      'editor@space_a scim',
      'viewer@organization scim',
    ]);
    await happens({ type: 'member.grant_expire', member: 'mem_ann', grant: 'grant_end' });
    expect((await member('ann'))?.grants).toEqual(['editor@space_a scim']);
  });

  test('member.deactivate and member.reactivate keep the roles, member.remove ends them', async () => {
    await happens(joined('ann'), {
      type: 'member.deactivate',
      member: 'mem_ann',
      cause: 'direct',
    });
    const grants = ['owner@organization founder'];
    expect(await member('ann')).toMatchObject({ status: 'inactive', grants });
    await happens({ type: 'member.reactivate', member: 'mem_ann', cause: 'direct' });
    expect(await member('ann')).toMatchObject({ status: 'active', grants });
    await happens({ type: 'member.remove', member: 'mem_ann', reason: 'left' });
    expect(await member('ann')).toMatchObject({
      status: 'removed',
      statusCause: 'left',
      email: 'ann@example.com',
      grants: [],
    });
  });

  test('member.personal_data_erase: nothing that names the person', async () => {
    await happens(
      invited('bob'),
      accepted('bob'),
      { type: 'member.remove', member: 'mem_bob', reason: 'erased' },
      { type: 'member.personal_data_erase', member: 'mem_bob', user: 'usr_bob' },
    );
    const blank = { email: null, displayEmail: null };
    const unnamed = { user: null, name: null, nameFolded: null, emailFolded: null };
    expect(await member('bob')).toMatchObject({ status: 'removed', ...blank, ...unnamed });
    expect(await invitation('bob')).toMatchObject({ status: 'accepted', ...blank });
  });

  test('space.delete: roles there end, and whoever held one is changed', async () => {
    await happens(joined('ann'), joined('bob', { grants: [grant('bob1', 'viewer', 'space_a')] }), {
      type: 'space.delete',
      space: 'space_a',
    });
    expect(await member('bob')).toMatchObject({ grants: [], revision: 4 });
    expect(await member('ann')).toMatchObject({ revision: 2 });
  });

  test('role.retire: the successor, once', async () => {
    const both = [grant('a', 'role_x'), grant('b', 'viewer')];
    await happens(joined('ann', { grants: both }), {
      type: 'role.retire',
      role: 'role_x',
      remapTo: 'viewer',
    });
    expect((await member('ann'))?.grants).toEqual(['viewer@organization founder']);
  });

  test('organization.catalogue_adopt: roles can change places', async () => {
    const both = [grant('a', 'owner'), grant('b', 'viewer'), grant('c', 'editor')];
    await happens(joined('ann', { grants: both }), {
      type: 'organization.catalogue_adopt',
      from: 1,
      to: 2,
      sha256: 'd'.repeat(64),
      remap: { owner: 'viewer', viewer: 'owner' },
    });
    const roles = (await member('ann'))?.grants.map((one) => one.split('@')[0]);
    expect(roles).toEqual(['viewer', 'owner', 'editor']);
  });
});

describe('invitations', () => {
  test('member.invite_expire and member.invite_resend', async () => {
    await happens(invited('bob'), { type: 'member.invite_expire', invitation: 'inv_bob' });
    expect(await invitation('bob')).toMatchObject({ status: 'expired', endedAt: null });
    const resent = { generation: 2, expiresAt: '2026-03-01T00:00:00.000Z' };
    await happens({ type: 'member.invite_resend', invitation: 'inv_bob', ...resent });
    expect(await invitation('bob')).toMatchObject({ status: 'pending', ...resent });
  });

  test('one that has ended keeps what it invited to', async () => {
    const there = { grants: [grant('b', 'role_x', 'space_a')] };
    await happens(
      invited('bob', there),
      invited('cid', { grants: [grant('c', 'role_x', 'space_a')] }),
      { type: 'member.invite_decline', invitation: 'inv_bob' },
      { type: 'role.retire', role: 'role_x', remapTo: 'viewer' },
    );
    const roles = async () =>
      (
        await world.store.db
          .selectFrom('invitation_grants')
          .select(['holder', 'role'])
          .orderBy('holder')
          .execute()
      ).map(({ holder, role }) => `${holder} ${role}`);
    expect(await roles()).toEqual(['inv_bob role_x', 'inv_cid viewer']);
    await happens({ type: 'space.delete', space: 'space_a' });
    expect(await roles()).toEqual(['inv_bob role_x']);
  });
});

describe('organizations', () => {
  const keys = async () =>
    (
      await world.store.db
        .selectFrom('api_keys')
        .select(['id', 'revokedAt'])
        .orderBy('id')
        .execute()
    ).map(({ id, revokedAt }) => `${id} ${revokedAt === null ? 'good' : 'revoked'}`);
  const key = (id: string, owner: string) => ({
    type: 'api_key.create',
    key: `key_${id}`,
    owner,
    name: id,
    scopes: [],
    secretHash: id,
  });

  test('keys end with their owner, the organization’s do not', async () => {
    await happens(
      joined('ann'),
      { type: 'service_account.create', account: 'svc_a', name: 'A', grants: [] },
      key('a', 'mem_ann'),
      key('b', 'svc_a'),
      key('c', 'organization'),
      { type: 'member.remove', member: 'mem_ann', reason: 'left' },
      { type: 'service_account.delete', account: 'svc_a' },
    );
    expect(await keys()).toEqual(['key_a revoked', 'key_b revoked', 'key_c good']);
  });

  test('a place in a team goes with its source, the team, its space and the member', async () => {
    const team = (id: string, scope: string) => ({
      type: 'team.create',
      team: id,
      name: id,
      scope,
    });
    const place = (type: string, id: string, name: string, source = 'direct') => ({
      type: `team.member_${type}`,
      team: id,
      member: `mem_${name}`,
      source,
    });
    const places = async () =>
      (
        await world.store.db
          .selectFrom('team_members')
          .select(['team', 'member', 'source'])
          .orderBy('team')
          .orderBy('member')
          .orderBy('source')
          .execute()
      ).map((one) => `${one.team} ${one.member} ${one.source}`);
    await happens(
      ...[joined('ann'), joined('bob')],
      ...[
        team('team_1', 'organization'),
        team('team_2', 'space_a'),
        team('team_3', 'organization'),
      ],
      ...[place('add', 'team_1', 'ann'), place('add', 'team_1', 'ann', 'scim')],
      ...[
        place('add', 'team_1', 'bob'),
        place('add', 'team_2', 'ann'),
        place('add', 'team_3', 'ann'),
      ],
      place('remove', 'team_1', 'ann', 'scim'),
    );
    expect(await places()).toEqual([
      'team_1 mem_ann direct',
      'team_1 mem_bob direct',
      'team_2 mem_ann direct',
      'team_3 mem_ann direct',
    ]);
    await happens(
      { type: 'space.delete', space: 'space_a' },
      { type: 'team.delete', team: 'team_3' },
    );
    expect(await places()).toEqual(['team_1 mem_ann direct', 'team_1 mem_bob direct']);
    await happens({ type: 'member.remove', member: 'mem_ann', reason: 'left' });
    expect(await places()).toEqual(['team_1 mem_bob direct']);
  });
});
