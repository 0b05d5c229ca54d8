/** Catalogues as they ship, and later versions of each that organizations can be asked to adopt. */
import { compile } from '#catalogues/compile.js';
import type { Catalogue, CatalogueContent, RoleSelector } from '#domain/catalogue.js';
import type { RoleId } from '#domain/ids.js';
import { catalogue } from '../../catalogues/support/files.js';

/** A role that a later version has no more; nothing else rests on it. */
const DROPPED: Readonly<Record<string, string>> = {
  mondoo: 'bi-viewer',
  'mondoo-classic': 'ticket-creator',
  wasviking: 'Analyst',
  vygl: 'viewer',
  'cve-project': 'analyst',
  platform: 'platform-auditor',
};

const without = (selector: RoleSelector, role: string): RoleSelector =>
  Array.isArray(selector) ? (selector as RoleId[]).filter((one) => one !== role) : selector;

const withoutRole = (content: CatalogueContent, dropped: string): CatalogueContent => ({
  ...content,
  roles: content.roles
    .filter(({ id }) => id !== dropped)
    .map((role) =>
      role.includes === undefined
        ? role
        : { ...role, includes: role.includes.filter((one) => one !== dropped) },
    ),
  delegation: content.delegation
    .filter(({ holder }) => holder !== dropped)
    .map((row) => ({
      ...row,
      mayAssign: without(row.mayAssign, dropped),
      mayManage: without(row.mayManage, dropped),
    })),
});

/** Version 1 as it ships; 2 says the same; 3 lacks a role; 4 has few seats. */
function versionsOf(id: string): Catalogue[] {
  const { content } = catalogue(id);
  const fewSeats = { ...content.policies, seats: 4 };
  return [
    catalogue(id),
    compile({ ...content, version: 2 }),
    compile({ ...withoutRole(content, DROPPED[id]!), version: 3 }),
    compile({ ...content, version: 4, policies: fewSeats }),
  ];
}

const made = new Map<string, Catalogue[]>();

export function versions(id: string): Catalogue[] {
  const known = made.get(id) ?? versionsOf(id);
  made.set(id, known);
  return known;
}

export const PRODUCTS = ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project'] as const;
export type Product = (typeof PRODUCTS)[number];
