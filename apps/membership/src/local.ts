/** Who reaches a server from this machine, and not through another one. */
import { isLoopback } from './config.js';

const FORWARDED = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'via',
];

/** @param host as it is asked for, with or without a port. */
export const isLocal = (headers: { readonly [name: string]: unknown }, host: string): boolean =>
  !FORWARDED.some((header) => headers[header] !== undefined) &&
  isLoopback(host.replace(/:\d+$/, ''));

export const NOT_LOCAL =
  'The development issuer answers on loopback only: use localhost, or set ISSUERS.';
