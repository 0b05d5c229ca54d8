/** The servers that are measured: those that the environment names, or private ones of this machine. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../../apps/membership/src/project-root.js';
import type * as postgresTool from '../../engines/postgres.mjs';

export interface Server {
  readonly address: string;
  /** Which it is, and what that means for its figures. */
  readonly about: string;
  stop(): Promise<void> | void;
}

/** Not to be had, and why. */
export interface Missing {
  readonly missing: string;
}
export type Found = Server | Missing;

/** Tools are no part of the build. */
const tool = async <T>(name: string): Promise<T> =>
  (await import(join(projectRoot(), 'tools/engines', `${name}.mjs`))) as T;

const given = (variable: string): Server | undefined => {
  const address = process.env[variable];
  return address
    ? { address, about: `the server that ${variable} names`, stop: () => undefined }
    : undefined;
};

async function found(variable: string, start: () => Promise<Server>): Promise<Found> {
  try {
    return given(variable) ?? (await start());
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { missing: `${variable} names no server, and ${why}` };
  }
}

/** Megabytes that the double may take: it keeps every event in memory. */
const MEMORY = 6144;

export const eventStore = (): Promise<Found> =>
  found('EVENTSTORE_URL', async () => {
    const child = fork(join(import.meta.dirname, 'double.js'), {
      execArgv: [`--max-old-space-size=${MEMORY}`],
    });
    const [address] = (await once(child, 'message')) as [string];
    return {
      address,
      about: 'the double of the tests, in memory on this machine: NOT EventStoreDB, and no disk',
      stop: async () => {
        const gone = once(child, 'exit');
        child.disconnect();
        await gone;
      },
    };
  });

export const postgres = (): Promise<Found> =>
  found('POSTGRES_URL', async () => {
    const { PostgresCluster } = await tool<typeof postgresTool>('postgres');
    const cluster = await PostgresCluster.start({ fsync: 'on', full_page_writes: 'on' });
    const about = 'a private PostgreSQL on this machine, flushing as by default';
    return { address: cluster.url, about, stop: () => cluster.remove() };
  });

interface Brokers {
  readonly brokers: string;
  stop(): Promise<void>;
}
interface KafkaTool {
  missing(): string | undefined;
  startKafka(): Promise<Brokers>;
}

export const brokers = (): Promise<Found> =>
  found('KAFKA_BROKERS', async () => {
    const { missing, startKafka } = await tool<KafkaTool>('kafka');
    const why = missing();
    if (why !== undefined) throw new Error(why);
    const started = await startKafka();
    const about = 'a private broker of Apache Kafka on this machine';
    return { address: started.brokers, about, stop: () => started.stop() };
  });
