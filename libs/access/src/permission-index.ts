/**
 * What everybody may do, in memory, folded from the log with the domain's own `evolve` and
 * answered by the domain's own `permissions.ts`. Knows no clock, no log and no waiting: those are
 * `access.ts`'s.
 */
import type { Catalogue } from '#domain/catalogue.js';
import { unknownOrganization } from '#domain/delegation.js';
import { organizationOf, type MembershipEvent, type Recorded } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import {
  organizationStream,
  PLATFORM,
  type CatalogueId,
  type Instant,
  type OrganizationId,
  type Permission,
  type Scope,
  type SpaceId,
} from '#domain/ids.js';
import { effectivePermissions, isAllowed, type Platform } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { unknown } from '#catalogues/suggest.js';
import type { DamagedEvent } from '#eventlog/event-log.js';
import { whyNot } from './denials.js';
import { Directory } from './directory.js';
import { find, findKey, type Standing } from './principals.js';
import type { KeyScopeQuestion, PermissionsQuestion, Principal, Verdict } from './questions.js';

/** An event that could not be applied, and whose it is. */
export interface Fault {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly reason: string;
}

/** An organization as it stands, with what decides in it. Nobody changes it. */
export interface Place {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly platform: Platform;
}

interface Entry extends Omit<Place, 'platform'> {
  /** Of the last event applied. */
  readonly revision: number;
  readonly known: Map<Principal, Known>;
  readonly profiles: Map<string, Profile>;
}

/** Good for as long as nothing happens in the organization, in the platform, or by the clock. */
interface Known {
  readonly profile: Profile;
  readonly from: number;
  readonly until: number;
  readonly platform: number;
}

/** Principals that are alike share one, with what has been answered about them. */
interface Profile extends Standing {
  readonly verdicts: Map<Permission, Map<Scope, Verdict>>;
}

/** Principals remembered over all organizations before all of them are forgotten again. */
const REMEMBERED = 1_000_000;

const GRANTED: Verdict = { allowed: true, reason: 'granted' };
const denied = (reason: Verdict['reason']): Verdict => ({ allowed: false, reason });

/** The platform while there is none, or none that can be trusted: it gives nobody anything. */
export const NO_PLATFORM = emptyOrganization(PLATFORM);

/** The effective permissions of everybody, as of the last event applied. */
export class PermissionIndex {
  /** Who is where, for questions that list. */
  readonly directory = new Directory();
  readonly #catalogues = new Catalogues();
  readonly #organizations = new Map<string, Entry>();
  readonly #faults = new Map<string, Fault>();
  #remembered = 0;

  /** Applies the next event. One that can't be applied quarantines its organization alone. */
  apply(recorded: Recorded): void {
    const organization = organizationOf(recorded.stream);
    if (organization !== undefined && this.isQuarantined(organization)) {
      // Lists name the organizations about which nothing can be said.
      return this.directory.note(organization, recorded.event as MembershipEvent);
    }
    try {
      if (organization !== undefined) this.#fold(organization, recorded);
      if (recorded.event.type === 'catalogue.publish') {
        this.#catalogues.add(recorded.event.content);
      }
    } catch (error) {
      const { stream, revision, event } = recorded;
      const reason = error instanceof Error ? error.message : String(error);
      this.#quarantine({ stream, revision, type: event.type }, reason);
    }
  }

  /** Closes the stream of an event that is lost: nothing is answered about it any more. */
  lose({ stream, revision, message }: DamagedEvent): void {
    this.#quarantine({ stream, revision, type: 'damaged' }, message);
  }

  /**
   * Folds an organization from its first event on, aside, and puts it in the place of what was
   * there. Throws, and leaves everything as it was, when one of the events can't be applied.
   */
  async refold(organization: OrganizationId, events: AsyncIterable<Recorded>): Promise<void> {
    let entry: Entry | undefined;
    for await (const recorded of events) entry = this.#next(organization, entry, recorded);
    this.#faults.delete(organizationStream(organization));
    this.#drop(organization);
    if (entry !== undefined) this.#organizations.set(organization, entry);
  }

