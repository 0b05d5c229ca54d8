import { describe, expect, test } from '@jest/globals';
import { OPERATIONS, type Catalogue, type Operation } from '#domain/catalogue.js';
import { catalogue, catalogues, sorted } from './support/files.js';
import { OPERATION_HOLDERS } from './tables/operations.js';

/** Roles that can carry the operation out at some scope where they are granted. */
const holders = (of: Catalogue, operation: Operation): string[] | undefined => {
  const permission = of.operations.get(operation);
  if (permission === undefined) return undefined;
  const level = of.permissions.get(permission)!;
  return [...of.roles.values()]
    .filter((role) => role.permissions.has(permission))
    .filter((role) => level === 'space' || role.scopes.has('organization'))
    .map(({ id }) => id);
};

const rows = [...catalogues.keys()].flatMap((id) =>
  OPERATIONS.map((operation) => ({ id, operation, by: OPERATION_HOLDERS[id]?.[operation] })),
);

describe('operations', () => {
  test.each(rows)('$id, $operation: $by', ({ id, operation, by }) => {
    const found = holders(catalogue(id), operation);
    expect(found === undefined ? undefined : sorted(found)).toEqual(
      by === undefined ? undefined : sorted(by),
    );
  });
});
