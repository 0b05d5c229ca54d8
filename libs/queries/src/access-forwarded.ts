import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import type { CatalogueId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { Principal, RouteQuestion, Verdict } from '#access/questions.js';

/** What a gateway asks about the request that it holds. */
export interface Forwarded extends Verdict {
  /** Who sends it, as the organization knows them: a member by that id. */
  readonly principal: Principal;
  /** Whose routes decide. */
  readonly catalogue: CatalogueId;
}

/** May whoever sent this request to the product send it? Anybody may ask about themselves. */
export class CheckForwarded extends Query<Forwarded> {
  constructor(
    readonly question: Omit<RouteQuestion, 'principal'>,
    readonly actor: ActorFact & { readonly kind: 'user' | 'api_key' },
  ) {
    super();
  }
}

@QueryHandler(CheckForwarded)
export class CheckForwardedHandler implements IQueryHandler<CheckForwarded> {
  constructor(private readonly access: Access) {}

  async execute({ question, actor }: CheckForwarded): Promise<Forwarded> {
    const self = ('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id;
    const asked = { ...question, principal: self };
    await this.access.mayAsk(asked, actor);
    const { allowed, reason } = await this.access.route(asked);
    const { organization } = question;
    const principal = this.access.knownAs(organization, self);
    return { allowed, reason, principal, catalogue: this.access.catalogueOf(organization) };
  }
}
