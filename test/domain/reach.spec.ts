import { describe, expect, it, test } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import type { ActorFact } from '#domain/events.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { evolve } from '#domain/evolve.js';
import type { Instant, MemberId, OrganizationId, RoleId, UserId } from '#domain/ids.js';
import { rightsOf } from '#domain/permissions.js';
import { ANY_SPACE, reaching, type Act, type Reach } from '#domain/reach.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import { ANN, given as givenWith, userOf, type Other } from './escalation.js';
import { closure, withImplicit, type Holding, type Setting } from './properties/oracle.js';
import type { Plain } from './properties/plain.js';
import { FACTS } from './properties/tables.js';
import { reach } from './reached.js';

const NOW = '2026-03-01T12:00:00.000Z' as Instant;
const LATER = '2026-04-01T12:00:00.000Z' as Instant;
const SPACE = 'space_a';
const MEMBER = 'mem_ann' as MemberId;
const compiled = new Map<string, ReturnType<typeof compile>>();
const catalogueOf = (id: string) => {
  const found = compiled.get(id) ?? compile(readCatalogueFile(`catalogues/${id}.yaml`).content!);
  compiled.set(id, found);
  return found;
};
const platform = { organization: emptyOrganization('platform' as OrganizationId) };

let revision = 0;
const happen = (organization: Organization, event: object): void =>
  evolve(organization, {
    event: event as never,
    metadata: { occurredAt: NOW, actor: { kind: 'system', id: 'configuration' } } as never,
    revision: revision++,
  });

/** An organization with a space and one member who holds this. */
function given(id: string, held: readonly Holding[]): Organization {
  const organization = emptyOrganization('acme' as OrganizationId);
  const create = { type: 'organization.create', name: 'A', catalogue: id, version: 1, sha256: '' };
  happen(organization, { ...create, ownDomains: [] });
  const spaces = held.flatMap(({ scope }) => (scope === 'organization' ? [] : [scope]));
  for (const space of new Set([SPACE, ...spaces])) {
    happen(organization, { type: 'space.create', space, name: 'S' });
  }
  happen(organization, {
    type: 'member.join',
    source: 'direct',
    member: MEMBER,
    user: 'usr_ann',
    tag: null,
    email: null,
    displayEmail: null,
    name: null,
    authentication: 'local',
    grants: held.map((one, index) => ({ id: `grant_${index}`, ...one })),
    replaced: [],
    teams: [],
  });
  return organization;
}

const actor: ActorFact = { kind: 'user', id: 'usr_ann' as UserId, via: 'internal' };
const contextOf = (id: string) => {
  const catalogue = catalogueOf(id);
  let ids = 0;
  return {
    now: NOW,
    actor,
    catalogue,
    platform: { ...platform, catalogue },
    latest: () => undefined,
    newId: (kind: string) => `${kind}_${ids++}` as never,
  };
};

function reachOf(id: string, held: readonly Holding[]): readonly Reach[] {
  const { catalogue, platform: above } = contextOf(id);
  const organization = given(id, held);
  return reach(organization, catalogue, rightsOf(organization, catalogue, above, actor, NOW), NOW);
}
const text = ({ role, scope, expiresAt }: Holding | Reach): string =>
  [role, scope, expiresAt ?? 'for good'].join(' ');

/** What hand-written tables say a group can come to hold, without what is held at the start. */
function tables(id: string, held: readonly Holding[]): Holding[] {
  const start = withImplicit(id, held);
  const setting: Setting = { catalogue: id, plain: { roles: new Map() } as unknown as Plain };
  const scopes = new Set([
    'organization',
    ...(FACTS[id]!.hasSpaces ? [ANY_SPACE] : []),
    ...held.map(({ scope }) => scope),
  ]);
  return closure(setting, start, [...scopes]).filter((one) => !start.includes(one));
}

const PRODUCTS = ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project'];
const ENDS = [undefined, LATER];
const starts = (id: string): Holding[][] =>
  Object.entries(FACTS[id]!.roles).flatMap(([role, { kind, scopes }]) =>
    kind === 'base' || kind === 'specialized'
      ? scopes
          .filter((scope) => scope !== 'platform')
          .flatMap((level) =>
            ENDS.map((expiresAt) => [
              {
                role,
                scope: level === 'space' ? SPACE : level,
                ...(expiresAt === undefined ? {} : { expiresAt }),
              },
            ]),
          )
      : [],
  );

