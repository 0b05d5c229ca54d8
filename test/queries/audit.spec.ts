import { beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Instant, MemberId, OrganizationId, SpaceId } from '#domain/ids.js';
import type { AuditFilters, AuditRow } from '#queries/audit-entries.js';
import { ExportAudit, type ExportFormat } from '#queries/export-audit.js';
import { ListAudit } from '#queries/list-audit.js';
import { history, plain, plainText, type Happened } from '../support/histories.js';
import { accepted, created, grant, invited, joined } from '../projections/facts.js';
import { ORG } from '../projections/world.js';
import { expectCombined } from './combining.js';
import { reading, type Reading } from './reading.js';

let one: Reading;
const LATER = '2026-03-01T00:00:00.000Z';
const KEY = { name: 'K', scopes: [], secretHash: 'h' };
const ANN = { kind: 'user', id: 'usr_ann', member: 'mem_ann', via: 'http' };

beforeEach(async () => {
  one = await reading();
});

const all = async (filters: AuditFilters = {}): Promise<AuditRow[]> => {
  const rows: AuditRow[] = [];
  let cursor: string | undefined;
  do {
    const page = cursor === undefined ? { limit: 200 } : { limit: 200, cursor };
    const answer = await one.ask(new ListAudit(ORG, { ...filters, order: 'oldest' }, page));
    rows.push(...answer.items);
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  return rows;
};
const types = async (filters: AuditFilters) => (await all(filters)).map(({ type }) => type);
const text = async (format: ExportFormat, filters: AuditFilters = {}): Promise<string> => {
  const pieces: string[] = [];
  const exported = await one.ask(new ExportAudit(ORG, format, filters));
  for await (const piece of exported.text) pieces.push(piece);
  return pieces.join('');
};

describe('the audit log', () => {
  beforeEach(async () => {
    const { world } = one;
    await world.happens([created, joined('ann')]);
    await world.happens(
      [
        { type: 'space.create', space: 'space_a', name: 'A' },
        invited('bob', { grants: [grant('b', 'viewer', 'space_a')] }),
        joined('cid', { grants: [grant('c1', 'viewer', 'space_a'), grant('c2', 'role_x')] }),
      ],
      { actor: ANN },
    );
    await world.happens([
      { type: 'organization.rename', name: 'Acme 2' },
      { type: 'role.retire', role: 'role_x', remapTo: 'editor' },
      {
        type: 'member.role_change',
        member: 'mem_cid',
        added: [grant('c3', 'editor', 'space_a')],
        removed: ['grant_c1', 'grant_c2'],
        cause: 'direct',
      },
      { type: 'member.profile_change', member: 'mem_cid', name: plain('mem_cid', 'Cid') },
    ]);
    await world.applied();
  });

  test('says who, what, whom, where, when, before and after', async () => {
    const [, , , , , rename, , change, profile] = await all();
    expect(rename).toMatchObject({
      type: 'organization.rename',
      subject: 'organization',
      streamRevision: 5,
      at: '2026-01-01T00:06:00.000Z',
      before: { name: 'Acme' },
      after: { name: 'Acme 2' },
    });
    // The retired role is named as what it had become.
    expect(change).toMatchObject({
      type: 'member.role_change',
      subject: 'mem_cid',
      spaces: ['space_a'],
      before: {
        grants: [
          { id: 'grant_c1', role: 'viewer', scope: 'space_a' },
          { id: 'grant_c2', role: 'editor', scope: 'organization' },
        ],
      },
      after: { grants: [{ id: 'grant_c3', role: 'editor', scope: 'space_a' }] },
      data: { cause: 'direct' },
    });
    expect(profile).toMatchObject({ before: { name: 'cid Müller' }, after: { name: 'Cid' } });
  });

  test('every filter combines with every other', async () => {
    const { world } = one;
    const change = { added: [grant('z', 'editor', 'space_a')], removed: [], cause: 'direct' };
    const given = (member: string) => ({ type: 'member.role_change', member, ...change });
    await world.happens([given('mem_cid'), given('mem_bob')], { actor: ANN });
    await world.happens([given('mem_cid')]);
    await world.happens([given('mem_cid')], { actor: ANN });
    await world.applied();
    const filters: AuditFilters = {
      type: 'member.role_change',
      actor: 'usr_ann',
      member: 'mem_cid' as MemberId,
      space: 'space_a' as SpaceId,
      from: '2026-01-01T00:05:00.000Z' as Instant,
      to: '2026-01-01T00:12:00.000Z' as Instant,
    };
    await expectCombined(filters, async (some) =>
      (await all(some)).map(({ streamRevision }) => String(streamRevision)),
    );
  });

  test('says which team was joined and left', async () => {
    const place = { team: 'team_a', member: 'mem_cid', source: 'direct' };
    await one.world.happens([
      { type: 'team.create', team: 'team_a', name: 'A', scope: 'organization' },
      { type: 'team.member_add', ...place },
      { type: 'team.member_remove', ...place },
    ]);
    await one.world.applied();
    const [, added, removed] = (await all()).slice(-3);
    expect([added?.before, added?.after]).toEqual([undefined, { team: 'team_a' }]);
    expect([removed?.before, removed?.after]).toEqual([{ team: 'team_a' }, undefined]);
  });

  test('at a space is all that a team or an invitation of it brings and takes there', async () => {
    const made = (team: string, scope: string) => ({
      type: 'team.create',
      team,
      name: team,
      scope,
    });
    const place = (team: string) => ({ team, member: 'mem_cid', source: 'direct' });
    const gives = (team: string, ...added: object[]) => ({
      ...{ type: 'team.role_change', team, added, removed: [], cause: 'direct' },
    });
    const resent = { generation: 2, expiresAt: LATER };
    const about = (name: string, type: string, more: object = {}) => ({
      ...{ type: `member.invite_${type}`, invitation: `inv_${name}`, ...more },
    });
    const to = (space: string) => ({ grants: [grant(space, 'viewer', space)] });
    const from = (await all()).length;
    await one.world.happens([
      { type: 'space.create', space: 'space_b', name: 'B' },
      made('team_a', 'space_a'),
      made('team_o', 'organization'),
      gives('team_a', grant('ta', 'viewer', 'space_a')),
      gives('team_o', grant('to', 'viewer', 'space_b'), grant('tp', 'viewer')),
      { type: 'team.rename', team: 'team_a', name: 'B' },
      ...['team_a', 'team_o'].flatMap((team) => [
        { type: 'team.member_add', ...place(team) },
        { type: 'team.member_remove', ...place(team) },
        { type: 'team.delete', team },
      ]),
      made('team_c', 'space_a'),
      { type: 'team.delete', team: 'team_c' },
      ...['resend', 'decline', 'expire', 'revoke', 'erase'].flatMap((type, n) => [
        invited(`i${n}`, to('space_b')),
        about(`i${n}`, type, type === 'resend' ? resent : { member: `mem_i${n}` }),
      ]),
      made('team_d', 'space_a'),
      invited('dan', { grants: [], teams: ['team_d'] }),
      about('dan', 'resend', resent),
      accepted('dan', { grants: [], teams: ['team_d'] }),
      joined('eve', { grants: [], teams: ['team_d'] }),
      invited('fay'),
      about('fay', 'resend', resent),
    ]);
    await one.world.applied();
    const told = async (space: string) =>
      (await all({ space: space as SpaceId }))
        .filter(({ streamRevision }) => streamRevision >= from)
        .map(({ type, subject }) => `${type} ${subject}`);
    expect(await told('space_a')).toEqual([
      'team.create team_a',
      'team.role_change team_a',
      'team.rename team_a',
      'team.member_add mem_cid',
      'team.member_remove mem_cid',
      'team.delete team_a',
      'team.create team_c',
      'team.delete team_c',
      'team.create team_d',
      'member.invite mem_dan',
      'member.invite_resend inv_dan',
      'member.accept mem_dan',
      'member.join mem_eve',
    ]);
    expect(await told('space_b')).toEqual([
      'space.create space_b',
      'team.role_change team_o',
      'team.member_add mem_cid',
      'team.member_remove mem_cid',
      'team.delete team_o',
      'member.invite mem_i0',
      'member.invite_resend inv_i0',
      'member.invite mem_i1',
      'member.invite_decline inv_i1',
      'member.invite mem_i2',
      'member.invite_expire inv_i2',
      'member.invite mem_i3',
      'member.invite_revoke inv_i3',
      'member.invite mem_i4',
      'member.invite_erase mem_i4',
    ]);
  });

  test('opens what is sealed, and tells nothing of who is erased', async () => {
    const invite = async () => (await all({ type: 'member.invite' }))[0]?.data;
    expect(await invite()).toMatchObject({ email: 'bob@example.com' });
    expect(await invite()).not.toHaveProperty('tag');
    await one.world.vault.destroy(ORG, ['mem_bob']);
    expect(await invite()).toMatchObject({ email: null, displayEmail: null, member: 'mem_bob' });
  });

  test.each<[string, AuditFilters, string[]]>([
    ['type', { type: 'organization.rename' }, ['organization.rename']],
    ['actor as member', { actor: 'mem_ann' }, ['space.create', 'member.invite', 'member.join']],
    ['actor as user', { actor: 'usr_ann' }, ['space.create', 'member.invite', 'member.join']],
    [
      'member',
      { member: 'mem_cid' as MemberId },
      ['member.join', 'member.role_change', 'member.profile_change'],
    ],
    [
      'space: only what names it',
      { space: 'space_a' as SpaceId },
      ['space.create', 'member.invite', 'member.join', 'member.role_change'],
    ],
    [
      'time',
      { from: '2026-01-01T00:02:00.000Z' as Instant, to: '2026-01-01T00:04:00.000Z' as Instant },
      ['member.join', 'space.create'],
    ],
    ['a time to come', { from: '2027-01-01T00:00:00.000Z' as Instant }, []],
    [
      'several',
      { type: 'member.join', space: 'space_a' as SpaceId, actor: 'mem_ann' },
      ['member.join'],
    ],
  ])('by %s', async (_, filters, expected) => {
    expect(await types(filters)).toEqual(expected);
  });

  test('names who did it and whom it is about, while that is known', async () => {
    const { world } = one;
    await world.happens([{ type: 'member.remove', member: 'mem_cid', reason: 'removed' }], {
      actor: { kind: 'api_key', id: 'key_x', actingFor: 'usr_ann', member: 'mem_ann', via: 'http' },
    });
    await world.happens([{ type: 'organization.suspend' }], {
      actor: { kind: 'user', id: 'usr_root', via: 'http' },
    });
    await world.happens([
      { type: 'service_account.create', account: 'svc_s', name: 'Robot', grants: [] },
    ]);
    await world.happens(
      [
        { type: 'api_key.create', key: 'key_a', owner: 'mem_ann', ...KEY },
        { type: 'api_key.create', key: 'key_s', owner: 'svc_s', ...KEY, name: 'Deploys' },
        { type: 'member.invite_resend', invitation: 'inv_bob', generation: 2, expiresAt: LATER },
      ],
      { actor: { kind: 'service_account', id: 'svc_s', via: 'http' } },
    );
    await world.happens([{ type: 'organization.resume' }], {
      actor: { kind: 'api_key', id: 'key_s', via: 'http' },
    });
    await world.happens([{ type: 'member.invite_decline', invitation: 'inv_bob' }], {
      actor: { kind: 'link', id: 'inv_bob', via: 'http' },
    });
    await world.applied();
    const named = async (from = 0) =>
      (await all()).slice(from).map((row) => {
        const { streamRevision, actorName, actorEmail, member, memberName, memberEmail } = row;
        return [streamRevision, actorName, actorEmail, member, memberName, memberEmail];
      });
    const [ann, bob] = [
      ['ann Müller', 'ann@Example.com'],
      [null, 'bob@Example.com'],
    ];
    const nobody = [undefined, undefined];
    expect(await named(3)).toEqual([
      [3, ...ann, 'mem_bob', ...bob],
      // As Cid is called now, not as then.
      [4, ...ann, 'mem_cid', 'Cid', 'cid@Example.com'],
      [5, ...nobody, undefined, ...nobody],
      [6, ...nobody, undefined, ...nobody],
      [7, ...nobody, 'mem_cid', 'Cid', 'cid@Example.com'],
      [8, ...nobody, 'mem_cid', 'Cid', 'cid@Example.com'],
      [9, ...ann, 'mem_cid', 'Cid', 'cid@Example.com'],
      [10, ...nobody, undefined, ...nobody],
      [11, ...nobody, undefined, ...nobody],
      [12, 'Robot', null, 'mem_ann', ...ann],
      [13, 'Robot', null, undefined, ...nobody],
      [14, 'Robot', null, 'mem_bob', ...bob],
      [15, 'Deploys', null, undefined, ...nobody],
      // Whoever had the link.
      [16, ...nobody, 'mem_bob', ...bob],
    ]);

    await world.happens([
      { type: 'member.invite_erase', invitation: 'inv_bob', member: 'mem_bob' },
      { type: 'member.personal_data_erase', member: 'mem_ann', user: 'usr_ann' },
    ]);
    await world.applied();
    const forgotten = [null, null];
    expect((await named(3))[0]).toEqual([3, ...forgotten, 'mem_bob', ...forgotten]);
    expect((await named(12))[0]).toEqual([12, 'Robot', null, 'mem_ann', ...forgotten]);
    expect((await named(14))[0]).toEqual([14, 'Robot', null, 'mem_bob', ...forgotten]);
    await world.vault.destroy(ORG, ['mem_ann', 'mem_bob']);
    expect(await text('csv')).not.toMatch(/ann@|bob@/);
  });

  test('by member: all that concerns them, by whatever name it was said', async () => {
    const { world } = one;
    await world.happens([
      { type: 'member.invite_resend', invitation: 'inv_bob', generation: 2, expiresAt: LATER },
      { type: 'member.invite_expire', invitation: 'inv_bob' },
      { type: 'member.invite_revoke', invitation: 'inv_bob', reason: 'asked' },
      // Cid is invited again, though a member, and takes up the invitation as who he is.
      invited('dan', { grants: [grant('d', 'viewer', 'space_a')] }),
      { type: 'member.invite_resend', invitation: 'inv_dan', generation: 2, expiresAt: LATER },
      accepted('dan', {
        member: 'mem_cid',
        user: 'usr_cid',
        grants: [grant('d', 'viewer', 'space_a')],
      }),
      { type: 'api_key.create', key: 'key_c', owner: 'mem_cid', ...KEY },
      { type: 'api_key.create', key: 'key_o', owner: 'organization', ...KEY },
      { type: 'api_key.rotate', key: 'key_c', secretHash: 'h' },
      { type: 'api_key.revoke', key: 'key_c' },
      { type: 'api_key.revoke', key: 'key_o' },
      { type: 'team.create', team: 'team_a', name: 'A', scope: 'organization' },
      { type: 'team.member_add', team: 'team_a', member: 'mem_cid', source: 'direct' },
    ]);
    await world.applied();
    expect(await types({ member: 'mem_bob' as MemberId })).toEqual([
      'member.invite',
      'member.invite_resend',
      'member.invite_expire',
      'member.invite_revoke',
    ]);
    expect(await types({ member: 'mem_cid' as MemberId })).toEqual([
      'member.join',
      'member.role_change',
      'member.profile_change',
      'member.invite',
      'member.invite_resend',
      'member.accept',
      'api_key.create',
      'api_key.rotate',
      'api_key.revoke',
      'team.member_add',
    ]);
    // Who was invited became nobody but Cid: of that person there is the invitation alone.
    expect(await types({ member: 'mem_dan' as MemberId })).toEqual([
      'member.invite',
      'member.invite_resend',
      'member.accept',
    ]);
    expect(await types({ member: 'mem_cid' as MemberId, space: 'space_a' as SpaceId })).toEqual([
      'member.join',
      'member.role_change',
      'member.invite',
      'member.invite_resend',
      'member.accept',
    ]);
  });

  test('by actor: the person, as whom and through whomever they act', async () => {
    const { world } = one;
    const by = (actor: object) => world.happens([{ type: 'organization.suspend' }], { actor });
    await by({ kind: 'user', id: 'usr_cid', via: 'http' });
    await by({ kind: 'api_key', id: 'key_x', actingFor: 'usr_cid', via: 'http' });
    await by({
      kind: 'api_key',
      id: 'key_x',
      actingFor: 'usr_cid',
      member: 'mem_cid',
      via: 'http',
    });
    await by({ kind: 'api_key', id: 'key_c', member: 'mem_cid', via: 'http' });
    await by({ kind: 'api_key', id: 'key_x', actingFor: 'usr_eve', via: 'http' });
    await world.happens([
      { type: 'member.remove', member: 'mem_cid', reason: 'left' },
      joined('again', { user: 'usr_cid' }),
    ]);
    await by({ kind: 'user', id: 'usr_cid', member: 'mem_again', via: 'http' });
    await world.happens([
      { type: 'service_account.create', account: 'svc_s', name: 'S', grants: [] },
      { type: 'api_key.create', key: 'key_s', owner: 'svc_s', ...KEY },
    ]);
    await by({ kind: 'api_key', id: 'key_s', via: 'http' });
    await world.applied();
    const revisions = async (actor: string) =>
      (await all({ actor })).map(({ streamRevision }) => streamRevision);
    expect(await revisions('usr_cid')).toEqual([9, 10, 11, 12, 16]);
    expect(await revisions('mem_cid')).toEqual([9, 10, 11, 12]);
    expect(await revisions('mem_again')).toEqual([9, 10, 16]);
    expect(await revisions('key_x')).toEqual([10, 11, 13]);
    expect(await revisions('usr_eve')).toEqual([13]);
    expect(await revisions('svc_s')).toEqual([19]);
    expect(await revisions('mem_none')).toEqual([]);
    // Erased, the member is no longer known to be this user, and what was done is still there.
    await world.happens([
      { type: 'member.personal_data_erase', member: 'mem_cid', user: 'usr_cid' },
    ]);
    await world.applied();
    expect(await revisions('usr_cid')).toEqual([9, 10, 11, 16]);
    expect(await revisions('mem_cid')).toEqual([11, 12]);
  });

  test('the newest first, unless asked otherwise; cursors of one order only', async () => {
    const page = await one.ask(new ListAudit(ORG, {}, { limit: 2 }));
    expect(page.items.map((row) => row.streamRevision)).toEqual([8, 7]);
    const cursor = page.nextCursor!;
    const next = await one.ask(new ListAudit(ORG, {}, { limit: 2, cursor }));
    expect(next.items.map((row) => row.streamRevision)).toEqual([6, 5]);
    await expect(
      one.ask(new ListAudit(ORG, { order: 'oldest' }, { limit: 2, cursor })),
    ).rejects.toMatchObject({ code: 'cursor.invalid' });
  });

  test('what came after a revision, in either order, with its own cursors', async () => {
    const of = async (order: 'newest' | 'oldest', after: number): Promise<number[]> => {
      const { items } = await one.ask(new ListAudit(ORG, { order, after }, { limit: 200 }));
      return items.map((row) => row.streamRevision);
    };
    expect(await of('oldest', 5)).toEqual([6, 7, 8]);
    expect(await of('newest', 5)).toEqual([8, 7, 6]);
    expect(await of('oldest', 8)).toEqual([]);
    expect(await of('oldest', -1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const { nextCursor } = await one.ask(new ListAudit(ORG, { after: 3 }, { limit: 2 }));
    const next = await one.ask(new ListAudit(ORG, { after: 3 }, { limit: 3, cursor: nextCursor! }));
    expect(next.items.map((row) => row.streamRevision)).toEqual([6, 5, 4]);
    await expect(
      one.ask(new ListAudit(ORG, { after: 4 }, { limit: 2, cursor: nextCursor! })),
    ).rejects.toMatchObject({ code: 'cursor.invalid' });
  });

  test('no secret is told', async () => {
    const secret = {
      key: 'key_a',
      owner: 'organization',
      name: 'A',
      scopes: [],
      secretHash: 'HASH',
    };
    await one.world.happens([
      { type: 'api_key.create', ...secret },
      { type: 'api_key.rotate', key: 'key_a', secretHash: 'HASH' },
    ]);
    await one.world.applied();
    expect(JSON.stringify(await all())).not.toContain('HASH');
    expect(await text('csv')).not.toContain('HASH');
  });
});

test('every event of every type is in it, and times cut where they say', async () => {
  const events = history({ seed: 99, events: 400, organizations: 1 });
  await one.world.append(events);
  await one.world.applied();
  const streams = new Set(events.map(({ stream }) => stream));
  for (const stream of streams) {
    if (!stream.startsWith('organization-')) continue;
    const mine = events.filter((event) => event.stream === stream);
    const organization = stream.slice('organization-'.length) as OrganizationId;
    const exported = async (filters: AuditFilters) => {
      const lines: string[] = [];
      const { text: pieces } = await one.ask(new ExportAudit(organization, 'ndjson', filters));
      for await (const piece of pieces) lines.push(...piece.trimEnd().split('\n'));
      return lines.map((line) => JSON.parse(line) as AuditRow);
    };
    const rows = await exported({});
    expect(rows.map(({ type }) => type)).toEqual(mine.map(({ event }) => event.type));
    expect(rows.map(({ clientAddress }) => clientAddress ?? null)).toEqual(
      mine.map(({ metadata }) => plainText(metadata.clientAddress)),
    );
    const at = (mine[mine.length >> 1] as Happened).metadata.occurredAt;
    const since = mine.filter(({ metadata }) => metadata.occurredAt >= at);
    expect(await exported({ from: at })).toHaveLength(since.length);
    const before = await exported({ to: at });
    expect(before.filter((row) => row.id !== undefined)).toHaveLength(mine.length - since.length);
  }
});

describe('an export', () => {
  beforeEach(async () => {
    await one.world.happens([
      created,
      joined('ann'),
      { type: 'organization.rename', name: '=cmd|calc' },
    ]);
    await one.world.applied();
  });

  test('as NDJSON: the rows of the list, oldest first', async () => {
    const lines = (await text('ndjson')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(await all());
  });

  test('as CSV: a header, a line for each, and no formula', async () => {
    await one.world.happens([{ type: 'member.remove', member: '=mem', reason: 'left' }]);
    await one.world.applied();
    const [header, ...lines] = (await text('csv')).trimEnd().split('\n');
    expect(header).toMatch(/^at,type,actorKind,actorId,/);
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain(',mem_ann,mem_ann,ann Müller,ann@Example.com,');
    expect(lines[3]).toContain(",'=mem,");
  });

  test('as chain: records whose hashes can be checked without keys', async () => {
    const lines = (await text('chain')).trimEnd().split('\n');
    let previous = '0'.repeat(64);
    for (const line of lines) {
      const { hash } = JSON.parse(line) as { hash: string };
      const record = line.slice(`{"hash":"${hash}","record":`.length, -1);
      expect(createHash('sha256').update(record).digest('hex')).toBe(hash);
      const { metadata } = JSON.parse(record) as { metadata: { previousHash: string } };
      expect(metadata.previousHash).toBe(previous);
      previous = hash;
    }
    expect(lines).toHaveLength(3);
  });

  test('a chain with filters would be none', async () => {
    const cut = one.ask(new ExportAudit(ORG, 'chain', { type: 'member.join' }));
    await expect(cut).rejects.toMatchObject({ code: 'request.invalid' });
  });
});
