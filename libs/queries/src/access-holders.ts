import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { HolderRow, HoldersQuestion } from '#access/holders.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** Who may do this, here? For holders of `read_access` at the scope. */
export class ListHolders extends Query<Page<HolderRow>> {
  constructor(
    readonly question: HoldersQuestion,
    readonly actor: ActorFact,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(ListHolders)
export class ListHoldersHandler implements IQueryHandler<ListHolders> {
  constructor(
    private readonly access: Access,
    private readonly reads: Reads,
  ) {}

  async execute({ question, actor, page }: ListHolders): Promise<Page<HolderRow>> {
    const { organization, space, permission, kind, at } = question;
    const scope = space ?? 'organization';
    await this.access.mayRead(question, { actor, operation: 'read_access', scope });
    const list = ['holders', organization, space, permission, kind, at];
    const reading = this.reads.reading(list, page);
    const { rows, next } = await this.access.holders(question, reading.from);
    return reading.walked(rows, next);
  }
}
