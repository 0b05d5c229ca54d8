/** What every query needs: fresh enough rows of an organization that can be trusted. */
import type { Kysely } from 'kysely';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Progress } from '#readstore/progress.js';
import type { Tables } from '#readstore/rows.js';
import type { ReadStore } from '#readstore/store.js';
import type { Cursors, ListName } from './cursors.js';
import { Reading, type PageRequest } from './pages.js';
import { readFreshness } from './revisions.js';

export interface ReadsOptions {
  readonly store: ReadStore;
  readonly progress: Progress;
  readonly cursors: Cursors;
  /** Newest revision this node has told anybody about; -1: none. */
  readonly acknowledged?: (organization: OrganizationId) => number;
  /** How long a read waits for what it must know, in milliseconds; 2,000 where left out. */
  readonly patience?: number;
  /** The clock, for what ends by itself; the machine's where left out. */
  readonly now?: () => Instant;
}

export class Reads {
  readonly db: Kysely<Tables>;
  readonly store: ReadStore;
  readonly #options: Required<ReadsOptions>;

  constructor(options: ReadsOptions) {
    this.#options = {
      acknowledged: () => -1,
      patience: 2000,
      now: () => new Date().toISOString() as Instant,
      ...options,
    };
    this.store = options.store;
    this.db = options.store.db;
  }

  get cursors(): Cursors {
    return this.#options.cursors;
  }

  now(): Instant {
    return this.#options.now();
  }

  /**
   * Waits until the rows of an organization are as new as `atLeast` (a revision as callers have
   * it) and as all this node has acknowledged; nothing in them is the platform's. Refuses:
   * `revision.invalid`, `read.not_yet` when that takes too long, `read.quarantined`.
   */
  async fresh(organization: OrganizationId, atLeast?: string): Promise<void> {
    const { progress, acknowledged, patience } = this.#options;
    const asked = readFreshness(organization, atLeast).atLeast ?? -1;
    this.#requireGood(organization);
    const end = performance.now() + patience;
    if (!(await progress.caughtUp(patience))) notYet();
    const revision = Math.max(asked, acknowledged(organization));
    if (revision < 0) return;
    const left = Math.max(0, end - performance.now());
    if (await progress.waitForRevision(organization, revision, left)) return;
    this.#requireGood(organization);
    notYet();
  }

  /** As `fresh`, for what is across organizations: everything in the log by now. */
  async freshEverywhere(): Promise<void> {
    if (!(await this.#options.progress.upToDate(this.#options.patience))) notYet();
  }

  /** Can the rows of this organization be trusted? */
  isGood(organization: OrganizationId): boolean {
    return this.#options.progress.quarantined(organization) === undefined;
  }

  /** Refuses `read.quarantined` for an organization whose rows can't be trusted. */
  #requireGood(organization: OrganizationId): void {
    const quarantined = this.#options.progress.quarantined(organization);
    if (quarantined === undefined) return;
    const { projection, revision } = quarantined;
    refuse(
      'read.quarantined',
      `Event ${revision} of this organization could not be applied to ${projection}; an operator has to repair it.`,
    );
  }

  /** A page of this list. Refuses `cursor.invalid` and a wrong `limit`. */
  reading(list: ListName, { alsoOf, ...request }: PageRequest): Reading {
    const name = alsoOf === undefined ? list : [...list, alsoOf];
    return new Reading(this.#options.cursors, name, request);
  }
}

const notYet = (): never =>
  refuse('read.not_yet', 'The answer is not that fresh yet; ask again in a moment.');
