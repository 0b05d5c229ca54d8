/** Data keys that no event uses are collected: those of commands whose append never came to be. */
import { setTimeout as delay } from 'node:timers/promises';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { IsUsed, Vault } from '#vault/vault.js';

/** Milliseconds between two collections. */
const DAY = 24 * 60 * 60 * 1000;

/**
 * Collects once, and then daily. Which keys are used is what the log says: the stream of each
 * organization in question is read once, so that no more than one organization's subjects are
 * kept. Keys of commands in flight are young, and the vault spares those. Ends only by `signal`,
 * or by failing.
 *
 * @param isKnown a cheap answer before the log is read: these subjects keep their keys. It may
 * know fewer than the log does.
 */
export async function collectOrphans(
  log: EventLog,
  vault: Vault,
  isKnown: IsUsed,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const isUsed = usedIn(log, signal);
    await vault.collectOrphans(async (organization, subject) => {
      // Nothing more is collected; what is left is looked at another time.
      if (signal.aborted) return true;
      return (await isKnown(organization, subject)) || isUsed(organization, subject);
    });
    await delay(DAY, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/**
 * Asks the log, and remembers the subjects of the organization it was asked about last. Of one
 * whose events can't be read nobody knows: there every key is used.
 */
export function usedIn(log: EventLog, signal: AbortSignal): IsUsed {
  let last: OrganizationId | undefined;
  let subjects: ReadonlySet<string> | 'all' = new Set();
  return async (organization, subject) => {
    if (organization !== last) {
      last = undefined;
      subjects = await subjectsOf(log, organization, signal).catch((error: unknown) => {
        if (error instanceof DamagedEvent) return 'all' as const;
        throw error;
      });
      if (signal.aborted) return true;
      last = organization;
    }
    return subjects === 'all' || subjects.has(subject);
  };
}

/** Whose keys the events of an organization are sealed with. */
async function subjectsOf(
  log: EventLog,
  organization: OrganizationId,
  signal: AbortSignal,
): Promise<Set<string>> {
  const subjects = new Set<string>();
  for await (const events of log.read(organizationStream(organization))) {
    if (signal.aborted) break;
    for (const { event, metadata } of events) {
      for (const value of [...Object.values(event), metadata.clientAddress]) {
        const sealedFor = subjectIn(value);
        if (sealedFor !== undefined) subjects.add(sealedFor);
      }
    }
  }
  return subjects;
}

/** Whose key a field of an event is sealed with. */
const subjectIn = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'sealed' in value && 'subject' in value
    ? (value.subject as string)
    : undefined;
