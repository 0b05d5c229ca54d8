/** Events as a test writes them: short, with everything that does not matter filled in. */
import { createHash } from 'node:crypto';
import type { GrantFact } from '#domain/events.js';
import { plain } from '../support/histories.js';

export const created = {
  type: 'organization.create',
  name: 'Acme',
  catalogue: 'mondoo',
  version: 1,
  sha256: 'c'.repeat(64),
  ownDomains: ['example.com'],
};

export const grant = (id: string, role: string, scope = 'organization', more: object = {}) =>
  ({ id: `grant_${id}`, role, scope, ...more }) as unknown as GrantFact;

const address = (member: string, email: string) => ({
  // A digest, as tags are: it does not name anybody.
  tag: createHash('sha256').update(email).digest('base64url'),
  email: plain(member, email.toLowerCase()),
  displayEmail: plain(member, email),
});

/** `inv_<name>` for `mem_<name>`, until 2026-02-01. */
export const invited = (name: string, more: object = {}) => ({
  type: 'member.invite',
  invitation: `inv_${name}`,
  member: `mem_${name}`,
  ...address(`mem_${name}`, `${name}@Example.com`),
  grants: [grant(`${name}1`, 'viewer')],
  teams: [],
  expiresAt: '2026-02-01T00:00:00.000Z',
  generation: 1,
  ...more,
});

/** `mem_<name>`, user `usr_<name>`, as invited above. */
export const accepted = (name: string, more: object = {}) => ({
  type: 'member.accept',
  invitation: `inv_${name}`,
  generation: 1,
  member: `mem_${name}`,
  user: `usr_${name}`,
  ...address(`mem_${name}`, `${name}@Example.com`),
  name: plain(`mem_${name}`, `${name} Müller`),
  authentication: 'local',
  grants: [grant(`${name}1`, 'viewer')],
  replaced: [],
  teams: [],
  ...more,
});

export const joined = (name: string, more: object = {}) => ({
  type: 'member.join',
  source: 'founder',
  member: `mem_${name}`,
  user: `usr_${name}`,
  ...address(`mem_${name}`, `${name}@Example.com`),
  name: plain(`mem_${name}`, `${name} Müller`),
  authentication: 'local',
  grants: [grant(`${name}1`, 'owner')],
  replaced: [],
  teams: [],
  ...more,
});
