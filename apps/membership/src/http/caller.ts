/** Who is asking, as the routes see it. */
import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ActorFact, Channel, KeyOwner } from '#domain/events.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { refuse, type RefusalCode } from '#domain/refusals.js';

/** A person, as far as this service was told. */
export interface Person {
  readonly user: UserId;
  readonly issuer: string;
  readonly subject: string;
  /** Verified by the issuer, or by the trusted service that acts for the person. */
  readonly email?: string;
  readonly name?: string;
}

export interface Caller {
  readonly actor: ActorFact & { readonly kind: 'user' | 'api_key' };
  /** Who asks, or is acted for; absent: a service account or an organization's own key. */
  readonly person?: Person;
  /** The organization an API key belongs to; it opens no other. */
  readonly home?: OrganizationId;
  /** Whose that key is. */
  readonly owner?: KeyOwner;
}

declare module 'fastify' {
  interface FastifyRequest {
    caller?: Caller;
    /** How the request came; absent: over HTTP. */
    channel?: Channel;
    /** Aborted when a call that goes on ends, where the transport says so. */
    ended?: AbortSignal;
    correlationId: string;
    /** What it was refused with, where it was. */
    refused?: RefusalCode;
  }
}

const PUBLIC = 'membership:public';
/** A route that asks nobody who they are. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);
export const PUBLIC_METADATA = PUBLIC;

/** The caller of a request that went through the guard. */
export const callerOf = (request: FastifyRequest): Caller =>
  request.caller ?? refuse('authentication.missing', 'Send an access token or an API key.');

/** The signed-in person. */
export const personOf = (caller: Caller): Person =>
  caller.person ?? refuse('permission.denied', 'This is for people; an API key stands for none.');

/** `@Asker() caller`: who is asking. */
export const Asker = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
