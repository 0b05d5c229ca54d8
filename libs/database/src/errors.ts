/** What can be wrong with a database. Every error of `libs/database` is one of these. */
export class DatabaseError extends Error {
  constructor(
    /** The file; of a server, where it is, without a password. */
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${message}`, options);
    this.name = new.target.name;
  }
}

/** Written by a newer version of this program; refused rather than misread. */
export class DatabaseNewer extends DatabaseError {
  constructor(path: string, found: number, known: number) {
    super(
      path,
      `has schema version ${found}, this program knows ${known}; start the newer program, or restore a backup of the older one`,
    );
  }
}

/** Somebody else holds the file; nothing was written. */
export class DatabaseLocked extends DatabaseError {}

/** Not a database, or one with damaged pages; restore it from a backup. */
export class DatabaseDamaged extends DatabaseError {}

/** No room left; nothing was written unless the error is the cause of a `CommitFailed`. */
export class DiskFull extends DatabaseError {}

/**
 * Cannot be opened, read or written: no such directory, no permission, an I/O error; a server that
 * is not there, does not let us in, or does not answer in time. Nothing was written.
 */
export class DatabaseUnavailable extends DatabaseError {}

/** A server is not there, or does not answer: it may be by and by, and nothing else is wrong. */
export class ServerUnavailable extends DatabaseUnavailable {}

/**
 * COMMIT itself failed: of a file, whether the transaction is on disk is known only after a
 * restart; of a server, once it is read again.
 */
export class CommitFailed extends DatabaseError {}

/** An error of the driver, as far as it is looked at. */
interface DriverError {
  readonly code?: unknown;
  readonly message: string;
}

/** By its shape: an error that node itself made may be of another realm. */
const isDriverError = (error: unknown): error is DriverError =>
  typeof error === 'object' && error !== null && 'message' in error;

/**
 * The typed form of what the driver threw; what is none of ours (a constraint, a mistake in SQL)
 * is returned as it is.
 */
export const typed = (path: string, error: unknown): unknown => {
  if (error instanceof DatabaseError || !isDriverError(error)) return error;
  const code = typeof error.code === 'string' ? error.code : '';
  const because = { cause: error };
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new DatabaseLocked(path, 'is locked by another process; stop it and try again', because);
  }
  if (/^SQLITE_(NOTADB|CORRUPT|FORMAT)/.test(code)) {
    return new DatabaseDamaged(
      path,
      `is damaged (${error.message}); restore it from a backup`,
      because,
    );
  }
  if (code === 'SQLITE_FULL') {
    return new DiskFull(path, 'the disk is full; make room and start again', because);
  }
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|AUTH|NOMEM|PROTOCOL)/.test(code)) {
    return new DatabaseUnavailable(path, `${error.message} (${code})`, because);
  }
  // The driver reports a failed open as a plain error; `syscall` is node's own word for one.
  if (error.message.startsWith('ConnectionFailed') || 'syscall' in error) {
    return new DatabaseUnavailable(path, 'cannot be opened; is its directory there?', because);
  }
  return error;
};
