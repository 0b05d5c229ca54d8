/** Revisions as callers see them: opaque, and good for one organization only; those of the platform
 * also say how fresh an answer about any other has to be. */
import { PLATFORM, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Freshness } from '#access/questions.js';
import { writeRevision } from '#eventlog/revisions.js';

export { writeRevision };

const GENUINE = /^([a-z0-9_]{3,64}) (-1|\d{1,15})$/;

const WORDS = 'Use a revision that this service gave for this organization.';

/** Refuses (`revision.invalid`, in these words) what is made up or of another organization. */
export function readRevision(organization: OrganizationId, text: string, words = WORDS): number {
  const read = genuine(text);
  if (read?.organization === organization) return read.atLeast;
  return invalid(words);
}

/** Between a revision of the organization and one of the platform. */
const AND = '~';

/**
 * How fresh an answer about the organization has to be: as of a revision of it, of the platform, or
 * of both, `~` between them. Refuses (`revision.invalid`) what is made up or of another.
 */
export function readFreshness(organization: OrganizationId, text: string | undefined): Freshness {
  if (text === undefined) return { organization };
  const read = text.split(AND).map((one) => genuine(one) ?? invalid());
  const of = (wanted: OrganizationId) => read.filter((one) => one.organization === wanted);
  const [here, there] = [of(organization), organization === PLATFORM ? [] : of(PLATFORM)];
  if (here.length > 1 || there.length > 1 || here.length + there.length < read.length) invalid();
  return {
    organization,
    ...(here[0] && { atLeast: here[0].atLeast }),
    ...(there[0] && { platform: there[0].atLeast }),
  };
}

/** The same of what is across organizations, where the one that is named can be any. */
export function readAnyFreshness(text: string): Freshness {
  const named = text.split(AND).map((one) => genuine(one)?.organization);
  const organization = named.find((one) => one !== PLATFORM);
  if (organization !== undefined) return readFreshness(organization, text);
  const { atLeast: platform } = readFreshness(PLATFORM, text);
  return { organization: PLATFORM, ...(platform !== undefined && { platform }) };
}

/** A revision of any organization, for what is across them. Refuses what is made up. */
export const readAnyRevision = (text: string, words = WORDS): Revision =>
  genuine(text) ?? invalid(words);

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

const invalid = (words = WORDS): never => refuse('revision.invalid', words);
