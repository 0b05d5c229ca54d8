/**
 * What everybody may do, in memory, folded from the log with the domain's own `evolve` into the
 * tables of `compact/`. Answers about members come straight from these; all others from the domain's
 * own `permissions.ts`. Knows no clock, no log and no waiting: those are `access.ts`'s.
 */
import type { Catalogue, CatalogueContent, Operation } from '#domain/catalogue.js';
import { unknownOrganization } from '#domain/delegation.js';
import { organizationOf, type MembershipEvent, type Recorded } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import {
  organizationStream,
  PLATFORM,
  type CatalogueId,
  type OrganizationId,
  type Permission,
  type SpaceId,
  type UserId,
} from '#domain/ids.js';
import { PLATFORM_PERMISSION, type Platform } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { likelyPermission } from '#domain/suggest.js';
import type { DamagedEvent } from '#eventlog/event-log.js';
import { decide, decideScope, listAll, unknownPermission } from './decide.js';
import { Directory } from './directory.js';
import { Memberships, type MembershipsCopy } from './compact/memberships.js';
import { copyOf, restored, type CompactCopy } from './compact/copies.js';
import { compacted, EndedKeys, type Compact } from './compact/tables.js';
import { Powers } from './compact/powers.js';
import { ownRow } from './compact/own-row.js';
import { askedOf, verdictOn, type Asked } from './compact/verdict.js';
import { instant } from './moment.js';
import { NO_PLATFORM, type Place } from './place.js';
import { find, type Standing } from './principals.js';
import type { KeyScopeQuestion, PermissionsQuestion, Principal, Verdict } from './questions.js';

/** An event that could not be applied, and whose it is. */
export interface Fault {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly reason: string;
}

/** How far an organization is folded, and what decides in it from there on. */
interface Version {
  readonly catalogue: Catalogue;
  readonly powers: Powers;
  /** Of the last event applied. */
  readonly revision: number;
}
interface Entry extends Version {
  readonly organization: Compact;
}

/** All of it at a moment. */
export interface IndexCopy {
  readonly catalogues: readonly CatalogueContent[];
  readonly organizations: readonly (CompactCopy & { readonly revision: number })[];
  readonly memberships: MembershipsCopy;
}

/** The effective permissions of everybody, as of the last event applied. */
export class PermissionIndex {
  readonly #memberships: Memberships;
  /** Who is where, for questions that list. */
  readonly directory: Directory;
  readonly #catalogues = new Catalogues();
  readonly #organizations = new Map<string, Entry>();
  readonly #faults = new Map<string, Fault>();
  readonly #powers = new Map<Catalogue, Powers>();

  /** @param from as `copy` gave it. */
  constructor(from?: IndexCopy) {
    this.#memberships = new Memberships(from?.memberships);
    this.directory = new Directory(this.#memberships);
    for (const content of from?.catalogues ?? []) this.#catalogues.add(content);
    for (const one of from?.organizations ?? []) this.#restore(one);
  }

  /** How many memberships it holds. */
  get size(): number {
    return this.#memberships.size;
  }

  /** What the columns take in memory, ids and what is not of a member apart. */
  get bytes(): number {
    return [...this.#organizations.values()].reduce(
      (sum, { organization }) => sum + organization.members.bytes,
      this.#memberships.bytes,
    );
  }

  /** What the ids of members, persons and grants take in memory. */
  get idBytes(): number {
    return this.#memberships.idBytes;
  }

  /** What it holds now, later changes not in it; `undefined` while anything is quarantined. */
  copy(): IndexCopy | undefined {
    if (this.#faults.size > 0) return undefined;
    return {
      catalogues: this.contents(),
      organizations: [...this.#organizations.values()].map(({ organization, revision }) => ({
        ...copyOf(organization),
        revision,
      })),
      memberships: this.#memberships.copy(),
    };
  }

  #restore({ revision, ...copy }: IndexCopy['organizations'][number]): void {
    const organization = restored(copy, this.#memberships, this.directory.forgetHome);
    const { id, version } = organization.catalogue;
    const catalogue = this.#catalogues.get(id, version);
    if (catalogue === undefined) throw new Error(`catalogue ${id}@${version} is not in the copy`);
    this.directory.noteAll(organization);
    const powers = this.#powersOf(catalogue);
    this.#organizations.set(organization.id, { organization, catalogue, powers, revision });
  }

