/** What happens to roles that are held, in the same way for whoever holds them. */
import { sql, type RawBuilder } from 'kysely';
import type { GrantFact, RoleChangeCause } from '#domain/events.js';
import type { GrantId, RoleId, SpaceId } from '#domain/ids.js';
import type { GrantSource } from '#domain/state.js';
import { forEach, put, statement } from '#readstore/statement.js';
import type { Table } from '#readstore/tables.js';
import type { At } from './projection.js';

type GrantTables = 'member_grants' | 'invitation_grants' | 'team_grants' | 'service_account_grants';
type Holders = 'members' | 'invitations' | 'teams' | 'service_accounts';

/** Role → the role that takes its place. */
export interface Successors {
  readonly [role: string]: RoleId;
}

/** Stands before a role that is a successor's already, while others are still to be mapped. */
const MARK = '>';
const isMarked = sql`role >= '>' and role < '?'`;
const unmarked = sql`case when ${isMarked} then substr(role, 2) else role end`;

/** Grants of one event stand next to each other in the order of all. */
const GRANTS_OF_AN_EVENT = 4096;

/** The source that a change for this cause gives its grants. */
export const sourceOf = (cause: RoleChangeCause): GrantSource =>
  cause === 'catalogue_adopt' || cause === 'role_retired' || cause === 'scope_removal'
    ? 'direct'
    : cause;

/** Where the grants of this event begin in the order of all. */
export const firstOrdinal = (at: At): number => at.revision * GRANTS_OF_AN_EVENT;

/** A grant as a row. */
export const grantRow = (
  at: At,
  holder: string,
  { id, role, scope, notBefore, expiresAt }: GrantFact,
  index: number,
  source: GrantSource,
) => ({
  organization: at.organization,
  holder,
  id,
  role,
  scope,
  source,
  grantedBy: JSON.stringify(at.actor),
  grantedAt: at.time,
  notBefore: notBefore ?? null,
  expiresAt: expiresAt ?? null,
  ordinal: firstOrdinal(at) + index,
});

/**
 * What can be done with one table of grants and those who hold them.
 * @param live which holders a change of a whole role or space reaches; left out: all.
 */
export const grantsIn = (
  table: Table<GrantTables>,
  holders: Holders,
  live: RawBuilder<unknown> = sql`1 = 1`,
) => {
  const grants = sql.table(table.name);
  const holding = sql.table(holders);
  const putGrant = put(table as Table<'member_grants'>);
  const remove = forEach(
    { organization: 'text', holder: 'text', id: 'text' },
    (given) => sql`
      delete from ${grants} where (organization, holder, id) in (
        select organization, holder, id from ${given})`,
  );
  const removeAll = forEach(
    { organization: 'text', holder: 'text' },
    (given) => sql`
      delete from ${grants} where (organization, holder) in (
        select organization, holder from ${given})`,
  );
  const removeSpace = statement<'organization' | 'space'>(
    (_, { organization, space }) => sql`
      delete from ${grants}
      where organization = ${organization} and scope = ${space} and scope <> 'organization'
        and holder in (select id from ${holding} where organization = ${organization} and ${live})`,
  );
  const mark = statement<'organization' | 'role' | 'marked'>(
    (_, { organization, role, marked }) => sql`
      update ${grants} set role = ${marked}
      where organization = ${organization} and role = ${role}
        and holder in (select id from ${holding} where organization = ${organization} and ${live})`,
  );
  // Of a marked holder's grants that are then alike, the first stays.
  const removeTwins = statement<'organization'>(
    (_, { organization }) => sql`
      delete from ${grants}
      where organization = ${organization} and id in (
        select id from (
          select id, row_number() over (
            partition by holder, scope, "notBefore", "expiresAt", ${unmarked}
            order by ordinal
          ) as place
          from ${grants}
          where organization = ${organization} and holder in (
            select holder from ${grants} where organization = ${organization} and ${isMarked})
        ) as alike
        where place > 1)`,
  );
  const unmark = statement<'organization'>(
    (_, { organization }) => sql`
      update ${grants} set role = substr(role, 2)
      where organization = ${organization} and ${isMarked}`,
  );
  type Touching = 'organization' | 'value' | 'time' | 'revision';
  /** Moves the revision of everyone who has such a grant. */
  const touch = (column: 'role' | 'scope') =>
    statement<Touching>(
      (_, { organization, value, time, revision }) => sql`
        update ${holding} set "updatedAt" = ${time}, revision = ${revision}
        where organization = ${organization} and ${live} and id in (
          select holder from ${grants}
          where organization = ${organization} and ${sql.ref(column)} = ${value})`,
    );
  const touchRole = touch('role');
  const touchScope = touch('scope');

  return {
    add(at: At, holder: string, added: readonly GrantFact[], source: GrantSource): void {
      added.forEach((one, index) => at.run(putGrant, grantRow(at, holder, one, index, source)));
    },
    remove(at: At, holder: string, removed: readonly GrantId[]): void {
      const { organization } = at;
      for (const id of removed) at.run(remove, { organization, holder, id });
    },
    removeAll(at: At, holder: string): void {
      at.run(removeAll, { organization: at.organization, holder });
    },
    /** The space is gone, and every grant there. */
    removeSpace(at: At, space: SpaceId): void {
      const { organization, time, revision } = at;
      at.run(touchScope, { organization, value: space, time, revision });
      at.run(removeSpace, { organization, space });
    },
    /** Every grant of these roles is one of the successor; all at once: roles can change places. */
    remap(at: At, successors: Successors): void {
      const { organization, time, revision } = at;
      const entries = Object.entries(successors);
      for (const [role] of entries) {
        at.run(touchRole, { organization, value: role, time, revision });
      }
      for (const [role, successor] of entries) {
        at.run(mark, { organization, role, marked: `${MARK}${successor}` });
      }
      at.run(removeTwins, { organization });
      at.run(unmark, { organization });
    },
  };
};
