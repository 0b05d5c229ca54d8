import {
  DatabaseDamaged,
  DatabaseError,
  DatabaseLocked,
  DiskFull,
  ServerUnavailable,
} from './errors.js';

/** An error of the client or the server, as far as it is looked at. */
interface ServerError {
  /** SQLSTATE, or what the operating system says. */
  readonly code?: unknown;
  readonly message: string;
}

const isServerError = (error: unknown): error is ServerError =>
  typeof error === 'object' && error !== null && 'message' in error;

/** Classes and codes of SQLSTATE that are about the server, not about what it was asked. */
const UNAVAILABLE = /^(08|28|57|58|53|3D|3F|40|25006|25P03|25P04|0A000|42501)/;

/** What the client says of a connection, in words alone. */
const CUT =
  /^(Connection terminated|timeout e(xceeded|xpired)|Query read timeout|Client (was closed|has encountered)|The server does not support SSL|Cannot use a pool|not queryable)/;

/** What Node.js says of a certificate. */
const UNTRUSTED = /certificate|altnames/i;

/**
 * The typed form of what PostgreSQL or its client said; what is none of ours (a constraint, a
 * mistake in SQL) is returned as it is.
 */
export const typedByServer = (place: string, error: unknown): unknown => {
  if (error instanceof DatabaseError || !isServerError(error)) return error;
  const code = typeof error.code === 'string' ? error.code : '';
  const because = { cause: error };
  if (code === '53100') return new DiskFull(place, 'the disk of the server is full', because);
  if (code === '55P03') return new DatabaseLocked(place, 'is locked by somebody else', because);
  if (/^XX00[12]/.test(code)) {
    return new DatabaseDamaged(place, 'is damaged; restore it from a backup', because);
  }
  const isCut = CUT.test(error.message) || 'syscall' in error || 'errors' in error;
  if (!isCut && !UNAVAILABLE.test(code) && !UNTRUSTED.test(error.message)) return error;
  return new ServerUnavailable(place, wordsFor(code, error.message), because);
};

/** What to do about it, where that is known. */
function wordsFor(code: string, message: string): string {
  if (code === '57014') return 'a statement took too long and was given up';
  if (UNTRUSTED.test(message)) {
    return `its certificate is not trusted (${message}); name the authority that has signed it: sslrootcert=FILE in the address`;
  }
  if (code.startsWith('28')) return `does not let us in (${message}); mind user and password`;
  if (code === '3D000') return `does not exist (${message}); create the database`;
  if (code === '42501') return `${message}; give the user the right to create schemas and tables`;
  if (code === '3F000') {
    return `its schema is not there, or not for this user (${message}); give the user USAGE and CREATE on the schemas of ours`;
  }
  if (code === '53300') return 'has no connection left for us; raise its max_connections';
  return `can't be reached: ${message || code}`;
}
