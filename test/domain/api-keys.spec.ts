import { describe, expect, test } from '@jest/globals';
import {
  changeApiKey,
  createApiKey,
  revokeApiKey,
  rotateApiKey,
  type CreateApiKey,
} from '#domain/decide/api-key.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import type { KeyOwner } from '#domain/events.js';
import {
  accountId,
  by,
  days,
  founded,
  given,
  hours,
  joined,
  key,
  keyId,
  NOW,
  people,
  role,
  space,
  teamOf,
  variant,
  type Someone,
  machine,
} from '../support/given.js';

const { olga, adam, mia, vic, ed, ivan, tina, robin } = people(
  'olga',
  'adam',
  'mia',
  'vic',
  'ed',
  'ivan',
  'tina',
  'robin',
);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'Analyst']);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const mondoo = founded(
  'mondoo',
  olga,
  [ed, 'editor'],
  [vic, 'viewer'],
  [tina, 'api-token-manager@north'],
  [robin, 'iam-manager'],
);
const k = keyId('k');

const mint = (owner: KeyOwner, more: Partial<CreateApiKey> = {}): CreateApiKey => ({
  key: k,
  owner,
  name: 'ci',
  scopes: [],
  secretHash: 'hash',
  ...more,
});
const minted = (owner: KeyOwner, more: object = {}) =>
  ({ type: 'api_key.create', ...mint(owner), ...more }) as const;
const bot = (...held: string[]) => by(olga, machine('bot', ...held));

