/** What a request asks of a command besides its body, and how its outcome is answered. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { CommandRequest, IfMatch } from '#commands/request.js';
import { readRevision } from './revisions.js';
import { callerOf } from './caller.js';

/** Path parameters that name a resource, the most particular first. */
const RESOURCES = ['key', 'account', 'team', 'role', 'invitation', 'member', 'space'] as const;
const KEY = /^[\x21-\x7e]{1,255}$/;

type Params = { readonly [name: string]: string | undefined };

/** `@Asked() request`: the command's surroundings, as the request gives them. */
export const Asked = createParamDecorator((_: unknown, context: ExecutionContext) =>
  commandRequest(context.switchToHttp().getRequest<FastifyRequest>(), context.getHandler().name),
);

function commandRequest(request: FastifyRequest, operation: string): CommandRequest {
  const { actor } = callerOf(request);
  const params = (request.params ?? {}) as Params;
  const ifMatch = ifMatchOf(request, params);
  const key = keyOf(request);
  const { dryRun, ...query } = request.query as { dryRun?: string };
  return {
    actor,
    clientAddress: request.ip,
    correlationId: request.correlationId,
    ...(key === undefined
      ? {}
      : {
          idempotency: {
            key,
            operation,
            principal: 'actingFor' in actor ? `${actor.id} ${actor.actingFor}` : actor.id,
            body: { params, query, body: request.body ?? null },
          },
        }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(dryRun === 'true' ? { dryRun: true } : {}),
  };
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  return refuse('request.invalid', 'Idempotency-Key is 1 to 255 visible ASCII characters.');
}

/** `If-Match: "<revision>"`; `*` asks nothing. */
function ifMatchOf(request: FastifyRequest, params: Params): IfMatch | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const [, revision] = /^"([^"]+)"$/.exec(header) ?? [];
  if (revision === undefined) {
    refuse('request.invalid', 'If-Match takes one ETag of this service, in quotes.');
  }
  const organization = params['organization'] as OrganizationId;
  const resource = RESOURCES.map((name) => params[name]).find((one) => one !== undefined);
  return {
    resource: resource ?? organization,
    revision: readRevision(organization, revision),
  };
}

/** Tells the resource's revision in the `ETag` header. */
export const tag = (reply: FastifyReply, revision: string): void => {
  void reply.header('etag', `"${revision}"`);
};
