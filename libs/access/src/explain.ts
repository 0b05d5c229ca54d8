/** Why somebody may do something, or what would let them. */
import { LRUCache } from 'lru-cache';
import { permits } from '#domain/delegation.js';
import type { ActorFact, EventType, Recorded } from '#domain/events.js';
import {
  organizationStream,
  PLATFORM,
  type ApiKeyId,
  type GrantId,
  type Instant,
  type MemberId,
  type OrganizationId,
  type Permission,
  type RoleId,
  type Scope,
  type SpaceId,
  type TeamId,
} from '#domain/ids.js';
import { rightsOf } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import type { GrantSource } from '#domain/state.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { behind, type Behind } from './behind.js';
import { cures, type Cure, type Givers } from './cures.js';
import type { Then } from './past.js';
import { decide } from './decide.js';
import type { Place } from './place.js';
import { find } from './principals.js';
import { kindOf, type AccessAnswer, type AccessQuestion, type Reason } from './questions.js';
import { Trail } from './trail.js';
import { Turns } from './turns.js';

/** An event that something rests on. */
export interface Ground {
  readonly id: string;
  readonly organization: OrganizationId;
  readonly revision: number;
  readonly type: EventType;
  readonly at: Instant;
}

/** A grant that allows it; each alone would do. */
export interface GrantBehind {
  /** The role that has the permission. */
  readonly role: RoleId;
  readonly scope: Scope;
  readonly source: GrantSource | 'platform';
  /** What of the platform's powers it is: `organizations:operate`, … */
  readonly power?: Permission;
  /** Absent: every member has it. For an implicit role, the grant that gives access to the scope. */
  readonly grant?: GrantId;
  readonly team?: TeamId;
  readonly notBefore?: Instant;
  readonly expiresAt?: Instant;
  /** Whoever decided it: of an invitation, who sent it last. */
  readonly grantedBy?: ActorFact;
  readonly grantedAt?: Instant;
  readonly events: readonly Ground[];
}

/** Who may give it; the members only to whom members are shown. */
export type MayGive = Pick<Givers, 'roles'> & Partial<Omit<Givers, 'roles'>>;
export interface Missing extends Omit<Cure, 'givers'> {
  readonly mayGive: MayGive;
}

export interface Explanation extends AccessAnswer {
  /** The moment that the times of grants were compared with. */
  readonly at: Instant;
  /** Empty where it is denied. */
  readonly grants: readonly GrantBehind[];
  /** The smallest grants that would allow it; empty where it is allowed, and where none would. */
  readonly missing: readonly Missing[];
  /** The making of the key it was asked about: no key, no permission. */
  readonly key: readonly Ground[];
  /** What deactivated or deleted the space, where that is why; empty of one that never was. */
  readonly space: readonly Ground[];
}

/** What somebody is shown who asks about others. */
export interface Sight {
  /** All members, or those who hold a role themselves at this space; absent: none. */
  readonly members: Scope | undefined;
  readonly platform: boolean;
}

/** What all trails may take in memory, in bytes. */
const TRAIL_BYTES = 64 * 1024 * 1024;
/** The space is not open: an event may say since when. */
const CLOSED: readonly Reason[] = ['space_inactive', 'space_not_found'];

export class Explaining {
  readonly #trails = new LRUCache<OrganizationId, Trail>({ maxSize: TRAIL_BYTES });
  readonly #turns = new Turns();

  constructor(private readonly log: EventLog) {}

  /** Refuses `permission.unknown`, `principal.invalid` and, where events can't be read,
   * `read.quarantined`. */
  async explain(then: Then, question: AccessQuestion, sight: Sight): Promise<Explanation> {
    const { place, at, revision } = then;
    const { principal, permission, space: scope = 'organization' } = question;
    const { organization, catalogue, platform } = place;
    const standing = find(organization, catalogue, platform, principal, at);
    const verdict = decide(place, standing, permission, scope);
    const why = verdict.allowed ? behind(place, principal, permission, scope, at) : [];
    const missing = verdict.allowed
      ? []
      : await this.#turns.take(() =>
          cures(place, principal, permission, scope, verdict.reason, at, sight.members),
        );
    const key = kindOf(principal) === 'api_key' ? (principal as ApiKeyId) : undefined;
    const closed = CLOSED.includes(verdict.reason) ? (scope as SpaceId) : undefined;
    const grants: GrantBehind[] = [];
    for (const one of why) grants.push(await this.#told(one, then, sight));
    return {
      ...verdict,
      revision,
      at,
      grants,
      missing: missing.map(({ givers, ...one }) => ({
        ...one,
        mayGive: sight.members === undefined ? { roles: givers.roles } : givers,
      })),
      key:
        key === undefined
          ? []
          : await this.#grounds(organization.id, (it) => it.key(key, revision)),
      space:
        closed === undefined
          ? []
          : await this.#grounds(organization.id, (it) => it.closing(closed, revision)),
    };
  }

