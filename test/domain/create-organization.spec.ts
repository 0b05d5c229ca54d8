import { describe, test } from '@jest/globals';
import { createOrganization, type CreateOrganization } from '#domain/decide/organization.js';
import { PLATFORM } from '#domain/ids.js';
import {
  account,
  by,
  catalogue,
  founded,
  given,
  grantId,
  key,
  newcomer,
  root,
  someone,
  system,
} from '../support/given.js';

const olga = someone('olga');
const free = someone('fred', 'fred@gmail.com');
const vygl = catalogue('vygl');

const found = (more: Partial<CreateOrganization> = {}): CreateOrganization => ({
  name: 'Acme',
  founders: [newcomer(olga)],
  creation: 'anyone',
  ...more,
});

const created = (ownDomains: string[], of = vygl) => ({
  type: 'organization.create' as const,
  name: 'Acme',
  catalogue: of.id,
  version: 1,
  sha256: of.sha256,
  ownDomains,
});
const founder = (one = olga, role = 'owner') => ({
  type: 'member.join',
  source: 'founder',
  member: one.member,
  user: one.user,
  tag: one.address.tag,
  email: one.address.email,
  grants: [{ id: grantId('1'), role, scope: 'organization' }],
  replaced: [],
  teams: [],
});

describe('create organization', () => {
  test('the founder becomes an active member with the founder role, and brings the own domain', () => {
    given([])
      .when(createOrganization, found(), { as: olga }, vygl)
      .thenLike([created(['acme.com']), founder()]);
  });

  test.each([
    ['mondoo', 'owner'],
    ['mondoo-classic', 'owner'],
    ['wasviking', 'Admin'],
    ['vygl', 'owner'],
    ['cve-project', 'admin'],
  ])('on %s the founder is %s', (id, role) => {
    const of = catalogue(id);
    given([])
      .when(createOrganization, found(), { as: olga }, of)
      .thenLike([created(['acme.com'], of), founder(olga, role)]);
  });

  test('a free provider’s domain becomes nobody’s own', () => {
    given([])
      .when(createOrganization, found({ founders: [newcomer(free)] }), { as: free }, vygl)
      .thenLike([created([]), founder(free)]);
  });

  test('a founder without a verified address brings no domain', () => {
    const founders = [newcomer(olga, { address: null })];
    given([])
      .when(createOrganization, found({ founders }), { as: olga }, vygl)
      .thenLike([created([]), { type: 'member.join', tag: null, email: null }]);
  });

  test('an id is taken for ever', () => {
    const history = founded('vygl', olga);
    given(history)
      .when(createOrganization, found(), { as: olga })
      .thenRefused('organization.exists');
    given([history, by(olga, { type: 'organization.delete' })])
      .when(createOrganization, found(), { as: olga })
      .thenRefused('organization.exists');
  });

  test('naming another founder is the platform’s', () => {
    const command = found({ founders: [newcomer(free)] });
    given([])
      .when(createOrganization, command, { as: olga }, vygl)
      .thenRefused('permission.denied');
    given([])
      .when(createOrganization, command, { as: root }, vygl)
      .thenLike([created([]), founder(free)]);
  });

  test('where only the platform may create one, nobody else may', () => {
    const command = found({ creation: 'platform' });
    given([])
      .when(createOrganization, command, { as: olga }, vygl)
      .thenRefused('permission.denied');
    given([])
      .when(createOrganization, command, { as: root }, vygl)
      .thenLike([created(['acme.com']), founder()]);
  });

  test('nobody founds an organization that no one can sign in to', () => {
    given([])
      .when(createOrganization, found({ founders: [] }), { as: olga }, vygl)
      .thenRefused('request.invalid');
    const { user: _, ...unknown } = newcomer(olga);
    given([])
      .when(createOrganization, found({ founders: [unknown] }), { as: root }, vygl)
      .thenRefused('request.invalid');
  });

  test('nobody becomes two members of what they found', () => {
    const again = { ...newcomer(olga), member: free.member };
    const command = found({ founders: [newcomer(olga), again] });
    given([], PLATFORM)
      .when(createOrganization, command, { as: system('configuration') }, catalogue('platform'))
      .thenRefused('request.invalid');
  });

  test('a machine founds nothing for itself; a trusted one founds for the person it acts for', () => {
    given([])
      .when(createOrganization, found(), { as: key('some') }, vygl)
      .thenRefused('permission.denied');
    given([])
      .when(createOrganization, found(), { as: account('rogue', olga) }, vygl)
      .thenRefused('permission.denied');
    given([])
      .when(createOrganization, found(), { as: account('trusted', olga) }, vygl)
      .thenLike([created(['acme.com']), founder()]);
    const other = found({ founders: [newcomer(free)] });
    given([])
      .when(createOrganization, other, { as: account('trusted', olga) }, vygl)
      .thenRefused('permission.denied');
  });

  test('the platform organization, its id and its catalogue, are the service’s own', () => {
    const platform = catalogue('platform');
    given([], PLATFORM)
      .when(createOrganization, found(), { as: olga }, vygl)
      .thenRefused('organization.id_reserved');
    given([])
      .when(createOrganization, found(), { as: root }, platform)
      .thenRefused('organization.id_reserved');
    given([], PLATFORM)
      .when(
        createOrganization,
        found({ founders: [newcomer(olga), newcomer(free)] }),
        { as: system('configuration') },
        platform,
      )
      .thenLike([
        created(['acme.com'], platform),
        { type: 'member.join', source: 'configuration', member: olga.member },
        { type: 'member.join', source: 'configuration', member: free.member },
      ]);
  });

  test('configured members join the platform only when it does not exist yet', () => {
    given(by(system('configuration'), created([], catalogue('platform'))), PLATFORM)
      .when(createOrganization, found(), { as: system('configuration') })
      .thenRefused('organization.exists');
  });
});
