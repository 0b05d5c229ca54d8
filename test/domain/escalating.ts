/** What `reach` is asked, in catalogues of any kind, beside what a search over the rules finds. */
import { expect } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import { rightsOf } from '#domain/permissions.js';
import {
  ANN,
  contextOf,
  fewestActs,
  given,
  NOW,
  SPACE,
  text,
  THIRD_SPACE,
  userOf,
  type CustomRole,
  type Holding,
  type Other,
  type Start,
} from './escalation.js';
import { dice, type Dice } from './properties/dice.js';
import { reach } from './reached.js';
import type { Reach } from '#domain/reach.js';

export const LATER = '2026-04-01T12:00:00.000Z';
const SOONER = '2026-03-15T12:00:00.000Z';
const atScope = (level: string): string => (level === 'space' ? SPACE : level);

function reached(start: Start): readonly Reach[] {
  const organization = given(start);
  const { catalogue } = start;
  const actor = userOf(ANN);
  const { platform } = contextOf(catalogue, actor);
  const rights = rightsOf(organization, catalogue, platform, actor, NOW);
  const rows = reach(organization, catalogue, rights, NOW);
  for (const { acts, ...last } of rows) expect(acts.at(-1)).toMatchObject(last);
  return rows;
}

/** By which operations the ways go that there are, or nothing where there is too much to look at. */
export function compare(start: Start): string[][] | undefined {
  // With others there is more to do in each group.
  const fewest = fewestActs(start, start.others === undefined ? 200 : 60);
  if (fewest === undefined) return undefined;
  const { held, customs, others } = start;
  const rows = reached(start);
  const found = Object.fromEntries(rows.map((one) => [text(one), one.acts.length]));
  expect({ held, customs, others, reached: found }).toEqual({
    held,
    customs,
    others,
    reached: Object.fromEntries(fewest),
  });
  return rows.map(({ acts }) => acts.map(({ operation }) => operation));
}

/** What people can hold, each alone at one place. */
export const holdings = (catalogue: Catalogue): Holding[] =>
  [...catalogue.roles.values()]
    .filter(({ kind }) => kind === 'base' || kind === 'specialized')
    .flatMap(({ id, scopes }) =>
      [...scopes]
        .filter((level) => level !== 'platform')
        .map((level) => ({ role: id, scope: atScope(level) })),
    );

/** Two roles, or as many as go with one another. */
export function startOf(
  catalogue: Catalogue,
  customs: readonly CustomRole[],
  { one, chance }: Pick<Dice, 'one' | 'chance'>,
): Start {
  const ending = () => (chance(30) ? { expiresAt: LATER } : {});
  const own = customs.flatMap(({ role }) =>
    [...catalogue.scopes].map((level) => ({ role, scope: atScope(level) })),
  );
  const rule = catalogue.rolesPerMember;
  const all = [...holdings(catalogue), ...own];
  if (typeof rule === 'string') {
    const first = { ...one(all), ...ending() };
    const held = rule === 'one' ? [first] : [first, { ...one(all), ...ending() }];
    return { catalogue, customs, held };
  }
  const isBase = ({ role }: Holding): boolean =>
    catalogue.roles.get(role as never)?.kind === 'base';
  const base = { ...one(all.filter(isBase)), ...ending() };
  const isCompanion = rule.specializedWith?.includes(base.role as never) ?? true;
  const beside = all.filter((other) => !isBase(other) && other.scope === base.scope);
  const further = isCompanion && beside.length > 0 ? [{ ...base, role: one(beside).role }] : [];
  return { catalogue, customs, held: [base, ...further] };
}

