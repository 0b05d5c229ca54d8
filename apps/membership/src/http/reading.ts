/** Questions about an organization: who may ask, and how fresh the answer is. */
import { createParamDecorator, Injectable, type ExecutionContext } from '@nestjs/common';
import { QueryBus, type Query } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Operation } from '#domain/catalogue.js';
import type { ActorFact } from '#domain/events.js';
import type { OrganizationId, Scope, UserId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { Principal } from '#access/questions.js';
import { readRevision } from '#queries/revisions.js';
import { Acknowledged } from '../acknowledged.js';
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

interface Right {
  readonly operation: Operation;
  readonly scope?: Scope;
  /** Nobody needs a permission to ask about themselves. */
  readonly about?: readonly Principal[];
}

/** The one place where reading is permitted: by the state as the access cache has it. */
@Injectable()
export class ReadingDesk {
  constructor(
    private readonly access: Access,
    private readonly queries: QueryBus,
    private readonly acknowledged: Acknowledged,
  ) {}

  /**
   * Refuses `permission.denied`, and `organization.not_found` to whoever is nobody there; as of
   * `atLeast`, and of what this node has acknowledged.
   */
  async require({ actor, organization, atLeast }: Reader, right: Right): Promise<void> {
    const known = this.acknowledged.revision(organization);
    const asked = atLeast === undefined ? -1 : readRevision(organization, atLeast);
    const revision = Math.max(known, asked);
    const freshness = { organization, ...(revision < 0 ? {} : { atLeast: revision }) };
    await this.access.mayRead(freshness, { actor, ...right });
  }

  /** Answers the question to whoever has the right. */
  async ask<T>(reader: Reader, right: Right, query: Query<T>): Promise<T> {
    await this.require(reader, right);
    return this.queries.execute<Query<T>, T>(query);
  }

  /** As `ask`, of one resource, whose revision becomes the `ETag`. */
  async one<T extends { readonly revision: string }>(
    reader: Reader,
    right: Right,
    query: Query<T>,
  ): Promise<T> {
    const answer = await this.ask(reader, right, query);
    void reader.reply.header('etag', `"${answer.revision}"`);
    return answer;
  }
}
