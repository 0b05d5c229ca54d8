/** Moments of the past as callers name them. */
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { Moment } from '#access/moment.js';
import { readRevision } from './revisions.js';

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A time, or a revision of this organization. Refuses (`revision.invalid`) what is neither. */
export const readMoment = (organization: OrganizationId, text: string): Moment =>
  TIME.test(text) ? { time: text as Instant } : { revision: readRevision(organization, text) };
