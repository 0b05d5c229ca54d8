/** Escalation: `domain/reach.ts` asked about a member as the index knows it. */
import { LRUCache } from 'lru-cache';
import type { MemberId } from '#domain/ids.js';
import { reaching, type Reach, type Reached } from '#domain/reach.js';
import { refuse } from '#domain/refusals.js';
import type { Then } from './past.js';
import { find } from './principals.js';
import type { Freshness } from './questions.js';
import { Turns } from './turns.js';

/** What could this member come to hold? */
export interface ReachQuestion extends Freshness {
  readonly member: MemberId;
}

/** Answers that are kept, each for its pages: hundreds of roles at as many spaces are many rows. */
const KEPT = 4;

export class Reaching {
  readonly #kept = new LRUCache<string, Reached>({ max: KEPT });
  readonly #asked = new Map<string, Promise<Reached>>();
  readonly #turns = new Turns();

  /** Refuses `member.not_found`. */
  async of({ place, at, ...then }: Then, member: MemberId): Promise<readonly Reach[]> {
    const { organization, catalogue, platform } = place;
    if (!organization.members.has(member)) {
      refuse('member.not_found', `There is no member ${member} in this organization.`);
    }
    const { rights } = find(organization, catalogue, platform, member, at);
    const held = rights.held.map(({ role, ...where }) => ({ role: role.id, ...where }));
    const { revision, platformRevision } = then;
    const name = JSON.stringify([organization.id, revision, platformRevision, member, held]);
    const known = this.#kept.get(name);
    if (known !== undefined && (known.until === undefined || at < known.until)) return known.rows;
    // Whoever asks the same meanwhile waits for the same.
    const asked =
      this.#asked.get(name) ??
      this.#turns
        .go(reaching(organization, catalogue, rights, at))
        .finally(() => this.#asked.delete(name));
    this.#asked.set(name, asked);
    const reached = await asked;
    this.#kept.set(name, reached);
    return reached.rows;
  }
}
