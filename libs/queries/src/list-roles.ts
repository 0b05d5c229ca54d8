import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Catalogues } from '#catalogues/catalogues.js';
import type { Level, RoleKind } from '#domain/catalogue.js';
import type { OrganizationId, Permission, RoleId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { mapped, type Page, type PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { writeRevision } from './revisions.js';

/** May the one who asks give this role? Made of the rules of `domain/delegation.ts`. */
export type IsAssignable = (role: RoleId) => boolean;

export interface RoleRow {
  readonly id: RoleId;
  readonly organization: OrganizationId;
  readonly name: string;
  readonly kind: RoleKind | 'custom';
  readonly description: string;
  readonly scopes: readonly (Level | 'platform')[];
  readonly permissions: readonly Permission[];
  /** To the one who asks; absent where that was not asked. */
  readonly assignable?: boolean;
  /** Of a custom role: the event that changed it last. Of the others: the organization's. */
  readonly revision: string;
}

/** The roles of an organization: its catalogue's in their order, then its own. */
export class ListRoles extends Query<Page<RoleRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly isAssignable?: IsAssignable,
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListRoles)
export class ListRolesHandler implements IQueryHandler<ListRoles> {
  constructor(
    private readonly reads: Reads,
    private readonly catalogues: Catalogues,
  ) {}

  async execute({ organization, isAssignable, page, atLeast }: ListRoles): Promise<Page<RoleRow>> {
    const reading = this.reads.reading(['roles', organization], page);
    await this.reads.fresh(organization, atLeast);
    const roles = [...(await this.#ofCatalogue(organization)), ...(await this.#own(organization))];
    const rest = following(roles, reading.after?.[0] as RoleId | undefined);
    return mapped(
      reading.page(rest.slice(0, reading.wanted), ({ id }) => [id]),
      (role) => (isAssignable ? { ...role, assignable: isAssignable(role.id) } : role),
    );
  }

  async #ofCatalogue(organization: OrganizationId): Promise<RoleRow[]> {
    const row = await this.reads.db
      .selectFrom('organizations')
      .select(['catalogue', 'catalogueVersion', 'revision'])
      .where('organization', '=', organization)
      .where('status', '<>', 'deleted')
      .executeTakeFirst();
    if (row === undefined) {
      return refuse('organization.not_found', `There is no organization ${organization}.`);
    }
    const catalogue = this.catalogues.get(row.catalogue, row.catalogueVersion);
    if (catalogue === undefined) {
      return refuse('read.not_yet', `The catalogue ${row.catalogue} is not here yet.`);
    }
    const revision = writeRevision(organization, row.revision);
    return [...catalogue.roles.values()].map(({ id, name, kind, description, ...role }) => ({
      id,
      organization,
      name,
      kind,
      description,
      scopes: [...role.scopes],
      permissions: [...role.permissions],
      revision,
    }));
  }

  async #own(organization: OrganizationId): Promise<RoleRow[]> {
    const rows = await this.reads.db
      .selectFrom('custom_roles')
      .selectAll()
      .where('organization', '=', organization)
      .orderBy('id')
      .execute();
    return rows.map(({ id, name, description, scopes, permissions, revision }) => ({
      id,
      organization,
      name,
      kind: 'custom',
      description: description ?? '',
      scopes: JSON.parse(scopes) as Level[],
      permissions: JSON.parse(permissions) as Permission[],
      revision: writeRevision(organization, revision),
    }));
  }
}

/** What comes after a role, which may be retired by now, or gone with a catalogue's version. */
function following(roles: readonly RoleRow[], after: RoleId | undefined): readonly RoleRow[] {
  const last = roles.findIndex(({ id }) => id === after);
  if (after === undefined || last !== -1) return roles.slice(last + 1);
  if (after.startsWith('role_')) {
    return roles.filter(({ id, kind }) => kind === 'custom' && id > after);
  }
  return refuse('cursor.invalid', 'The catalogue is another by now; begin again.');
}
