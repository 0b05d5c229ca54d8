/** Events that the histories written by hand begin with. */
import type { CatalogueContent } from '#domain/catalogue.js';
import { published } from './catalogues.js';
import type { Happened } from './oracle.js';

export const publishing = (content: CatalogueContent): Happened => ({
  stream: `catalogue-${content.id}`,
  event: {
    type: 'catalogue.publish',
    catalogue: content.id,
    version: content.version,
    sha256: '',
    content,
  },
});

/** Every catalogue of the tests, published. */
export const PUBLISHED = Object.values(published).flat().map(publishing);

export const created = (catalogue: string) => ({
  type: 'organization.create',
  name: 'Acme',
  catalogue,
  version: 1,
  sha256: '',
  ownDomains: [],
});

/** `mem_<name>`, who is `usr_<name>`, joins; grants are of the organization unless they say more. */
export const joined = (name: string, ...grants: readonly object[]) => ({
  type: 'member.join',
  source: 'founder',
  member: `mem_${name}`,
  user: `usr_${name}`,
  tag: null,
  email: null,
  displayEmail: null,
  name: null,
  authentication: 'local',
  grants: grants.map((one, n) => ({ id: `grant_${name}_${n}`, scope: 'organization', ...one })),
  replaced: [],
  teams: [],
});
