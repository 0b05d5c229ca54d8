/** Histories of a size that no test has the time to command: events encoded and appended directly. */
import type { Clock } from '#commands/clock.js';
import type { MembershipEvent } from '#domain/events.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { encode, NO_HASH } from '#eventlog/codec.js';
import { type EncodedEvent, type EventLog, LIMITS } from '#eventlog/event-log.js';
import { schemaVersionOf } from '#eventlog/upcasts.js';

/** Appends the events, as commands of the service itself. */
export async function append(
  { clock }: { readonly clock: Clock },
  log: EventLog,
  organization: OrganizationId,
  events: Iterable<MembershipEvent>,
): Promise<void> {
  const stream = organizationStream(organization);
  const last = await log.last(stream);
  let revision = (last?.revision ?? -1) + 1;
  let previous = last?.metadata.hash ?? NO_HASH;
  let waiting: EncodedEvent[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await log.append(waiting);
    waiting = [];
    bytes = 0;
  };
  for (const event of events) {
    const one = encode(stream, revision, previous, event, {
      commandId: 'cmd_long' as never,
      actor: { kind: 'system', id: 'scim', via: 'internal' },
      correlationId: 'long',
      occurredAt: clock.now(),
      schemaVersion: schemaVersionOf(event.type),
      catalogueVersion: 1,
    });
    const fits = bytes + one.dataBytes <= LIMITS.appendBytes;
    if (!fits || waiting.length === LIMITS.appendEvents) await flush();
    waiting.push(one);
    bytes += one.dataBytes;
    revision += 1;
    previous = one.metadata.hash;
  }
  await flush();
}

/** A sealed value of the usual length. */
const sealed = (subject: string) => ({ subject, sealed: 'x'.repeat(80) });

const id = (prefix: string, index: number): never =>
  `${prefix}_${String(index).padStart(26, '0')}` as never;

/** People who come in by a directory, each with a role. */
export function* joins(count: number, from = 0): Generator<MembershipEvent> {
  for (let index = from; index < from + count; index++) {
    const member = id('mem', index);
    yield {
      type: 'member.join',
      source: 'scim',
      member,
      user: id('usr', index),
      tag: `tag${String(index).padStart(40, '0')}` as never,
      email: sealed(member),
      displayEmail: sealed(member),
      name: sealed(member),
      authentication: 'scim',
      grants: [{ id: id('grant', index), role: 'viewer' as never, scope: 'organization' }],
      replaced: [],
      teams: [],
    };
  }
}

/** What goes on in an organization of some people: roles come and go. */
export function* changes(count: number, people: number): Generator<MembershipEvent> {
  for (let index = 0; index < count; index++) {
    const person = index % people;
    yield {
      type: 'member.role_change',
      member: id('mem', person),
      added: [{ id: id('grant', person), role: 'viewer' as never, scope: 'organization' }],
      removed: [id('grant', person)],
      cause: 'direct',
    };
  }
}
