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

function reachOf(id: string, held: readonly Holding[]): Reach[] {
  const { catalogue, platform: above } = contextOf(id);
  const organization = given(id, held);
  return reach(organization, catalogue, rightsOf(organization, catalogue, above, actor, NOW));
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
  expect(reach(organization, catalogue, rights)).toEqual([]);
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
    return [...reaching(organization, catalogue, rights)].length;
  };
  expect(steps(held)).toBe(steps(held.slice(0, 2)));
  expect(steps(held)).toBeGreaterThan(3);
});
