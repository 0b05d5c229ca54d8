/**
 * Who and what there is, in order: a page of a list begins where the one before ended, however
 * long the list. Fed with the events that the index applies. What has ended stays in it until
 * somebody meets it there and says so.
 */
import sorted from 'sorted-btree';
import type { MembershipEvent } from '#domain/events.js';
import type { OrganizationId, SpaceId, UserId } from '#domain/ids.js';
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

type Lodger = Exclude<Principal, UserId>;

export class Directory {
  readonly #organizations = new Ids<OrganizationId>();
  readonly #principals = new Map<OrganizationId, Ids<Lodger>>();
  readonly #spaces = new Map<OrganizationId, Ids<SpaceId>>();
  readonly #ofUser = new Map<UserId, Ids<OrganizationId>>();
  readonly #homes = new Map<Lodger, OrganizationId>();

  /** Takes in whom and what the event brings. */
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
      case 'member.join':
      case 'member.accept':
      case 'member.identity_link':
        this.#lodge(organization, event.member);
        if (event.user !== undefined) idsOf(this.#ofUser, event.user).add(organization);
        return;
      default: // Brings nobody and nothing.
    }
  }

  #lodge(organization: OrganizationId, principal: Lodger): void {
    idsOf(this.#principals, organization).add(principal);
    this.#homes.set(principal, organization);
  }

  /** Every organization, from `from` on. */
  organizations(from?: string): Iterable<OrganizationId> {
    return this.#organizations.from(from);
  }

  /** Where a person is, or was, a member, from `from` on. */
  organizationsOf(user: UserId, from?: string): Iterable<OrganizationId> {
    return this.#ofUser.get(user)?.from(from) ?? [];
  }

  /** Keys, members and service accounts of an organization. */
  principals(organization: OrganizationId, after?: string): Iterable<Lodger> {
    return this.#principals.get(organization)?.after(after) ?? [];
  }

  spaces(organization: OrganizationId, after?: string): Iterable<SpaceId> {
    return this.#spaces.get(organization)?.after(after) ?? [];
  }

  /** The one organization in which this is, or was, a member, a service account or a key. */
  home(principal: Principal): OrganizationId | undefined {
    return this.#homes.get(principal as Lodger);
  }

  /** It has ended, and nothing that has ended begins again under the same id. */
  forgetPrincipal(organization: OrganizationId, principal: Lodger): void {
    this.#principals.get(organization)?.delete(principal);
    this.#homes.delete(principal);
  }

  forgetSpace(organization: OrganizationId, space: SpaceId): void {
    this.#spaces.get(organization)?.delete(space);
  }

  /** The person is no member there any more; joining again is noted again. */
  forgetMembership(user: UserId, organization: OrganizationId): void {
    this.#ofUser.get(user)?.delete(organization);
  }
}

function idsOf<Of, Id extends string>(all: Map<Of, Ids<Id>>, of: Of): Ids<Id> {
  const ids = all.get(of) ?? new Ids<Id>();
  all.set(of, ids);
  return ids;
}
