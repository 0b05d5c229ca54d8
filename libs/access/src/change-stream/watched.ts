/** What can be watched, and what whoever watches is told. */
import type { Mark, Recorded } from '#domain/events.js';
import type { OrganizationId, Permission, SpaceId } from '#domain/ids.js';
import type { Principal } from '../questions.js';
import type { ChangeRow } from './changes.js';

export interface Watched {
  /** Absent: every organization, for whom the platform lets ask across organizations. */
  readonly organization?: OrganizationId;
  /**
   * `now`: what is to come; `state`: before that, what is held now; or all that was appended after
   * an event, `null` being before the first one.
   */
  readonly from: 'now' | 'state' | { readonly after: Mark | null };
  /** Only what this principal holds, or the member this person is. */
  readonly principal?: Principal;
  readonly permission?: Permission;
}

/** A space as far as it decides what is held at it. */
export interface SpaceRow {
  readonly space: SpaceId;
  readonly status: 'active' | 'inactive' | 'deleted';
  /** Of an inactive one: what can still be held at it. Sorted. */
  readonly only?: readonly Permission[];
}

/** What one event changes in one organization, or a part of that. */
export interface Changed {
  readonly tells: 'change';
  readonly organization: OrganizationId;
  /** Of the organization's last event. */
  readonly revision: number;
  /** Its own, or the platform's. Absent: it is told what is held at the beginning. */
  readonly event?: Recorded;
  readonly changes: readonly ChangeRow[];
  readonly spaces: readonly SpaceRow[];
}

type Revisions = ReadonlyMap<OrganizationId, number>;

export type Told = (
  | Changed
  /** What is held at the beginning is told: these organizations, as of these revisions. */
  | { readonly tells: 'synced'; readonly revisions: Revisions }
  /** Everything up to these revisions is told. Of all organizations those that have moved. */
  | { readonly tells: 'heartbeat'; readonly revisions: Revisions }
  /** Nothing more is said of this organization, and nothing that was said is to be relied on. */
  | {
      readonly tells: 'closed';
      readonly organization: OrganizationId;
      readonly reason: 'quarantined' | 'deleted';
    }
) & {
  /** Whoever goes on after this event misses nothing; absent until all is told that is held at the
   * beginning. Within an event it is one before it. */
  readonly after?: Mark | null | undefined;
};

/** Milliseconds after which whoever has heard everything is told so again. */
export const HEARTBEAT = 2_000;