describe('create API key', () => {
  test('emits, with scopes and an end', () => {
    given(wasviking)
      .when(
        createApiKey,
        mint(olga.member, {
          scopes: ['scans:run', 'scans:run', 'sca:submit'],
          expiresAt: days(30),
        }),
        { as: olga },
      )
      .then([minted(olga.member, { scopes: ['scans:run', 'sca:submit'], expiresAt: days(30) })]);
  });
  test('the same key again changes nothing', () => {
    given([wasviking, by(olga, minted(olga.member))])
      .when(createApiKey, mint(olga.member), { as: olga })
      .thenNothing();
  });
  test('scopes are the catalogue’s, apart from permissions', () => {
    given(wasviking)
      .when(createApiKey, mint(olga.member, { scopes: ['users:invite'] }), { as: olga })
      .thenRefused('api_key.scope_unknown');
    given(vygl)
      .when(createApiKey, mint(olga.member, { scopes: ['scan:write'] }), { as: olga })
      .then([minted(olga.member, { scopes: ['scan:write'] })]);
  });
  test('where the catalogue has none, that is said', () => {
    const minting = given(mondoo).when(
      createApiKey,
      mint(olga.member, { scopes: ['assets:view'] }),
      { as: olga },
    );
    expect(() => minting.events()).toThrow(
      'The catalogue mondoo has no scopes; leave the list empty.',
    );
  });
  test('ends in the future', () => {
    given(vygl)
      .when(createApiKey, mint(olga.member, { expiresAt: NOW }), { as: olga })
      .thenRefused('grant.times_invalid');
  });
  test('is not offered by CVE project', () => {
    given(founded('cve-project', olga))
      .when(createApiKey, mint(olga.member), { as: olga })
      .thenRefused('operation.not_offered');
  });

  describe('one’s own', () => {
    test('asks for the right alone', () => {
      given(vygl)
        .when(createApiKey, mint(adam.member), { as: adam })
        .then([minted(adam.member)]);
      given(vygl)
        .when(createApiKey, mint(mia.member), { as: mia })
        .thenRefused('permission.denied');
      given(wasviking)
        .when(createApiKey, mint(adam.member), { as: adam })
        .thenRefused('permission.denied');
    });
    test('at any scope one has it', () => {
      given(mondoo)
        .when(createApiKey, mint(tina.member), { as: tina })
        .then([minted(tina.member)]);
      given(mondoo)
        .when(createApiKey, mint(vic.member), { as: vic })
        .thenRefused('permission.denied');
    });
    test('what “generate, update” tells apart from “delete”', () => {
      const creator = [mondoo, joined(ivan, 'api-token-creator@north')];
      given(creator)
        .when(createApiKey, mint(ivan.member), { as: ivan })
        .then([minted(ivan.member)]);
      const having = [creator, by(ivan, minted(ivan.member)), bot('agent@north')];
      given(having)
        .when(changeApiKey, { key: k, name: 'other' }, { as: ivan })
        .then([{ type: 'api_key.change', key: k, name: 'other' }]);
      given(having)
        .when(rotateApiKey, { key: k, secretHash: 'fresh' }, { as: ivan })
        .then([{ type: 'api_key.rotate', key: k, secretHash: 'fresh' }]);
      const another = { ...minted(accountId('bot')), key: keyId('another') };
      for (const [as, refused] of [
        [ivan, 'permission.denied'],
        [tina, 'delegation.may_not_manage'],
      ] as const) {
        given([having, by(olga, another)])
          .when(revokeApiKey, { key: keyId('another') }, { as })
          .thenRefused(refused);
      }
    });
    test('of a role that ends by time: the key ends with it, so it needs no end', () => {
      given([vygl, joined(ivan, { role: 'admin', expiresAt: days(2) })])
        .when(createApiKey, mint(ivan.member), { as: ivan })
        .then([minted(ivan.member)]);
    });
    describe('with scopes, which are no permissions: lasts no longer than the right to it', () => {
      const until = days(2);
      const scopes = ['scan:write'];
      const timed = [vygl, joined(ivan, { role: 'admin', expiresAt: until })];
      const lasting = [timed, by(olga, minted(ivan.member, { scopes }))];
      const ending = [timed, by(olga, minted(ivan.member, { scopes, expiresAt: days(1) }))];
      test('made', () => {
        given(timed)
          .when(createApiKey, mint(ivan.member, { scopes }), { as: ivan })
          .thenRefused('delegation.beyond_expiry');
        given(timed)
          .when(createApiKey, mint(ivan.member, { scopes, expiresAt: until }), { as: ivan })
          .then([minted(ivan.member, { scopes, expiresAt: until })]);
        given(vygl)
          .when(createApiKey, mint(adam.member, { scopes }), { as: adam })
          .then([minted(adam.member, { scopes })]);
      });
      test('changed', () => {
        given(ending)
          .when(changeApiKey, { key: k, expiresAt: null }, { as: ivan })
          .thenRefused('delegation.beyond_expiry');
        given([timed, by(ivan, minted(ivan.member))])
          .when(changeApiKey, { key: k, scopes }, { as: ivan })
          .thenRefused('delegation.beyond_expiry');
        given(lasting)
          .when(changeApiKey, { key: k, scopes: [] }, { as: ivan })
          .then([{ type: 'api_key.change', key: k, scopes: [] }]);
      });
      test('given a new secret', () => {
        given(lasting)
          .when(rotateApiKey, { key: k, secretHash: 'fresh' }, { as: ivan })
          .thenRefused('delegation.beyond_expiry');
        given(ending)
          .when(rotateApiKey, { key: k, secretHash: 'fresh' }, { as: ivan })
          .thenLike([{ type: 'api_key.rotate' }]);
      });
      test('at whichever scope the right lasts longest', () => {
        const scoped = variant('mondoo', 'scoped', 1, () => ({ apiScopes: scopes }));
        const held = [
          { role: 'api-token-creator@north', expiresAt: until },
          { role: 'api-token-creator@south' },
        ];
        given([founded(scoped, olga), joined(ivan, held.slice(0, 1))])
          .when(createApiKey, mint(ivan.member, { scopes }), { as: ivan })
          .thenRefused('delegation.beyond_expiry');
        given([founded(scoped, olga), joined(ivan, held)])
          .when(createApiKey, mint(ivan.member, { scopes }), { as: ivan })
          .then([minted(ivan.member, { scopes })]);
      });
    });
  });

  describe('another member’s is acting with their roles', () => {
    test('mayAssign and mayManage over all of them', () => {
      given(vygl)
        .when(createApiKey, mint(mia.member), { as: adam })
        .then([minted(mia.member)]);
      given(vygl)
        .when(createApiKey, mint(olga.member), { as: adam })
        .thenRefused('delegation.may_not_assign');
      given([vygl, joined(ivan, 'admin')])
        .when(createApiKey, mint(ivan.member), { as: adam })
        .thenRefused('delegation.may_not_manage');
      given(mondoo)
        .when(createApiKey, mint(robin.member), { as: olga })
        .thenRefused('delegation.may_not_assign');
    });
    test('at every scope, teams included', () => {
      given([mondoo, joined(ivan, ['viewer', 'owner@north'])])
        .when(createApiKey, mint(ivan.member), { as: ed })
        .thenRefused('delegation.may_not_assign');
      given([mondoo, by(olga, teamOf('owners', ['owner'], [vic]))])
        .when(createApiKey, mint(vic.member), { as: ed })
        .thenRefused('delegation.may_not_assign');
      given(mondoo)
        .when(createApiKey, mint(vic.member), { as: ed })
        .then([minted(vic.member)]);
      given(mondoo)
        .when(createApiKey, mint(vic.member), { as: tina })
        .thenRefused('permission.denied');
    });
    test('who is active', () => {
      given([vygl, by(olga, { type: 'member.deactivate', member: mia.member, cause: 'direct' })])
        .when(createApiKey, mint(mia.member), { as: olga })
        .thenRefused('member.inactive');
      given(vygl)
        .when(createApiKey, mint(ivan.member), { as: olga })
        .thenRefused('member.not_found');
    });
    test('for no longer than the right to it lasts', () => {
      const history = [vygl, joined(ivan, { role: 'owner', expiresAt: days(2) })];
      given(history)
        .when(createApiKey, mint(mia.member), { as: ivan })
        .thenRefused('delegation.beyond_expiry');
      // A key that ends sooner is no way around: what is given by it would stay.
      given(history)
        .when(createApiKey, mint(mia.member, { expiresAt: days(1) }), { as: ivan })
        .thenRefused('delegation.beyond_expiry');
      // Where the owner's role ends before, so does what the key can do.
      given([history, joined(tina, { role: 'member', expiresAt: days(1) })])
        .when(createApiKey, mint(tina.member), { as: ivan })
        .then([minted(tina.member)]);
    });
  });

  describe('a service account’s', () => {
    const owner = accountId('bot');
    test('where it has roles, over all of them', () => {
      given([mondoo, bot('agent@north')])
        .when(createApiKey, mint(owner), { as: olga })
        .then([minted(owner)]);
      given([mondoo, bot('agent@north')])
        .when(createApiKey, mint(owner), { as: tina })
        .thenRefused('delegation.may_not_assign');
      given([mondoo, bot('agent@south')])
        .when(createApiKey, mint(owner), { as: tina })
        .thenRefused('permission.denied');
      given([mondoo, bot('platform-admin@north')])
        .when(createApiKey, mint(owner), { as: olga })
        .thenRefused('delegation.may_not_assign');
      given([mondoo, bot('agent@north', 'scim-identity-manager')])
        .when(createApiKey, mint(owner), { as: ed })
        .thenRefused('delegation.may_not_assign');
    });
    test('that exists', () => {
      given(mondoo)
        .when(createApiKey, mint(owner), { as: olga })
        .thenRefused('service_account.not_found');
    });
    test('whose space is not deactivated', () => {
      given([
        mondoo,
        bot('agent@north'),
        by(olga, { type: 'space.deactivate', space: space('north') }),
      ])
        .when(createApiKey, mint(owner), { as: olga })
        .thenRefused('space.inactive');
    });
  });

  test('what scopes alone, or roles to come, would give ends with the right to mint', () => {
    const viking = founded('wasviking', olga);
    const timed = [viking, joined(ivan, { role: 'Admin', expiresAt: days(2) })];
    const of = (owner: KeyOwner, scopes: string[], more: object = {}) => ({
      ...mint(owner, more),
      scopes,
    });
    const scopes = ['findings:read'];
    const lasting = { as: ivan };
    given(timed)
      .when(createApiKey, of('organization', scopes), lasting)
      .thenRefused('delegation.beyond_expiry');
    given(timed)
      .when(createApiKey, of('organization', scopes, { expiresAt: days(2) }), lasting)
      .thenLike([{ type: 'api_key.create', scopes }]);
    given(timed)
      .when(createApiKey, of('organization', []), lasting)
      .thenRefused('delegation.beyond_expiry');
    const there = by(olga, { ...minted('organization'), scopes });
    given([...timed, there])
      .when(rotateApiKey, { key: k, secretHash: 'new' }, lasting)
      .thenRefused('delegation.beyond_expiry');
    given([...timed, there])
      .when(changeApiKey, { key: k, expiresAt: days(1) }, lasting)
      .thenLike([{ type: 'api_key.change', expiresAt: days(1) }]);
    given([...timed, by(olga, { ...minted('organization', { expiresAt: days(1) }), scopes })])
      .when(changeApiKey, { key: k, expiresAt: null }, lasting)
      .thenRefused('delegation.beyond_expiry');
    given(timed)
      .when(createApiKey, of('organization', scopes), { as: olga })
      .thenLike([{ type: 'api_key.create', scopes }]);
  });

  test('the organization’s asks for the right at the organization', () => {
    given(vygl)
      .when(createApiKey, mint('organization'), { as: adam })
      .then([minted('organization')]);
    given(vygl)
      .when(createApiKey, mint('organization'), { as: mia })
      .thenRefused('permission.denied');
    given(mondoo)
      .when(createApiKey, mint('organization'), { as: tina })
      .thenRefused('permission.denied');
  });
});

