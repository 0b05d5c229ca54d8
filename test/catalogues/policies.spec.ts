import { describe, expect, test } from '@jest/globals';
import type { PolicyPath } from '#domain/policies.js';
import { catalogue, catalogues, sorted } from './support/files.js';
import { POLICIES } from './tables/policies.js';

const PATHS: readonly PolicyPath[] = [
  'invitation.ttl',
  'invitation.matchEmail',
  'invitation.onInviterLoss',
  'emailDomains.own',
  'emailDomains.external',
  'emailDomains.providers',
  'ssoDefaultRole',
  'seats',
  'catalogueAdoption',
];
const SEVEN_DAYS = 604_800;

describe('policies', () => {
  test('there are six catalogues', () => {
    expect(sorted(catalogues.keys())).toEqual(sorted(Object.keys(POLICIES)));
  });

  test.each(Object.entries(POLICIES))('%s', (id, row) => {
    const of = catalogue(id);
    expect({
      scopes: [...of.scopes],
      rolesPerMember: of.rolesPerMember,
      protectedRole: of.protectedRole,
      founderRole: of.founderRole,
      removal: of.removal,
    }).toEqual({
      scopes: row.scopes,
      rolesPerMember: row.rolesPerMember,
      protectedRole: row.protectedRole,
      founderRole: row.founderRole,
      removal: row.removal,
    });
    expect(of.policies).toEqual({
      'invitation.ttl': SEVEN_DAYS,
      'invitation.matchEmail': true,
      'invitation.onInviterLoss': 'revoke',
      'emailDomains.own': [],
      'emailDomains.external': row.external,
      'emailDomains.providers': row.providers,
      catalogueAdoption: row.catalogueAdoption,
      ...(row.ssoDefaultRole === undefined ? {} : { ssoDefaultRole: row.ssoDefaultRole }),
    });
  });

  test.each(Object.entries(POLICIES))('%s: what an organization may change', (id, row) => {
    const of = catalogue(id);
    expect(sorted(PATHS.filter((path) => of.overridable(path)))).toEqual(sorted(row.overridable));
  });

  test.each(Object.keys(POLICIES))('%s: never who stands on top, nor removal', (id) => {
    for (const path of ['protectedRole', 'founderRole', 'removal']) {
      expect(catalogue(id).overridable(path as PolicyPath)).toBe(false);
    }
  });
});
