/** What a request is called in logs and answers. */
import { randomUUID } from 'node:crypto';

const SAFE_ID = /^[\w.:-]{1,64}$/;

export const newRequestId = (): string => `req_${randomUUID().replaceAll('-', '')}`;

/** The correlation id that was given, if it is fit to be logged; else the request's own. */
export const correlationId = (given: unknown, request: string): string =>
  typeof given === 'string' && SAFE_ID.test(given) ? given : request;
