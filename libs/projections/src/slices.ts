/** Which events one transaction takes, and in which order they are applied. */
import type { Recorded } from '#domain/events.js';
import { Lane } from '#readstore/gathered.js';
import { groupedBy } from '#readstore/grouped-by.js';
import type { QuarantineTable } from '#readstore/rows.js';
import { together, type Script } from '#readstore/script.js';
import type { Build } from './build.js';
import type { Plaintexts } from './opening.js';

/** One transaction takes so many events, and more while it takes no longer, in milliseconds. */
const LOCAL = { least: 100, time: 6 } as const;
/** Events of a transaction elsewhere, which others do not wait for. */
const REMOTE = 1000;

/** Streams that fail in this slice, per build. */
export type Failing = Map<Build, Map<string, QuarantineTable>>;

/** A slice, or what is to become one. */
export interface Slice {
  readonly builds: readonly Build[];
  readonly events: readonly Recorded[];
  /** Index of its first event. */
  readonly first: number;
  readonly plaintexts: Plaintexts;
  readonly failing: Failing;
  /** Whether one event is applied at a time, so that it is known which one fails. */
  readonly alone: boolean;
}

/** One event after the other, for as long as a slice may take; the index of the next. */
export function* writeInOrder(slice: Slice): Script<number> {
  const { builds, events, first } = slice;
  const end = performance.now() + LOCAL.time;
  const least = Math.min(first + LOCAL.least, events.length);
  let next = first;
  for (; next < least || (next < events.length && performance.now() < end); next++) {
    for (const build of builds) yield* applyAll(build, events.slice(next, next + 1), slice);
  }
  return next;
}

/** A fixed part, whose streams, and whose builds, have nothing to do with one another. */
export function* writeTogether(slice: Slice): Script<number> {
  const { builds, events, first, alone } = slice;
  const next = Math.min(first + REMOTE, events.length);
  const streams = groupedBy(events.slice(first, next), ({ stream }) => stream);
  const apply = alone ? applyAll : applyStream;
  const scripts = [...streams.values()].flatMap((some) =>
    builds.map((build) => apply(build, some, slice)),
  );
  if (alone) for (const script of scripts) yield* script;
  else yield* together(scripts);
  return next;
}

/** Events of one stream: those in a row that are about different subjects at the same time. */
function* applyStream(build: Build, events: readonly Recorded[], slice: Slice): Script<void> {
  const due = events.filter((one) => isDue(build, one, slice) && !build.ignores(one));
  // Of one alone nobody has to know.
  const subjects = due.length > 1 ? yield* build.subjectsOf(due, slice.plaintexts) : [];
  const whole = new Lane();
  const lanes = new Map<string, Lane>();
  let apart = new Map<string, Recorded[]>();
  function* applyApart(): Script<void> {
    const scripts = [...apart].map(([subject, some]) =>
      applyAll(build, some, slice, lanes.get(subject)),
    );
    apart = new Map();
    yield* together(scripts);
  }
  for (const [index, recorded] of due.entries()) {
    const subject = subjects[index];
    if (subject === undefined) {
      yield* applyApart();
      yield* applyAll(build, [recorded], slice, whole);
    } else {
      apart.set(subject, [...(apart.get(subject) ?? []), recorded]);
      if (!lanes.has(subject)) lanes.set(subject, new Lane(whole));
    }
  }
  yield* applyApart();
}

function* applyAll(
  build: Build,
  events: readonly Recorded[],
  slice: Slice,
  lane?: Lane,
): Script<void> {
  for (const recorded of events) {
    if (isDue(build, recorded, slice)) yield* build.apply(recorded, slice.plaintexts, lane);
  }
}

const isDue = (build: Build, { stream, revision, position }: Recorded, { failing }: Slice) => {
  const failed = failing.get(build)?.get(stream);
  if (failed !== undefined && revision >= failed.revision) return false;
  return position > build.position && !build.quarantine.has(stream);
};
