/** From decided events to the bytes that are appended: keys, sealed values, the chain. */
import type { MembershipEvent } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Refusal, refuse } from '#domain/refusals.js';
import { encode } from '#eventlog/codec.js';
import { type EncodedEvent, LIMITS } from '#eventlog/event-log.js';
import { schemaVersionOf } from '#eventlog/upcasts.js';
import { KeyDestroyed, type Vault } from '#vault/vault.js';
import type { SharedMetadata } from './decision.js';
import type { Job } from './job.js';
import { sealEvent, waitingIn, type Waiting } from './unsealed.js';

/** A command that decided on events. */
export interface Decided {
  readonly job: Job;
  readonly events: readonly MembershipEvent[];
  readonly metadata: SharedMetadata;
  readonly subject: string | undefined;
}

/** A command whose events can't be sealed or encoded; the others of its round can. */
export class NotEncodable extends Error {
  constructor(
    readonly job: Job,
    override readonly cause: unknown,
  ) {
    super('a command can not be encoded');
  }
}

/** One command's events, ready to be appended. */
export interface Encoded {
  readonly events: readonly EncodedEvent[];
  /** Of their data. */
  readonly bytes: number;
}

interface Prepared extends Decided {
  /** Per event: the values that wait to be sealed. */
  readonly waiting: readonly (Waiting | undefined)[];
}

/** Where a stream ends. */
export interface StreamEnd {
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

/**
 * Seals and encodes commands that follow one another, the first event after `revision` and `hash`.
 * Keys are made in one transaction for all of them. Throws `NotEncodable` for the first that
 * can't be, nothing appended.
 */
export async function encodeAll(
  vault: Vault,
  id: OrganizationId,
  { stream, revision, hash }: StreamEnd,
  commands: readonly Decided[],
): Promise<Encoded[]> {
  const prepared = commands.map(prepare);
  const destroyed = await ensureKeys(vault, id, prepared);
  const sealed = await Promise.all(prepared.map((one) => sealOne(vault, id, one, destroyed)));
  let end = { stream, revision, hash };
  return sealed.map(({ job, events, metadata }) => {
    const encoded = blaming(job, () => encodeOne(end, events, metadata));
    const last = encoded.events.at(-1);
    if (last !== undefined) end = { stream, revision: last.revision, hash: last.metadata.hash };
    return encoded;
  });
}

/** Encodes the events of one command. Refuses, `batch.too_large`, what no append can hold. */
export function encodeOne(
  { stream, revision, hash }: StreamEnd,
  events: readonly MembershipEvent[],
  metadata: SharedMetadata,
): Encoded {
  requireFew(events);
  let previous = hash;
  let bytes = 0;
  const encoded = events.map((event, index) => {
    const schemaVersion = schemaVersionOf(event.type);
    const one = encode(stream, revision + 1 + index, previous, event, {
      ...metadata,
      schemaVersion,
    });
    previous = one.metadata.hash;
    const size = Buffer.byteLength(one.canonical);
    if (size > LIMITS.eventBytes) refuseSize(events.length, size);
    bytes += one.dataBytes;
    return one;
  });
  if (bytes > LIMITS.appendBytes) refuseSize(events.length, bytes);
  return { events: encoded, bytes };
}

const prepare = (command: Decided): Prepared =>
  blaming(command.job, () => {
    requireFew(command.events);
    return { ...command, waiting: command.events.map(waitingIn) };
  });

function requireFew({ length }: readonly MembershipEvent[]): void {
  if (length > LIMITS.appendEvents) refuseSize(length);
}

function refuseSize(events: number, bytes?: number): never {
  const size = bytes === undefined ? '' : ` and ${bytes} bytes`;
  refuse('batch.too_large', `This comes to ${events} events${size}; send it in parts.`);
}

function blaming<T>(job: Job, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new NotEncodable(job, cause);
  }
}

/** Makes the keys that are missing; gives the subjects whose keys are destroyed. */
async function ensureKeys(
  vault: Vault,
  organization: OrganizationId,
  commands: readonly Prepared[],
): Promise<ReadonlySet<string>> {
  const subjects = new Set<string>();
  for (const { job, subject, waiting } of commands) {
    if (subject !== undefined && job.request.clientAddress !== undefined) subjects.add(subject);
    for (const one of waiting) if (one !== undefined) subjects.add(one.subject);
  }
  const destroyed = new Set<string>();
  while (subjects.size > 0) {
    try {
      await vault.ensure(organization, [...subjects]);
      break;
    } catch (error) {
      if (!(error instanceof KeyDestroyed) || !subjects.delete(error.subject)) throw error;
      destroyed.add(error.subject);
    }
  }
  return destroyed;
}

/** An erased actor's address is not stored; a command about an erased person is refused. */
async function sealOne(
  vault: Vault,
  organization: OrganizationId,
  { job, events, metadata, subject, waiting }: Prepared,
  destroyed: ReadonlySet<string>,
): Promise<{ job: Job; events: MembershipEvent[]; metadata: SharedMetadata }> {
  const erased = waiting.find((one) => one !== undefined && destroyed.has(one.subject));
  if (erased !== undefined) {
    const detail = `The personal data of ${erased.subject} is erased, for good.`;
    throw new NotEncodable(job, new Refusal('member.erased', detail));
  }
  const sealed: MembershipEvent[] = [];
  for (const [index, event] of events.entries()) {
    const values = waiting[index];
    sealed.push(values === undefined ? event : await sealEvent(vault, organization, event, values));
  }
  const { clientAddress } = job.request;
  if (clientAddress === undefined || subject === undefined || destroyed.has(subject)) {
    return { job, events: sealed, metadata };
  }
  const address = await vault.seal(organization, subject, 'clientAddress', clientAddress);
  return { job, events: sealed, metadata: { ...metadata, clientAddress: address } };
}
