import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import type { Reach } from '#domain/reach.js';
import { Refusal, type RefusalCode } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import type { ReachQuestion } from '#access/reach.js';
import type { PageKey } from './cursors.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** Which roles could this member reach? About others for holders of `read_access`. */
export class MemberReach extends Query<Page<Reach>> {
  constructor(
    readonly question: ReachQuestion,
    readonly actor: ActorFact,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(MemberReach)
export class MemberReachHandler implements IQueryHandler<MemberReach> {
  constructor(
    private readonly access: Access,
    private readonly reads: Reads,
  ) {}

  async execute({ question, actor, page }: MemberReach): Promise<Page<Reach>> {
    const { organization, member } = question;
    const about = [member];
    await this.access.mayRead(question, { actor, operation: 'read_access', about });
    const reading = this.reads.reading(['reach', organization, member], page);
    const rows = await this.access.reach(question);
    const seen = (await this.#seesOthers({ question, actor })) ? rows : rows.map(unnamed);
    const all = [...seen].sort((a, b) => compare(keyOf(a), keyOf(b)));
    const { after } = reading;
    const rest = after === undefined ? all : all.filter((one) => compare(keyOf(one), after) > 0);
    return reading.page(rest.slice(0, reading.wanted), keyOf);
  }

  /** May they ask about others? */
  async #seesOthers({
    question,
    actor,
  }: Pick<MemberReach, 'question' | 'actor'>): Promise<boolean> {
    try {
      await this.access.mayRead(question, { actor, operation: 'read_access' });
      return true;
    } catch (error) {
      if (error instanceof Refusal && UNASKED.has(error.code)) return false;
      throw error;
    }
  }
}

const UNASKED: ReadonlySet<RefusalCode> = new Set(['permission.denied', 'operation.not_offered']);

/** Without whose keys they are. */
const unnamed = ({ acts, ...row }: Reach): Reach => ({
  ...row,
  acts: acts.map(({ principal: _, ...act }) => act) as unknown as Reach['acts'],
});

const keyOf = ({ acts, role, scope, expiresAt }: Reach): PageKey => [
  acts.length,
  scope,
  role,
  expiresAt ?? '',
];

function compare(a: PageKey, b: PageKey): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}
