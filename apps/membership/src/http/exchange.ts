/** What a request asks of a command besides its body: who asks, of what, and on which conditions. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  ApiKeyId,
  InvitationId,
  MemberId,
  OrganizationId,
  RoleId,
  ServiceAccountId,
  SpaceId,
  TeamId,
} from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { EventOf, EventType } from '#domain/events.js';
import type { CommandRequest, IfMatch, Outcome } from '#commands/request.js';
import { callerOf, type Caller } from './caller.js';
import { readRevision } from '#queries/revisions.js';

/** What a path can name; a route has those that are in its path. */
interface Named {
  readonly organization: OrganizationId;
  readonly space: SpaceId;
  readonly member: MemberId;
  readonly invitation: InvitationId;
  readonly team: TeamId;
  readonly account: ServiceAccountId;
  readonly key: ApiKeyId;
  readonly role: RoleId;
}

/** What is said of an answer beside it, whatever the transport. */
export interface ReplyHead {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** A request to change something. */
export interface Ask extends Named {
  readonly caller: Caller;
  readonly request: CommandRequest;
  /** The same where the path does not say what it is about: `If-Match` is of this resource. */
  readonly about: (organization: OrganizationId, resource: string) => CommandRequest;
  readonly reply: ReplyHead;
}

/** The most particular first: what `If-Match` is about. */
const RESOURCES = ['key', 'account', 'team', 'role', 'invitation', 'member', 'space'] as const;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** What `@Asked()` gives. */
export const readAsk = (taken: readonly string[] | undefined, context: ExecutionContext): Ask => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const command = commandRequest(request, context.getHandler().name, taken ?? []);
  return {
    ...(request.params as Named),
    caller: callerOf(request),
    request: command,
    about: (organization, resource) => ({
      ...command,
      ...matching(request, organization, resource),
    }),
    reply,
  };
};

/** `@Asked() ask`: everything about a write but its body. `taken`: query parameters besides
 * `dryRun` that the route reads itself. */
export const Asked = createParamDecorator(readAsk);

function commandRequest(
  request: FastifyRequest,
  operation: string,
  taken: readonly string[],
): CommandRequest {
  const { actor } = callerOf(request);
  const params = (request.params ?? {}) as Partial<Named>;
  const { dryRun, ...query } = request.query as { readonly [name: string]: unknown };
  requireKnown(query, taken);
  const key = keyOf(request);
  const { organization } = params;
  const resource = RESOURCES.map((name) => params[name]).find((one) => one !== undefined);
  return {
    actor,
    clientAddress: request.ip,
    correlationId: request.correlationId,
    ...inTrace(request),
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
    ...(organization === undefined ? {} : matching(request, organization, resource)),
    ...(isDryRun(dryRun) ? { dryRun: true } : {}),
  };
}

/** The trace that the request is part of. */
export const inTrace = ({ span }: FastifyRequest): Pick<CommandRequest, 'traceparent'> =>
  span === undefined ? {} : { traceparent: span.traceparent };

function requireKnown(query: object, taken: readonly string[]): void {
  const unknown = Object.keys(query).filter((name) => !taken.includes(name));
  if (unknown.length === 0) return;
  refuse(
    'request.invalid',
    `There is no query parameter ${unknown.join(', ')} here.`,
    unknown.map((name) => ({ pointer: `?${name}`, detail: 'is not a known field' })),
  );
}

function isDryRun(text: unknown): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  return refuse('request.invalid', 'dryRun is true or false.', [
    { pointer: '?dryRun', detail: 'must be true or false' },
  ]);
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  return refuse('request.invalid', 'Idempotency-Key is 1 to 255 visible ASCII characters.');
}

/** `If-Match: "<revision>"`; `*` asks nothing. */
function matching(
  request: FastifyRequest,
  organization: OrganizationId,
  resource: string = organization,
): { readonly ifMatch?: IfMatch } {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return {};
  const [, revision] = /^"([^"]+)"$/.exec(header) ?? [];
  if (revision === undefined) {
    refuse('request.invalid', 'If-Match takes one ETag of this service, in quotes.');
  }
  return { ifMatch: { resource, revision: readRevision(organization, revision) } };
}

/** The event that made what the command was for. */
export function made<T extends EventType>(outcome: Outcome, type: T): EventOf<T> {
  const found = outcome.events.find(({ event }) => event.type === type);
  if (found === undefined) throw new Error(`the command stored no ${type}`);
  return found.event as EventOf<T>;
}
