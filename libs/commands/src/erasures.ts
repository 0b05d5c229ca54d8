/** What the log says is erased loses its keys. */
import type { Recorded } from '#domain/events.js';
import { organizationOf } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { Vault } from '#vault/vault.js';

/**
 * Destroys keys as erasures appear, and again everything that was ever erased whenever it starts:
 * a vault restored from a backup may hold keys that must not be. Ends only by `signal`.
 */
export async function followErasures(
  log: EventLog,
  vault: Vault,
  signal: AbortSignal,
): Promise<void> {
  for await (const events of followPastDamage(log, null, signal)) {
    // A lost event may have been an erasure: what could tell is closed, and an operator told.
    if (events instanceof DamagedEvent) continue;
    for (const [organization, subjects] of doomedBy(events)) {
      await vault.destroy(organization, [...subjects]);
    }
  }
}

/** Forgets keys that this thread has read, as they are destroyed by another. Ends only by `signal`. */
export async function forgetErased(
  log: EventLog,
  vault: Vault,
  signal: AbortSignal,
): Promise<void> {
  for await (const events of followPastDamage(log, await log.head(), signal)) {
    if (events instanceof DamagedEvent) continue;
    for (const [organization, subjects] of doomedBy(events)) {
      vault.forget(organization, [...subjects]);
    }
  }
}

/** Whose keys are to be destroyed, by organization. */
function doomedBy(events: readonly Recorded[]): Map<OrganizationId, Set<string>> {
  const doomed = new Map<OrganizationId, Set<string>>();
  for (const { stream, event } of events) {
    const organization = organizationOf(stream);
    const subjects = subjectsOf(event);
    if (organization === undefined || subjects === undefined) continue;
    const known = doomed.get(organization) ?? new Set<string>();
    for (const subject of subjects) known.add(subject);
    doomed.set(organization, known);
  }
  return doomed;
}

/** Whose keys the event ends; `undefined` for nobody's. */
function subjectsOf(event: Recorded['event']): readonly string[] | undefined {
  switch (event.type) {
    case 'member.personal_data_erase':
      return event.user === undefined ? [event.member] : [event.member, event.user];
    case 'member.invite_erase':
      return [event.member];
    default:
      return undefined;
  }
}
