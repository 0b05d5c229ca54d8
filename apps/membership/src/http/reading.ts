/** Questions about an organization: who may ask, and how fresh the answer is. */
import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import { QueryBus, type Query } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ActorFact } from '#domain/events.js';
import type { OrganizationId, Scope, TeamId, UserId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';
import { Access } from '#access/access.js';
import type { Readable, Reading as AccessReading } from '#access/asking.js';
import type { Freshness } from '#access/questions.js';
import { readFreshness } from '#queries/revisions.js';
import { callerOf } from './caller.js';
import type { ReplyHead } from './exchange.js';

/** A request to read. */
export interface Reader {
  readonly actor: ActorFact;
  readonly user: UserId | undefined;
  readonly reply: ReplyHead;
  readonly organization: OrganizationId;
  /** What the caller asks the answer to be no older than, as given. */
  readonly atLeast: string | undefined;
}

/** `@Reading() reader`: everything about a question but its filters. */
export const Reading = createParamDecorator((_: unknown, context: ExecutionContext): Reader => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const { actor, person } = callerOf(request);
  return {
    actor,
    user: person?.user,
    reply: context.switchToHttp().getResponse<FastifyReply>(),
    organization: (request.params as { organization: OrganizationId }).organization,
    atLeast: (request.query as { atLeast?: string }).atLeast,
  };
});

type Right = Omit<AccessReading, 'actor'>;

/** The one place where reading is permitted: by the state as the access cache has it. */
@Injectable()
export class ReadingDesk {
  constructor(
    private readonly access: Access,
    private readonly queries: QueryBus,
  ) {}

  /**
   * Refuses `permission.denied`, and `organization.not_found` to whoever is nobody there; as of
   * `atLeast`, and of what this node has acknowledged.
   */
  async require(reader: Reader, right: Right): Promise<void> {
    await this.access.mayRead(freshnessOf(reader), { actor: reader.actor, ...right });
  }

  /** Where the reader may read such things. Refuses as `require` does, and where that is nowhere. */
  where(reader: Reader, right: Omit<Right, 'scope' | 'scopes'>): Promise<Readable> {
    return this.access.readable(freshnessOf(reader), { actor: reader.actor, ...right });
  }

  /** Answers the question to whoever has the right. */
  async ask<T>(reader: Reader, right: Right, query: Query<T>): Promise<T> {
    await this.require(reader, right);
    return this.queries.execute<Query<T>, T>(query);
  }

  /**
   * As `ask`, of one resource, whose revision becomes the `ETag`. What is at several scopes is
   * looked up for whoever may read such things somewhere, and answered to whoever may at one.
   *
   * @param at where it is; absent: where the right is asked.
   */
  async one<T extends { readonly revision: string }>(
    reader: Reader,
    right: Right,
    query: Query<T>,
    at?: (answer: T, organization: Organization) => Iterable<Scope>,
  ): Promise<T> {
    if (at === undefined) await this.require(reader, right);
    else await this.where(reader, right);
    const answer = await this.queries.execute<Query<T>, T>(query);
    if (at !== undefined) {
      await this.require(reader, { ...right, scopes: (there) => at(answer, there) });
    }
    void reader.reply.header('etag', `"${answer.revision}"`);
    return answer;
  }
}

const freshnessOf = ({ organization, atLeast }: Reader): Freshness =>
  readFreshness(organization, atLeast);

/** Where something with grants is: at their scopes. */
export const atGrants = ({ grants }: { readonly grants: readonly { readonly scope: Scope }[] }) =>
  grants.map(({ scope }) => scope);

/** Where what has these teams is: where they are, as far as there still are such. */
export const atTeams = (ids: readonly TeamId[], { teams }: Organization): Scope[] =>
  ids.flatMap((id) => teams.get(id)?.scope ?? []);
