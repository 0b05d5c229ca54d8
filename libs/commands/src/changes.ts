/** Which resource each event changes: what `If-Match` compares. */
import type { MembershipEvent } from '#domain/events.js';
import type { OrganizationId, RoleId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';

/**
 * Ids of the resources that show themselves changed by the event: those that it names, and whoever
 * holds what it takes away or puts in the place of something else.
 * @param before the organization right before the event
 */
export const changedBy = (event: MembershipEvent, before: Organization): string[] =>
  changesHolders(event)
    ? [...namedBy(event, before.id), ...holdersOf(event, before)]
    : namedBy(event, before.id);

/** Does it change resources that it does not name? */
export const changesHolders = (event: MembershipEvent): event is Sweeping =>
  event.type === 'space.delete' ||
  event.type === 'role.retire' ||
  event.type === 'organization.catalogue_adopt';

type Sweeping = Extract<
  MembershipEvent,
  { type: 'space.delete' | 'role.retire' | 'organization.catalogue_adopt' }
>;

function holdersOf(event: Sweeping, before: Organization): string[] {
  switch (event.type) {
    case 'space.delete':
      return [...before.holdersBySpace.of(event.space)];
    case 'role.retire':
      return [...before.holdersByRole.of(event.role)];
    case 'organization.catalogue_adopt':
      return Object.keys(event.remap).flatMap((role) => [
        ...before.holdersByRole.of(role as RoleId),
      ]);
  }
}

/** Ids of the resources that it names as changed. */
export function namedBy(event: MembershipEvent, organization: OrganizationId): string[] {
  switch (event.type) {
    case 'organization.create':
    case 'organization.rename':
    case 'organization.policy_change':
    case 'organization.catalogue_adopt':
    case 'organization.suspend':
    case 'organization.resume':
    case 'organization.delete':
      return [organization];
    case 'space.create':
    case 'space.rename':
    case 'space.deactivate':
    case 'space.reactivate':
    case 'space.delete':
      return [event.space];
    case 'member.invite':
    case 'member.invite_resend':
    case 'member.invite_revoke':
    case 'member.invite_decline':
    case 'member.invite_expire':
    case 'member.invite_erase':
      return [event.invitation];
    case 'member.accept':
      return [event.invitation, event.member];
    case 'member.join':
    case 'member.identity_link':
    case 'member.role_change':
    case 'member.grant_start':
    case 'member.grant_expire':
    case 'member.deactivate':
    case 'member.reactivate':
    case 'member.remove':
    case 'member.profile_change':
    case 'member.personal_data_erase':
      return [event.member];
    case 'team.create':
    case 'team.rename':
    case 'team.delete':
    case 'team.role_change':
      return [event.team];
    case 'team.member_add':
    case 'team.member_remove':
      return [event.team, event.member];
    case 'service_account.create':
    case 'service_account.change':
    case 'service_account.role_change':
    case 'service_account.delete':
      return [event.account];
    case 'api_key.create':
    case 'api_key.change':
    case 'api_key.rotate':
    case 'api_key.revoke':
      return [event.key];
    case 'role.define':
    case 'role.change':
    case 'role.retire':
      return [event.role];
    default:
      return event satisfies never;
  }
}

/** How many resources are remembered per organization. */
const REMEMBERED = 10_000;

/** The revision of the last change of the resources that changed last. Bounded. */
export class RecentChanges {
  readonly #revisions = new Map<string, number>();
  #since: number;

  /** @param from every change from this revision on is known. */
  constructor(from: number) {
    this.#since = from;
  }

  /** Every change from this revision on is known. */
  get since(): number {
    return this.#since;
  }

  note(changed: Iterable<string>, revision: number): void {
    for (const resource of changed) {
      this.#revisions.delete(resource);
      this.#revisions.set(resource, revision);
    }
    for (const [resource, oldest] of this.#revisions) {
      if (this.#revisions.size <= REMEMBERED) break;
      this.#revisions.delete(resource);
      this.#since = oldest + 1;
    }
  }

  /** Has the resource changed after `revision`? `undefined`: that is too long ago to know. */
  changedAfter(resource: string, revision: number): boolean | undefined {
    const last = this.#revisions.get(resource);
    if (last !== undefined && last > revision) return true;
    return this.#since <= revision + 1 ? false : undefined;
  }
}
