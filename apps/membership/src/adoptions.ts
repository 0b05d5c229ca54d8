/** Organizations follow their catalogue: where policy says so, a new version is adopted by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { AdoptCatalogue, AdoptCatalogueHandler } from '#commands/adopt-catalogue.js';
import { systemRequest } from '#commands/system-request.js';
import type { Transactor } from '#commands/transact.js';
import { policy } from '#domain/decide/requirements.js';
import { organizationOf, type DomainEvent, type Recorded } from '#domain/events.js';
import type { CatalogueId, OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import type { Organization } from '#domain/state.js';
import { ListAdoptions, type ListAdoptionsHandler } from '#queries/list-adoptions.js';
import { LIMIT } from '#queries/pages.js';

/** Id of the event that an adoption follows from. */
type Cause = string | undefined;

/** Milliseconds between two looks at what there is to do. */
const PERIOD = 500;

/**
 * Has every organization that follows, and is behind, adopt the newest version of its catalogue:
 * at the start, when a version is published, and when an organization begins to follow, is founded
 * on an older one or adopts one. One whose adoption is refused stays where it is, with the refusal
 * to be shown, and is tried again when something happens in it. Holds no checkpoint: who is behind
 * is asked of the read models.
 */
export class Adoptions {
  /** Catalogues whose organizations are to be looked at, each with the event that says so; none at
   * the start. */
  readonly #published = new Map<CatalogueId, Cause>();
  readonly #behind = new Map<OrganizationId, Cause>();
  readonly #refused = new Map<OrganizationId, Refusal>();
  readonly #adopt: AdoptCatalogueHandler;

  constructor(
    private readonly transactor: Transactor,
    private readonly adoptions: Pick<ListAdoptionsHandler, 'execute'>,
  ) {
    this.#adopt = new AdoptCatalogueHandler(transactor);
  }

  /** Why the organization could not follow. */
  refusal(organization: OrganizationId): Refusal | undefined {
    return this.#refused.get(organization);
  }

  /** Ends only by `signal`, or by failing. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, catalogues } = this.transactor.ports;
    const head = await log.head();
    for (const { id } of catalogues.all()) this.#published.set(id, undefined);
    const failing = new AbortController();
    const either = AbortSignal.any([signal, failing.signal]);
    try {
      await Promise.all([this.#follow(head, either), this.#work(either)]);
    } finally {
      failing.abort();
    }
  }

  async #follow(from: bigint | null, signal: AbortSignal): Promise<void> {
    for await (const events of followPastDamage(this.transactor.ports.log, from, signal)) {
      if (events instanceof DamagedEvent) continue;
      for (const event of events) this.#note(event);
    }
  }

  #note({ stream, event, id }: Recorded): void {
    if (event.type === 'catalogue.publish') {
      // Whoever makes it known to the rest of the node may be behind this follower.
      this.transactor.ports.catalogues.add(event.content);
      this.#published.set(event.catalogue, id);
      return;
    }
    const organization = organizationOf(stream);
    if (organization === undefined) return;
    if (this.#mayBeBehind(event) || this.#refused.has(organization)) {
      this.#behind.set(organization, id);
    }
  }

  /** May the organization, right after the event, follow a version that it is not on? */
  #mayBeBehind(event: DomainEvent): boolean {
    switch (event.type) {
      case 'organization.create': {
        // By a node that had not heard of a newer one yet.
        const latest = this.transactor.ports.catalogues.latest(event.catalogue);
        return latest !== undefined && latest.version > event.version;
      }
      case 'organization.catalogue_adopt':
        return true;
      case 'organization.policy_change':
        return 'catalogueAdoption' in event.changes;
      default:
        return false;
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const [catalogue, cause] of [...this.#published]) {
        await this.#lookAt(catalogue, cause, signal);
      }
      for (const [organization, cause] of [...this.#behind]) {
        if (signal.aborted) return;
        await this.#follows(organization, cause);
      }
      await delay(PERIOD, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Notes which organizations are behind; while the read models are, that waits. */
  async #lookAt(catalogue: CatalogueId, cause: Cause, signal: AbortSignal): Promise<void> {
    this.#published.delete(catalogue);
    try {
      for (let cursor: string | undefined; !signal.aborted;) {
        const page = { limit: LIMIT.most, ...(cursor === undefined ? {} : { cursor }) };
        const rows = await this.adoptions.execute(new ListAdoptions(catalogue, page));
        for (const { organization, adoption } of rows.items) {
          if (adoption === 'follow') this.#behind.set(organization, cause);
        }
        cursor = rows.nextCursor;
        if (cursor === undefined) return;
      }
    } catch (error) {
      if (!isBusy(error)) throw error;
      this.#published.set(catalogue, cause);
    }
  }

  /** One organization, as the log has it now. */
  async #follows(organization: OrganizationId, cause: Cause): Promise<void> {
    this.#behind.delete(organization);
    try {
      const version = this.#wanted(await this.transactor.latest(organization));
      if (version !== undefined) {
        const request = systemRequest('catalogue', this.transactor.ports.newId, cause);
        const input = { version, remap: {} };
        await this.#adopt.execute(new AdoptCatalogue(organization, input, request));
      }
      this.#refused.delete(organization);
    } catch (error) {
      // It can't be read, and stays where it is.
      if (error instanceof DamagedEvent) return;
      if (!(error instanceof Refusal)) throw error;
      if (isBusy(error)) this.#behind.set(organization, cause);
      else this.#refused.set(organization, error);
    }
  }

  /** The version to adopt; `undefined`: none, or not by itself. */
  #wanted(organization: Organization): number | undefined {
    const { status, catalogue } = organization;
    if (status !== 'active' && status !== 'suspended') return undefined;
    const { catalogues } = this.transactor.ports;
    const pinned = catalogues.get(catalogue.id, catalogue.version);
    const latest = catalogues.latest(catalogue.id);
    if (pinned === undefined || latest === undefined) return undefined;
    if (policy(organization, pinned, 'catalogueAdoption') !== 'follow') return undefined;
    return latest.version > catalogue.version ? latest.version : undefined;
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Refusal && error.kind === 'unavailable';
