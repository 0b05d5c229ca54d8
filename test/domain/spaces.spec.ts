import { describe, expect, test } from '@jest/globals';
import {
  createSpace,
  deactivateSpace,
  deleteSpace,
  reactivateSpace,
  renameSpace,
} from '#domain/decide/space.js';
import {
  by,
  founded,
  given,
  invited,
  invitationId,
  people,
  space,
  teamOf,
  variant,
} from '../support/given.js';

const { olga, ed, vic, sam, norah, ines } = people('olga', 'ed', 'vic', 'sam', 'norah', 'ines');
const north = space('north');
const mondoo = founded(
  'mondoo',
  olga,
  [ed, 'editor'],
  [vic, 'viewer'],
  [sam, 'space-manager@north'],
  [norah, 'owner@north'],
);
const inactive = [mondoo, by(olga, { type: 'space.deactivate', space: north })];
const gone = [mondoo, by(olga, { type: 'space.delete', space: north })];
const west = { space: space('west'), name: 'West' };

describe('create space', () => {
  test('emits; a space there already is nothing new', () => {
    given(mondoo)
      .when(createSpace, west, { as: olga })
      .then([{ type: 'space.create', ...west }]);
    given(mondoo).when(createSpace, { space: north, name: 'north' }, { as: olga }).thenNothing();
  });
  test('one that was deleted stays so', () => {
    given(gone).when(createSpace, { space: north, name: 'north' }, { as: olga }).thenNothing();
  });
  test('is organization-level: Editors, a space’s Owner and a Space Manager can’t', () => {
    for (const one of [ed, norah, sam]) {
      given(mondoo).when(createSpace, west, { as: one }).thenRefused('permission.denied');
    }
  });
  test('is not offered where there are no spaces', () => {
    given(founded('vygl', olga))
      .when(createSpace, west, { as: olga })
      .thenRefused('operation.not_offered');
    const flat = variant('vygl', 'flat', 1, ({ operations }) => ({
      operations: { ...operations, create_space: operations.update_organization! },
    }));
    given(founded(flat, olga))
      .when(createSpace, west, { as: olga })
      .thenRefused('space.not_offered');
  });
});

describe('rename space', () => {
  test('emits, stays quiet, refuses', () => {
    const command = { space: north, name: 'Nord' };
    for (const one of [olga, ed, sam, norah]) {
      given(mondoo)
        .when(renameSpace, command, { as: one })
        .then([{ type: 'space.rename', ...command }]);
    }
    given(mondoo).when(renameSpace, { space: north, name: 'north' }, { as: olga }).thenNothing();
    given(mondoo).when(renameSpace, command, { as: vic }).thenRefused('permission.denied');
    given(mondoo)
      .when(renameSpace, { space: space('south'), name: 'x' }, { as: sam })
      .thenRefused('permission.denied');
    given(mondoo)
      .when(renameSpace, { space: space('nowhere'), name: 'x' }, { as: olga })
      .thenRefused('space.not_found');
  });
  test('not while it is deactivated', () => {
    given(inactive)
      .when(renameSpace, { space: north, name: 'x' }, { as: olga })
      .thenRefused('space.inactive');
  });
});

describe('deactivate and reactivate space', () => {
  test('emit, stay quiet, refuse', () => {
    given(mondoo)
      .when(deactivateSpace, { space: north }, { as: sam })
      .then([{ type: 'space.deactivate', space: north }]);
    given(inactive).when(deactivateSpace, { space: north }, { as: sam }).thenNothing();
    given(inactive)
      .when(reactivateSpace, { space: north }, { as: sam })
      .then([{ type: 'space.reactivate', space: north }]);
    given(mondoo).when(reactivateSpace, { space: north }, { as: sam }).thenNothing();
    given(mondoo)
      .when(deactivateSpace, { space: north }, { as: ed })
      .thenRefused('permission.denied');
    given(inactive)
      .when(reactivateSpace, { space: north }, { as: ed })
      .thenRefused('permission.denied');
    given(mondoo)
      .when(deactivateSpace, { space: space('nowhere') }, { as: olga })
      .thenRefused('space.not_found');
  });
  test('Mondoo classic offers neither', () => {
    given(founded('mondoo-classic', olga))
      .when(deactivateSpace, { space: north }, { as: olga })
      .thenRefused('operation.not_offered');
  });
});

describe('delete space', () => {
  test('emits, also of a deactivated one; twice is once', () => {
    for (const history of [mondoo, inactive]) {
      given(history)
        .when(deleteSpace, { space: north }, { as: sam })
        .then([{ type: 'space.delete', space: north }]);
    }
    given(gone).when(deleteSpace, { space: north }, { as: olga }).thenNothing();
  });
  test('refuses who may not, and an unknown one', () => {
    given(mondoo).when(deleteSpace, { space: north }, { as: ed }).thenRefused('permission.denied');
    given(mondoo)
      .when(deleteSpace, { space: space('nowhere') }, { as: olga })
      .thenRefused('space.not_found');
  });
  test('its grants end, its teams go, its invitations are narrowed', () => {
    const state = given([
      mondoo,
      by(olga, teamOf('local', ['viewer@north'], [vic], north)),
      invited(ines, olga, { held: ['viewer@north', 'viewer@south'] }),
    ])
      .when(deleteSpace, { space: north }, { as: olga })
      .after();
    expect(state.members.get(sam.member)?.grants).toEqual([]);
    expect([...state.teams.keys()]).toEqual([]);
    expect(state.members.get(vic.member)?.teams).toEqual([]);
    const invitation = state.invitations.get(invitationId('ines'));
    expect(invitation?.grants.map((one) => one.scope)).toEqual([space('south')]);
  });
});
