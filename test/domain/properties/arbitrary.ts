/** Histories and schemes as fast-check draws and shrinks them. */
import fc from 'fast-check';
import type { MembershipEvent } from '#domain/events.js';
import { dice, type Dice } from './dice.js';
import type { History } from './run.js';
import type { Scheme, Start } from './schemes.js';
import { FACTS } from './tables.js';
import { PRODUCTS, type Product } from './versions.js';

const seeds = (length: number) =>
  fc.array(fc.nat(0x7fffffff), { minLength: length / 2, maxLength: length, size: 'max' });

export const histories = (length: number): fc.Arbitrary<History> =>
  fc.record({ product: fc.constantFrom(...PRODUCTS), steps: seeds(length) });

const startsOf = (product: Product): fc.Arbitrary<Start> => {
  const facts = FACTS[product]!;
  const scopes = ['organization', 'space_a', 'space_b'] as const;
  const all = Object.entries(facts.roles).flatMap(([role, fact]) =>
    scopes
      .filter((scope) => facts.hasSpaces || scope === 'organization')
      .filter((scope) => fact.scopes.includes(scope === 'organization' ? scope : 'space'))
      .filter(
        () => fact.kind === 'base' || (fact.kind === 'specialized' && facts.perMember === 'many'),
      )
      .map((scope) => ({ role, scope, isBase: fact.kind === 'base' })),
  );
  const days = fc.option(fc.constantFrom(1, 5, 20), { nil: undefined, freq: 3 });
  const one = (of: typeof all) =>
    fc
      .record({ at: fc.constantFrom(...of), days })
      .map(({ at: { role, scope }, days: until }): Start => ({
        role,
        scope,
        ...(until === undefined ? {} : { days: until }),
      }));
  return fc.oneof(one(all.filter(({ isBase }) => isBase)), one(all));
};

export const schemes = (
  length: number,
  products: readonly Product[] = PRODUCTS,
): fc.Arbitrary<Scheme> =>
  fc.constantFrom(...products).chain((product) =>
    fc.record({
      product: fc.constant(product),
      colluders: fc.array(
        fc.array(startsOf(product), {
          minLength: 1,
          maxLength: FACTS[product]!.perMember === 'many' ? 2 : 1,
        }),
        { minLength: 1, maxLength: 3 },
      ),
      steps: seeds(length),
      backlash: fc.boolean(),
    }),
  );

/**
 * Any event of the closed union, well typed and mostly nonsense: few ids, so that things are made
 * twice, changed before they are made and ended after their end.
 */
