/** Appends of one event at an exact revision, by whatever can do them: the same events for each. */
import { randomUUID } from 'node:crypto';
import type { MembershipEvent } from '#domain/events.js';
import { encode, NO_HASH } from '#eventlog/codec.js';
import { EsdbEventLog } from '#eventlog/esdb.js';
import { metadata } from '../../../test/contract/events.js';
import { CONNECTIONS, type Rate } from '../load.js';
import type { Times } from '../measure.js';

/** One that appends; each call is the next event of that stream, whose name it may begin as it likes. */
export interface Appender {
  append(stream: string, event: MembershipEvent): Promise<void>;
  close(): Promise<void>;
}

export interface Store {
  readonly name: string;
  /** Throws `NotHere` where this machine has it not. */
  open(): Promise<Appender>;
}

/** Streams that are written to at the same time, by each of so many clients. */
const STREAMS = 20;

/** What a change of roles is in the log: about 700 bytes with its metadata. */
export const event = (number: number): MembershipEvent =>
  ({
    type: 'member.role_change',
    member: 'mem_01h455vb4pex5vsknk084sn02q',
    added: [{ id: `grant_${number}`, role: 'member', scope: 'organization' }],
    removed: ['grant_01h455vb4pex5vsknk084sn02q'],
    cause: 'direct',
  }) as unknown as MembershipEvent;
export const METADATA = metadata({
  clientAddress: { subject: 'usr_01h455vb4pex5vsknk084sn02q', sealed: 'x'.repeat(55) },
});

/** This project's own: encoded, chained by hashes, and looked at whether the end is what it was. */
export const ours = (address: string): Store => ({
  name: "membership's log on EventStoreDB",
  open: async () => {
    const log = await EsdbEventLog.open(address, { namespace: `bench-${randomUUID()}-` });
    const ends = new Map<string, { revision: number; hash: string }>();
    return {
      append: async (stream, one) => {
        const { revision, hash } = ends.get(stream) ?? { revision: -1, hash: NO_HASH };
        const encoded = encode(stream, revision + 1, hash, one, METADATA);
        const { outcome } = await log.append([encoded]);
        if (outcome !== 'committed') throw new Error(`${stream}: ${outcome}`);
        ends.set(stream, { revision: revision + 1, hash: encoded.metadata.hash });
      },
      close: () => log.close(),
    };
  },
});

/** Appends a second, each of so many clients one after the other, every one on streams of its own. */
export async function rateOf(store: Store, { warmUp, seconds }: Times): Promise<Rate> {
  const appender = await store.open();
  const label = randomUUID();
  let number = 0;
  const during = async (time: number): Promise<number[]> => {
    const took: number[] = [];
    const end = performance.now() + time * 1000;
    const client = async (own: number): Promise<void> => {
      for (let n = 0; performance.now() < end; n += 1) {
        const stream = `bench-${label}-${own}-${n % STREAMS}`;
        const began = performance.now();
        await appender.append(stream, event(number++));
        took.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, own) => client(own)));
    return took;
  };
  try {
    await during(warmUp);
    const began = performance.now();
    const took = await during(seconds);
    const perSecond = took.length / ((performance.now() - began) / 1000);
    took.sort((a, b) => a - b);
    const at = (share: number): number => took[Math.floor((took.length - 1) * share)]!;
    return { perSecond, p50: at(0.5), p99: at(0.99) };
  } finally {
    await appender.close();
  }
}
