import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Catalogues } from '#catalogues/catalogues.js';
import type { Level, RoleKind } from '#domain/catalogue.js';
import type { OrganizationId, Permission, RoleId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
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

/** Every role of an organization: its catalogue's in their order, then its own. */
export class ListRoles extends Query<{ readonly items: readonly RoleRow[] }> {
  constructor(
    readonly organization: OrganizationId,
    readonly isAssignable?: IsAssignable,
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

  async execute({ organization, isAssignable, atLeast }: ListRoles) {
    await this.reads.fresh(organization, atLeast);
    const roles = [...(await this.#ofCatalogue(organization)), ...(await this.#own(organization))];
    if (isAssignable === undefined) return { items: roles };
    return { items: roles.map((role) => ({ ...role, assignable: isAssignable(role.id) })) };
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
