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
  userOf,
  type CustomRole,
  type Holding,
  type Start,
} from './escalation.js';
import { dice, type Dice } from './properties/dice.js';
import { reach } from './reached.js';

export const LATER = '2026-04-01T12:00:00.000Z';
const atScope = (level: string): string => (level === 'space' ? SPACE : level);

function reached(start: Start): Record<string, number> {
  const organization = given(start);
  const { catalogue } = start;
  const actor = userOf(ANN);
  const { platform } = contextOf(catalogue, actor);
  const rows = reach(
    organization,
    catalogue,
    rightsOf(organization, catalogue, platform, actor, NOW),
  );
  for (const { acts, ...last } of rows) expect(acts.at(-1)).toMatchObject(last);
  return Object.fromEntries(rows.map((one) => [text(one), one.acts.length]));
}

/** The lengths of the ways there are, or nothing where there is too much to look at. */
export function compare(start: Start): number[] | undefined {
  const fewest = fewestActs(start);
  if (fewest === undefined) return undefined;
  const { held, customs } = start;
  expect({ held, customs, reached: reached(start) }).toEqual({
    held,
    customs,
    reached: Object.fromEntries(fewest),
  });
  return [...fewest.values()];
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

/** The lengths of the ways in a catalogue of this seed, or nothing where there is too much to look at. */
export function compareAnywhere(seed: number): number[] | undefined {
  const dicing = dice(seed);
  const { below, some } = dicing;
  const catalogue = compile(anyCatalogue(dicing));
  const customs = Array.from({ length: below(3) }, (_, n) => ({
    role: `custom_${n}`,
    permissions: some(PERMISSIONS, 3),
  }));
  return compare(startOf(catalogue, customs, dicing));
}

const ACTIONS = ['a', 'b', 'c', 'd', 'e', 'f'];
const PERMISSIONS = ACTIONS.map((action) => `things:${action}`);
const OPERATIONS = [
  ...['invite', 'change_roles', 'manage_roles'],
  ...['create_service_account', 'create_api_key'],
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
