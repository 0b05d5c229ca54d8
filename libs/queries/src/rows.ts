/** Rows as they are answered: JSON as values, revisions as callers see them, no empty fields. */
import { sql } from 'kysely';
import type { ActorFact } from '#domain/events.js';
import type { Instant, OrganizationId, RoleId, Scope, GrantId } from '#domain/ids.js';
import type { GrantSource } from '#domain/state.js';
import type { GrantTable, Tables } from '#readstore/rows.js';
import type { Reads } from './reads.js';
import { writeRevision } from './revisions.js';

/** A role somebody holds, or is invited to. */
export interface GrantRow {
  readonly id: GrantId;
  readonly role: RoleId;
  readonly scope: Scope;
  readonly source: GrantSource;
  readonly grantedBy: ActorFact;
  readonly grantedAt: Instant;
  readonly notBefore?: Instant;
  readonly expiresAt?: Instant;
}

/** A row without the fields that are null, but for those named. */
export const present = <Row extends object, Kept extends keyof Row = never>(
  row: Row,
  kept: readonly Kept[] = [],
): Present<Row, Kept> =>
  Object.fromEntries(
    Object.entries(row).filter(([field, value]) => value !== null || kept.includes(field as Kept)),
  ) as Present<Row, Kept>;

type NullIn<Row> = { [F in keyof Row]: null extends Row[F] ? F : never }[keyof Row];
/** Fields that can be null are left out instead. */
export type Present<Row, Kept extends keyof Row = never> = {
  readonly [F in Exclude<keyof Row, Exclude<NullIn<Row>, Kept>>]: Row[F];
} & { readonly [F in Exclude<NullIn<Row>, Kept>]?: NonNullable<Row[F]> };

/** The revision of a row as callers see it. */
export const revised = <Row extends { organization: OrganizationId; revision: number }>(
  row: Row,
): Omit<Row, 'revision'> & { readonly revision: string } => ({
  ...row,
  revision: writeRevision(row.organization, row.revision),
});

type GrantTables = {
  [T in keyof Tables]: Tables[T] extends GrantTable ? T : never;
}[keyof Tables];

/** Is not over by now, whether anybody has written that down or not. */
export const lasts = (now: Instant) =>
  sql<boolean>`(${sql.ref('expiresAt')} is null or ${sql.ref('expiresAt')} > ${now})`;

/**
 * The grants of these holders, by holder, each in the order they were made. What is over is held
 * by nobody; an invitation says what it invited to.
 */
export async function grantsOf(
  reads: Reads,
  table: GrantTables,
  organization: OrganizationId,
  holders: readonly string[],
): Promise<(holder: string) => readonly GrantRow[]> {
  const byHolder = new Map<string, GrantRow[]>(holders.map((holder) => [holder, []]));
  if (holders.length === 0) return () => [];
  const rows = await reads.db
    .selectFrom(table as 'member_grants')
    .selectAll()
    .where('organization', '=', organization)
    .where('holder', 'in', holders)
    .$if(table !== 'invitation_grants', (some) => some.where(lasts(reads.now())))
    .orderBy('ordinal')
    .execute();
  for (const { organization: _, holder, ordinal, grantedBy, ...row } of rows) {
    void ordinal;
    const actor = JSON.parse(grantedBy) as ActorFact;
    byHolder.get(holder)?.push(present({ ...row, grantedBy: actor }));
  }
  return (holder) => byHolder.get(holder) ?? [];
}
