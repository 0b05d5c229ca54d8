import type { OrganizationId } from '#domain/ids.js';

/** A place in an organization's stream as callers see it: `-1` is before its first event. */
export const writeRevision = (organization: OrganizationId, revision: number): string =>
  Buffer.from(`${organization} ${revision}`).toString('base64url');
