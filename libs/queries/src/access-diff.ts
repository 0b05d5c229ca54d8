import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { DiffQuestion, DiffRow } from '#access/diff.js';
import type { Moment } from '#access/moment.js';
import type { PageKey } from './cursors.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** Who gained and lost what, here? Without `to`: until the first page was asked for. */
export class AccessDiff extends Query<Page<DiffRow>> {
  constructor(
    readonly question: Omit<DiffQuestion, 'to'> & { readonly to?: Moment },
    readonly actor: ActorFact,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(AccessDiff)
export class AccessDiffHandler implements IQueryHandler<AccessDiff> {
  constructor(
    private readonly access: Access,
    private readonly reads: Reads,
  ) {}

  async execute({ question, actor, page }: AccessDiff): Promise<Page<DiffRow>> {
    const { organization, from, to } = question;
    const asked = { ...question, to: to ?? { time: this.reads.now() } };
    await this.access.mayRead(asked, { actor, operation: 'read_access' });
    const reading = this.reads.reading(['diff', organization, from, to], page);
    const [end, ...after] = reading.after ?? [this.reads.now()];
    const until = to ?? { time: end as Instant };
    const start = { rows: reading.wanted, ...(after.length === 0 ? {} : { after }) };
    const { rows, next } = await this.access.diff({ ...question, to: until }, start);
    const pinned = (at: PageKey): PageKey => [end!, ...at];
    return reading.walked(
      rows.map(({ at, row }) => ({ at: pinned(at), row })),
      next && pinned(next),
    );
  }
}
