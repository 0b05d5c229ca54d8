/** Which builds there are when the service starts: what is served, what is to be built. */
import { shapeOf } from '#readstore/builds.js';
import type { Checkpoint, Checkpoints } from '#readstore/checkpoints.js';
import type { Writer } from '#readstore/store.js';
import { Build } from './build.js';
import { versionedName, type Projection } from './projection.js';

export interface Installed {
  readonly serving: Build;
  /** Grows beside the one that is served and takes its place. */
  readonly building?: Build;
}

/** The log the positions are of. */
export interface LogEnd {
  readonly id: string;
  readonly head: bigint | null;
}

/**
 * What there is of a projection, made where it is missing. A build of an older version is served
 * on, and followed, while the new one grows, if its columns are the same. One that can't be read,
 * or that is of another log, gives its place to an empty one.
 */
export async function install(
  writer: Writer,
  checkpoints: Checkpoints,
  projection: Projection,
  log: LogEnd,
): Promise<Installed> {
  const known = await checkpoints.all();
  const own = known.filter(({ name }) => name.split('@')[0] === projection.name);
  const served = own.find(({ state }) => state === 'serving');
  const begun = own.find(({ state }) => state === 'building');
  const current = versionedName(projection);
  const isGood = (one: Checkpoint) => fits(one, projection, log);
  const serving = served !== undefined && isGood(served) ? served : undefined;
  const wanted = serving !== undefined && (begun !== undefined || serving.name !== current);
  const resumed = begun !== undefined && begun.name === current && isGood(begun);
  const goneOn = own.filter((one) => one === serving || (one === begun && wanted && resumed));
  const opened = new Map<Checkpoint | undefined, Build>();
  for (const one of goneOn) {
    const quarantine = await checkpoints.quarantined(one.build);
    opened.set(one, new Build(writer, projection, one, quarantine));
  }
  return writer.transaction(() => {
    for (const one of own) {
      if (!opened.has(one) && one.state !== 'retired') checkpoints.setState(one.build, 'retired');
    }
    const make = (state: Checkpoint['state']) =>
      Build.create(writer, checkpoints, projection, { known, log: log.id, state });
    const open = opened.get(serving);
    if (open === undefined) return { serving: make('serving') };
    if (!wanted) return { serving: open };
    return { serving: open, building: opened.get(begun) ?? make('building') };
  });
}

const fits = (checkpoint: Checkpoint, projection: Projection, log: LogEnd): boolean =>
  checkpoint.log === log.id &&
  BigInt(checkpoint.position) <= (log.head ?? -1n) &&
  checkpoint.shape === shapeOf(projection.tables);
