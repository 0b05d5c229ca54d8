/** Snapshots, as commands keep them. */
import { evolve } from '#domain/evolve.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { emptyOrganization } from '#domain/state.js';
import { SqliteSnapshots, type Snapshots } from '#eventlog/snapshots.js';
import { STATE_SNAPSHOT, writeState } from '#eventlog/state-snapshot.js';
import type { TestLog } from './log.js';

/** Keeps each organization as commands do, as it was after a part of its events. */
export async function keptIn(
  { log }: TestLog,
  choice: number,
  ids: readonly string[],
): Promise<Snapshots> {
  const snapshots = new SqliteSnapshots(':memory:');
  for (const id of ids as OrganizationId[]) {
    const stream = organizationStream(id);
    const end = choice % ((await log.last(stream))!.revision + 1);
    const organization = emptyOrganization(id);
    for await (const events of log.read(stream, 0, end)) {
      for (const one of events) evolve(organization, one as never);
    }
    for await (const [last] of log.read(stream, end, end)) {
      const payload = await writeState(organization);
      const { hash } = last!.metadata;
      await snapshots.save({ stream, name: STATE_SNAPSHOT, revision: end, hash, payload });
    }
  }
  return snapshots;
}
