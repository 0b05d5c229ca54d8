/** What one command comes to on one state. */
import type { ActorFact, MembershipEvent } from '#domain/events.js';
import {
  later,
  PLATFORM,
  type CatalogueId,
  type CommandId,
  type Instant,
  type NewId,
  type UserId,
  type MemberId,
} from '#domain/ids.js';
import type { Platform } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import {
  COMMAND_MEMORY,
  COMMANDS_EACH,
  COMMANDS_REMEMBERED,
  type Organization,
  type Remembered,
} from '#domain/state.js';
import type { Catalogue } from '#domain/catalogue.js';
import { principalOf } from '#domain/changes.js';
import { unknownOrganization } from '#domain/delegation.js';
import type { Catalogues } from '#catalogues/catalogues.js';
import type { MetadataInput } from '#eventlog/codec.js';
import type { Clock } from './clock.js';
import type { Job } from './job.js';

/** What a decision is made with besides the state. */
export interface Surroundings {
  readonly clock: Clock;
  readonly newId: NewId;
  readonly catalogues: Catalogues;
  readonly platform: Platform;
  /** Commands with an idempotency key that found everything so already: what this node still knows
   * of them, who left no event to be known by. */
  readonly quiet: Pick<Organization['commands'], 'get'>;
}

/** The metadata that all events of a command share. */
export type SharedMetadata = Omit<MetadataInput, 'schemaVersion'>;

export type Decision =
  | {
      readonly kind: 'events';
      readonly events: readonly MembershipEvent[];
      readonly metadata: SharedMetadata;
      /** Whose data key the client address goes under. */
      readonly subject: string | undefined;
    }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'replay'; readonly command: Remembered };

/**
 * Decides one command. What a rule throws that is no refusal is a bug, its own caller's alone.
 * @param requireMatch asked last (RFC 9110, 13.2.1): who may not do it learns nothing of what has
 * changed, nor what there is
 */
export function decide(
  job: Omit<Job, 'resolve' | 'reject'>,
  organization: Organization,
  surroundings: Surroundings,
  requireMatch: () => void,
): Decision {
  try {
    const now = laterOf(surroundings.clock.now(), organization.occurredAt);
    const actor = asMember(organization, job.request.actor);
    const known = recall(job, organization, surroundings.quiet, principalOf(actor), now);
    if (known !== undefined) return { kind: 'replay', command: known };
    const catalogue = catalogueFor(job, organization, surroundings.catalogues);
    const platform = platformFor(organization, surroundings.platform, catalogue);
    const { newId, catalogues } = surroundings;
    const latest = (id: CatalogueId): Catalogue | undefined => catalogues.latest(id);
    const context = { now, actor, catalogue, platform, latest, newId };
    const events = job.rule(context)(organization);
    requireMatch();
    return {
      kind: 'events',
      events,
      metadata: metadataOf(job, actor, now, catalogue),
      subject: subjectOf(organization, actor, events),
    };
  } catch (error) {
    return { kind: 'refused', error };
  }
}

const laterOf = (a: Instant, b: Instant): Instant => (a < b ? b : a);

const isForgotten = ({ at }: Remembered, now: Instant): boolean => at < later(now, -COMMAND_MEMORY);

/** The command of this id, while it is remembered. */
export function remembered(
  commands: Surroundings['quiet'],
  id: CommandId,
  now: Instant,
): Remembered | undefined {
  const known = commands.get(id);
  return known === undefined || isForgotten(known, now) ? undefined : known;
}

/** The command that this idempotency key was used for before. */
function recall(
  job: Pick<Job, 'digest' | 'commandId'>,
  organization: Organization,
  quiet: Surroundings['quiet'],
  principal: string,
  now: Instant,
): Remembered | undefined {
  if (job.digest === undefined) return undefined;
  const known =
    remembered(organization.commands, job.commandId, now) ?? remembered(quiet, job.commandId, now);
  if (known !== undefined) {
    if (known.digest === job.digest) return known;
    refuseReused();
  }
  requireRoom(organization, principal, now);
  return undefined;
}

