/** A round: the commands that waited, decided one upon another's result and appended together. */
import type { Metadata } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import { refuse } from '#domain/refusals.js';
import { overlay, type Organization } from '#domain/state.js';
import { LIMITS } from '#eventlog/event-log.js';
import type { Base } from './base.js';
import { changedBy } from './changes.js';
import { decide, type Decision, type Surroundings } from './decision.js';
import type { Job } from './job.js';
import type { Decided, Encoded } from './sealing.js';

/** One command of a round with what it came to. */
export interface Entry {
  readonly job: Job;
  readonly decision: Decision;
  /** Stream revision its events follow on; what it was decided upon is stored up to there. */
  readonly after: number;
}

/** Decides commands one upon another's result. The base stays as it is. */
export function decideAll(jobs: readonly Job[], base: Base, surroundings: Surroundings): Entry[] {
  let state = base.organization;
  let revision = base.revision;
  const earlier = new Set<string>();
  return jobs.map((job, index) => {
    const requireMatch = (): void => requireUnchanged(job, base, earlier);
    const decision = decide(job, state, surroundings, requireMatch);
    const entry = { job, decision, after: revision };
    if (decision.kind !== 'events' || decision.events.length === 0) return entry;
    if (index < jobs.length - 1) {
      for (const event of decision.events) {
        for (const resource of changedBy(event, state)) earlier.add(resource);
      }
      if (state === base.organization) state = overlay(state);
      foldAll(state, decision, revision);
    }
    revision += decision.events.length;
    return entry;
  });
}

/** Folds what is not stored yet; the fold looks at nothing that only storing adds. */
export function foldAll(
  state: Organization,
  { events, metadata }: Pick<Decided, 'events' | 'metadata'>,
  after: number,
): void {
  events.forEach((event, index) => {
    evolve(state, { event, metadata: metadata as Metadata, revision: after + 1 + index });
  });
}

/** Whether the resource has changed since is to be read, from its revision to this one. */
export class ChangedLongAgo extends Error {
  constructor(readonly until: number) {
    super('what changed is too long ago to be remembered');
  }
}

/**
 * `If-Match`: refuses when an event after the revision named has changed the resource, or throws
 * `ChangedLongAgo`.
 * @param earlier resources that are changed by what was decided before it in its round
 */
export function requireUnchanged(
  { ifMatch }: Pick<Job, 'ifMatch'>,
  base: Base,
  earlier: ReadonlySet<string>,
): void {
  if (ifMatch === undefined) return;
  const { resource, revision } = ifMatch;
  const changed = base.changes.changedAfter(resource, revision);
  const isAhead = revision > base.revision;
  if (changed === true || earlier.has(resource) || isAhead) refuseChanged(resource);
  if (changed === undefined) throw new ChangedLongAgo(base.changes.since - 1);
}

export const refuseChanged = (resource: string): never =>
  refuse('precondition.failed', `${resource} has changed since; read it again and decide anew.`);

/** Was the command answered without anything being stored before it in its round? */
export const restsOnBase = ({ decision, after }: Entry, base: Base): boolean =>
  after === base.revision && !(decision.kind === 'events' && decision.events.length > 0);

/**
 * Cuts what follows one another into appends within `LIMITS`, never inside a command: the number
 * of commands in each.
 */
export function cut(commands: readonly Encoded[]): number[] {
  const counts: number[] = [];
  let events = Infinity;
  let bytes = 0;
  for (const one of commands) {
    events += one.events.length;
    bytes += one.bytes;
    if (events > LIMITS.appendEvents || bytes > LIMITS.appendBytes) {
      counts.push(0);
      events = one.events.length;
      bytes = one.bytes;
    }
    counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
  }
  return counts;
}
