import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import type { Moment } from '#access/moment.js';
import type { AccessQuestion, BatchAnswer } from '#access/questions.js';

/** Up to 1,000 questions at one moment; each must be one the actor may ask alone. */
export class CheckAccessBatch extends Query<BatchAnswer> {
  constructor(
    readonly questions: readonly AccessQuestion[],
    readonly actor: ActorFact,
    /** Absent: now. */
    readonly at?: Moment,
  ) {
    super();
  }
}

@QueryHandler(CheckAccessBatch)
export class CheckAccessBatchHandler implements IQueryHandler<CheckAccessBatch> {
  constructor(private readonly access: Access) {}

  async execute({ questions, actor, at }: CheckAccessBatch): Promise<BatchAnswer> {
    for (const asked of groups(questions)) {
      const [question] = asked;
      const { space: scope = 'organization' } = question;
      const about = asked.map(({ principal }) => principal);
      const { organization } = question;
      const newest = {
        ...newestOf(asked, 'atLeast'),
        ...newestOf(asked, 'platform'),
      };
      try {
        const reading = { actor, operation: 'read_access', scope, about } as const;
        await this.access.mayRead({ organization, ...newest, at }, reading);
      } catch (error) {
        if (!this.#isDeniedAlone(error, organization)) throw error;
      }
    }
    return this.access.checkBatch(questions, at);
  }

  /** Whoever knows of a quarantined organization is answered about the others. */
  #isDeniedAlone(error: unknown, organization: OrganizationId): boolean {
    const isSo = error instanceof Refusal && error.code === 'read.quarantined';
    return isSo && this.access.isQuarantined(organization);
  }
}

/** The newest revision that any of them asks for. */
function newestOf(asked: readonly AccessQuestion[], of: 'atLeast' | 'platform'): object {
  const revisions = asked.flatMap((one) => one[of] ?? []);
  return revisions.length === 0 ? {} : { [of]: Math.max(...revisions) };
}

/** Questions at the same organization and scope: who may ask is decided once for them. */
const groups = (
  questions: readonly AccessQuestion[],
): Iterable<readonly [AccessQuestion, ...AccessQuestion[]]> => {
  const byScope = new Map<string, [AccessQuestion, ...AccessQuestion[]]>();
  for (const question of questions) {
    const key = `${question.organization} ${question.space ?? ''}`;
    const group = byScope.get(key);
    if (group === undefined) byScope.set(key, [question]);
    else group.push(question);
  }
  return byScope.values();
};
