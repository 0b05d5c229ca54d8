/** What the log says is erased loses its keys. */
import { organizationOf, type Mark, type Recorded } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { EVERY, WORTH } from '#eventlog/keeping.js';
import { found, markOf } from '#eventlog/mark.js';
import type { Vault } from '#vault/vault.js';

/**
 * Destroys keys as erasures appear, and when it starts those of everybody who was erased after the
 * place that the vault itself has noted: one restored from a backup may hold keys that must not be.
 * Ends only by `signal`.
 * @param worth events after which the place is noted at the end.
 */
export async function followErasures(
  log: EventLog,
  vault: Vault,
  signal: AbortSignal,
  worth = WORTH,
): Promise<void> {
  const noted = await vault.erasedUpTo();
  const begun = noted && (await found(log, noted));
  let last: Mark | undefined;
  let since = 0;
  const note = async (least: number): Promise<void> => {
    if (last === undefined || since < least) return;
    since = 0;
    await vault.noteErased(last);
  };
  let isWhole = true;
  for await (const next of followPastDamage(log, begun?.position ?? null, signal)) {
    // It may have been an erasure: what could tell is closed, an operator told, and it is looked for
    // again at every start.
    if (next instanceof DamagedEvent) isWhole = false;
    const events = next instanceof DamagedEvent ? [] : next;
    for (const [organization, subjects] of doomedBy(events)) {
      await vault.destroy(organization, [...subjects]);
    }
    const newest = events.at(-1);
    if (!isWhole || newest === undefined) continue;
    last = markOf(newest);
    since += events.length;
    await note(EVERY);
  }
  await note(worth);
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
