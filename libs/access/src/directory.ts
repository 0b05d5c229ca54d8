/**
 * Who and what there is, in order: a page of a list begins where the one before ended, however
 * long the list. Fed with the events that the index applies. Members are there as long as they are
 * members; of all else, what has ended stays in it until somebody meets it there and says so.
 */
import sorted from 'sorted-btree';
import type { MembershipEvent } from '#domain/events.js';
import {
  ID_PREFIX,
  type ApiKeyId,
  type MemberId,
  type OrganizationId,
  type SpaceId,
  type UserId,
} from '#domain/ids.js';
import type { Memberships } from './compact/memberships.js';
import { NONE } from './compact/names.js';
import { MembersOf, type Compact } from './compact/tables.js';
import type { Principal } from './questions.js';

/** Ids in the order of their characters. */
class Ids<Id extends string> {
  readonly #tree = new sorted.default<Id, true>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));

  add(id: Id): void {
    this.#tree.set(id, true);
  }

  delete(id: Id): void {
    this.#tree.delete(id);
  }

  /** From the first after `after`, or from the first of all. */
  *after(after: string | undefined): Generator<Id> {
    for (const id of this.#tree.keys(after as Id | undefined)) if (id !== after) yield id;
  }

  /** From `from` on, itself included. */
  from = (from: string | undefined): Iterable<Id> => this.#tree.keys(from as Id | undefined);
}

/** Who has an id that is good in one organization alone. */
export type Lodger = Exclude<Principal, UserId>;
type Other = Exclude<Lodger, MemberId>;

/** Who and what there is in organizations, by id. */
export interface Listing {
  /** Keys, members and service accounts, from the first after `after`. */
  principals(organization: OrganizationId, after?: string): Iterable<Lodger>;
  spaces(organization: OrganizationId, after?: string): Iterable<SpaceId>;
  /** It has ended, and nothing that has ended begins again under the same id. */
  forgetPrincipal(organization: OrganizationId, principal: Lodger): void;
  forgetSpace(organization: OrganizationId, space: SpaceId): void;
}

export class Directory implements Listing {
  readonly #organizations = new Ids<OrganizationId>();
  readonly #members = new Map<OrganizationId, MembersOf>();
  /** Keys and service accounts. */
  readonly #others = new Map<OrganizationId, Ids<Other>>();
  readonly #spaces = new Map<OrganizationId, Ids<SpaceId>>();
  readonly #homes = new Map<Other, OrganizationId>();

  constructor(private readonly memberships: Memberships) {}

  /** Takes in whom and what the event brings, members apart. */
  note(organization: OrganizationId, event: MembershipEvent): void {
    switch (event.type) {
      case 'organization.create':
        return this.#organizations.add(organization);
      case 'space.create':
        return idsOf(this.#spaces, organization).add(event.space);
      case 'service_account.create':
        return this.#lodge(organization, event.account);
      case 'api_key.create':
        return this.#lodge(organization, event.key);
      default: // Brings nobody and nothing.
    }
  }

  /** Takes in an organization as it is, with all that is in it. */
  noteAll({ id, members, spaces, serviceAccounts, apiKeys, ended }: Compact): void {
    this.#organizations.add(id);
    this.#members.set(id, members);
    for (const space of spaces.keys()) idsOf(this.#spaces, id).add(space);
    for (const other of [...serviceAccounts.keys(), ...apiKeys.keys()]) this.#lodge(id, other);
    for (const key of ended.keys()) this.#homes.set(key as ApiKeyId, id);
  }

  /** As `note` for an organization that is not folded: its members too, though not what they hold. */
  noteBlindly(organization: OrganizationId, event: MembershipEvent): void {
    this.note(organization, event);
    switch (event.type) {
      case 'member.join':
      case 'member.accept':
      case 'member.identity_link': {
        const { member: id, user } = event;
        const nothing = { tag: null, named: 0, grants: [], teams: [], accepted: [] } as const;
        const { authentication } = event;
        const members = this.members(organization);
        const { persons } = this.memberships;
        const before = persons.rowAt(members.organization, persons.number(user ?? ''));
        // That this one left may be what could not be read.
        if (before !== NONE) members.delete(this.memberships.id(before));
        members.set(id, {
          ...nothing,
          id,
          status: 'active',
          authentication,
          ...(user === undefined ? {} : { user }),
        });
        return;
      }
      case 'member.remove':
        return this.members(organization).delete(event.member);
      case 'service_account.delete':
        return this.forgetHome(event.account);
      default: // Brings nobody.
    }
  }

  #lodge(organization: OrganizationId, principal: Other): void {
    idsOf(this.#others, organization).add(principal);
    this.#homes.set(principal, organization);
  }

  /** Every organization, from `from` on. */
  organizations(from?: string): Iterable<OrganizationId> {
    return this.#organizations.from(from);
  }

  /** Where a person is a member, from `from` on. */
  organizationsOf(user: UserId, from = ''): readonly OrganizationId[] {
    const { organizations, persons } = this.memberships;
    return persons
      .rowsOf(persons.number(user))
      .map((row) => organizations.id(this.memberships.organizationOf(row)))
      .filter((organization) => organization >= from)
      .sort();
  }

  /** The members of an organization, folded or not. */
  members(organization: OrganizationId): MembersOf {
    const { organizations } = this.memberships;
    const members =
      this.#members.get(organization) ??
      new MembersOf(this.memberships, organizations.take(organization));
    this.#members.set(organization, members);
    return members;
  }

  *principals(organization: OrganizationId, after = ''): Iterable<Lodger> {
    const others = this.#others.get(organization);
    const before = `${ID_PREFIX.member}_`;
    for (const id of others?.after(after) ?? []) {
      if (id > before) break;
      yield id;
    }
    yield* this.#members.get(organization)?.after(after) ?? [];
    for (const id of others?.after(after > before ? after : before) ?? []) yield id;
  }

  spaces(organization: OrganizationId, after?: string): Iterable<SpaceId> {
    return this.#spaces.get(organization)?.after(after) ?? [];
  }

  /** The one organization in which this is a member or a service account, or is a key, or was one
   * that is remembered. */
  home(principal: Principal): OrganizationId | undefined {
    return this.memberships.home(principal) ?? this.#homes.get(principal as Other);
  }

  forgetPrincipal(organization: OrganizationId, principal: Lodger): void {
    this.#others.get(organization)?.delete(principal as Other);
  }

  /** As `forgetPrincipal`, of what is not even remembered to have ended. */
  forgetHome = (id: string): void => void this.#homes.delete(id as Other);

  forgetSpace(organization: OrganizationId, space: SpaceId): void {
    this.#spaces.get(organization)?.delete(space);
  }
}

function idsOf<Of, Id extends string>(all: Map<Of, Ids<Id>>, of: Of): Ids<Id> {
  const ids = all.get(of) ?? new Ids<Id>();
  all.set(of, ids);
  return ids;
}
