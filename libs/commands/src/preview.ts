import { overlay, type Organization } from '#domain/state.js';
import type { Base } from './base.js';
import { catalogueFor, decide, type Surroundings } from './decision.js';
import type { Job } from './job.js';
import { permissionChanges, Standing } from './permission-changes.js';
import type { Outcome } from './request.js';
import { foldAll, requireUnchanged } from './rounds.js';
import { encodeOne } from './sealing.js';
import { asIfSealed } from './unsealed.js';

/** What the command would do to the organization as it stands. Writes nothing, makes no keys. */
export function preview(
  job: Omit<Job, 'resolve' | 'reject'>,
  base: Base,
  surroundings: Surroundings,
): Outcome {
  const { organization, revision } = base;
  const decision = decide(job, organization, surroundings, () =>
    requireUnchanged(job, base, new Set()),
  );
  if (decision.kind === 'refused') throw decision.error;
  if (decision.kind === 'replay' || decision.events.length === 0) {
    return { ...NOTHING, revision, dryRun: { events: [], permissionChanges: [] } };
  }
  const { events } = decision;
  if (job.request.inParts !== true) {
    encodeOne(base, events.map(asIfSealed), decision.metadata);
  }
  const after = overlay(organization);
  foldAll(after, decision, revision);
  const standing = (state: Organization): Standing =>
    new Standing(state, catalogueFor(job, state, surroundings.catalogues));
  const { occurredAt } = decision.metadata;
  const changes = permissionChanges(standing(organization), standing(after), events, occurredAt);
  return { ...NOTHING, revision, dryRun: { events, permissionChanges: changes } };
}

const NOTHING = { events: [], replayed: false } as const;
