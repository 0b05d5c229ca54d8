/** Who and what there was in organizations. */
import { LRUCache } from 'lru-cache';
import type { Organization } from '#domain/state.js';
import type { Listing, Lodger } from './directory.js';
import type { Then } from './past.js';

/** Lists of principals that are kept while somebody reads the pages of an answer. */
const KEPT = 8;

export class Listings {
  readonly #principals = new LRUCache<string, readonly Lodger[]>({ max: KEPT });

  /** Of the organization and of the platform, as they stood. */
  of({ place, revision, platformRevision }: Then): Listing {
    const { organization: here, platform } = place;
    const states = {
      [platform.organization.id]: [platform.organization, platformRevision] as const,
      [here.id]: [here, revision] as const,
    };
    return {
      principals: (id, after = '') =>
        this.#principalsOf(...states[id]!).filter((one) => one > after),
      spaces: (id, after = '') =>
        [...states[id]![0].spaces.keys()].filter((one) => one > after).sort(),
      forgetPrincipal: nobodyEnds,
      forgetSpace: nobodyEnds,
    };
  }

  #principalsOf(organization: Organization, revision: number): readonly Lodger[] {
    const key = `${organization.id} ${revision}`;
    const known = this.#principals.get(key);
    if (known !== undefined) return known;
    const { members, serviceAccounts, apiKeys } = organization;
    const found = [...members.keys(), ...serviceAccounts.keys(), ...apiKeys.keys()].sort();
    this.#principals.set(key, found);
    return found;
  }
}

/** All that is listed was there. */
const nobodyEnds = (): void => undefined;
