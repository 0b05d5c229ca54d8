/** How a log in EventStoreDB is called. */
import { randomUUID } from 'node:crypto';
import { LogIncomplete, LogMissing } from '../event-log.js';
import type { Connection } from './connection.js';

export interface Naming {
  readonly namespace?: string | undefined;
  readonly readonly?: boolean | undefined;
  /** Id of a log that is moved here: opened before all of it is here, and named so if it is new. */
  readonly moving?: string | undefined;
}

export interface LogName {
  readonly id: string;
  /** Position of the event that names it. */
  readonly position: bigint;
  /** Everything that was to be moved here is here. */
  readonly isWhole: boolean;
}

const streamOf = (namespace: string | undefined): string =>
  namespace === undefined ? 'membership-log' : `membership-log-${namespace}`;

/**
 * The id of the log in this store, written once by whoever opens it first.
 * @throws LogMissing, LogIncomplete
 */
export const nameOf = async (connection: Connection, naming: Naming): Promise<LogName> => {
  const { namespace, readonly, moving } = naming;
  const stream = streamOf(namespace);
  for (;;) {
    const [named, whole] = (await connection.readStream(stream, 0, 2)) ?? [];
    if (named !== undefined) {
      const { id, ...how } = named.data as { id: string; moving?: true };
      const isWhole = how.moving !== true || whole !== undefined;
      if (!isWhole && moving === undefined) throw new LogIncomplete();
      return { id, position: named.position, isWhole };
    }
    if (readonly === true) throw new LogMissing('this EventStoreDB holds no log yet');
    const data =
      moving === undefined
        ? { id: `log_${randomUUID().replaceAll('-', '')}` }
        : { id: moving, moving: true };
    const event = { id: randomUUID(), type: 'log.create', data, metadata: {} };
    await connection.append(stream, -1, [event]);
  }
};

/** Says, for ever, that everything that was to be moved is here. */
export const nameWhole = async (connection: Connection, naming: Naming): Promise<void> => {
  while (!(await nameOf(connection, naming)).isWhole) {
    const event = { id: randomUUID(), type: 'log.complete', data: {}, metadata: {} };
    await connection.append(streamOf(naming.namespace), 0, [event]);
  }
};