describe.each(PRODUCTS)('in %s', (id) => {
  it('nobody reaches what the tables let nobody give them', () => {
    for (const held of starts(id)) {
      const allowed = new Set(tables(id, held).map(text));
      const outside = reachOf(id, held)
        .map(text)
        .filter((one) => !allowed.has(one));
      expect({ held, outside }).toEqual({ held, outside: [] });
    }
  });

  it('whoever is on top reaches all that the tables let them give', () => {
    const { protectedRole } = FACTS[id]!;
    const held = [{ role: protectedRole, scope: 'organization' }];
    const reached = reachOf(id, held).map(text);
    expect(reached.length).toBeGreaterThan(1);
    expect(reached.sort()).toEqual(tables(id, held).map(text).sort());
  });

  it('every way of changing roles can be gone, act by act, by the rule itself', () => {
    const context = contextOf(id);
    // Where a person has one role, each but the last is a helper's.
    if (context.catalogue.rolesPerMember !== 'many') return;
    let gone = 0;
    for (const held of starts(id)) {
      for (const { acts } of reachOf(id, held)) {
        if (acts.some(({ operation }) => operation !== 'change_roles')) continue;
        const organization = given(id, held);
        for (const act of acts) {
          const scope = (act.scope === ANY_SPACE ? SPACE : act.scope) as typeof act.scope;
          if (scope === act.scope || held[0]!.scope === 'organization') {
            go(organization, { ...act, scope }, context);
            gone += 1;
          }
        }
      }
    }
    expect(gone).toBeGreaterThan(100);
  });
});

function go(organization: Organization, act: Act, context: ReturnType<typeof contextOf>): void {
  const { role, scope, expiresAt } = act;
  const add = [{ role: role!, ...(expiresAt === undefined ? {} : { expiresAt }) }];
  const wanted = { kind: 'change', add, remove: [] } as const;
  const events = changeRoles({ member: MEMBER, scope, wanted }, context)(organization);
  expect(events).toHaveLength(1);
  for (const event of events) happen(organization, event);
}

test('what rests on a grant that ends, ends with it', () => {
  const rows = reachOf('mondoo', [{ role: 'owner', scope: 'organization', expiresAt: LATER }]);
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter(({ expiresAt }) => expiresAt !== LATER)).toEqual([]);
});

test('the ways are shown, the short ones first, and nothing is in them that is not needed', () => {
  const rows = reachOf('mondoo', [{ role: 'iam-manager', scope: 'organization' }]);
  expect(rows.map(({ acts }) => acts.length)).toEqual(
    rows.map(({ acts }) => acts.length).sort((a, b) => a - b),
  );
  const owner = rows.find(({ role, scope }) => role === 'owner' && scope === 'organization');
  expect(owner?.acts).toEqual([
    { operation: 'change_roles', role: 'owner' as RoleId, scope: 'organization' },
  ]);
});

test('one role leads to another: only an Owner makes the account that manages identities', () => {
  const rows = reachOf('mondoo', [{ role: 'iam-manager', scope: 'organization' }]);
  const found = rows.find(
    ({ role, scope }) => role === 'scim-identity-manager' && scope === 'organization',
  );
  expect(found?.acts).toEqual([
    { operation: 'change_roles', role: 'owner' as RoleId, scope: 'organization' },
    {
      operation: 'create_service_account',
      role: 'scim-identity-manager' as RoleId,
      scope: 'organization',
    },
  ]);
  expect(rows.map(({ role }) => String(role))).not.toContain('platform-admin');
});

test('whoever may do nothing reaches nothing', () => {
  expect(reachOf('mondoo', [{ role: 'viewer', scope: 'organization' }])).toEqual([]);
  expect(reachOf('wasviking', [{ role: 'ReadOnly', scope: 'organization' }])).toEqual([]);
  const organization = given('mondoo', [{ role: 'owner', scope: 'organization' }]);
  happen(organization, { type: 'organization.suspend' });
  const { catalogue, platform: above } = contextOf('mondoo');
  const rights = rightsOf(organization, catalogue, above, actor, NOW);
  expect(reach(organization, catalogue, rights, NOW)).toEqual([]);
});

