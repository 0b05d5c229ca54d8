/** Revisions as callers see them: opaque, and good for one organization only. */
import type { OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { writeRevision } from '#eventlog/revisions.js';

export { writeRevision };

const GENUINE = /^([a-z0-9_]{3,64}) (-1|\d{1,15})$/;

/** Refuses (`revision.invalid`) what is made up or of another organization. */
export function readRevision(organization: OrganizationId, text: string): number {
  const read = genuine(text);
  if (read?.organization === organization) return read.atLeast;
  return invalid();
}

/** A revision of any organization, for what is across them. Refuses what is made up. */
export const readAnyRevision = (text: string): Revision => genuine(text) ?? invalid();

interface Revision {
  readonly organization: OrganizationId;
  readonly atLeast: number;
}

function genuine(text: string): Revision | undefined {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const [, of, revision] = GENUINE.exec(plain) ?? [];
  if (of === undefined) return undefined;
  const organization = of as OrganizationId;
  const atLeast = Number(revision);
  return text === writeRevision(organization, atLeast) ? { organization, atLeast } : undefined;
}

const invalid = (): never =>
  refuse('revision.invalid', 'Use a revision that this service gave for this organization.');
