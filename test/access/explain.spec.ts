import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ActorFact, DomainEvent } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { Access } from '#access/access.js';
import type { Explanation } from '#access/explain.js';
import type { AccessQuestion } from '#access/questions.js';
import { remaps } from './catalogues.js';
import { created, joined, publishing, PUBLISHED } from './facts.js';
import { explained, type Tally } from './explaining.js';
import { histories } from './histories.js';
import { TestLog } from './log.js';

const acme = 'acme' as OrganizationId;
/** Who is shown everything. */
const SYSTEM = { kind: 'system', id: 'configuration', via: 'internal' } as ActorFact;

describe('an explanation', () => {
  const NOON = Date.parse('2026-03-01T12:00:00.000Z');
  const at = (hours: number) => new Date(NOON + hours * 3_600_000).toISOString() as Instant;
  let log: TestLog;
  let access: Access;
  let stop: AbortController;
  let running: Promise<void>;

  const person = (name: string): ActorFact =>
    ({ kind: 'user', id: `usr_${name}`, member: `mem_${name}`, via: 'http' }) as ActorFact;
  /** Somebody does something in an organization, an hour after the last. */
  let hour = 0;
  const does = async (actor: ActorFact, organization: string, ...events: object[]) => {
    const stream = `organization-${organization}`;
    await log.append(
      events.map((event) => ({ stream, event: event as DomainEvent, at: at((hour += 1)), actor })),
    );
    access.acknowledged(organization as OrganizationId, log.revision(stream));
  };
  const why = (principal: string, permission: string, more: object = {}, actor = SYSTEM) =>
    access.explain({ organization: acme, principal, permission, ...more } as AccessQuestion, actor);
  const grant = (id: string, role: string, more: object = {}) => ({
    id: `grant_${id}`,
    role,
    scope: 'organization',
    ...more,
  });
  const SEALED = { subject: 'mem_x', sealed: 'AAAA' };

  beforeEach(async () => {
    hour = 0;
    log = new TestLog();
    stop = new AbortController();
    access = new Access(log.log, { now: () => NOON + 100 * 3_600_000, patience: 20_000 });
    running = access.run(stop.signal);
    await log.append(PUBLISHED);
    const create = [created('works'), { type: 'space.create', space: 'space_a', name: 'A' }];
    await does(SYSTEM, 'acme', ...create, joined('ann', grant('ann', 'owner')));
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await log.log.close();
  });

  const brief = ({ grants }: Explanation) =>
    grants.map((one) => ({
      grant: one.grant,
      role: one.role,
      source: one.source,
      by: one.grantedBy?.id,
      at: one.grantedAt,
      events: one.events.map(({ type, revision }) => `${type} ${revision}`),
    }));

  test('of an invited role names the invitation, who sent it last, and the accept', async () => {
    const invited = { invitation: 'inv_1', member: 'mem_bob', tag: 't', email: SEALED };
    const invite = { type: 'member.invite', ...invited, displayEmail: SEALED, teams: [] };
    const grants = [grant('bob', 'viewer')];
    const times = { expiresAt: at(90), generation: 1 };
    await does(person('ann'), 'acme', { ...invite, grants, ...times });
    const resend = { type: 'member.invite_resend', invitation: 'inv_1' };
    await does(person('cyn'), 'acme', { ...resend, generation: 2, expiresAt: at(91) });
    await does(person('bob'), 'acme', {
      type: 'member.accept',
      ...invited,
      displayEmail: SEALED,
      generation: 2,
      user: 'usr_bob',
      name: null,
      authentication: 'local',
      grants,
      replaced: [],
      teams: [],
    });
    expect(brief(await why('usr_bob', 'documents:view'))).toEqual([
      {
        grant: 'grant_bob',
        role: 'viewer',
        source: 'invitation',
        by: 'usr_cyn',
        at: at(6),
        events: ['member.invite_resend 4', 'member.accept 5'],
      },
    ]);
  });

  test('of a team’s role names the team’s grant and the place in the team', async () => {
    await does(SYSTEM, 'acme', joined('bob'));
    const team = { team: 'team_1', scope: 'organization', name: 'T' };
    await does(person('ann'), 'acme', { type: 'team.create', ...team });
    const change = { team: 'team_1', added: [grant('team', 'viewer')], removed: [] };
    await does(person('ann'), 'acme', { type: 'team.role_change', ...change, cause: 'direct' });
    const add = { team: 'team_1', member: 'mem_bob', source: 'direct' };
    await does(person('bob'), 'acme', { type: 'team.member_add', ...add });
    expect(await why('mem_bob', 'documents:view')).toMatchObject({
      grants: [{ team: 'team_1', source: 'team', grantedBy: { id: 'usr_ann' } }],
    });
    await does(SYSTEM, 'acme', { ...add, type: 'team.member_remove' });
    await does(SYSTEM, 'acme', { ...add, type: 'team.member_add' });
    const events = (answer: Explanation) => brief(answer)[0]!.events;
    expect(events(await why('mem_bob', 'documents:view'))).toEqual([
      'team.role_change 5',
      'team.member_add 8',
    ]);
    const then = await why('mem_bob', 'documents:view', { at: { revision: 6 } });
    expect(events(then)).toEqual(['team.role_change 5', 'team.member_add 6']);
  });

  test('of an implicit role names the membership, or the grant that gives access', async () => {
    await does(SYSTEM, 'acme', joined('bob', grant('bob', 'clerk', { scope: 'space_a' })));
    expect(await why('mem_bob', 'billing:view')).toMatchObject({
      grants: [{ role: 'org-member', source: 'implicit', events: [{ type: 'member.join' }] }],
    });
    const inSpace = await why('mem_bob', 'spaces:view', { space: 'space_a' });
    expect(inSpace.grants).toMatchObject([
      { role: 'space-member', scope: 'space_a', source: 'implicit', grant: 'grant_bob' },
    ]);
  });

  test('names the events that put another role in the place of what was given', async () => {
    await does(SYSTEM, 'acme', joined('bob', grant('bob', 'viewer')));
    const adopt = { type: 'organization.catalogue_adopt', from: 1, to: 3, sha256: '' };
    await does(person('ann'), 'acme', { ...adopt, remap: remaps[3] });
    expect(brief(await why('mem_bob', 'documents:view'))).toMatchObject([
      { role: 'editor', events: ['member.join 3', 'organization.catalogue_adopt 4'] },
    ]);
  });

  test('of a key names its making beside what its owner holds', async () => {
    const key = { key: 'key_1', owner: 'mem_ann', name: 'ci', scopes: [], secretHash: '' };
    await does(person('ann'), 'acme', { type: 'api_key.create', ...key });
    expect(await why('key_1', 'documents:view')).toMatchObject({
      grants: [{ grant: 'grant_ann' }],
      key: [{ type: 'api_key.create', revision: 3 }],
    });
    const before = await why('key_1', 'documents:view', { at: { revision: 2 } });
    expect(before).toMatchObject({ allowed: false, key: [] });
  });

  test('tells a space that was closed, and since when, from one that never was', async () => {
    const asked = (space: string, more: object = {}) =>
      why('mem_ann', 'documents:view', { space, ...more });
    const of = (type: string) => ({ type, space: 'space_a' });
    await does(person('ann'), 'acme', of('space.deactivate'));
    await does(person('ann'), 'acme', of('space.reactivate'));
    expect(await asked('space_a')).toMatchObject({ allowed: true, space: [] });
    await does(person('ann'), 'acme', of('space.deactivate'));
    const inactive = await asked('space_a');
    const isInactive = {
      reason: 'space_inactive',
      space: [{ organization: acme, revision: 5, type: 'space.deactivate', at: at(hour) }],
    };
    expect(inactive).toMatchObject(isInactive);
    await does(person('ann'), 'acme', of('space.delete'));
    expect(await asked('space_a')).toMatchObject({
      reason: 'space_not_found',
      space: [{ revision: 6, type: 'space.delete' }],
    });
    expect(await asked('space_z')).toMatchObject({ reason: 'space_not_found', space: [] });
    expect(await asked('space_a', { at: { revision: 5 } })).toMatchObject(isInactive);
    // Before it was made nothing had closed it.
    expect(await asked('space_a', { at: { revision: 0 } })).toMatchObject({
      reason: 'space_not_found',
      space: [],
    });
  });

  test('keeps what the platform granted to those who run it', async () => {
    await does(SYSTEM, 'platform', created('platform'));
    const roles = [grant('pat', 'platform-admin'), grant('at', 'works/editor')];
    await does(SYSTEM, 'platform', joined('pat', ...roles));
    const seen = await why('usr_pat', 'documents:edit');
    expect(seen.grants).toMatchObject([
      { power: 'organizations:operate', source: 'platform', grant: 'grant_pat' },
      { role: 'editor', source: 'platform', grant: 'grant_at', events: [{ revision: 1 }] },
    ]);
    const { grants } = await why('usr_pat', 'documents:edit', {}, person('ann'));
    expect(grants).toEqual([
      {
        power: 'organizations:operate',
        role: 'platform-admin',
        scope: 'organization',
        source: 'platform',
        events: [],
      },
      { role: 'editor', scope: 'organization', source: 'platform', events: [] },
    ]);
  });

  test('of a no says which smallest grants would do, and who may give them', async () => {
    await does(SYSTEM, 'acme', joined('bob', grant('bob', 'viewer')));
    const answer = await why('mem_bob', 'documents:edit', { space: 'space_a' });
    expect(answer).toMatchObject({ allowed: false, reason: 'no_role', grants: [] });
    expect(answer.missing).toMatchObject([{ role: 'editor', scope: 'space_a', replaces: [] }]);
    // `members:manage` is at the organization alone, so an owner of a space may not.

    expect(answer.missing[0]!.mayGive).toEqual({
      roles: [{ role: 'owner', scope: 'organization' }],
      members: ['mem_ann'],
      count: 1,
      more: false,
    });
  });

  test('of a no names the first who may give it, and says where there are more than it has looked at', async () => {
    await does(SYSTEM, 'acme', joined('bob', grant('bob', 'viewer')));
    const givers = async () =>
      (await why('mem_bob', 'documents:edit', { space: 'space_a' })).missing[0]!.mayGive;
    const owners = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => `o${from + n}`).map((name) =>
        joined(name, grant(name, 'owner')),
      );
    await does(SYSTEM, 'acme', ...owners(1, 500));
    const all = await givers();
    expect(all.members).toHaveLength(5);
    expect(all).toMatchObject({ count: 500, more: false });
    await does(SYSTEM, 'acme', ...owners(500, 501));
    expect(await givers()).toMatchObject({ count: 500, more: true });
  });

  test('of a no at a space where nobody can be given the role, says where it can be given', async () => {
    const { content } = readCatalogueFile('catalogues/mondoo-classic.yaml');
    await log.append([publishing(content!)]);
    // Further roles are held beside a Viewer's, and there is none at the space.
    const create = [
      created('mondoo-classic'),
      { type: 'space.create', space: 'space_b', name: 'B' },
    ];
    const people = [joined('ann', grant('ann', 'owner')), joined('bob', grant('bob', 'viewer'))];
    await does(SYSTEM, 'classic', ...create, ...people);
    const { reason, missing } = await why('mem_bob', 'policies:edit', {
      organization: 'classic',
      space: 'space_b',
    });
    expect(reason).toBe('no_role');
    const proposed = missing.map(({ role, scope }) => `${role} ${scope}`);
    expect(proposed).toContain('policy-editor organization');
    expect(proposed).not.toContain('policy-editor space_b');
  });

  describe('in an organization with roles of its own', () => {
    const ours = 'ours' as OrganizationId;
    const defined = (role: string, ...permissions: string[]) => ({
      ...{ type: 'role.define', role, name: role },
      ...{ scopes: ['organization', 'space'], permissions },
    });
    const whyHere = (principal: string, permission: string, more: object = {}, actor = SYSTEM) =>
      why(principal, permission, { organization: ours, ...more }, actor);
    const within = (id: string, role: string) => grant(id, role, { scope: 'space_b' });

    beforeEach(async () => {
      const { content } = readCatalogueFile('catalogues/mondoo.yaml');
      await log.append([publishing(content!)]);
      const space = { type: 'space.create', space: 'space_b', name: 'B' };
      const people = [joined('ann', grant('ann', 'owner')), joined('bob', within('bob', 'viewer'))];
      await does(SYSTEM, 'ours', created('mondoo'), space, ...people);
    });

    test('of a no also names those who may give it by several roles together', async () => {
      const roles = [defined('giving', 'memberships:assign'), defined('seeing', 'sso:view')];
      const carol = joined('carol', grant('giving', 'giving'), grant('seeing', 'seeing'));
      await does(SYSTEM, 'ours', ...roles, carol, joined('dave', grant('dave', 'giving')));
      const { missing } = await whyHere('mem_bob', 'sso:view');
      const seeing = missing.find(({ role }) => role === 'seeing')!;
      expect(seeing.mayGive.members).toEqual(['mem_ann', 'mem_carol']);
      expect(seeing.mayGive.roles).not.toContainEqual(expect.objectContaining({ role: 'giving' }));
    });

    test('of an account’s no names those who may change what it holds', async () => {
      const all = [
        ...['create', 'update', 'delete', 'get_tokens', 'trigger_actions'].map(
          (action) => `integrations:${action}`,
        ),
        ...['spaces:view_settings', 'integration_settings:view'],
      ];
      const roles = [
        defined('updating', ...all, 'service_accounts:update'),
        defined('managing', ...all, 'service_accounts:manage_memberships'),
      ];
      const account = { type: 'service_account.create', account: 'svc_bot', name: 'Bot' };
      const people = ['updating', 'managing'].map((role) => joined(role, within(role, role)));
      await does(SYSTEM, 'ours', ...roles, ...people, { ...account, grants: [] });
      const { missing } = await whyHere('svc_bot', 'integrations:create', { space: 'space_b' });
      const { roles: may, members } = missing.find(
        ({ role }) => role === 'deployment-manager',
      )!.mayGive;
      expect(may.map(({ role }) => role)).toContain('managing');
      expect(may.map(({ role }) => role)).not.toContain('updating');
      expect(members).toContain('mem_managing');
      expect(members).not.toContain('mem_updating');
    });

    test('names to whoever sees the members of one space those who hold a role there', async () => {
      await does(SYSTEM, 'ours', joined('eve', within('eve', 'owner')));
      const asked = { space: 'space_b' };
      const [all, seen] = [
        await whyHere('mem_bob', 'assets:create', asked),
        await whyHere('mem_bob', 'assets:create', asked, person('bob')),
      ];
      expect(all.missing[0]!.mayGive).toMatchObject({ members: ['mem_ann', 'mem_eve'], count: 2 });
      expect(seen.missing[0]!.mayGive).toMatchObject({ members: ['mem_eve'], count: 1 });
    });

    test('of hundreds of grants lets others have a turn, and asks each giver not too often', async () => {
      const { permissions } = readCatalogueFile('catalogues/mondoo.yaml').content!;
      const others = Object.entries(permissions as Record<string, { space?: string[] }>).flatMap(
        ([resource, { space = [] }]) => space.map((action) => `${resource}:${action}`),
      );
      // None gives all that another does.
      const roles = others.slice(0, 100).map((one, n) => defined(`own_${n}`, 'sso:view', one));
      const owners = Array.from({ length: 30 }, (_, n) => joined(`o${n}`, grant(`o${n}`, 'owner')));
      await does(SYSTEM, 'ours', ...roles, ...owners);
      let [turns, goesOn] = [0, true];
      const turn = (): void => {
        turns += 1;
        if (goesOn) setImmediate(turn);
      };
      setImmediate(turn);
      const told = await Promise.all([1, 2, 3].map(() => whyHere('mem_bob', 'sso:view')));
      goesOn = false;
      const all = told.flatMap(({ missing }) => missing);
      expect(all.length).toBeGreaterThan(290);
      expect(turns).toBeGreaterThan(all.length);
      const counts = all.map(({ mayGive }) => mayGive.count);
      expect(Math.max(...(counts as number[]))).toBe(20);
      for (const { mayGive } of all) expect(mayGive.more).toBe(true);
    });

    test('of an invited role names what took its place before it was accepted', async () => {
      await does(SYSTEM, 'ours', defined('old', 'billing:view'));
      const invited = { invitation: 'inv_1', member: 'mem_fay', tag: 't', email: SEALED };
      const sent = { ...invited, displayEmail: SEALED, teams: [], generation: 1 };
      const grants = [grant('fay', 'old')];
      const times = { expiresAt: at(99) };
      await does(person('ann'), 'ours', { type: 'member.invite', ...sent, ...times, grants });
      const retire = { type: 'role.retire', role: 'old', remapTo: 'audit-log-viewer' };
      await does(person('ann'), 'ours', retire);
      await does(person('fay'), 'ours', {
        ...{ type: 'member.accept', ...sent, user: 'usr_fay', name: null },
        ...{ authentication: 'local', replaced: [], grants: [grant('fay', 'audit-log-viewer')] },
      });
      const told = await whyHere('mem_fay', 'audit_log:view');
      expect(brief(told)).toMatchObject([
        {
          role: 'audit-log-viewer',
          by: 'usr_ann',
          at: at(hour),
          events: ['member.invite 5', 'member.accept 7', 'role.retire 6'],
        },
      ]);
    });
  });

  test('names members to nobody who may not see them', async () => {
    await does(SYSTEM, 'acme', joined('bob', grant('bob', 'clerk')));
    const { missing } = await why('mem_bob', 'billing:view', {}, person('bob'));
    expect(missing).toEqual([]);
    const edit = await why('mem_bob', 'documents:edit', {}, person('bob'));
    expect(edit.missing.map((one) => one.mayGive)).toEqual([
      { roles: [{ role: 'owner', scope: 'organization' }] },
    ]);
  });

  test('proposes no grant where none would do', async () => {
    const none = async (principal: string) => {
      const { reason, missing } = await why(principal, 'documents:edit');
      expect(missing).toEqual([]);
      return reason;
    };
    await does(SYSTEM, 'acme', joined('bob', grant('bob', 'viewer')));
    expect(await none('usr_nobody')).toBe('no_membership');
    await does(SYSTEM, 'acme', {
      type: 'member.deactivate',
      member: 'mem_bob',
      cause: 'direct',
    });
    expect(await none('mem_bob')).toBe('deactivated');
    await does(SYSTEM, 'acme', { type: 'organization.suspend' });
    expect(await none('mem_ann')).toBe('suspended');
  });
});

test('whatever has happened, what is named falls one by one, and what is proposed does it', async () => {
  const tally: Tally = { allowed: 0, several: 0, cured: 0, given: 0, past: 0, kinds: new Set() };
  await fc.assert(
    fc.asyncProperty(histories(120, 24), (history) => explained(history, tally)),
    { numRuns: 60, endOnFailure: true, interruptAfterTimeLimit: 100_000 },
  );
  expect(tally.allowed).toBeGreaterThan(50);
  expect(tally.several).toBeGreaterThan(10);
  expect(tally.cured).toBeGreaterThan(50);
  expect(tally.past).toBeGreaterThan(50);
}, 120_000);