const having = (one: Someone, more: object = {}) => by(one, minted(one.member, more));

describe('change API key', () => {
  const history = [wasviking, having(olga, { expiresAt: days(30) })];
  test('emits only what changes', () => {
    given(history)
      .when(
        changeApiKey,
        { key: k, name: 'ci', scopes: ['scans:run'], expiresAt: null },
        { as: olga },
      )
      .then([{ type: 'api_key.change', key: k, scopes: ['scans:run'], expiresAt: null }]);
    given(history)
      .when(changeApiKey, { key: k, name: 'ci', scopes: [], expiresAt: days(30) }, { as: olga })
      .thenNothing();
    given(history)
      .when(changeApiKey, { key: k, expiresAt: days(3) }, { as: olga })
      .then([{ type: 'api_key.change', key: k, expiresAt: days(3) }]);
  });
  test('refuses as minting does', () => {
    given(history)
      .when(changeApiKey, { key: k, scopes: ['x'] }, { as: olga })
      .thenRefused('api_key.scope_unknown');
    given(history)
      .when(changeApiKey, { key: k, expiresAt: hours(-1) }, { as: olga })
      .thenRefused('grant.times_invalid');
    given(history)
      .when(changeApiKey, { key: k, name: 'x' }, { as: adam })
      .thenRefused('permission.denied');
    given(wasviking)
      .when(changeApiKey, { key: k, name: 'x' }, { as: olga })
      .thenRefused('api_key.not_found');
    given([vygl, having(olga)])
      .when(changeApiKey, { key: k, name: 'x' }, { as: adam })
      .thenRefused('delegation.may_not_assign');
  });
  test('no end is lifted beyond the right to it', () => {
    given([
      vygl,
      having(mia, { expiresAt: days(1) }),
      joined(ivan, { role: 'owner', expiresAt: days(2) }),
    ])
      .when(changeApiKey, { key: k, expiresAt: null }, { as: ivan })
      .thenRefused('delegation.beyond_expiry');
  });
});

