import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { organizationOf, type ActorFact, type Recorded } from '#domain/events.js';
import type { OrganizationId, Permission } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { EventLog } from '#eventlog/event-log.js';
import { Access } from '#access/access.js';
import type { Principal } from '#access/questions.js';
import type { Told, Watched } from '#access/change-stream/watched.js';
import type { ListName } from './cursors.js';
import { Reads } from './reads.js';
import { writeRevision } from './revisions.js';

export interface WatchQuestion {
  /** Absent: every organization. */
  readonly organization?: OrganizationId;
  /** Where an earlier stream of the same question had come to. */
  readonly cursor?: string;
  /** Without a cursor: what is held now, first. */
  readonly state?: boolean;
  /** Without a cursor: from before the first event. */
  readonly beginning?: boolean;
  readonly principal?: Principal;
  readonly permission?: Permission;
}

/** One message, by its name: what is told, with the cursor after it. */
export type WatchMessage = { readonly [name in Told['tells']]?: object };

/** Who gains and loses what, as it happens. */
export class WatchPermissions extends Query<AsyncIterable<WatchMessage>> {
  /**
   * @param who who asks; asked again and again, and refuses once they are nobody any more.
   * @param signal ends it.
   */
  constructor(
    readonly question: WatchQuestion,
    readonly who: () => Promise<ActorFact>,
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(WatchPermissions)
export class WatchPermissionsHandler implements IQueryHandler<WatchPermissions> {
  constructor(
    private readonly access: Access,
    private readonly reads: Reads,
    private readonly log: EventLog,
  ) {}

  execute({ question, who, signal }: WatchPermissions): Promise<AsyncIterable<WatchMessage>> {
    const { cursor, state, beginning, ...of } = question;
    if ([cursor, state, beginning].filter(Boolean).length > 1) {
      refuse('request.invalid', 'Begin in one way: with a cursor, the state, or the beginning.');
    }
    const list: ListName = ['changes', this.log.id, of.organization, of.principal, of.permission];
    const from: Watched['from'] =
      cursor !== undefined
        ? { after: this.reads.cursors.readMark(list, cursor) }
        : beginning === true
          ? { after: null }
          : state === true
            ? 'state'
            : 'now';
    const told = this.access.watch({ ...of, from }, who, signal);
    return Promise.resolve(this.#worded(list, told));
  }

  async *#worded(list: ListName, told: AsyncIterable<Told>): AsyncGenerator<WatchMessage> {
    for await (const one of told) {
      const { after } = one;
      const cursor =
        after === undefined ? {} : { cursor: this.reads.cursors.writeMark(list, after) };
      yield { [one.tells]: { ...cursor, ...messageOf(one) } };
    }
  }
}

function messageOf(told: Told): object {
  switch (told.tells) {
    case 'change': {
      const { organization, revision, event, changes, spaces, after } = told;
      return {
        ...placed(organization, revision),
        ...(event && { event: eventOf(event) }),
        ...(event && { more: after?.position !== event.position }),
        changes,
        spaces,
      };
    }
    case 'closed':
      return { organization: told.organization, reason: told.reason };
    default: {
      const named = [...told.revisions].map(([id, revision]) => [id, writeRevision(id, revision)]);
      return { revisions: Object.fromEntries(named) as object };
    }
  }
}

const placed = (organization: OrganizationId, revision: number) => ({
  organization,
  revision: writeRevision(organization, revision),
  streamRevision: revision,
});

function eventOf({ id, stream, revision, event, metadata }: Recorded): object {
  const { type } = event;
  return { id, type, ...placed(organizationOf(stream)!, revision), at: metadata.occurredAt };
}