  /**
   * Revision of the last event applied, -1 where there is none; `Infinity` for a quarantined
   * organization, whose answer no later event changes.
   */
  revision(organization: OrganizationId): number {
    if (this.isQuarantined(organization)) return Infinity;
    return this.#organizations.get(organization)?.revision ?? -1;
  }

  isQuarantined(organization: OrganizationId): boolean {
    return this.#faults.size > 0 && this.#faults.has(organizationStream(organization));
  }

  /** Every organization there is, the quarantined ones too. */
  organizations(): OrganizationId[] {
    const streams = [...this.#faults.keys()].flatMap((stream) => organizationOf(stream) ?? []);
    return [...(this.#organizations.keys() as Iterable<OrganizationId>), ...streams];
  }

  /** Why organizations or catalogues are quarantined. */
  faults(): Fault[] {
    return [...this.#faults.values()];
  }

  /**
   * Refuses: `organization.not_found`, `read.quarantined`, `permission.unknown`,
   * `principal.invalid`.
   */
  check(
    organization: OrganizationId,
    principal: Principal,
    permission: Permission,
    space: SpaceId | undefined,
    now: number,
  ): Verdict {
    const entry = this.#entry(organization);
    const scope = space ?? 'organization';
    const profile = this.#profile(entry, principal, now);
    const before = profile.verdicts.get(permission)?.get(scope);
    if (before !== undefined) return before;
    const verdict = decide(entry, profile, permission, scope);
    // Spaces that do not exist are without number.
    if (verdict.reason !== 'space_not_found') remember(profile, permission, scope, verdict);
    return verdict;
  }

  /** Sorted. Refuses as `check` does, and `space.not_found`. */
  permissions({ organization, principal, space }: PermissionsQuestion, now: number): Permission[] {
    const entry = this.#entry(organization);
    return listAll(entry, this.#profile(entry, principal, now), space);
  }

  /** Refuses as `check` does, and `api_key.scope_unknown`. */
  keyScope({ organization, key: id, scope }: KeyScopeQuestion, now: number): Verdict {
    const { organization: state, catalogue } = this.#entry(organization);
    if (!catalogue.apiScopes.has(scope)) {
      const what = unknown('scope', scope, catalogue.apiScopes);
      refuse('api_key.scope_unknown', `In the catalogue ${catalogue.id}: ${what}`);
    }
    if (state.status === 'deleted') return denied('organization_deleted');
    if (state.status === 'suspended') return denied('suspended');
    const key = state.apiKeys.get(id);
    const { absent } = findKey(state, id, instant(now));
    if (absent !== undefined || key === undefined) return denied(absent ?? 'no_membership');
    return key.scopes.includes(scope) ? GRANTED : denied('scope_missing');
  }

  /** The organization, its catalogue and the platform: what the domain asks rules with. */
  organization(id: OrganizationId): Place {
    const { organization, catalogue } = this.#entry(id);
    return { organization, catalogue, platform: this.#platform(catalogue) };
  }

  /** A version that was published, if it was. */
  catalogue(id: CatalogueId, version: number): Catalogue | undefined {
    return this.#catalogues.get(id, version);
  }

  /** Refuses `permission.unknown` where no catalogue has it. */
  requirePermission(permission: Permission): void {
    const catalogues = this.#catalogues.all();
    if (catalogues.some(({ permissions }) => permissions.has(permission))) return;
    const known = catalogues.flatMap(({ permissions }) => [...permissions.keys()]);
    refuse('permission.unknown', `In every catalogue: ${unknown('permission', permission, known)}`);
  }

  #entry(organization: OrganizationId): Entry {
    const entry = this.#organizations.get(organization);
    if (entry !== undefined) return entry;
    if (this.isQuarantined(organization)) {
      refuse(
        'read.quarantined',
        'This organization is being repaired; nothing is answered about it.',
      );
    }
    return unknownOrganization({ id: organization });
  }

  #profile(entry: Entry, principal: Principal, now: number): Profile {
    const platformRevision = this.#organizations.get(PLATFORM)?.revision ?? -1;
    const before = entry.known.get(principal);
    if (
      before !== undefined &&
      before.from <= now &&
      now < before.until &&
      before.platform === platformRevision
    ) {
      return before.profile;
    }
    const { organization, catalogue } = entry;
    const platform = this.#platform(catalogue);
    const found = find(organization, catalogue, platform, principal, instant(now));
    const likeness = `${platformRevision} ${found.likeness}`;
    const profile = entry.profiles.get(likeness) ?? { ...found.standing, verdicts: new Map() };
    entry.profiles.set(likeness, profile);
    if (before === undefined) this.#makeRoom();
    const { from, until } = found;
    entry.known.set(principal, { profile, from, until, platform: platformRevision });
    return profile;
  }

  /** Where there is no platform its catalogue is never looked at; any one will do. */
  #platform(catalogue: Catalogue): Platform {
    const entry = this.#organizations.get(PLATFORM);
    return entry === undefined ? { organization: NO_PLATFORM, catalogue } : entry;
  }

  #makeRoom(): void {
    if (this.#remembered >= REMEMBERED) {
      for (const { known, profiles } of this.#organizations.values()) {
        known.clear();
        profiles.clear();
      }
      this.#remembered = 0;
    }
    this.#remembered += 1;
  }

  #fold(organization: OrganizationId, recorded: Recorded): void {
    const before = this.#organizations.get(organization);
    const entry = this.#next(organization, before, recorded);
    if (entry === before) return;
    this.#drop(organization);
    this.#organizations.set(organization, entry);
  }

  /** What comes after `before`, whose state it takes over and changes. */
  #next(organization: OrganizationId, before: Entry | undefined, recorded: Recorded): Entry {
    const { revision, metadata } = recorded;
    const expected = (before?.revision ?? -1) + 1;
    // A follower may be given an event twice.
    if (before !== undefined && revision < expected) return before;
    if (revision !== expected) throw new Error(`revision ${expected} is missing`);
    const state = before?.organization ?? emptyOrganization(organization);
    const event = recorded.event as MembershipEvent;
    evolve(state, { event, metadata, revision });
    this.directory.note(organization, event);
    const { id, version } = state.catalogue;
    const catalogue = this.#catalogues.get(id, version);
    if (catalogue === undefined) throw new Error(`catalogue ${id}@${version} is not published`);
    return { organization: state, revision, catalogue, known: new Map(), profiles: new Map() };
  }

