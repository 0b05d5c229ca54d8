import { describe, expect, test } from '@jest/globals';
import { resend } from '#domain/decide/invitation.js';
import { adoptCatalogue } from '#domain/decide/adoption.js';
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import { PLATFORM, type Permission, type RoleId } from '#domain/ids.js';
import {
  by,
  catalogue,
  days,
  founded,
  given,
  grant,
  invitationId,
  invited,
  joined,
  people,
  policies,
  PLATFORM_HISTORY,
  role,
  root,
  space,
  system,
  teamOf,
  variant,
  type History,
  type Someone,
} from '../support/given.js';

const { olga, adam, mia, ines, robin } = people('olga', 'adam', 'mia', 'ines', 'robin');
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);

/** A catalogue with other names for some roles. */
const renaming =
  (
    names: Readonly<Record<string, string>>,
    more: (content: CatalogueContent) => object = () => ({}),
  ) =>
  (before: CatalogueContent): Partial<CatalogueContent> => {
    const content = { ...before, ...more(before) };
    const named = <S>(one: S): S => (names[one as string] ?? one) as S;
    const all = <S>(some: S): S => (Array.isArray(some) ? (some.map(named) as S) : some);
    const { policies } = content;
    return {
      ...content,
      roles: content.roles.map((one) => ({
        ...one,
        id: named(one.id),
        ...(one.includes === undefined ? {} : { includes: all(one.includes) }),
      })),
      delegation: content.delegation.map((one) => ({
        ...one,
        holder: named(one.holder),
        mayAssign: all(one.mayAssign),
        mayManage: all(one.mayManage),
      })),
      policies: {
        ...policies,
        protectedRole: named(policies.protectedRole),
        founderRole: named(policies.founderRole),
      },
    };
  };

/** Version 2 of Vygl, in which `member` is called `contributor`. */
const renamed = variant('vygl', 'vygl', 2, renaming({ member: 'contributor' }));
const same = variant('vygl', 'vygl', 3, () => ({}));
/** In which `member` is called what every object has. */
const builders = (version: number) =>
  variant('vygl', 'builders', version, renaming({ member: 'constructor' }));

const adopted = (to: typeof renamed, remap: Record<string, string> = {}, from = 1) => ({
  type: 'organization.catalogue_adopt' as const,
  from,
  to: to.version,
  sha256: to.sha256,
  remap: remap as Record<string, RoleId>,
});

