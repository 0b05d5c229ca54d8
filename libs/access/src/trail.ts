/** Which event of an organization gave what: grants, places in teams, memberships and keys; and which
 * closed a space. */
import type { GrantFact, MembershipEvent, Recorded, TeamMemberSource } from '#domain/events.js';
import type {
  ApiKeyId,
  GrantId,
  InvitationId,
  MemberId,
  OrganizationId,
  RoleId,
  SpaceId,
  TeamId,
} from '#domain/ids.js';
import { organizationStream } from '#domain/ids.js';
import type { EventLog } from '#eventlog/event-log.js';

interface Given {
  readonly revision: number;
  readonly role: RoleId;
  /** Promised by it. */
  readonly invitation?: InvitationId;
}

interface Place {
  readonly team: TeamId;
  readonly source: TeamMemberSource;
  readonly group: string | undefined;
  readonly from: number;
  until?: number;
}

/** What an entry takes in memory, about; in bytes. */
const ENTRY_BYTES = 250;

/**
 * Read from the stream once, and from where it was left from then on; holds revisions alone, so
 * that what an event says is read when it is asked for.
 */
export class Trail {
  readonly #grants = new Map<GrantId, Given>();
  /** By the invitation, as it was sent first. */
  readonly #promised = new Map<GrantId, Given>();
  readonly #members = new Map<MemberId, number>();
  readonly #places = new Map<MemberId, Place[]>();
  readonly #keys = new Map<ApiKeyId, number>();
  readonly #invitations = new Map<InvitationId, number[]>();
  readonly #closings = new Map<SpaceId, number[]>();
  /** Roles that took the place of others. */
  readonly #renames: { readonly revision: number; readonly roles: Map<string, RoleId> }[] = [];
  readonly #stream: string;
  #revision = -1;
  #entries = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    organization: OrganizationId,
  ) {
    this.#stream = organizationStream(organization);
  }

  get bytes(): number {
    return (1 + this.#entries) * ENTRY_BYTES;
  }

  /** Knows of every event that was in the log when this was called. */
  catchUp(): Promise<void> {
    const done = this.#turn.then(async () => {
      for await (const batch of this.log.read(this.#stream, this.#revision + 1)) {
        for (const recorded of batch) this.#note(recorded);
      }
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Who was given the grant by which event; then the events that put another role in its place. */
  grant(id: GrantId, upTo: number): number[] {
    const given = this.#grants.get(id);
    if (given === undefined || given.revision > upTo) return [];
    const { revision, invitation } = given;
    const promised = invitation === undefined ? undefined : this.#promise(invitation, revision);
    const found = promised === undefined ? [revision] : [promised, revision];
    // Whoever is invited is given what has taken the place of what they were promised.
    const first = this.#promised.get(id) ?? given;
    let { role } = first;
    for (const rename of this.#renames) {
      const next = rename.roles.get(role);
      if (next === undefined || rename.revision <= first.revision || rename.revision > upTo) {
        continue;
      }
      role = next;
      found.push(rename.revision);
    }
    return found;
  }

  /** The invitation as it was sent last before it was accepted. */
  #promise(invitation: InvitationId, accepted: number): number | undefined {
    return this.#invitations.get(invitation)?.findLast((revision) => revision < accepted);
  }

  /** What put the member into the team, by every source that still does. */
  places(member: MemberId, team: TeamId, upTo: number): number[] {
    const places = this.#places.get(member) ?? [];
    return places
      .filter((one) => one.team === team && one.from <= upTo && (one.until ?? Infinity) > upTo)
      .map(({ from }) => from);
  }

  member(id: MemberId): number[] {
    const revision = this.#members.get(id);
    return revision === undefined ? [] : [revision];
  }

  key(id: ApiKeyId, upTo: number): number[] {
    const revision = this.#keys.get(id);
    return revision === undefined || revision > upTo ? [] : [revision];
  }

  /** What deactivated or deleted the space last. */
  closing(space: SpaceId, upTo: number): number[] {
    const last = this.#closings.get(space)?.findLast((revision) => revision <= upTo);
    return last === undefined ? [] : [last];
  }

  #note({ event: any, revision }: Recorded): void {
    const event = any as MembershipEvent;
    this.#revision = revision;
    switch (event.type) {
      case 'member.invite':
      case 'member.invite_resend': {
        if (event.type === 'member.invite') {
          for (const { id, role } of event.grants) this.#promised.set(id, { revision, role });
          this.#entries += event.grants.length;
        }
        const sent = this.#invitations.get(event.invitation) ?? [];
        this.#invitations.set(event.invitation, [...sent, revision]);
        this.#entries += 1;
        return;
      }
      case 'member.accept':
      case 'member.join': {
        const isInvited = event.type === 'member.accept';
        this.#give(event.grants, revision, isInvited ? event.invitation : undefined);
        if (!this.#members.has(event.member)) this.#members.set(event.member, revision);
        const source = isInvited ? 'invitation' : 'direct';
        for (const team of event.teams) this.#place(event.member, team, source, revision);
        return;
      }
      case 'service_account.create':
        return this.#give(event.grants, revision);
      case 'member.role_change':
      case 'team.role_change':
      case 'service_account.role_change':
        return this.#give(event.added, revision);
      case 'team.member_add':
        return this.#place(event.member, event.team, event.source, revision, event.group);
      case 'team.member_remove': {
        const isIt = (one: Place) =>
          one.team === event.team && one.source === event.source && one.group === event.group;
        return this.#leave(event.member, isIt, revision);
      }
      case 'team.delete':
        for (const member of this.#places.keys()) {
          this.#leave(member, ({ team }) => team === event.team, revision);
        }
        return;
      case 'member.remove':
        return this.#leave(event.member, () => true, revision);
      case 'api_key.create':
        this.#keys.set(event.key, revision);
        this.#entries += 1;
        return;
      case 'space.deactivate':
      case 'space.delete':
        this.#closings.set(event.space, [...(this.#closings.get(event.space) ?? []), revision]);
        this.#entries += 1;
        return;
      case 'organization.catalogue_adopt':
        this.#renames.push({ revision, roles: new Map(Object.entries(event.remap)) });
        return;
      case 'role.retire':
        if (event.remapTo === undefined) return;
        this.#renames.push({ revision, roles: new Map([[event.role, event.remapTo]]) });
        return;
      default:
    }
  }

  #give(grants: readonly GrantFact[], revision: number, invitation?: InvitationId): void {
    for (const { id, role } of grants) {
      const promise = invitation === undefined ? {} : { invitation };
      this.#grants.set(id, { revision, role, ...promise });
      this.#entries += 1;
    }
  }

  #place(
    member: MemberId,
    team: TeamId,
    source: TeamMemberSource,
    from: number,
    group?: string,
  ): void {
    const places = this.#places.get(member) ?? [];
    places.push({ team, source, group, from });
    this.#places.set(member, places);
    this.#entries += 1;
  }

  #leave(member: MemberId, isIt: (place: Place) => boolean, revision: number): void {
    for (const place of this.#places.get(member) ?? []) {
      if (place.until === undefined && isIt(place)) place.until = revision;
    }
  }
}
