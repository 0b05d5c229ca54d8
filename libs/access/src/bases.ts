/** Organizations as they stood at a place in the log, for those who fold on from there. */
import { LRUCache } from 'lru-cache';
import type { MembershipEvent } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { keptState } from '#eventlog/state-snapshot.js';

/** The state after an event, which whoever was given it may change. */
export interface Basis {
  readonly organization: Organization;
  readonly revision: number;
}

/** What is kept: nobody changes it. */
interface Base extends Basis {
  readonly position: bigint;
}

/** What all that is kept may take in memory, in bytes. */
const BYTES = 256 * 1024 * 1024;
/** About what an event leaves behind, in bytes. */
const EVENT_BYTES = 1000;
/** Events that are folded over what is kept rather than everything anew. */
const NEAR = 5_000;

/**
 * Many follow the same organization from about the same place: they share the state of one place,
 * each with what has changed since laid over it.
 */
export class Bases {
  readonly #bases = new LRUCache<OrganizationId, Base>({ maxSize: BYTES });
  readonly #turns = new Map<OrganizationId, Promise<unknown>>();

  /** @param snapshots where commands keep states; absent: all is folded from the first event. */
  constructor(
    private readonly log: EventLog,
    private readonly snapshots?: Snapshots,
  ) {}

  /** After the last of its events up to the position; `undefined`: there was none. Throws
   * `DamagedEvent`. */
  upTo(organization: OrganizationId, position: bigint | null): Promise<Basis | undefined> {
    // One after the other: who waits finds what was kept.
    const found = (this.#turns.get(organization) ?? Promise.resolve()).then(() =>
      position === null ? undefined : this.#find(organization, position),
    );
    const turn = found
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(organization) === turn) this.#turns.delete(organization);
      });
    this.#turns.set(organization, turn);
    return found;
  }

  async #find(organization: OrganizationId, position: bigint): Promise<Basis | undefined> {
    const known = this.#bases.get(organization);
    if (known !== undefined && known.position <= position) {
      const near = await this.#fold(overlay(known.organization), known, position, NEAR);
      if (near !== undefined) return near;
    }
    const kept = await this.#kept(organization, position);
    const begun = kept?.organization ?? emptyOrganization(organization);
    const base = await this.#fold(begun, kept, position);
    if (base === undefined) return undefined;
    if (known === undefined || known.position < base.position) {
      this.#bases.set(organization, base, {
        size: Math.min((base.revision + 1) * EVENT_BYTES, BYTES),
      });
    }
    return { ...base, organization: overlay(base.organization) };
  }

  /** What commands have kept, if it is not of later. */
  async #kept(organization: OrganizationId, position: bigint): Promise<Base | undefined> {
    const kept = this.snapshots && (await keptState(this.log, this.snapshots, organization));
    return kept !== undefined && kept.position <= position ? kept : undefined;
  }

  /** Undefined where there is no event, or there are more than `most`. */
  async #fold(
    organization: Organization,
    known: Base | undefined,
    to: bigint,
    most = Infinity,
  ): Promise<Base | undefined> {
    let base = known && { ...known, organization };
    let folded = 0;
    const stream = organizationStream(organization.id);
    for await (const batch of this.log.read(stream, (known?.revision ?? -1) + 1)) {
      for (const recorded of batch) {
        const { event, metadata, revision, position } = recorded;
        if (position > to) return base;
        if (folded === most) return undefined;
        folded += 1;
        evolve(organization, { event: event as MembershipEvent, metadata, revision });
        base = { organization, revision, position };
      }
    }
    return base;
  }
}