test('at spaces where the same is held, be it until other times, the same is reached until those', () => {
  const times = ['2026-04-01', '2026-04-02', '2026-04-03'].map((day) => `${day}T12:00:00.000Z`);
  const spaces = times.map((expiresAt, n) => ({
    expiresAt: expiresAt as Instant,
    scope: `space_${n}`,
  }));
  const held = spaces.flatMap((one) => [
    { role: 'owner', ...one },
    { role: 'viewer', ...one },
  ]);
  const other = { role: 'editor', scope: 'space_9' };
  const all = reachOf('mondoo', [...held, other]);
  for (const one of [...spaces, { scope: 'space_9' }]) {
    const here = [...held, other].filter(({ scope }) => scope === one.scope);
    const alone = reachOf('mondoo', here).filter(({ scope }) => scope === one.scope);
    expect(all.filter(({ scope }) => scope === one.scope)).toEqual(alone);
    for (const { acts, ...last } of alone) {
      for (const act of acts) expect([one.scope, ANY_SPACE, 'organization']).toContain(act.scope);
      if ('expiresAt' in one) expect(last.expiresAt).toBe(one.expiresAt);
    }
  }
  expect(all.filter(({ scope }) => scope === 'space_0').length).toBeGreaterThan(10);

  // It is searched at one of them.
  const steps = (some: readonly Holding[]): number => {
    const { catalogue, platform: above } = contextOf('mondoo');
    const organization = given('mondoo', some);
    const rights = rightsOf(organization, catalogue, above, actor, NOW);
    return [...reaching(organization, catalogue, rights, NOW)].length;
  };
  const alone = steps(held.slice(0, 2));
  expect(steps(held)).toBeLessThan(2 * alone);
  expect(alone).toBeGreaterThan(3);
});