  async #told(one: Behind, then: Then, sight: Sight): Promise<GrantBehind> {
    const { role, scope, grant, power, isAbroad, team } = one;
    const { id } = then.place.organization;
    const shown = {
      role,
      scope,
      source: sourceOf(one, id),
      ...(power === undefined ? {} : { power }),
    };
    // What was granted by whom in the platform is the platform's own.
    if (isAbroad && !sight.platform) return { ...shown, events: [] };
    const home = isAbroad ? PLATFORM : id;
    const upTo = isAbroad ? then.platformRevision : then.revision;
    const trail = await this.#trail(home);
    const given = grant === undefined ? [] : trail.grant(grant.id, upTo);
    const holder = one.holder as MemberId;
    const placed = team === undefined ? [] : trail.places(holder, team, upTo);
    const joined = grant === undefined ? trail.member(holder) : [];
    const events = await this.#read(home, [...given, ...placed, ...joined]);
    const [decided] = events;
    const effective = events.find(({ event }) => !event.type.startsWith('member.invite'));
    return {
      ...shown,
      ...(grant === undefined ? {} : { grant: grant.id }),
      ...(team === undefined ? {} : { team }),
      ...(grant?.notBefore === undefined ? {} : { notBefore: grant.notBefore }),
      ...(grant?.expiresAt === undefined ? {} : { expiresAt: grant.expiresAt }),
      ...(decided === undefined ? {} : { grantedBy: decided.metadata.actor }),
      ...(effective === undefined ? {} : { grantedAt: effective.metadata.occurredAt }),
      events: events.map((event) => ground(home, event)),
    };
  }

  async #grounds(
    organization: OrganizationId,
    which: (trail: Trail) => number[],
  ): Promise<Ground[]> {
    const events = await this.#read(organization, which(await this.#trail(organization)));
    return events.map((event) => ground(organization, event));
  }

  async #trail(organization: OrganizationId): Promise<Trail> {
    const trail = this.#trails.get(organization) ?? new Trail(this.log, organization);
    this.#keep(organization, trail);
    await readable(trail.catchUp());
    this.#keep(organization, trail);
    return trail;
  }

  #keep(organization: OrganizationId, trail: Trail): void {
    this.#trails.set(organization, trail, { size: Math.min(trail.bytes, TRAIL_BYTES) });
  }

  /** In the order given. */
  async #read(organization: OrganizationId, revisions: readonly number[]): Promise<Recorded[]> {
    const events: Recorded[] = [];
    for (const revision of new Set(revisions)) {
      const read = async () => {
        const stream = organizationStream(organization);
        for await (const batch of this.log.read(stream, revision, revision)) events.push(...batch);
      };
      await readable(read());
    }
    return events;
  }
}

/** What whoever asks may be shown, by what they may do now. */
export function sightOf(
  { organization, catalogue, platform }: Place,
  actor: ActorFact,
  scope: Scope,
  now: Instant,
): Sight {
  const rights = rightsOf(organization, catalogue, platform, actor, now);
  const sees = (at: Scope) => permits(organization, catalogue, rights, 'view_members', at);
  return {
    members: (['organization', scope] as const).find(sees),
    platform: organization.id === PLATFORM || rights.system || rights.platform.size > 0,
  };
}

const sourceOf = (
  { isAbroad, isImplicit, team, grant, power }: Behind,
  organization: OrganizationId,
): GrantBehind['source'] => {
  if (power !== undefined || (isAbroad && organization !== PLATFORM)) return 'platform';
  if (isImplicit || grant === undefined) return 'implicit';
  return team === undefined ? grant.source : 'team';
};

const ground = (organization: OrganizationId, recorded: Recorded): Ground => ({
  id: recorded.id,
  organization,
  revision: recorded.revision,
  type: recorded.event.type,
  at: recorded.metadata.occurredAt,
});

async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof DamagedEvent)) throw error;
    return refuse(
      'read.quarantined',
      'The events of this organization can not all be read; an operator has to repair it.',
    );
  }
}