describe('adopt a catalogue version', () => {
  test('a role called `constructor` is a role as any other', () => {
    const [before, target] = [builders(1), builders(2)];
    given(founded(before, olga, [mia, 'constructor']))
      .when(adoptCatalogue, { target, remap: {} }, { as: olga })
      .thenLike([{ type: 'organization.catalogue_adopt', from: 1, to: 2, remap: {} }]);
  });
  test('emits', () => {
    given(vygl)
      .when(adoptCatalogue, { target: same, remap: {} }, { as: olga })
      .then([adopted(same)]);
  });
  test('the version it is on already changes nothing', () => {
    given(vygl)
      .when(adoptCatalogue, { target: catalogue('vygl'), remap: {} }, { as: olga })
      .thenNothing();
  });
  test('refuses an older version, another catalogue and who may not', () => {
    given([vygl, by(olga, adopted(same))])
      .when(adoptCatalogue, { target: renamed, remap: {} }, { as: olga })
      .thenRefused('catalogue.older_version');
    given(vygl)
      .when(adoptCatalogue, { target: catalogue('wasviking'), remap: {} }, { as: olga })
      .thenRefused('catalogue.not_found');
    given(vygl)
      .when(adoptCatalogue, { target: same, remap: {} }, { as: adam })
      .thenRefused('permission.denied');
  });

  describe('no role in use vanishes without remap', () => {
    test('one that is granted', () => {
      given(vygl)
        .when(adoptCatalogue, { target: renamed, remap: {} }, { as: olga })
        .thenRefused('catalogue.remap_needed');
      const remap = { member: role('contributor') };
      given(vygl)
        .when(adoptCatalogue, { target: renamed, remap }, { as: olga })
        .then([adopted(renamed, remap)]);
    });
    test('one that is only invited', () => {
      const history = [founded('vygl', olga), invited(ines, olga, { held: 'member' })];
      given(history)
        .when(adoptCatalogue, { target: renamed, remap: {} }, { as: olga })
        .thenRefused('catalogue.remap_needed');
      given(history)
        .when(adoptCatalogue, { target: renamed, remap: {} }, { as: olga, at: days(8) })
        .then([adopted(renamed)]);
    });
    test('one that is only a policy', () => {
      const history = [
        founded('vygl', olga),
        by(olga, {
          type: 'organization.policy_change',
          changes: { ssoDefaultRole: role('member') },
        }),
      ];
      given(history)
        .when(adoptCatalogue, { target: renamed, remap: {} }, { as: olga })
        .thenRefused('catalogue.remap_needed');
    });
    test('a role nobody has may vanish', () => {
      given(founded('vygl', olga))
        .when(adoptCatalogue, { target: renamed, remap: {} }, { as: olga })
        .then([adopted(renamed)]);
    });
    test('a successor that the new version does not know is none', () => {
      given(vygl)
        .when(adoptCatalogue, { target: renamed, remap: { member: role('nobody') } }, { as: olga })
        .thenRefused('catalogue.remap_needed');
    });
    test('nor is it one of a role that nobody has', () => {
      for (const id of ['nobody', '__proto__']) {
        given(founded('vygl', olga))
          .when(adoptCatalogue, { target: renamed, remap: { member: role(id) } }, { as: olga })
          .thenRefused('role.unknown');
      }
    });
    test('a permission inside a custom role', () => {
      const without = variant('mondoo', 'mondoo', 2, (content) => ({
        permissions: Object.fromEntries(
          Object.entries(content.permissions).filter(([resource]) => resource !== 'bi_query_proxy'),
        ),
        roles: content.roles.map((one) => ({
          ...one,
          permissions: one.permissions.filter((each) => each !== 'bi_query_proxy:query'),
        })),
      }));
      const history = [
        founded('mondoo', olga),
        by(olga, {
          type: 'role.define',
          role: role('role_bi'),
          name: 'BI',
          scopes: ['space'],
          permissions: ['bi_query_proxy:query' as Permission],
        }),
      ];
      given(history)
        .when(adoptCatalogue, { target: without, remap: {} }, { as: olga })
        .thenRefused('catalogue.remap_needed');
      given(founded('mondoo', olga))
        .when(adoptCatalogue, { target: without, remap: {} }, { as: olga })
        .then([adopted(without)]);
    });
    test('a scope at which a role is held', () => {
      const narrower = variant('mondoo', 'mondoo', 3, (content) => ({
        roles: content.roles.map((one) =>
          one.id === 'team-manager' ? { ...one, scopes: ['organization'] } : one,
        ),
      }));
      const history = [founded('mondoo', olga), by(olga, teamOf('core', ['team-manager@north']))];
      given(history)
        .when(adoptCatalogue, { target: narrower, remap: {} }, { as: olga })
        .thenRefused('catalogue.remap_needed');
    });
    test('people’s roles do not become those of machines, nor implicit ones', () => {
      const next = variant('mondoo', 'mondoo', 4, () => ({}));
      const history = founded('mondoo', olga, [mia, `viewer@north`]);
      given(history)
        .when(adoptCatalogue, { target: next, remap: { viewer: role('agent') } }, { as: olga })
        .thenRefused('catalogue.remap_needed');
      given(history)
        .when(adoptCatalogue, { target: next, remap: { viewer: role('org-member') } }, { as: olga })
        .thenRefused('catalogue.remap_needed');
    });
  });

  test('the last-holder rule holds under the new version', () => {
    const inverted = variant('vygl', 'vygl', 4, (content) => ({
      policies: { ...content.policies, protectedRole: role('admin') },
    }));
    given(founded('vygl', olga))
      .when(adoptCatalogue, { target: inverted, remap: {} }, { as: olga })
      .thenRefused('member.last_holder');
    given(vygl)
      .when(adoptCatalogue, { target: inverted, remap: {} }, { as: olga })
      .then([adopted(inverted)]);
    given(vygl)
      .when(adoptCatalogue, { target: same, remap: { owner: role('admin') } }, { as: olga })
      .thenRefused('member.last_holder');
  });

  test('nobody is left with more roles than one person can hold, nor without a seat', () => {
    const next = variant('mondoo-classic', 'mondoo-classic', 2, () => ({}));
    const history = founded('mondoo-classic', olga, [mia, ['viewer', 'policy-editor']]);
    given(history)
      .when(
        adoptCatalogue,
        { target: next, remap: { 'policy-editor': role('editor') } },
        { as: olga },
      )
      .thenRefused('role.count');
    given(history)
      .when(
        adoptCatalogue,
        { target: next, remap: { 'policy-editor': role('viewer') } },
        { as: olga },
      )
      .then([adopted(next, { 'policy-editor': 'viewer' })]);
    const many = variant('vygl', 'grow', 1, () => ({ rolesPerMember: 'many' }));
    const one = variant('grow', 'grow', 2, () => ({ rolesPerMember: 'one' }));
    const toOne = (history: History) =>
      given(history).when(adoptCatalogue, { target: one, remap: {} }, { as: olga });
    toOne(founded(many, olga, [mia, 'member'])).then([adopted(one)]);
    toOne(founded(many, olga, [mia, ['member', 'viewer']])).thenRefused('role.count');
    toOne([founded(many, olga), by(olga, teamOf('t', ['viewer'], [olga]))]).thenRefused(
      'team.holds_no_roles',
    );
    const small = variant('vygl', 'vygl', 5, ({ policies }) => ({
      policies: { ...policies, seats: 2 },
    }));
    given(vygl)
      .when(adoptCatalogue, { target: small, remap: {} }, { as: olga })
      .thenRefused('seats.exhausted');
  });

  test('nobody is left invited to more roles than one person can hold', () => {
    const many = variant('vygl', 'invites', 1, () => ({ rolesPerMember: 'many' }));
    const one = variant('invites', 'invites', 2, () => ({ rolesPerMember: 'one' }));
    const still = variant('invites', 'invites', 3, () => ({}));
    const history = [founded(many, olga), invited(ines, olga, { held: ['member', 'viewer'] })];
    const invitation = invitationId('ines');
    const adopting = (target: Catalogue, remap: Record<string, RoleId> = {}, on: History = []) =>
      given([history, on]).when(adoptCatalogue, { target, remap }, { as: olga });
    adopting(one).thenRefused('role.count');
    adopting(one, { viewer: role('admin') }).thenRefused('role.count');
    // Twice the same is one.
    const once = adopted(one, { viewer: 'member' });
    adopting(one, once.remap).then([once]);
    given([...history, by(olga, once)])
      .when(resend, { invitation, address: ines.address }, { as: olga })
      .thenLike([{ type: 'member.invite_resend' }]);
    adopting(still).then([adopted(still)]);
    const over = by(olga, { type: 'member.invite_revoke', invitation, reason: 'asked' });
    adopting(one, {}, over).then([adopted(one)]);
    // One that is not open keeps no version away, and is not sent anew.
    given(history)
      .when(adoptCatalogue, { target: one, remap: {} }, { as: olga, at: days(8) })
      .then([adopted(one)]);
    given([...history, by(olga, adopted(one))])
      .when(resend, { invitation, address: ines.address }, { as: olga, at: days(8) })
      .thenRefused('role.count');
  });

  test('nobody is left with two base roles because one of them has become such', () => {
    const based = variant('mondoo-classic', 'mondoo-classic', 3, ({ roles }) => ({
      roles: roles.map((role) => (role.id === 'policy-editor' ? { ...role, kind: 'base' } : role)),
    }));
    given(founded('mondoo-classic', olga, [mia, ['viewer', 'policy-editor']]))
      .when(adoptCatalogue, { target: based, remap: {} }, { as: olga })
      .thenRefused('role.count');
    given(founded('mondoo-classic', olga, [mia, 'viewer']))
      .when(adoptCatalogue, { target: based, remap: {} }, { as: olga })
      .then([adopted(based)]);
  });

  describe('remap is delegation', () => {
    const next = variant('mondoo', 'mondoo', 5, () => ({}));
    test('the successor is assigned', () => {
      const history = founded('mondoo', olga, [mia, 'viewer']);
      given(history)
        .when(
          adoptCatalogue,
          { target: next, remap: { viewer: role('iam-manager') } },
          { as: olga },
        )
        .thenRefused('delegation.may_not_assign');
    });
    test('a role that stays is taken away only by who manages its holders', () => {
      const history = founded('mondoo', olga, [robin, 'iam-manager'], [mia, 'editor']);
      given(history)
        .when(
          adoptCatalogue,
          { target: next, remap: { 'iam-manager': role('viewer') } },
          { as: olga },
        )
        .thenRefused('delegation.may_not_assign');
      given(history)
        .when(adoptCatalogue, { target: next, remap: { editor: role('viewer') } }, { as: olga })
        .then([adopted(next, { editor: 'viewer' })]);
    });
  });

  describe('a version that calls a role of the actor otherwise', () => {
    /** Of Vygl, where admins adopt as well: then `member` and these have other names. */
    const adopters = (content: CatalogueContent) => ({
      operations: { ...content.operations, adopt_catalogue: 'settings:update' as Permission },
    });
    const before = variant('vygl', 'own', 1, adopters);
    const next = (
      version: number,
      names: object,
      more: Parameters<typeof renaming>[1] = adopters,
    ) => variant('own', 'own', version, renaming({ member: 'contributor', ...names }, more));
    const history = founded(before, olga, [adam, 'admin'], [mia, 'member']);
    const adopting = (
      target: Catalogue,
      remap: Readonly<Record<string, string>>,
      as: Someone,
      on: History = history,
    ) => given(on).when(adoptCatalogue, { target, remap: remap as Record<string, RoleId> }, { as });
    const proprietors = next(2, { owner: 'proprietor' });
    const remap = { owner: 'proprietor', member: 'contributor' };

    test('who holds the protected one gives what its holders give', () => {
      adopting(proprietors, remap, olga).then([adopted(proprietors, remap)]);
      adopting(proprietors, { ...remap, admin: 'proprietor' }, olga).thenLike([{ to: 2 }]);
    });
    test('nobody gives the protected one by its new name, but only what else there is', () => {
      adopting(proprietors, remap, adam).then([adopted(proprietors, remap)]);
      adopting(proprietors, { ...remap, admin: 'proprietor' }, adam).thenRefused(
        'delegation.may_not_assign',
      );
      adopting(proprietors, { ...remap, member: 'proprietor' }, adam).thenRefused(
        'delegation.may_not_assign',
      );
    });
    test('it becomes no other that nobody could give', () => {
      const above = next(3, { owner: 'proprietor' }, (content) => ({
        roles: content.roles.flatMap((one) =>
          one.id === 'owner' ? [one, { ...one, id: role('superior') }] : one,
        ),
        delegation: content.delegation.map((one) =>
          one.holder === 'owner' ? { ...one, mayAssign: ['admin', 'member', 'viewer'] } : one,
        ),
      }));
      const both = founded(before, olga, [adam, 'owner'], [mia, 'member']);
      for (const to of ['superior', 'proprietor']) {
        const rest = { ...remap, admin: to };
        adopting(above, rest, olga, both).thenRefused('delegation.may_not_assign');
      }
      adopting(above, { ...remap, owner: 'superior' }, olga, both).thenRefused(
        'delegation.may_not_assign',
      );
      adopting(above, remap, olga, both).then([adopted(above, remap)]);
    });
    test('nor one that there was before and that its holders could not give', () => {
      const target = variant('mondoo', 'mondoo', 8, ({ roles, delegation, policies }) => ({
        roles: roles.filter(({ id }) => id !== 'owner'),
        delegation: delegation.filter(({ holder }) => holder !== 'owner'),
        policies: { ...policies, protectedRole: role('iam-manager') },
      }));
      const people = founded('mondoo', olga, [robin, 'iam-manager']);
      adopting(target, { owner: 'iam-manager' }, olga, people).thenRefused(
        'delegation.may_not_assign',
      );
      adopting(target, { owner: 'editor' }, olga, people).then([
        adopted(target, { owner: 'editor' }),
      ]);
    });
    test('of another that is no more they give what they gave, and nothing besides', () => {
      const recruiters = next(4, { admin: 'recruiter' }, (content) => ({
        ...adopters(content),
        delegation: content.delegation.map((one) =>
          one.holder === 'admin' ? { ...one, mayAssign: { kinds: '*' } } : one,
        ),
      }));
      const to = { admin: 'recruiter', member: 'contributor' };
      adopting(recruiters, to, adam).thenRefused('delegation.may_not_assign');
      adopting(recruiters, to, olga).then([adopted(recruiters, to)]);
      const down = { admin: 'viewer', member: 'viewer' };
      adopting(recruiters, down, adam).then([adopted(recruiters, down)]);
    });
  });

  test('the service itself, following new versions, needs no permission', () => {
    given(vygl)
      .when(adoptCatalogue, { target: same, remap: {} }, { as: system('catalogue') })
      .then([adopted(same)]);
  });

  test('the platform follows its catalogue though it holds roles of others', () => {
    const next = variant('platform', 'platform', 2, () => ({}));
    const history = [PLATFORM_HISTORY, by(root, joined(mia, 'mondoo/iam-manager'))];
    given(history, PLATFORM)
      .when(adoptCatalogue, { target: next, remap: {} }, { as: system('catalogue') })
      .then([adopted(next)]);
  });

  test('an invitation past its time uses no scope, and is not resent to one its role is not for', () => {
    const next = variant('mondoo', 'mondoo', 7, () => ({}));
    const remap = { viewer: role('billing-manager') };
    const history = [founded('mondoo', olga), invited(ines, olga, { held: 'viewer@north' })];
    given(history)
      .when(adoptCatalogue, { target: next, remap }, { as: olga })
      .thenRefused('catalogue.remap_needed');
    given(history)
      .when(adoptCatalogue, { target: next, remap }, { as: olga, at: days(8) })
      .then([adopted(next, remap)]);
    given([...history, by(olga, adopted(next, remap))])
      .when(
        resend,
        { invitation: invitationId('ines'), address: ines.address },
        { as: olga, at: days(8) },
      )
      .thenRefused('role.wrong_scope');
  });

  test('whoever joins gets no role that is not for people, or not for the organization', () => {
    const next = variant('mondoo', 'mondoo', 2, () => ({}));
    const history = [founded('mondoo', olga), policies({ ssoDefaultRole: role('viewer') })];
    const remapped = (to: string) =>
      given(history).when(
        adoptCatalogue,
        { target: next, remap: { viewer: role(to) } },
        { as: olga },
      );
    remapped('editor').then([adopted(next, { viewer: 'editor' })]);
    remapped('api-token-creator').thenRefused('catalogue.remap_needed');
    remapped('agent').thenRefused('catalogue.remap_needed');
  });
  test('grants at a space are remapped as well', () => {
    const next = variant('mondoo', 'mondoo', 6, () => ({}));
    const history = founded('mondoo', olga, [mia, { role: 'viewer', scope: space('north') }]);
    const state = given(history)
      .when(adoptCatalogue, { target: next, remap: { viewer: role('editor') } }, { as: olga })
      .after();
    const [held] = state.members.get(mia.member)!.grants;
    const { role: _, ...rest } = grant('mia', 'viewer');
    expect(held).toMatchObject({ ...rest, role: 'editor', scope: space('north') });
  });
});