describe('with keys of those who are there', () => {
  /** Makes keys for whoever holds no more. */
  const CUSTOMS = [
    { role: 'key-maker', permissions: ['api_tokens:generate', 'spaces:view', 'members:view'] },
    { role: 'watcher', permissions: ['spaces:view'] },
    { role: 'changer', permissions: ['service_accounts:manage_memberships', 'spaces:view'] },
    {
      role: 'assigner',
      permissions: [
        ...['memberships:assign', 'api_tokens:generate', 'spaces:view'],
        ...catalogueOf('mondoo').roles.get('agent' as RoleId)!.permissions,
      ],
    },
  ];
  const maker = { role: 'key-maker', scope: 'organization' };
  const asked = (
    others: readonly Other[],
    held: readonly Holding[] = [maker],
  ): readonly Reach[] => {
    const { catalogue, platform: above } = contextOf('mondoo');
    const organization = givenWith({ catalogue, customs: CUSTOMS, held, others });
    const rights = rightsOf(organization, catalogue, above, userOf(ANN), NOW);
    return reach(organization, catalogue, rights, NOW);
  };
  const key = (principal: string, role: string, scope: string) => ({
    role,
    scope,
    acts: [{ operation: 'create_api_key', role, scope, principal }],
  });

  it('what an account or a member holds comes with a key of it, if all of it may be given', () => {
    expect(asked([])).toEqual([]);
    const watcher = { role: 'watcher', scope: 'organization' };
    const owner = { role: 'owner', scope: 'organization' };
    expect(asked([{ id: 'svc_a', held: [watcher] }])).toEqual([
      key('svc_a', 'watcher', 'organization'),
    ]);
    expect(asked([{ id: 'mem_a', held: [watcher] }])).toEqual([
      key('mem_a', 'watcher', 'organization'),
    ]);
    expect(asked([{ id: 'svc_a', held: [watcher, { role: 'agent', scope: SPACE }] }])).toEqual([]);
    expect(asked([{ id: 'mem_a', held: [watcher, owner] }])).toEqual([]);
    expect(asked([{ id: 'svc_a', held: [watcher] }], [watcher])).toEqual([]);
  });

  it('what has still to begin counts for the right to the key, and is not held yet', () => {
    const watcher = { role: 'watcher', scope: 'organization' };
    expect(asked([{ id: 'svc_a', held: [{ ...watcher, notBefore: LATER }] }])).toEqual([]);
    const owner = { role: 'owner', scope: 'organization', notBefore: LATER };
    expect(asked([{ id: 'mem_a', held: [watcher, owner] }])).toEqual([]);
  });

  it('at a space where the member holds nothing what is there is told of it alone', () => {
    const held = [{ role: 'watcher', scope: SPACE }];
    expect(asked([{ id: 'svc_a', held }])).toEqual([key('svc_a', 'watcher', SPACE)]);
    const assigner = { role: 'assigner', scope: 'organization' };
    const agent = { id: 'svc_a', held: [{ role: 'agent', scope: SPACE }] };
    const rows = asked([agent], [assigner]);
    expect(rows.filter(({ scope }) => scope === ANY_SPACE).length).toBeGreaterThan(1);
    expect(rows.filter(({ scope }) => scope === SPACE)).toEqual([key('svc_a', 'agent', SPACE)]);
  });

  it('an account whose key is had does what it may, and is given more', () => {
    const changer = { role: 'changer', scope: SPACE };
    const start = [maker, { role: 'service-account-creator', scope: SPACE }];
    const rows = asked([{ id: 'svc_a', held: [changer] }], start);
    const agent = rows.find(({ role, scope }) => role === 'agent' && scope === SPACE);
    // Accounts of their own they make as well: no key of another is needed.
    expect(agent?.acts.map(({ operation }) => operation)).toEqual(['create_service_account']);

    const withoutMaking = [maker, changer, { role: 'api-token-manager', scope: SPACE }];
    const changed = asked([{ id: 'svc_a', held: [] }], withoutMaking);
    const watcher = changed.find(({ role, scope }) => role === 'watcher' && scope === SPACE);
    expect(watcher?.acts).toEqual([
      { operation: 'create_api_key', scope: 'organization', principal: 'svc_a' },
      {
        operation: 'change_service_account_roles',
        role: 'watcher',
        scope: SPACE,
        principal: 'svc_a',
      },
    ]);
  });

  it('accounts are told apart by what they hold already', () => {
    const now = { role: 'watcher', scope: 'organization' };
    const other = { role: 'key-maker', scope: SPACE };
    const rows = asked([
      { id: 'svc_a', held: [now, { ...other, notBefore: LATER }] },
      { id: 'svc_b', held: [{ ...now, notBefore: LATER }, other] },
    ]);
    expect(rows.map(({ role }) => String(role)).sort()).toEqual(['key-maker', 'watcher']);
  });

  it('a role is made only by whoever may make roles by then', () => {
    const rows = asked([], [{ role: 'iam-manager', scope: 'organization', expiresAt: LATER }]);
    const made = rows.filter(({ acts }) => acts.some((one) => one.operation === 'manage_roles'));
    for (const { acts } of made) expect(acts[0].operation).not.toBe('manage_roles');
    expect(rows.length).toBeGreaterThan(10);
  });

  it('keys that there are make no accounts differ where others could be made', () => {
    const { catalogue, platform: above } = contextOf('mondoo');
    const turns = (count: number): number => {
      const others = Array.from({ length: count }, (_, n) => ({
        id: `svc_${n}`,
        held: [],
        key: { expiresAt: `2026-05-01T12:00:${10 + n}.000Z` },
      }));
      const held = [maker, { role: 'changer', scope: SPACE }];
      const organization = givenWith({ catalogue, customs: CUSTOMS, held, others });
      const rights = rightsOf(organization, catalogue, above, userOf(ANN), NOW);
      return [...reaching(organization, catalogue, rights, NOW)].length;
    };
    expect(turns(20)).toBe(turns(2));
  });

  it('a key that there is lasts as long as it did, with another secret', () => {
    const start = { role: 'ApiKeeper', scope: 'organization' };
    const { catalogue, platform: above } = contextOf('wasviking');
    const customs = [
      { role: 'ApiKeeper', permissions: ['api_tokens:rotate', 'dashboard:view'] },
      { role: 'Looker', permissions: ['dashboard:view'] },
    ];
    const others = [
      { id: 'mem_a', held: [{ role: 'Looker', scope: 'organization' }], key: { expiresAt: LATER } },
    ];
    const organization = givenWith({ catalogue, customs, held: [start], others });
    const rights = rightsOf(organization, catalogue, above, userOf(ANN), NOW);
    const looker = { role: 'Looker', scope: 'organization', expiresAt: LATER };
    expect(reach(organization, catalogue, rights, NOW)).toEqual([
      { ...looker, acts: [{ operation: 'rotate_api_key', ...looker, principal: 'mem_a' }] },
    ]);
  });

  it('says until when that is so', () => {
    const { catalogue, platform: above } = contextOf('mondoo');
    const watcher = { role: 'watcher', scope: 'organization' };
    const untilOf = (others: readonly Other[]): string | undefined => {
      const organization = givenWith({ catalogue, customs: CUSTOMS, held: [maker], others });
      const rights = rightsOf(organization, catalogue, above, userOf(ANN), NOW);
      const searching = reaching(organization, catalogue, rights, NOW);
      for (;;) {
        const { done, value } = searching.next();
        if (done === true) return value.until;
      }
    };
    expect(untilOf([{ id: 'svc_a', held: [watcher] }])).toBeUndefined();
    const later = { ...watcher, notBefore: LATER, expiresAt: '2026-05-01T12:00:00.000Z' };
    expect(untilOf([{ id: 'svc_a', held: [later] }])).toBe(LATER);
    expect(untilOf([{ id: 'mem_a', held: [later] }])).toBe(LATER);
    const sooner = { expiresAt: '2026-03-20T12:00:00.000Z' };
    expect(untilOf([{ id: 'svc_a', held: [later], key: sooner }])).toBe(sooner.expiresAt);
  });
});
