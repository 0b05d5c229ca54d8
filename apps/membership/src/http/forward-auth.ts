/**
 * The question gateways ask before they let a request through, each in its own way: nginx
 * `auth_request`, Traefik ForwardAuth, Envoy HTTP ext_authz. `docs/forward-auth.md` has their
 * configurations. A gateway understands 200, 401 and 403; what else is refused is one of these.
 */
import type { IncomingMessage } from 'node:http';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrganizationId, SpaceId } from '#domain/ids.js';
import { Refusal, refuse } from '#domain/refusals.js';
import { CheckForwarded, type Forwarded } from '#queries/access-forwarded.js';
import { readFreshness } from '#queries/revisions.js';
import { Asker, type Caller } from './caller.js';
import { Field } from './fields.js';
import { optional } from './resources.js';
import { Reads } from './routes.js';
import { SHAPES } from './shapes.js';

/** Where it is, as the server has it. */
export const FORWARD_AUTH = '/api/v1/access/forward-auth';

/** Headers in which gateways say what was asked of them. */
const NGINX = { method: 'x-original-method', path: 'x-original-uri' } as const;
const TRAEFIK = { method: 'x-forwarded-method', path: 'x-forwarded-uri' } as const;

/**
 * Envoy asks with the method and, behind a prefix, the path and query of the request itself: here
 * that becomes the way nginx asks. Nothing of the original query is taken for one of this service.
 */
export function unprefixed(request: IncomingMessage): string {
  const { url = '', method = '', headers } = request;
  if (!url.startsWith(`${FORWARD_AUTH}/`)) return url;
  for (const name of Object.values(TRAEFIK)) delete headers[name];
  headers[NGINX.method] = method;
  headers[NGINX.path] = url.slice(FORWARD_AUTH.length);
  request.method = 'GET';
  return FORWARD_AUTH;
}

/** Of the request to the product; the path with its query. */
interface RequestLine {
  readonly method: string;
  readonly path: string;
}

class ForwardAuthQuery {
  @Field.text({ optional: true, example: 'acme', about: 'goes before the header' })
  readonly organization?: string;
  @Field.text({ optional: true, about: 'goes before the header; absent: the organization itself' })
  readonly space?: string;
  @Field.text({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}

/** What is said of both: the parameter is the gateway's, a header might be the sender's. */
const described = (name: string, description: string) =>
  ApiHeader({ name, required: false, description, schema: { type: 'string' } });

@ApiTags('access')
@Controller('access')
export class ForwardAuthController {
  constructor(private readonly queries: QueryBus) {}

  @Get('forward-auth')
  @described('Membership-Organization', 'the organization, where no parameter says it')
  @described('Membership-Space', 'the space, where no parameter says it')
  @described('Membership-At-Least', 'the revision, where no parameter says it')
  @described('X-Original-Method', 'of the request to the product, as nginx is set to say it')
  @described('X-Original-URI', 'its path, with or without a query')
  @described('X-Forwarded-Method', 'of the request to the product, as Traefik says it')
  @described('X-Forwarded-Uri', 'its path, with or without a query')
  @Reads({
    summary: 'May this request be let through? For gateways',
    description:
      'Answers 200 with the headers Membership-Organization, Membership-Principal and, of a space, Membership-Space, or 401 or 403. Envoy asks with any method at this path followed by that of the request to the product.',
    status: 200,
  })
  async forwardAuth(
    @Query() query: ForwardAuthQuery,
    @Req() { headers }: FastifyRequest,
    @Asker() { actor }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const said = (name: string): string | undefined => headers[name]?.toString();
    const organization = (query.organization ?? said('membership-organization')) as OrganizationId;
    if (!organization) deny('The gateway names no organization: see docs/forward-auth.md.');
    const space = (query.space ?? said('membership-space')) as SpaceId | undefined;
    // `organization` in the place of a space would be all of it.
    if (space !== undefined && SHAPES.spaceId.trouble(space) !== undefined) {
      deny('There is no space of this name.');
    }
    const asked = { organization, ...requestIn(said), ...optional('space', space) };
    const atLeast = query.atLeast ?? said('membership-at-least');
    const answer = await this.#ask(asked, atLeast, actor);
    if (!answer.allowed) deny(refusalOf(answer, asked));
    void reply
      .header('membership-organization', organization)
      .header('membership-principal', answer.principal)
      .header('cache-control', 'no-store');
    if (space !== undefined) void reply.header('membership-space', space);
  }

  async #ask(
    asked: CheckForwarded['question'],
    atLeast: string | undefined,
    actor: CheckForwarded['actor'],
  ): Promise<Forwarded> {
    try {
      const question = { ...asked, ...readFreshness(asked.organization, atLeast) };
      return await this.queries.execute(new CheckForwarded(question, actor));
    } catch (error) {
      if (error instanceof Refusal && error.kind !== 'unavailable') deny(error.message);
      throw error;
    }
  }
}

/** Whoever sets up a gateway sees which request it asks about, and of whose routes. */
const refusalOf = ({ reason, catalogue }: Forwarded, { method, path }: RequestLine): string =>
  reason === 'route.unknown'
    ? `There is no route ${method} ${path.split('?', 1)[0]} in the catalogue ${catalogue}.`
    : `This request needs a permission that you do not have: ${reason}.`;

const deny = (detail: string): never => refuse('permission.denied', detail);

/** Whoever sends a request can add the headers of another gateway to it: that decides nothing. */
function requestIn(said: (name: string) => string | undefined): RequestLine {
  const [one, another] = [NGINX, TRAEFIK].filter((names) =>
    Object.values(names).some((name) => said(name) !== undefined),
  );
  const method = one && said(one.method);
  const path = one && said(one.path);
  if (method === undefined || path === undefined || another !== undefined) {
    return deny('The gateway has to say which request it holds, in one way: docs/forward-auth.md.');
  }
  return { method, path };
}
