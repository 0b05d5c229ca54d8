/** Organizations as they go on: what one was before an event, and what it is after. */
import { LRUCache } from 'lru-cache';
import type { Catalogue } from '#domain/catalogue.js';
import type { MembershipEvent, Recorded } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import { PLATFORM, type CatalogueId, type Instant, type OrganizationId } from '#domain/ids.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';
import type { Bases } from '../bases.js';
import { NO_PLATFORM, type Place } from '../place.js';

/** An organization after one of its events. */
export interface State {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly revision: number;
}

/** Organizations of which the state is kept; of others it is folded again. */
const KEPT = 1_000;

/** States of one follower, folded from the log alone; each event has to be taken exactly once. */
export class States {
  readonly #kept = new LRUCache<OrganizationId, State>({ max: KEPT });
  /** `null`: there is none yet. */
  #platform: State | null | undefined;

  /**
   * @param bases where a state is had from that is not kept.
   * @param catalogueOf a version that was published, if it was.
   */
  constructor(
    private readonly bases: Bases,
    private readonly catalogueOf: (id: CatalogueId, version: number) => Catalogue | undefined,
  ) {}

  /** As it is after every event up to the position; `undefined`: there is none yet. */
  async of(organization: OrganizationId, position: bigint | null): Promise<State | undefined> {
    const known = organization === PLATFORM ? this.#platform : this.#kept.get(organization);
    if (known !== undefined) return known ?? undefined;
    const basis = await this.bases.upTo(organization, position);
    if (basis !== undefined) return this.#keep(this.#stateOf(basis.organization, basis.revision));
    // Every event asks for it.
    if (organization === PLATFORM) this.#platform = null;
    return undefined;
  }

  /** As it was before the event, whatever is kept. */
  async before({ position }: Recorded, organization: OrganizationId): Promise<State | undefined> {
    const basis = await this.bases.upTo(organization, position - 1n);
    return basis && this.#stateOf(basis.organization, basis.revision);
  }

  /** What the event makes of the state, which stays as it is until the event is taken. */
  after(state: State | undefined, recorded: Recorded, id: OrganizationId): State {
    const organization = state === undefined ? emptyOrganization(id) : overlay(state.organization);
    fold(organization, recorded);
    return this.#stateOf(organization, recorded.revision);
  }

  /** From here on the state is that after the event. */
  take(state: State | undefined, recorded: Recorded, after: State): void {
    if (state === undefined) return void this.#keep(after);
    fold(state.organization, recorded);
    this.#keep({ ...after, organization: state.organization });
  }

  #keep(state: State): State {
    if (state.organization.id === PLATFORM) this.#platform = state;
    else this.#kept.set(state.organization.id, state);
    return state;
  }

  #stateOf(organization: Organization, revision: number): State {
    const { id, version } = organization.catalogue;
    const catalogue = this.catalogueOf(id, version);
    if (catalogue === undefined) throw new Error(`catalogue ${id}@${version} is not published`);
    return { organization, catalogue, revision };
  }
}

const fold = (organization: Organization, { event, metadata, revision }: Recorded): void =>
  evolve(organization, { event: event as MembershipEvent, metadata, revision });

/** An organization with what decides in it; without a platform that gives nobody anything. */
export const placeOf = (
  { organization, catalogue }: State,
  platform: State | undefined = { organization: NO_PLATFORM, catalogue, revision: -1 },
): Place => ({ organization, catalogue, platform });

/** When the newest event occurred that decides in this place. */
export const latest = ({ organization, platform }: Place): Instant => {
  const { occurredAt } = platform.organization;
  return organization.occurredAt > occurredAt ? organization.occurredAt : occurredAt;
};