describe('rotate API key', () => {
  const command = { key: k, secretHash: 'fresh' };
  test('emits; the same secret again changes nothing', () => {
    given([vygl, having(adam)])
      .when(rotateApiKey, command, { as: adam })
      .then([{ type: 'api_key.rotate', ...command }]);
    given([vygl, having(adam)])
      .when(rotateApiKey, { key: k, secretHash: 'hash' }, { as: adam })
      .thenNothing();
  });
  test('is minting', () => {
    given([vygl, having(olga)])
      .when(rotateApiKey, command, { as: adam })
      .thenRefused('delegation.may_not_assign');
    given([vygl, having(mia)])
      .when(rotateApiKey, command, { as: mia })
      .thenRefused('permission.denied');
    given([vygl, having(mia)])
      .when(rotateApiKey, command, { as: adam })
      .then([{ type: 'api_key.rotate', ...command }]);
    given(vygl).when(rotateApiKey, command, { as: adam }).thenRefused('api_key.not_found');
    given([vygl, having(mia), joined(ivan, { role: 'owner', expiresAt: days(2) })])
      .when(rotateApiKey, command, { as: ivan })
      .thenRefused('delegation.beyond_expiry');
  });
});

describe('revoke API key', () => {
  const revoked = { type: 'api_key.revoke', key: k } as const;
  test('one’s own always; twice is once', () => {
    given([vygl, having(mia)])
      .when(revokeApiKey, { key: k }, { as: mia })
      .then([revoked]);
    given([vygl, having(mia), by(mia, revoked)])
      .when(revokeApiKey, { key: k }, { as: mia })
      .thenNothing();
  });
  test('another’s needs the right and mayManage', () => {
    given([vygl, having(mia)])
      .when(revokeApiKey, { key: k }, { as: adam })
      .then([revoked]);
    given([vygl, having(olga)])
      .when(revokeApiKey, { key: k }, { as: adam })
      .thenRefused('delegation.may_not_manage');
    given([vygl, having(olga)])
      .when(revokeApiKey, { key: k }, { as: mia })
      .thenRefused('permission.denied');
    given(vygl).when(revokeApiKey, { key: k }, { as: olga }).thenRefused('api_key.not_found');
  });
  test('of a deactivated member too', () => {
    given([
      vygl,
      having(mia),
      by(olga, { type: 'member.deactivate', member: mia.member, cause: 'direct' }),
    ])
      .when(revokeApiKey, { key: k }, { as: adam })
      .then([revoked]);
  });
  test('a role of the account that has ended decides nothing any more', () => {
    const over = { role: 'agent@south', expiresAt: hours(-1) };
    const history = [
      mondoo,
      by(olga, machine('bot', 'agent@north', over), days(-2)),
      by(olga, minted(accountId('bot'))),
      by(olga, { type: 'space.deactivate', space: space('south') }),
    ];
    given(history).when(revokeApiKey, { key: k }, { as: olga }).then([revoked]);
  });
  test('of an account at a deactivated space', () => {
    const history = [
      mondoo,
      by(olga, machine('bot', 'agent@south')),
      by(olga, minted(accountId('bot'))),
      by(olga, { type: 'space.deactivate', space: space('south') }),
    ];
    given(history).when(revokeApiKey, { key: k }, { as: olga }).then([revoked]);
  });
  test('the organization’s', () => {
    const history = [vygl, by(olga, minted('organization'))];
    given(history).when(revokeApiKey, { key: k }, { as: adam }).then([revoked]);
    given(history).when(revokeApiKey, { key: k }, { as: mia }).thenRefused('permission.denied');
  });
  test('what rests on an expiring role suffices: it passes nothing on', () => {
    given([vygl, having(mia), joined(ivan, { role: 'owner', expiresAt: days(2) })])
      .when(revokeApiKey, { key: k }, { as: ivan })
      .then([revoked]);
  });
});

