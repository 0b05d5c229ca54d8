/** The columns of memberships against plain tables, whatever is put into them and taken out. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { typeidUnboxed } from 'typeid-js';
import type { GrantId, MemberId, OrganizationId, TeamId, UserId } from '#domain/ids.js';
import type { Grant, Member } from '#domain/state.js';
import { Memberships } from '#access/compact/memberships.js';
import { MembersOf } from '#access/compact/tables.js';

const ORGANIZATIONS = Array.from({ length: 24 }, (_, n) => `org_${n}` as OrganizationId);
const USERS = ['usr_a', 'usr_b'] as UserId[];
const FRESH = Array.from({ length: 8 }, () => String(typeidUnboxed('grant')) as GrantId);
/** As the service makes them, and as only tests and old logs could hold them. */
const GRANTS = [...FRESH, 'grant_1', 'grant_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'x'] as GrantId[];
const ROLES = ['owner', 'viewer', 'mondoo/iam-manager'];

const grant = fc.record({
  id: fc.constantFrom(...GRANTS),
  role: fc.constantFrom(...ROLES),
  scope: fc.constantFrom('organization', 'space_1', 'space_2'),
  source: fc.constantFrom('direct', 'invitation', 'scim'),
  times: fc.constantFrom(
    {},
    { notBefore: '2026-01-01T00:00:00.000Z' },
    { expiresAt: '2026-02-01T00:00:00.000Z' },
    { notBefore: '2026-01-01T00:00:00.000Z', expiresAt: '2026-02-01T00:00:00.000Z' },
  ),
});
const place = fc.constantFrom(
  { team: 'team_1', source: 'direct' },
  { team: 'team_1', source: 'scim', group: 'staff' },
  { team: 'team_1', source: 'scim' },
  { team: 'team_1', source: 'scim', group: 'undefined' },
  { team: 'team_2', source: 'invitation' },
);
const member = fc.record({
  grants: fc.uniqueArray(grant, { maxLength: 3, selector: ({ id }) => id }),
  teams: fc.uniqueArray(place, { maxLength: 2 }),
  status: fc.constantFrom('active', 'direct', 'scim', 'sso', 'erased'),
});
/** Most members have an id of their own; some the same one in every organization. */
const move = fc.record({
  organization: fc.nat(ORGANIZATIONS.length - 1),
  who: fc.nat(2),
  isShared: fc.boolean(),
  user: fc.option(fc.constantFrom(...USERS), { nil: undefined }),
  member: fc.option(member, { nil: undefined, freq: 6 }),
});

/** An id of the form that the service makes. */
const numbered = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(26, '0')}`;

type Put = typeof member extends fc.Arbitrary<infer T> ? T : never;

const NOTHING: Put = { grants: [], teams: [], status: 'active' };

const built = (id: MemberId, user: UserId | undefined, put: Put): Member => ({
  id,
  tag: null,
  authentication: 'local',
  named: 0,
  accepted: [],
  ...(user === undefined ? {} : { user }),
  grants: put.grants.map(({ times, ...rest }) => ({ ...rest, ...times }) as Grant),
  teams: put.teams.map((one) => ({ ...one, team: one.team as TeamId })),
  ...(put.status === 'active' ? { status: 'active' } : { status: 'inactive', cause: put.status }),
});

const byNumber = (a: number, b: number): number => a - b;

describe('the columns', () => {
  test('hold what plain tables hold, and nothing of what was taken out', () => {
    let isCrowded = false;
    fc.assert(
      fc.property(fc.array(move, { maxLength: 200, size: 'max' }), (moves) => {
        const memberships = new Memberships();
        const columns = ORGANIZATIONS.map(
          (id) => new MembersOf(memberships, memberships.organizations.take(id)),
        );
        const plain = ORGANIZATIONS.map(() => new Map<MemberId, Member>());
        for (const { organization, who, isShared, user, member: put } of moves) {
          const id = `mem_${isShared ? '' : organization}_${who}` as MemberId;
          const [column, map] = [columns[organization]!, plain[organization]!];
          // Nobody is two members of one organization.
          const other = [...map.values()].find((one) => one.user === user && one.id !== id);
          if (put === undefined) {
            column.delete(id);
            map.delete(id);
          } else if (other === undefined || user === undefined) {
            column.set(id, built(id, user, put));
            map.set(id, built(id, user, put));
          }
        }
        plain.forEach((map, n) => {
          const column = columns[n]!;
          const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
          expect([...column.entries()]).toEqual(sorted);
          expect(column.size).toBe(map.size);
          for (const [id, one] of map) {
            expect(column.get(id)).toEqual(one);
            const after = sorted.map(([key]) => key).filter((key) => key > id);
            expect([...column.after(id)]).toEqual(after);
          }
        });
        const { persons } = memberships;
        for (const user of USERS) {
          const person = persons.number(user);
          const expected = plain.map((map) => [...map.values()].find((one) => one.user === user));
          isCrowded ||= expected.filter((one) => one !== undefined).length > 16;
          const found = columns.map(({ organization }) => {
            const row = persons.rowAt(organization, person);
            return row === 0 ? undefined : memberships.read(row);
          });
          expect(found).toEqual(expected);
          const rows = persons.rowsOf(person).map((row) => memberships.organizationOf(row));
          const there = columns.filter((_, n) => expected[n] !== undefined);
          expect(rows.toSorted(byNumber)).toEqual(
            there.map(({ organization }) => organization).toSorted(byNumber),
          );
        }
        for (const column of columns) column.clear();
        const { size, holdings } = memberships;
        expect([size, persons.size, holdings.size]).toEqual([0, 0, 0]);
      }),
      { numRuns: 60 },
    );
    // Else nobody had so many memberships that they are held in another way.
    expect(isCrowded).toBe(true);
  });

  test('leave little room behind when somebody is given one role after the other', () => {
    const memberships = new Memberships();
    const members = new MembersOf(memberships, memberships.organizations.take(ORGANIZATIONS[0]!));
    const id = 'mem_1' as MemberId;
    const grants: Grant[] = [];
    for (let n = 0; n < 1000; n++) {
      const held = { role: 'owner', scope: `space_${n}`, source: 'direct' };
      grants.push({ id: numbered('grant', n), ...held } as Grant);
      members.set(id, { ...built(id, undefined, NOTHING), grants: [...grants] });
    }
    expect(members.get(id)?.grants).toEqual(grants);
    expect(memberships.holdings.size).toBeLessThanOrEqual(1024);
    expect(memberships.holdings.slots).toBeLessThanOrEqual(2 * 1024 + 10);
    members.delete(id);
    expect(memberships.holdings.size).toBe(0);
  });

  test('take 40 bytes for a membership with one grant, and 80 for the three ids that come with it', () => {
    const memberships = new Memberships();
    const members = new MembersOf(memberships, memberships.organizations.take(ORGANIZATIONS[0]!));
    const grant = { role: 'owner', scope: 'organization', source: 'direct', times: {} } as const;
    const count = 100_000;
    for (let n = 0; n < count; n++) {
      const [id, user, held] = ['mem', 'usr', 'grant'].map((prefix) => numbered(prefix, n));
      const put: Put = { grants: [{ id: held as GrantId, ...grant }], teams: [], status: 'active' };
      members.set(id as MemberId, built(id as MemberId, user as UserId, put));
    }
    expect((memberships.bytes + members.bytes) / count).toBeLessThanOrEqual(40);
    expect(memberships.idBytes / count).toBeLessThanOrEqual(80);
    expect(memberships.idBytes / count).toBeGreaterThanOrEqual(3 * 16);
  });
});
