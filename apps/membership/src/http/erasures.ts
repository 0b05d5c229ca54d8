/** What became of a person in each organization. */
import type { ErasePerson, Erasure } from '#commands/erase-person.js';
import { writeRevision } from '#queries/revisions.js';
import { previewed, type Desk } from './desk.js';
import { Field, ListOf } from './fields.js';
import { PermissionChangeAnswer, PreviewedEventAnswer } from './preview-answers.js';

class ErasureAnswer {
  @Field.organizationId() readonly organization!: string;
  @Field.oneOf(['erased', 'would_be_erased', 'refused']) readonly status!: string;
  @Field.text({ optional: true, example: 'member.last_holder' }) readonly code?: string;
  @Field.text({ optional: true }) readonly detail?: string;
  @ListOf.object(() => PreviewedEventAnswer, { optional: true, about: 'of a dry run' })
  readonly events?: readonly object[];
  @ListOf.object(() => PermissionChangeAnswer, { optional: true, about: 'of a dry run' })
  readonly permissionChanges?: readonly PermissionChangeAnswer[];
  @Field.revision({ optional: true }) readonly revision?: string;
}
export class ErasuresAnswer {
  @ListOf.object(() => ErasureAnswer, { most: 100_000 })
  readonly results!: readonly ErasureAnswer[];
}

/** Forgets a person, and answers for each organization. */
export async function erasuresOf(desk: Desk, command: ErasePerson): Promise<ErasuresAnswer> {
  const erasures = await desk.execute(command);
  for (const one of erasures) {
    if ('outcome' in one) desk.acknowledge(one.organization, one.outcome.revision);
  }
  return { results: erasures.map(erasureAnswer) };
}

const erasureAnswer = (erasure: Erasure): ErasureAnswer => {
  const { organization } = erasure;
  if ('refusal' in erasure) {
    const { code, message: detail } = erasure.refusal;
    return { organization, status: 'refused', code, detail };
  }
  const { dryRun } = erasure.outcome;
  const revision = writeRevision(organization, erasure.outcome.revision);
  if (dryRun === undefined) return { organization, status: 'erased', revision };
  const { events, permissionChanges } = previewed(dryRun);
  return { organization, status: 'would_be_erased', events, permissionChanges, revision };
};