/** Where there is no room for more keys, whoever has many waits; for others the oldest gives way. */
function requireRoom(
  { commands, commandsBy }: Organization,
  principal: string,
  now: Instant,
): void {
  if (commands.size < COMMANDS_REMEMBERED) return;
  const oldest = commands.values().next().value as Remembered;
  if (isForgotten(oldest, now) || (commandsBy.get(principal) ?? 0) < COMMANDS_EACH) return;
  refuse(
    'idempotency.too_many_keys',
    `${COMMANDS_REMEMBERED} idempotency keys are remembered here, ${COMMANDS_EACH} or more of them yours; send without one, or later.`,
  );
}

/** Refuses where any of these commands is remembered for another body than that of this digest. */
export function requireSameBody(
  commands: readonly CommandId[],
  digest: string,
  organization: Organization,
  now: Instant,
): void {
  for (const id of commands) {
    const known = remembered(organization.commands, id, now);
    if (known !== undefined && known.digest !== digest) refuseReused();
  }
}

const refuseReused = (): never =>
  refuse(
    'idempotency.key_reused',
    'This idempotency key was used for another request; take a new key for a new request.',
  );

export function catalogueFor(
  { founding }: Pick<Job, 'founding'>,
  { id, status, catalogue }: Organization,
  catalogues: Catalogues,
): Catalogue {
  if (status === 'absent') {
    return founding?.catalogue ?? unknownOrganization({ id });
  }
  return (
    catalogues.get(catalogue.id, catalogue.version) ??
    refuse(
      'write.unavailable',
      `This node does not know version ${catalogue.version} of ${catalogue.id} yet; repeat.`,
    )
  );
}

/** Commands of the platform organization itself see their own state, not the stored one. */
export const platformFor = (
  organization: Organization,
  platform: Platform,
  catalogue: Catalogue,
): Platform => (organization.id === PLATFORM ? { organization, catalogue } : platform);

/** The person who acts or is acted for. */
const userOf = (actor: ActorFact): UserId | undefined => {
  if (actor.kind === 'user') return actor.id;
  return 'actingFor' in actor ? actor.actingFor : undefined;
};

/** The actor with the member it is here, or whose key it is. */
export function asMember(organization: Organization, actor: ActorFact): ActorFact {
  const user = userOf(actor);
  const owner = actor.kind === 'api_key' ? organization.apiKeys.get(actor.id)?.owner : undefined;
  const member =
    user === undefined
      ? organization.members.get(owner as MemberId)?.id
      : organization.memberByUser.get(user);
  return member === undefined ? actor : ({ ...actor, member } as ActorFact);
}

/**
 * Whose personal data the actor's address is: the member the actor is, stands for or becomes, so
 * that it goes with that member's key; else the actor's own.
 */
function subjectOf(
  organization: Organization,
  actor: ActorFact,
  events: readonly MembershipEvent[],
): string | undefined {
  if (actor.kind === 'system') return undefined;
  if (actor.kind === 'link') return organization.invitations.get(actor.id)?.member ?? actor.id;
  if (actor.member !== undefined) return actor.member;
  const user = userOf(actor);
  for (const event of events) {
    const joins = event.type === 'member.accept' || event.type === 'member.join';
    if (joins && user !== undefined && event.user === user) return event.member;
  }
  if (user !== undefined) return user;
  const owner = actor.kind === 'api_key' ? organization.apiKeys.get(actor.id)?.owner : undefined;
  return owner === undefined || owner === 'organization' ? actor.id : owner;
}

function metadataOf(
  job: Pick<Job, 'request' | 'commandId' | 'digest'>,
  actor: ActorFact,
  now: Instant,
  catalogue: Catalogue,
): SharedMetadata {
  const { correlationId, causationId, traceparent } = job.request;
  return {
    commandId: job.commandId,
    ...(job.digest === undefined ? {} : { requestDigest: job.digest }),
    actor,
    correlationId,
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
    occurredAt: now,
    catalogueVersion: catalogue.version,
  };
}
