import { describe, expect, test } from '@jest/globals';
import type { Catalogue, Level, Role } from '#domain/catalogue.js';
import type { RoleId } from '#domain/ids.js';
import { catalogue, catalogues, permissionsAt, role, sorted } from './support/files.js';
import { DELEGATION } from './tables/delegation.js';

type Act = 'mayAssign' | 'mayManage';

/** Can the role be given at this level, to a member or a service account? */
const givenAt = (level: Level) => (one: Role) => one.kind !== 'implicit' && one.scopes.has(level);

/** The relation as the compiled catalogue has it: an entry that names the role, or the subset rule. */
const reaches = (of: Catalogue, holder: string, act: Act, level: Level): string[] =>
  [...of.roles.values()]
    .filter(givenAt(level))
    .filter((target) => {
      const entry = of.delegation.get(holder as RoleId);
      if (entry?.[act].has(target.id)) return true;
      if (target.explicit || (entry !== undefined && entry.otherwise === 'none')) return false;
      const own = permissionsAt(of, holder, level);
      return permissionsAt(of, target.id, level).every((one) => own.includes(one));
    })
    .map(({ id }) => id);

const rows = Object.entries(DELEGATION).flatMap(([id, table]) =>
  (['organization', 'space'] as const).flatMap((level) =>
    table[level].map((row) => ({ id, level, ...row })),
  ),
);

describe('delegation', () => {
  test.each(rows)('$id, $level: $holder', ({ id, level, holder, mayAssign, mayManage }) => {
    const of = catalogue(id);
    expect(reaches(of, holder, 'mayAssign', level).sort()).toEqual(sorted(mayAssign));
    expect(reaches(of, holder, 'mayManage', level).sort()).toEqual(sorted(mayManage));
  });

  test.each([...catalogues.keys()])('%s: the table has a row for every role and level', (id) => {
    const of = catalogue(id);
    const all = [...of.roles.values()].filter((one) => one.kind !== 'implicit');
    const table = DELEGATION[id]!;
    const atOrganization = all.filter(givenAt('organization')).map((one) => one.id);
    // What is held in the whole organization reaches every space.
    const atSpace = of.scopes.has('space') ? all.map((one) => one.id) : [];
    expect(sorted(table.organization.map((one) => one.holder))).toEqual(sorted(atOrganization));
    expect(sorted(table.space.map((one) => one.holder))).toEqual(sorted(atSpace));
  });

  test.each([...catalogues.keys()])('%s: the role on top is given by entries only', (id) => {
    const of = catalogue(id);
    expect(role(of, of.protectedRole).explicit).toBe(true);
    expect(role(of, of.founderRole).explicit).toBe(true);
  });

  test('Mondoo: nobody reaches IAM Manager, Platform Admin or SCIM Identity Manager by accident', () => {
    const mondoo = catalogue('mondoo');
    const givers = (target: string): string[] =>
      [...mondoo.roles.keys()].filter((holder) =>
        reaches(mondoo, holder, 'mayAssign', 'organization').includes(target),
      );
    expect(givers('iam-manager')).toEqual(['iam-manager', 'platform-admin']);
    expect(givers('platform-admin')).toEqual([]);
    expect(givers('scim-identity-manager')).toEqual(['owner']);
    expect(givers('owner')).toEqual(['owner', 'iam-manager', 'platform-admin']);
  });
});
