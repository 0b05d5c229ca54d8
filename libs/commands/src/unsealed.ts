/**
 * Personal values on their way into events. A rule is given a `Sealed` that holds nothing; the
 * plaintext stays beside it and takes its place between the decision and the append, sealed for
 * the member the event is about. So keys are made in one transaction per append, and only for what
 * is stored.
 */
import type { MembershipEvent, Sealed } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { sealedLength } from '#vault/cipher.js';
import type { SealedField, Vault } from '#vault/vault.js';

interface Plaintext {
  readonly field: SealedField;
  readonly text: string;
}

const plaintexts = new WeakMap<object, Plaintext>();

/** A value to be sealed once a rule has put it, itself and no copy, into an event about a member. */
export const unsealed = (field: SealedField, text: string): Sealed => {
  const value: Sealed = { subject: '', sealed: '' };
  plaintexts.set(value, { field, text });
  return value;
};

type Fields = { readonly [name: string]: unknown };

/** What waits to be sealed in one event. */
export interface Waiting {
  /** Whose key: the member the event is about. */
  readonly subject: string;
  readonly values: readonly (readonly [name: string, value: object])[];
}

/** The values of an event that wait to be sealed; `undefined` for most events. */
export function waitingIn(event: MembershipEvent): Waiting | undefined {
  const values: [string, object][] = [];
  const fields = event as Fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (typeof value !== 'object' || value === null) continue;
    if (plaintexts.has(value)) values.push([name, value]);
    else if ('sealed' in value && value.sealed === '') throw new Error(`${name} is a copy`);
  }
  if (values.length === 0) return undefined;
  if (!('member' in event)) throw new Error(`${event.type} is about no member to seal for`);
  return { subject: event.member, values };
}

/** The event with its values sealed under the subject's live key. */
export async function sealEvent(
  vault: Vault,
  organization: OrganizationId,
  event: MembershipEvent,
  waiting: Waiting,
): Promise<MembershipEvent> {
  const sealed = waiting.values.map(async ([name, value]) => {
    const { field, text } = plaintexts.get(value) as Plaintext;
    return [name, await vault.seal(organization, waiting.subject, field, text)];
  });
  return { ...event, ...Object.fromEntries(await Promise.all(sealed)) } as MembershipEvent;
}

/** The event with values as long as what it would hold, and nothing in them. */
export function asIfSealed(event: MembershipEvent): MembershipEvent {
  const waiting = waitingIn(event);
  if (waiting === undefined) return event;
  const { subject } = waiting;
  const values = waiting.values.map(([name, value]) => {
    const { text } = plaintexts.get(value) as Plaintext;
    return [name, { subject, sealed: 'x'.repeat(sealedLength(Buffer.byteLength(text))) }];
  });
  return { ...event, ...Object.fromEntries(values) } as MembershipEvent;
}
