/** Who may ask: anyone about themselves; about others, who may read that here. */
import type { Operation } from '#domain/catalogue.js';
import { permits, requireOffered, unknownOrganization } from '#domain/delegation.js';
import type { ActorFact } from '#domain/events.js';
import type { ApiKeyId, Instant, Scope, SpaceId, UserId } from '#domain/ids.js';
import {
  has,
  isEmpowered,
  isTrusted,
  PLATFORM_PERMISSION,
  rightsOf,
  standsIn,
  type Rights,
} from '#domain/permissions.js';
import { Refusal, refuse } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import type { Place } from './place.js';
import type { Principal } from './questions.js';

/** What somebody wants to read. */
export interface Reading {
  readonly actor: ActorFact;
  /** `read_access` for what others may do. */
  readonly operation: Operation;
  readonly scope?: Scope;
  /** In place of `scope`: every scope it is at. Whoever may read at one of them may read it. */
  readonly scopes?: (organization: Organization) => Iterable<Scope>;
  /** Whom it is about, where it is about somebody; nobody needs a permission for themselves. */
  readonly about?: readonly Principal[];
}

/** Where somebody may read: everywhere in the organization, or at these spaces alone. */
export type Readable = 'everywhere' | readonly SpaceId[];

/**
 * Refuses `permission.denied` unless the actor may read this, and `operation.not_offered` where
 * the catalogue has no such thing to read. To somebody who is nobody in the organization and has
 * no power over all, it does not exist (`organization.not_found`).
 */
export function mayRead(place: Place, reading: Reading, now: Instant): void {
  const { scope = 'organization', scopes = () => [scope] } = reading;
  const rights = rightsToRead(place, reading, now);
  if (rights === 'unasked') return;
  // Who may read in the organization may read of every space, whatever state that is in.
  const all = ['organization' as const, ...scopes(place.organization)];
  if (!all.some((one) => may(place, rights, reading, one))) denied(place, reading);
}

/** As `ask`; to whoever is nobody in the platform the refusal says what they can ask instead. */
export function askedAcross<T>(ask: () => T, instead: string): T {
  try {
    return ask();
  } catch (error) {
    if (!isUnknown(error)) throw error;
    refuse(
      'organization.not_found',
      `Of every organization this is for members of the platform alone; ${instead}.`,
    );
  }
}

/** What is not there, or not for the asker to know of. */
export const isUnknown = (error: unknown): boolean =>
  error instanceof Refusal && error.code === 'organization.not_found';

/** As `mayRead`, of every organization there is. @param platform as a place of its own. */
export function mayReadEverywhere(platform: Place, reading: Reading, now: Instant): void {
  const { organization, catalogue } = platform;
  const rights = rightsOf(organization, catalogue, platform.platform, reading.actor, now);
  const { operate, read } = PLATFORM_PERMISSION;
  if (has(rights, operate) || has(rights, read)) return mayRead(platform, reading, now);
  refuse('permission.denied', `To read this of every organization you need ${read}.`);
}

/** Where the actor may read such things; refuses as `mayRead` does, and where that is nowhere. */
export function readable(place: Place, reading: Reading, now: Instant): Readable {
  const rights = rightsToRead(place, reading, now);
  if (rights === 'unasked' || may(place, rights, reading, 'organization')) return 'everywhere';
  const scopes = [...new Set(rights.held.map(({ scope }) => scope))];
  const spaces = scopes.filter(
    (one) => one !== 'organization' && may(place, rights, reading, one),
  ) as SpaceId[];
  return spaces.length > 0 ? spaces : denied(place, reading);
}

/** What decides, or `unasked` where nothing is asked of the actor. Refuses what never depends on it. */
function rightsToRead(place: Place, reading: Reading, now: Instant): Rights | 'unasked' {
  const { organization, catalogue } = place;
  const { actor, operation, about } = reading;
  const { check } = PLATFORM_PERMISSION;
  if (operation === 'read_access' && isEmpowered(place.platform, actor, check, now)) {
    return 'unasked';
  }
  const rights = rightsIn(place, actor, now);
  if (!stands(place, actor, rights, now)) {
    unknownOrganization(organization);
  }
  if (about?.every((principal) => isOneself(organization, actor, principal))) {
    return 'unasked';
  }
  requireOffered(catalogue, operation);
  return rights;
}

const may = ({ organization, catalogue }: Place, rights: Rights, reading: Reading, at: Scope) =>
  permits(organization, catalogue, rights, reading.operation, at);

function denied({ organization, catalogue }: Place, { operation, about }: Reading): never {
  if (organization.status === 'suspended') {
    refuse(
      'permission.denied',
      'The organization is suspended: nobody has rights in it meanwhile.',
    );
  }
  const what = about === undefined ? 'this' : 'this about others';
  return refuse(
    'permission.denied',
    `To ${/^(view|read)_/.test(operation) ? 'read' : 'do'} ${what} you need ${catalogue.operations.get(operation)}.`,
  );
}

/** Is the actor somebody in the organization, or has power over it? */
export const isSomebody = (place: Place, actor: ActorFact, now: Instant): boolean =>
  stands(place, actor, rightsIn(place, actor, now), now);

const rightsIn = ({ organization, catalogue, platform }: Place, actor: ActorFact, now: Instant) =>
  rightsOf(organization, catalogue, platform, actor, now);

const stands = (place: Place, actor: ActorFact, rights: Rights, now: Instant): boolean =>
  rights.platform.size > 0 ||
  (place.organization.status !== 'deleted' &&
    (rights.held.length > 0 ||
      (standsIn(place.organization, actor, now) && isTrusted(place.platform, actor, now))));

/** The person or account itself, the member that person is here, or whose key it is. */
function isOneself(organization: Organization, actor: ActorFact, principal: Principal): boolean {
  const self = ('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id;
  return (
    principal === self ||
    principal === organization.memberByUser.get(self as UserId) ||
    principal === organization.apiKeys.get(self as ApiKeyId)?.owner
  );
}
