/** What the checks share: the catalogue's names, and a place to report. */
import type { CatalogueContent, Level, RoleSelector } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';
import { isList, type RoleEntry } from './expand.js';
import type { Path } from './problems.js';
import { unknown } from '#domain/suggest.js';

/** What the checks look names up in, and where they report. */
export interface Check {
  readonly content: CatalogueContent;
  readonly roles: ReadonlyMap<RoleId, RoleEntry>;
  readonly levels: ReadonlyMap<Permission, Level>;
  readonly report: (path: Path, message: string) => void;
}

/** Reports a role that is not in the catalogue. */
export const knownRole = ({ roles, report }: Check, path: Path, id: RoleId): void => {
  if (!roles.has(id)) report(path, unknown('role', id, roles.keys()));
};

/** Reports a permission that is not in the catalogue. */
export const knownPermission = ({ levels, report }: Check, path: Path, id: Permission): void => {
  if (!levels.has(id)) report(path, unknown('permission', id, levels.keys()));
};

/** The role ids a selector writes down, each with its path. */
export const namedRoles = (selector: RoleSelector, path: Path): [Path, RoleId][] =>
  isList(selector)
    ? selector.map((id, index) => [[...path, index], id])
    : (selector.except ?? []).map((id, index) => [[...path, 'except', index], id]);
