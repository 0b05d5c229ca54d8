/** What this node has told callers: from then on it answers from nothing older. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';

/** Organizations remembered; who was forgotten was written to long ago and is applied by now. By size,
 * since a cache by count takes all its place at once. */
const REMEMBERED = 50_000;

@Injectable()
export class Acknowledged {
  readonly #revisions = new LRUCache<OrganizationId, number>({
    maxSize: REMEMBERED,
    sizeCalculation: () => 1,
  });

  constructor(private readonly access: Access) {}

  note(organization: OrganizationId, revision: number): void {
    if (revision > this.revision(organization)) this.#revisions.set(organization, revision);
    this.access.acknowledged(organization, revision);
  }

  /** -1: nothing. */
  revision(organization: OrganizationId): number {
    return this.#revisions.get(organization) ?? -1;
  }
}