  /** Applies the next event. One that can't be applied quarantines its organization alone. */
  apply(recorded: Recorded): void {
    const organization = organizationOf(recorded.stream);
    if (organization !== undefined && this.isQuarantined(organization)) {
      // Lists name the organizations about which nothing can be said.
      return this.directory.noteBlindly(organization, recorded.event as MembershipEvent);
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
  lose({ stream, revision, kind, message }: DamagedEvent): void {
    this.#quarantine({ stream, revision, type: kind }, message);
  }

  /**
   * Folds an organization from its first event on, aside, and puts it in the place of what was
   * there. Throws, and leaves everything as it was, when one of the events can't be applied.
   */
  async refold(organization: OrganizationId, events: AsyncIterable<Recorded>): Promise<void> {
    // It forgets as the columns do.
    const aside = {
      ...emptyOrganization(organization),
      ended: new EndedKeys(this.directory.forgetHome),
    };
    let last: Version | undefined;
    for await (const recorded of events) last = this.#evolve(aside, last, recorded);
    this.#faults.delete(organizationStream(organization));
    this.#drop(organization);
    if (last === undefined) return;
    const members = this.directory.members(organization);
    members.clear();
    const folded = compacted(aside, members, this.#memberships, this.directory.forgetHome);
    this.directory.noteAll(folded);
    this.#organizations.set(organization, { ...last, organization: folded });
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
    const asked = this.lookUp(organization, principal, permission, space);
    if (asked !== undefined) return this.answer(asked, now);
    const entry = this.#entry(organization);
    const standing = this.#standing(entry, principal, now);
    return decide(entry, standing, permission, space ?? 'organization');
  }

  /**
   * All that a question names, to be asked with `answer`; `undefined` where more decides than one
   * membership. Refuses as `check` does.
   */
  lookUp(
    id: OrganizationId,
    principal: Principal,
    permission: Permission,
    space: SpaceId | undefined,
  ): Asked | undefined {
    const entry = this.#entry(id);
    const { organization, catalogue, powers } = entry;
    const number = powers.number(permission) ?? unknownPermission(catalogue, permission);
    const row = ownRow(this.#memberships, organization, principal);
    return row === undefined ? undefined : askedOf(this.#memberships, entry, row, number, space);
  }

  /**
   * Does somebody's own membership, there or of the platform, let them do this everywhere in the
   * organization? False also where more would have to be asked. Refuses as `check` does.
   */
  isOwnRight(id: OrganizationId, user: UserId, operation: Operation, now: number): boolean {
    const here = this.#entry(id);
    const permission = here.catalogue.operations.get(operation);
    const row = ownRow(this.#memberships, here.organization, user);
    if (this.#isGiven(here, row, permission, now)) return true;
    const platform = this.#organizations.get(PLATFORM);
    if (operation !== 'read_access' || platform === undefined) return false;
    const { persons } = this.#memberships;
    const there = persons.rowAt(platform.organization.members.organization, persons.number(user));
    return this.#isGiven(platform, there, PLATFORM_PERMISSION.check as Permission, now);
  }

  #isGiven(
    entry: Entry,
    row: number | undefined,
    permission: Permission | undefined,
    now: number,
  ): boolean {
    const number = permission && entry.powers.number(permission);
    if (row === undefined || number === undefined) return false;
    const asked = askedOf(this.#memberships, entry, row, number, undefined);
    return this.answer(asked, now).allowed;
  }

  answer(asked: Asked, now: number): Verdict {
    return verdictOn(this.#memberships, asked, now);
  }

  /** Sorted. Refuses as `check` does, and `space.not_found`. */
  permissions({ organization, principal, space }: PermissionsQuestion, now: number): Permission[] {
    const entry = this.#entry(organization);
    return listAll(entry, this.#standing(entry, principal, now), space);
  }

  /** Refuses as `check` does, and `api_key.scope_unknown`. */
  keyScope(question: KeyScopeQuestion, now: number): Verdict {
    return decideScope(this.#entry(question.organization), question, instant(now));
  }

  /** The organization, its catalogue and the platform: what the domain asks rules with. */
  organization(id: OrganizationId): Place {
    const { organization, catalogue } = this.#entry(id);
    return { organization, catalogue, platform: this.#platform(catalogue) };
  }

  /** Every catalogue that was published, in every version. */
  contents(): CatalogueContent[] {
    return this.#catalogues.all().map(({ content }) => content);
  }

  /** A version that was published, if it was. */
  catalogue(id: CatalogueId, version: number): Catalogue | undefined {
    return this.#catalogues.get(id, version);
  }

  /**
   * Refuses `permission.unknown` where no catalogue has it in any version.
   * @param of only this one; absent: all there are.
   */
  requirePermission(permission: Permission, of?: CatalogueId): void {
    const catalogues = this.#catalogues.all().filter(({ id }) => of === undefined || id === of);
    if (catalogues.some(({ permissions }) => permissions.has(permission))) return;
    const known = new Set(catalogues.flatMap(({ permissions }) => [...permissions.keys()]));
    const where = of === undefined ? 'In every catalogue' : `In the catalogue ${of}`;
    const list = of === undefined ? 'catalogues/{catalogue}' : `catalogues/${of}`;
    const what = likelyPermission(permission, known);
    refuse('permission.unknown', `${where}: ${what} (GET /api/v1/${list} lists them)`);
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

  #standing({ organization, catalogue }: Entry, principal: Principal, now: number): Standing {
    return find(organization, catalogue, this.#platform(catalogue), principal, instant(now));
  }

  /** Where there is no platform its catalogue is never looked at; any one will do. */
  #platform(catalogue: Catalogue): Platform {
    const entry = this.#organizations.get(PLATFORM);
    return entry === undefined ? { organization: NO_PLATFORM, catalogue } : entry;
  }

  #fold(organization: OrganizationId, recorded: Recorded): void {
    const before = this.#organizations.get(organization);
    const state = before?.organization ?? this.#begin(organization);
    const after = this.#evolve(state, before, recorded);
    if (after === before) return;
    this.directory.note(organization, recorded.event as MembershipEvent);
    this.#organizations.set(organization, { ...after, organization: state });
  }

  #begin(organization: OrganizationId): Compact {
    const members = this.directory.members(organization);
    const { forgetHome } = this.directory;
    return compacted(emptyOrganization(organization), members, this.#memberships, forgetHome);
  }

  /** What comes after `before` in a state that it changes. */
  #evolve(state: Organization, before: Version | undefined, recorded: Recorded): Version {
    const { revision, metadata } = recorded;
    const expected = (before?.revision ?? -1) + 1;
    // A follower may be given an event twice.
    if (before !== undefined && revision < expected) return before;
    if (revision !== expected) throw new Error(`revision ${expected} is missing`);
    evolve(state, { event: recorded.event as MembershipEvent, metadata, revision });
    const { id, version } = state.catalogue;
    const catalogue = this.#catalogues.get(id, version);
    if (catalogue === undefined) throw new Error(`catalogue ${id}@${version} is not published`);
    return { revision, catalogue, powers: this.#powersOf(catalogue) };
  }

  #powersOf(catalogue: Catalogue): Powers {
    const known = this.#powers.get(catalogue);
    if (known !== undefined) return known;
    const powers = new Powers(catalogue, this.#memberships.holdings.terms.roles);
    this.#powers.set(catalogue, powers);
    return powers;
  }

  #quarantine(event: Omit<Fault, 'reason'>, reason: string): void {
    const { stream } = event;
    // The first fault is what began it.
    if (!this.#faults.has(stream)) this.#faults.set(stream, { ...event, reason });
    const organization = organizationOf(stream);
    if (organization !== undefined) this.#drop(organization);
  }

  /** What its teams held goes with it; its members stay listed. */
  #drop(organization: OrganizationId): void {
    this.#organizations.get(organization)?.organization.teams.clear();
    this.#organizations.delete(organization);
  }
}
