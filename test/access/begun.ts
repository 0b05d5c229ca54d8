/** Indexes begun with snapshots. */
import type { Recorded } from '#domain/events.js';
import { PermissionIndex, type IndexCopy } from '#access/permission-index.js';
import { readKept, writeKept } from '#eventlog/kept.js';
import { markOf } from '#eventlog/mark.js';
import { TestLog } from './log.js';
import type { Happened } from './oracle.js';
import { World, type Move } from './world.js';

/** A random history as it lies in a log. */
export function storedHistory(moves: readonly Move[]): Promise<Recorded[]> {
  const world = new World();
  for (const one of moves) world.move(one);
  return stored(world.events);
}

/** Events as they lie in a log. */
export async function stored(events: readonly Happened[]): Promise<Recorded[]> {
  const log = new TestLog();
  await log.append(events);
  const all = await everything(log);
  await log.log.close();
  return all;
}

/** All that lies in a log, in commit order. */
export async function everything({ log }: TestLog): Promise<Recorded[]> {
  const all: Recorded[] = [];
  const head = await log.head();
  for await (const batch of log.follow(null, new AbortController().signal)) {
    all.push(...batch);
    if (all.at(-1)?.position === head) break;
  }
  return all;
}

/** To bytes and back. Throws where the mark is not the one that was written. */
export async function kept(copy: IndexCopy | undefined, last: Recorded): Promise<PermissionIndex> {
  if (copy === undefined) throw new Error('something is quarantined');
  const read = await readKept<IndexCopy>(await writeKept(markOf(last), copy));
  if (read.mark.hash !== last.metadata.hash || read.mark.position !== last.position) {
    throw new Error(`event ${last.position} came back as ${read.mark.position}`);
  }
  return new PermissionIndex(read.copy);
}