export function anyEvent(thrown: Dice): MembershipEvent {
  const id = (prefix: string) => `${prefix}_${thrown.below(4)}` as never;
  const at = () => `2026-03-0${1 + thrown.below(9)}T00:00:00.000Z` as never;
  const role = () => thrown.one(['owner', 'viewer', 'role_0', 'role_1', 'constructor']) as never;
  const scope = () => thrown.one(['organization', 'space_0', 'space_1', 'space_2']) as never;
  const several = <T>(make: () => T): T[] => Array.from({ length: thrown.below(4) }, make);
  const maybe = <T extends object>(some: T): Partial<T> => (thrown.chance(50) ? some : {});
  const grants = () =>
    several(() => ({
      id: `grant_${thrown.below(12)}` as never,
      role: role(),
      scope: scope(),
      ...maybe({ notBefore: at() }),
      ...maybe({ expiresAt: at() }),
    }));
  const ids = (prefix: string) => several(() => id(prefix));
  const sealed = { subject: 'mem_0', sealed: 'x' };
  const name = thrown.one(['', 'a', '__proto__']);
  const cause = thrown.one(['direct', 'scim', 'sso', 'erased'] as const);
  const changeCause = thrown.one([
    ...(['direct', 'transfer', 'invitation', 'sso', 'scim'] as const),
    ...(['scope_removal', 'role_retired', 'catalogue_adopt'] as const),
  ]);
  const authentication = thrown.one(['local', 'sso', 'scim'] as const);
  const source = thrown.one(['direct', 'invitation', 'scim', 'oidc_group'] as const);
  const remap = Object.fromEntries(several(() => [role(), role()]));
  const change = { added: grants(), removed: ids('grant'), cause: changeCause };
  return thrown.one<() => MembershipEvent>([
    () => ({
      type: 'organization.create',
      name,
      catalogue: 'mondoo' as never,
      version: 1,
      sha256: '',
      ownDomains: [],
    }),
    () => ({ type: 'organization.rename', name }),
    () => ({
      type: 'organization.policy_change',
      changes: thrown.one([{ seats: null }, { seats: 1 }, { ssoDefaultRole: role() }, {}]),
    }),
    () => ({ type: 'organization.catalogue_adopt', from: 1, to: 2, sha256: '', remap }),
    () => ({ type: 'organization.suspend' }),
    () => ({ type: 'organization.resume' }),
    () => ({ type: 'organization.delete' }),
    () => ({ type: 'space.create', space: id('space'), name }),
    () => ({ type: 'space.rename', space: id('space'), name }),
    () => ({ type: 'space.deactivate', space: id('space') }),
    () => ({ type: 'space.reactivate', space: id('space') }),
    () => ({ type: 'space.delete', space: id('space') }),
    () => ({
      type: 'member.invite',
      invitation: id('inv'),
      member: id('mem'),
      tag: id('tag'),
      email: sealed,
      displayEmail: sealed,
      grants: grants(),
      teams: ids('team'),
      expiresAt: at(),
      generation: 1,
    }),
    () => ({
      type: 'member.invite_resend',
      invitation: id('inv'),
      generation: thrown.below(5),
      expiresAt: at(),
    }),
    () => ({ type: 'member.invite_revoke', invitation: id('inv'), reason: 'asked' }),
    () => ({ type: 'member.invite_decline', invitation: id('inv') }),
    () => ({ type: 'member.invite_expire', invitation: id('inv') }),
    () => ({ type: 'member.invite_erase', invitation: id('inv'), member: id('mem') }),
    () => ({
      type: 'member.accept',
      invitation: id('inv'),
      generation: 1,
      member: id('mem'),
      user: id('usr'),
      tag: id('tag'),
      email: sealed,
      displayEmail: sealed,
      name: null,
      authentication,
      grants: grants(),
      replaced: ids('grant'),
      teams: ids('team'),
    }),
    () => ({
      type: 'member.join',
      source: thrown.one([
        'founder',
        'configuration',
        'sso',
        'scim',
        'domain',
        'join_request',
      ] as const),
      member: id('mem'),
      ...maybe({ user: id('usr') }),
      tag: thrown.chance(50) ? null : id('tag'),
      email: null,
      displayEmail: null,
      name: null,
      authentication,
      grants: grants(),
      replaced: ids('grant'),
      teams: ids('team'),
    }),
    () => ({ type: 'member.identity_link', member: id('mem'), user: id('usr'), authentication }),
    () => ({ type: 'member.role_change', member: id('mem'), ...change }),
    () => ({ type: 'member.grant_start', member: id('mem'), grant: id('grant') }),
    () => ({ type: 'member.grant_expire', member: id('mem'), grant: id('grant') }),
    () => ({ type: 'member.deactivate', member: id('mem'), cause }),
    () => ({ type: 'member.reactivate', member: id('mem'), cause }),
    () => ({ type: 'member.remove', member: id('mem'), reason: 'left' }),
    () => ({ type: 'member.profile_change', member: id('mem'), name: null }),
    () => ({ type: 'member.personal_data_erase', member: id('mem') }),
    () => ({ type: 'team.create', team: id('team'), name, scope: scope() }),
    () => ({ type: 'team.rename', team: id('team'), name }),
    () => ({ type: 'team.delete', team: id('team') }),
    () => ({
      type: 'team.member_add',
      team: id('team'),
      member: id('mem'),
      source,
      ...maybe({ group: 'g' }),
    }),
    () => ({ type: 'team.member_remove', team: id('team'), member: id('mem'), source }),
    () => ({ type: 'team.role_change', team: id('team'), ...change }),
    () => ({ type: 'service_account.create', account: id('svc'), name, grants: grants() }),
    () => ({ type: 'service_account.change', account: id('svc'), ...maybe({ name }) }),
    () => ({ type: 'service_account.role_change', account: id('svc'), ...change }),
    () => ({ type: 'service_account.delete', account: id('svc') }),
    () => ({
      type: 'api_key.create',
      key: id('key'),
      owner: thrown.one([id('mem'), id('svc'), 'organization']) as never,
      name,
      scopes: [],
      secretHash: 'h',
      ...maybe({ expiresAt: at() }),
    }),
    () => ({
      type: 'api_key.change',
      key: id('key'),
      ...maybe({ expiresAt: thrown.chance(50) ? null : at() }),
    }),
    () => ({ type: 'api_key.rotate', key: id('key'), secretHash: 'i' }),
    () => ({ type: 'api_key.revoke', key: id('key') }),
    () => ({ type: 'role.define', role: role(), name, scopes: ['space'], permissions: [] }),
    () => ({ type: 'role.change', role: role(), ...maybe({ name }) }),
    () => ({ type: 'role.retire', role: role(), ...maybe({ remapTo: role() }) }),
  ])();
}

/** Events of all types, in no order that makes sense. */
export const nonsense = (length: number): fc.Arbitrary<MembershipEvent[]> =>
  fc
    .array(fc.nat(0x7fffffff), { maxLength: length, size: 'max' })
    .map((all) => all.map((seed) => anyEvent(dice(seed))));
