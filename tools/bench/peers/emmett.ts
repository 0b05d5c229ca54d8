/** Emmett's event stores, which do the same appends: a stream, an expected version, one event. */
import { dirname, join } from 'node:path';
import type { MembershipEvent } from '#domain/events.js';
import { METADATA, type Appender, type Store } from '../engines/appends.js';
import { fromNpm, VERSIONS } from './fetched.js';

interface EventStore {
  appendToStream(
    stream: string,
    events: readonly { type: string; data: object; metadata: object }[],
    options: { expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<{ nextExpectedStreamVersion: bigint }>;
}

/** Remembers what version each stream is at, as whoever folds it would. */
function appending(store: EventStore, close: () => Promise<void>): Appender {
  const versions = new Map<string, bigint>();
  return {
    append: async (stream, { type, ...data }: MembershipEvent) => {
      const expectedStreamVersion = versions.get(stream) ?? 'STREAM_DOES_NOT_EXIST';
      const options = { expectedStreamVersion } as const;
      const events = [{ type, data, metadata: METADATA }];
      const { nextExpectedStreamVersion } = await store.appendToStream(stream, events, options);
      versions.set(stream, nextExpectedStreamVersion);
    },
    close,
  };
}

/** Its build as a module of today: the other one of two has an `await` where none may stand. */
const loaded = async <T>(require: NodeJS.Require, name: string): Promise<T> =>
  (await import(join(dirname(require.resolve(name)), 'index.js'))) as T;

const ESDB = '@event-driven-io/emmett-esdb';
const POSTGRESQL = '@event-driven-io/emmett-postgresql';
/** As they are asked for in the name of a peer: `emmett-esdb 0.20.0`. */
const named = (name: typeof ESDB | typeof POSTGRESQL): string =>
  `${name.split('/')[1]} ${VERSIONS[name]}`;

/** On EventStoreDB, with the client that comes with it. */
export const emmettEsdb = (address: string): Store => ({
  name: named(ESDB),
  open: async () => {
    const require = await fromNpm(ESDB);
    const { getEventStoreDBEventStore } = await loaded<{
      getEventStoreDBEventStore(client: object): EventStore;
    }>(require, ESDB);
    const { EventStoreDBClient } = require('@eventstore/db-client') as {
      EventStoreDBClient: { connectionString(url: string): { dispose(): Promise<void> } };
    };
    const client = EventStoreDBClient.connectionString(address);
    return appending(getEventStoreDBEventStore(client), () => client.dispose());
  },
});

/** On PostgreSQL, in the tables that it makes, with its own pool of connections. */
export const emmettPostgresql = (address: string): Store => ({
  name: named(POSTGRESQL),
  open: async () => {
    const require = await fromNpm(POSTGRESQL);
    const { getPostgreSQLEventStore } = await loaded<{
      getPostgreSQLEventStore(url: string): EventStore & {
        readonly schema: { migrate(): Promise<unknown> };
        close(): Promise<void>;
      };
    }>(require, POSTGRESQL);
    const store = getPostgreSQLEventStore(address);
    await store.schema.migrate();
    return appending(store, () => store.close());
  },
});
