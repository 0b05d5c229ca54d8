import type { Form } from '#eventlog/keeping.js';
import { PermissionIndex, type IndexCopy } from './permission-index.js';

/** How the index is kept. A change of the columns, of a row or of the fold needs a new number. */
export const INDEX: Form<PermissionIndex, IndexCopy> = {
  stream: 'permissions',
  name: 'permissions@2',
  restored: (copy) => new PermissionIndex(copy),
};