  #quarantine(event: Omit<Fault, 'reason'>, reason: string): void {
    const { stream } = event;
    // The first fault is what began it.
    if (!this.#faults.has(stream)) this.#faults.set(stream, { ...event, reason });
    const organization = organizationOf(stream);
    if (organization !== undefined) this.#drop(organization);
  }

  #drop(organization: OrganizationId): void {
    this.#remembered -= this.#organizations.get(organization)?.known.size ?? 0;
    this.#organizations.delete(organization);
  }
}

/** Refuses `permission.unknown`. */
export function decide(
  { organization, catalogue }: Omit<Place, 'platform'>,
  standing: Standing,
  permission: Permission,
  scope: Scope,
): Verdict {
  if (!catalogue.permissions.has(permission)) {
    const what = unknown('permission', permission, catalogue.permissions.keys());
    refuse('permission.unknown', `In the catalogue ${catalogue.id}: ${what}`);
  }
  return isAllowed(organization, catalogue, standing.rights, permission, scope)
    ? GRANTED
    : denied(whyNot(organization, catalogue, standing, permission, scope));
}

/** Sorted. Refuses `space.not_found`. */
export function listAll(
  { organization, catalogue }: Omit<Place, 'platform'>,
  { rights }: Standing,
  space: SpaceId | undefined,
): Permission[] {
  if (space !== undefined && !organization.spaces.has(space)) {
    refuse('space.not_found', `There is no space ${space} in this organization.`);
  }
  const scope = space ?? 'organization';
  return [...effectivePermissions(organization, catalogue, rights, scope)].sort();
}

function remember(
  { verdicts }: Profile,
  permission: Permission,
  scope: Scope,
  verdict: Verdict,
): void {
  const ofPermission = verdicts.get(permission);
  if (ofPermission === undefined) verdicts.set(permission, new Map([[scope, verdict]]));
  else ofPermission.set(scope, verdict);
}

/** Milliseconds since the epoch as an instant. */
export const instant = (now: number): Instant => new Date(now).toISOString() as Instant;