/** Up to two, some of whom can do what a key takes and some of whom are worth one. */
function othersOf(catalogue: Catalogue, customs: readonly CustomRole[], dicing: Dice): Other[] {
  const { one, chance, below, some } = dicing;
  const scopes = catalogue.scopes.has('space')
    ? ['organization', SPACE, THIRD_SPACE]
    : ['organization'];
  const isAt = (levels: ReadonlySet<string>) => (scope: string) =>
    levels.has(scope === 'organization' ? scope : 'space');
  const times = () => (chance(25) ? { expiresAt: one([LATER, SOONER]) } : {});
  const holding = (kinds: readonly string[]): Holding[] => {
    const roles = [
      ...[...catalogue.roles.values()].filter(({ kind }) => kinds.includes(kind)),
      ...customs.map(({ role }) => ({ id: role, scopes: catalogue.scopes })),
    ];
    if (roles.length === 0) return [];
    const { id, scopes: levels } = one(roles);
    const begin = chance(10) ? { notBefore: SOONER } : {};
    return [{ role: id, scope: one(scopes.filter(isAt(levels))), ...begin, ...times() }];
  };
  return some(['svc_x', 'svc_y', 'mem_z'], 2).flatMap((id) => {
    const kinds = id === 'mem_z' ? ['base'] : ['service_account'];
    const held = Array.from({ length: id === 'mem_z' ? 1 : 1 + below(2) }, () => holding(kinds));
    const distinct = new Map(held.flat().map((each) => [each.role + each.scope, each]));
    const key = chance(50) ? { key: times() } : {};
    if (id !== 'mem_z' && chance(20)) return [{ id, held: [], ...key }];
    return distinct.size === 0 ? [] : [{ id, held: [...distinct.values()], ...key }];
  });
}

/** The ways there are in a catalogue of this seed, or nothing where there is too much to look at. */
export function compareAnywhere(seed: number): string[][] | undefined {
  const dicing = dice(seed);
  const { below, some } = dicing;
  const catalogue = compile(anyCatalogue(dicing));
  const customs = Array.from({ length: below(3) }, (_, n) => ({
    role: `custom_${n}`,
    permissions: some(PERMISSIONS, 3),
  }));
  const start = startOf(catalogue, customs, dicing);
  return compare({ ...start, others: othersOf(catalogue, customs, dicing) });
}

const ACTIONS = ['a', 'b', 'c', 'd', 'e', 'f'];
const PERMISSIONS = ACTIONS.map((action) => `things:${action}`);
const OPERATIONS = [
  ...['invite', 'change_roles', 'manage_roles'],
  ...['create_service_account', 'change_service_account_roles'],
  ...['create_api_key', 'rotate_api_key'],
];

/** Few permissions, so that much hangs together. */
function anyCatalogue({ below, chance, one, some }: Dice): CatalogueContent {
  const scopes = chance(33) ? ['organization'] : ['organization', 'space'];
  const at = () => (chance(50) ? scopes : [one(scopes)]);
  const inAll = some(ACTIONS, 4);
  const rolesPerMember = one([
    ...['many', 'many', 'many', 'one'],
    { base: 'one', specialized: 'many' },
    { base: 'one', specialized: 'many', specializedWith: ['role_0'] },
  ]);
  const ids = Array.from({ length: 3 + below(4) }, (_, n) => `role_${n}`);
  const role = (id: string, kind: string) => ({
    id,
    name: id,
    kind,
    scopes: at(),
    permissions: some(PERMISSIONS, 5),
    explicit: chance(15),
    description: id,
  });
  const roles = ids.map((id, n) =>
    role(id, n === 0 ? 'base' : one(['base', 'base', 'specialized', 'service_account'])),
  );
  // A team's roles come on top of the one that a person has.
  const operations = [
    ...OPERATIONS,
    ...(typeof rolesPerMember === 'string' ? ['manage_teams'] : []),
  ];
  return {
    id: 'any',
    version: 1,
    name: 'Any',
    scopes,
    rolesPerMember,
    permissions: {
      things: { organization: inAll, space: ACTIONS.filter((each) => !inAll.includes(each)) },
    },
    roles: [
      ...roles,
      ...(chance(33) ? [{ ...role('implicit', 'implicit'), scopes: [one(scopes)] }] : []),
    ],
    delegation: ids
      .filter(() => chance(60))
      .map((holder) => ({
        holder,
        mayAssign: some(ids, 3),
        mayManage: some(ids, 4),
        otherwise: one(['none', 'subset']),
      })),
    policies: {
      protectedRole: 'role_0',
      founderRole: 'role_0',
      removal: 'allowed',
      invitation: { ttl: 'P7D', matchEmail: true, onInviterLoss: 'keep' },
      emailDomains: { external: 'allow', providers: 'allow' },
      catalogueAdoption: 'manual',
      overridable: [],
    },
    operations: Object.fromEntries(
      operations.filter(() => chance(75)).map((each) => [each, one(PERMISSIONS)]),
    ),
    inactiveSpace: [],
    routes: [],
    apiScopes: [],
    notes: [],
  } as unknown as CatalogueContent;
}
