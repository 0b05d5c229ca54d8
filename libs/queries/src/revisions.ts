/** Revisions as callers see them: opaque, and good for one organization only. */
import type { OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';

/** A place in an organization's stream: `-1` is before its first event. */
export const writeRevision = (organization: OrganizationId, revision: number): string =>
  Buffer.from(`${organization} ${revision}`).toString('base64url');

const GENUINE = /^([a-z0-9_]{3,64}) (-1|\d{1,15})$/;

/** Refuses (`revision.invalid`) what is made up or of another organization. */
export function readRevision(organization: OrganizationId, text: string): number {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const [, of, revision] = GENUINE.exec(plain) ?? [];
  if (of === organization && text === writeRevision(organization, Number(revision))) {
    return Number(revision);
  }
  return refuse('revision.invalid', 'Use a revision that this service gave for this organization.');
}
