/** Moments of the past as callers name them. */
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { CommonMoment, Moment } from '#access/moment.js';
import { readAnyRevision, readRevision } from './revisions.js';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

const OR_A_TIME =
  'Use a time such as 2026-03-01T12:00:00Z, or a revision that this service gave for';

/** A time, or a revision of this organization. Refuses (`revision.invalid`) what is neither. */
export const readMoment = (organization: OrganizationId, text: string): Moment =>
  TIME.test(text)
    ? { time: text as Instant }
    : { revision: readRevision(organization, text, `${OR_A_TIME} this organization.`) };

/** A time, or a revision of any organization. Refuses (`revision.invalid`) what is neither. */
export function readCommonMoment(text: string): CommonMoment {
  if (TIME.test(text)) return { time: text as Instant };
  const { organization, atLeast: revision } = readAnyRevision(
    text,
    `${OR_A_TIME} an organization.`,
  );
  return { organization, revision };
}