describe('a key that ends', () => {
  const ending = by(olga, [minted(olga.member, { expiresAt: hours(1) })]);
  const withKey = { as: key('k') };
  const lasting = {
    key: keyId('other'),
    owner: olga.member,
    name: 'x',
    scopes: [],
    secretHash: 'h',
  };

  test('is not made to last longer by itself, nor rotated', () => {
    given([vygl, ending])
      .when(changeApiKey, { key: k, expiresAt: null }, withKey)
      .thenRefused('delegation.beyond_expiry');
    given([vygl, ending])
      .when(changeApiKey, { key: k, expiresAt: hours(2) }, withKey)
      .thenRefused('delegation.beyond_expiry');
    given([vygl, ending])
      .when(changeApiKey, { key: k, expiresAt: null }, { as: olga })
      .then([{ type: 'api_key.change', key: k, expiresAt: null }]);
  });

  test('makes no key that lasts longer', () => {
    given([vygl, ending])
      .when(createApiKey, lasting, withKey)
      .thenRefused('delegation.beyond_expiry');
    given([vygl, ending])
      .when(createApiKey, { ...lasting, expiresAt: hours(1) }, withKey)
      .then([{ type: 'api_key.create', ...lasting, expiresAt: hours(1) }]);
  });

  test('gives no role that lasts longer', () => {
    const wanted = { kind: 'change' as const, add: [{ role: role('editor') }], remove: [] };
    const command = { member: mia.member, scope: 'organization' as const, wanted };
    given([founded('mondoo', olga, [mia, 'viewer']), ending])
      .when(changeRoles, command, withKey)
      .thenRefused('delegation.beyond_expiry');
  });
});
