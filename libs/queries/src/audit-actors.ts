/** Who an actor is: a person acts as a user, as a member, with keys, and through trusted services. */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { MemberId, OrganizationId, ServiceAccountId, UserId } from '#domain/ids.js';
import type { Tables } from '#readstore/rows.js';
import type { Reads } from './reads.js';

/** Everything somebody is called as an actor. */
export interface Actors {
  /** Ids of the actor, or of the person acted for. */
  readonly ids: readonly string[];
  readonly members: readonly MemberId[];
  /** These act before, or without, any membership. */
  readonly strangers: readonly UserId[];
}

/**
 * A user is all the members this person was here; a member is the user too, as long as the user
 * acts as nobody else here; a service account is its keys.
 */
export async function actorsOf(
  { db }: Reads,
  organization: OrganizationId,
  actor: string,
): Promise<Actors> {
  const members = db
    .selectFrom('members')
    .select(['id', 'user'])
    .where('organization', '=', organization);
  if (actor.startsWith('mem_')) {
    const known = await members.where('id', '=', actor as MemberId).execute();
    const strangers = known.flatMap(({ user }) => user ?? []);
    return { ids: [], members: [actor as MemberId], strangers };
  }
  if (actor.startsWith('svc_')) {
    const keys = await db
      .selectFrom('api_keys')
      .select('id')
      .where('organization', '=', organization)
      .where('owner', '=', actor as ServiceAccountId)
      .execute();
    return { ids: [actor, ...keys.map(({ id }) => id)], members: [], strangers: [] };
  }
  const known = await members.where('user', '=', actor as UserId).execute();
  return { ids: [actor], members: known.map(({ id }) => id), strangers: [] };
}

/** Is it an event of theirs? */
export const actsAs =
  ({ ids, members, strangers }: Actors) =>
  (eb: ExpressionBuilder<Tables, 'audit'>): Expression<SqlBool> => {
    const isOneOf = (some: readonly string[], ...columns: ('actorId' | 'actorFor')[]) =>
      some.length === 0 ? [] : columns.map((column) => eb(column, 'in', some as never));
    return eb.or([
      ...isOneOf(ids, 'actorId', 'actorFor'),
      ...members.map((member) => eb('actorMember', '=', member)),
      eb.and([eb('actorMember', '=', ''), eb.or(isOneOf(strangers, 'actorId', 'actorFor'))]),
    ]);
  };
