/** A projection is built anew beside the one that is read, while the log grows on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Checkpoints } from '#readstore/checkpoints.js';
import { followPastDamage, type Followed } from '#eventlog/damage.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Writer } from '#readstore/store.js';
import type { Applying } from './applying.js';
import { NOTHING, type Build } from './build.js';
import type { Turns } from './turns.js';

/** A round of catching up that took no longer, in milliseconds, is followed by the last one. */
const SHORT = 300;
/** After so many rounds the last one comes, however long it takes. */
const ROUNDS = 30;
/** Milliseconds between two tries to take the place of what is read: the first time, and at most. */
const AGAIN = { first: 500, most: 60_000 } as const;

export interface RebuildingOptions {
  readonly log: EventLog;
  readonly applying: Applying;
  readonly turns: Turns;
  readonly signal: AbortSignal;
}

/**
 * Applies the log to `building` until it is where `serving` is, then calls `take` while nobody
 * else applies anything; again later, where that says false. False when it was stopped before.
 */
export async function catchUp(
  { log, applying, turns, signal }: RebuildingOptions,
  building: Build,
  serving: Build,
  take: () => Promise<boolean>,
): Promise<boolean> {
  const after = building.position === NOTHING ? null : building.position;
  const follower = followPastDamage(log, after, signal);
  const reach = async (goal: bigint, apply: (next: Followed) => Promise<void>) => {
    while (building.position < goal) {
      const { done, value } = await follower.next();
      if (done === true) return false;
      await apply(value);
    }
    return true;
  };
  const follow = (next: Followed) => applying.next([building], next);
  try {
    for (let pause: number = AGAIN.first; ; pause = Math.min(2 * pause, AGAIN.most)) {
      for (let round = 1; ; round++) {
        const start = performance.now();
        if (!(await reach(serving.position, (some) => turns.run(() => follow(some))))) return false;
        if (performance.now() - start < SHORT || round === ROUNDS) break;
      }
      const taken = await turns.run(async () =>
        (await reach(serving.position, follow)) ? take() : 'stopped',
      );
      if (taken !== false) return taken !== 'stopped';
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return false;
    }
  } finally {
    await follower.return(undefined);
  }
}

/** From here on `building` is what everybody reads. False while somebody reads for long. */
export async function serveInstead(
  writer: Writer,
  checkpoints: Checkpoints,
  building: Build,
  serving: Build,
): Promise<boolean> {
  const names = building.projection.tables.map((table) => table.name);
  if (!(await writer.isFree(names))) return false;
  await writer.transaction(() => {
    checkpoints.setState(serving.number, 'retired');
    checkpoints.setState(building.number, 'serving');
    writer.showBuild(names, building.number);
  });
  return true;
}
