/** The catalogues of this project, loaded as an operator's node loads them. */
import { fileURLToPath } from 'node:url';
import { compile } from '#catalogues/compile.js';
import { loadCatalogueFiles } from '#catalogues/load.js';
import type { Catalogue, Level, Role } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';

const DIRECTORY = fileURLToPath(new URL('../../../catalogues', import.meta.url));

/** Every catalogue of the directory, compiled, by id. */
export const catalogues: ReadonlyMap<string, Catalogue> = new Map(
  loadCatalogueFiles([DIRECTORY]).map((content) => [content.id, compile(content)]),
);

export const catalogue = (id: string): Catalogue => {
  const found = catalogues.get(id);
  if (found === undefined) throw new Error(`no catalogue "${id}"`);
  return found;
};

export const role = (of: Catalogue, id: string): Role => {
  const found = of.roles.get(id as RoleId);
  if (found === undefined) throw new Error(`no role "${id}" in ${of.id}`);
  return found;
};

/** What the role gives where it is granted at this level, sorted. */
export const permissionsAt = (of: Catalogue, id: string, level: Level): string[] =>
  [...role(of, id).permissions]
    .filter((one) => level === 'organization' || of.permissions.get(one) === 'space')
    .sort();

export const gives = (of: Catalogue, id: string, permission: string): boolean =>
  role(of, id).permissions.has(permission as Permission);

export const sorted = (names: Iterable<string>): string[] => [...names].sort();
