/** The smallest catalogue that shows every section, and edits of its text. */
import { readCatalogue } from '#catalogues/load.js';
import type { Problem } from '#catalogues/problems.js';
import type { CatalogueContent } from '#domain/catalogue.js';

/** Line 1 is `id: tiny`. Tests of problems count lines in this text. */
export const MINIMAL = `id: tiny
version: 1
name: Tiny
scopes: [organization, space]
rolesPerMember: many
permissions:
  organization: [view, update]
  things: { space: [view, edit, delete] }
roles:
  - id: owner
    name: Owner
    kind: base
    scopes: [organization, space]
    permissions: ['*']
    explicit: true
    description: Everything.
  - id: editor
    name: Editor
    kind: base
    scopes: [organization, space]
    permissions: ['things:edit']
    includes: [viewer]
    description: Edits things.
  - id: viewer
    name: Viewer
    kind: base
    scopes: [organization, space]
    permissions: ['*:view']
    description: Looks at things.
  - id: org-member
    name: Member
    kind: implicit
    scopes: [organization]
    permissions: ['organization:view']
    description: Belongs.
delegation:
  - { holder: owner, mayAssign: { kinds: '*' }, mayManage: { kinds: [base] } }
  - { holder: editor, mayAssign: [viewer], mayManage: [viewer] }
policies:
  protectedRole: owner
  founderRole: owner
  removal: allowed
  invitation: { ttl: P7D, matchEmail: true, onInviterLoss: revoke }
  emailDomains: { external: allow, providers: allow }
  overridable: [invitation, seats]
operations:
  view_organization: 'organization:view'
  remove_member: 'organization:update'
inactiveSpace: ['things:view']
routes:
  - { method: GET, path: '/things/{id}', permission: 'things:view' }
  - { method: GET, path: /things/new, permission: 'things:edit' }
`;

/** The text with one part replaced; the part has to be there exactly once. */
export const edited = (from: string, to: string, text = MINIMAL): string => {
  if (text.split(from).length !== 2) throw new Error(`not there exactly once: ${from}`);
  return text.replace(from, () => to);
};

export const problemsIn = (text: string): readonly Problem[] =>
  readCatalogue(text, 'tiny.yaml').problems;

/** The content of a text without problems. */
export const contentOf = (text: string): CatalogueContent => {
  const { content, problems } = readCatalogue(text, 'tiny.yaml');
  if (content === undefined || problems.length > 0) {
    throw new Error(problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  }
  return content;
};
