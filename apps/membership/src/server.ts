/** The web server around the application: what every request goes through, whatever its route. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Logger } from 'pino';
import { Refusal } from '#domain/refusals.js';
import type { Config } from './config.js';
import { Connections } from './connections.js';
import { FORWARD_AUTH, unprefixed } from './http/forward-auth.js';
import { Metrics } from './http/metrics.js';
import { isAuthzen, ProblemFilter, problemOf } from './http/problems.js';
import { ShapePipe } from './http/shape-pipe.js';
import { isLocal, NOT_LOCAL } from './local.js';
import { levelOf } from './refusals.js';
import { correlationId, newRequestId } from './request-ids.js';
import { tracesRequests } from './tracing/requests.js';
import type { Tracing } from './tracing/tracing.js';

/** Bytes a body may have. */
export const BODY_LIMIT = 64 * 1024;
/** For routes that take many rows. */
export const BATCH_LIMIT = 2 * 1024 * 1024;
/** Milliseconds a stop waits for requests that are under way. */
const GRACE = 10_000;

/** A route of the running server. */
export interface Route {
  readonly method: string;
  readonly path: string;
}

export interface Server {
  readonly app: NestFastifyApplication;
  /** Every route, as Fastify has it; HEAD, which is wherever GET is, aside. */
  readonly routes: readonly Route[];
  /** From now on requests are refused; those under way are finished. */
  drain(): void;
}

/** Builds the server; it listens when it is told to. */
export async function createServer(
  root: DynamicModule,
  config: Config,
  log: Logger,
  nestLog: LoggerService,
  tracing?: Tracing,
): Promise<Server> {
  const adapter = new FastifyAdapter({
    skipMiddie: true,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    genReqId: (_: IncomingMessage) => newRequestId(),
    requestTimeout: 30_000,
    http: { connectionsCheckingInterval: 5_000, headersTimeout: 15_000 },
    clientErrorHandler: answerGarbage,
    rewriteUrl: unprefixed,
    frameworkErrors: answerUnreadablePath,
    trustProxy: config.TRUSTED_PROXIES.length > 0 ? [...config.TRUSTED_PROXIES] : false,
    routerOptions: { maxParamLength: 300 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes: Route[] = [];
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'HEAD') return;
    if (isBatch(route)) route.bodyLimit = BATCH_LIMIT;
    for (const method of [route.method].flat()) routes.push({ method, path: route.url });
  });
  const connections = new Connections(fastify.server);
  fastify.addHook('preClose', (done) => {
    connections.end(GRACE);
    done();
  });
  readsJsonOnly(fastify);
  const draining = refusesWhileDraining(fastify);
  identifiesRequests(fastify);
  if (tracing !== undefined) tracesRequests(fastify, tracing);
  knowsNoUnspeakablePaths(fastify);
  if (config.development) staysLocal(fastify);
  guardsAnswers(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLog,
    bodyParser: false,
    abortOnError: false,
  });
  app.setGlobalPrefix('api/v1', {
    exclude: [
      'health/{*rest}',
      'metrics',
      'openapi.json',
      'docs',
      'docs/{*rest}',
      'accept',
      'accept/{*rest}',
      'dev/{*rest}',
      'access/v1/{*rest}',
      '.well-known/{*rest}',
    ],
  });
  app.useGlobalPipes(new ShapePipe());
  app.useGlobalFilters(new ProblemFilter((path) => methodsAt(routes, path)));
  accountsForRequests(fastify, log, app.get(Metrics));
  await app.init();
  return { app, routes, drain: draining };
}

/** The methods that a path is taken with. */
const methodsAt = (routes: readonly Route[], path: string): string[] =>
  routes
    .filter((route) => new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`).test(path))
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));

const isBatch = ({ url }: RouteOptions): boolean => /\/(batch|evaluations)$/.test(url);

/** JSON is the one form bodies come in; an empty one is none. */
function readsJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
}

/** What is no HTTP is answered as every refusal is, and the connection ends. */
function answerGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title] = GARBAGE[error.code ?? ''] ?? [400, 'Bad Request'];
  const type = 'urn:membership:problem:request.invalid';
  const detail = 'The request is not HTTP as this service reads it.';
  const body = JSON.stringify({ type, title, status, detail, code: 'request.invalid' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const GARBAGE: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** A path that is not percent-encoded text, or has a part longer than any name, leads nowhere. It is
 * refused before there is a route, so no hook and no filter sees it. */
function answerUnreadablePath(
  _: unknown,
  { id }: Pick<FastifyRequest, 'id'>,
  reply: Pick<FastifyReply, 'status'>,
): void {
  const problem = problemOf(NOTHING_HERE, id);
  void reply
    .status(problem.status)
    .headers({
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': id,
    })
    .send(JSON.stringify(problem));
}

const NOTHING_HERE = new Refusal('route.not_found', 'There is nothing at this path.');

/** Nothing is named with control characters or half characters: such a path leads nowhere. */
function knowsNoUnspeakablePaths(fastify: FastifyInstance): void {
  fastify.addHook('preValidation', (request, _, done) => {
    const params = Object.values((request.params ?? {}) as Record<string, string>);
    if (!params.some((one) => /[\p{Cc}\p{Cs}]/u.test(one))) return done();
    done(NOTHING_HERE);
  });
}

/** The headers that `helmet` gives an answer: worked out once, they are those of every one. */
function guardsAnswers(fastify: FastifyInstance): void {
  const request = new IncomingMessage(new Socket());
  const answer = new ServerResponse(request);
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT },
    referrerPolicy: { policy: 'no-referrer' },
    // What they protected is in no browser any more, or is done by the policies above.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })(request, answer, () => undefined);
  const headers = answer.getHeaders();
  fastify.addHook('onRequest', (_, reply, done) => {
    void reply.headers(headers);
    done();
  });
}

/** Where what a page of ours consists of may come from. */
const CONTENT = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

function refusesWhileDraining(fastify: FastifyInstance): () => void {
  let draining = false;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!draining || request.url.startsWith('/health/')) return done();
    void reply.header('connection', 'close');
    done(new Refusal('service.stopping', 'The service is stopping; repeat the request.'));
  });
  return () => {
    draining = true;
  };
}

/** Gives the request its correlation id and both ids to the answer. */
function identifiesRequests(fastify: FastifyInstance): void {
  fastify.decorateRequest('correlationId', '');
  fastify.addHook('onRequest', (request, reply, done) => {
    request.correlationId = correlationId(request.headers['x-correlation-id'], request.id);
    void reply.header('x-request-id', namedByCaller(request) ?? request.id);
    void reply.header('x-correlation-id', request.correlationId);
    done();
  });
}

/** What a header may be made of, and come back as it was. */
const SPEAKABLE = /^[\t\x20-\x7e]*$/;

/** The request's own name, which AuthZEN wants back, however long; what it is called here stays in
 * the log. */
function namedByCaller({ url, headers }: FastifyRequest): string | undefined {
  const given = headers['x-request-id'];
  return isAuthzen(url) && typeof given === 'string' && SPEAKABLE.test(given) ? given : undefined;
}

/** With the development issuer whoever reaches the server is anyone they like: only this machine
 * may, neither through a proxy nor through a page that has made a name resolve to loopback. What
 * gateways ask is about requests that came to them; it takes a token, and tells and changes nothing. */
function staysLocal(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _, done) => {
    if (request.routeOptions.url === FORWARD_AUTH) return done();
    if (isLocal(request.headers, request.headers.host ?? '')) return done();
    done(new Refusal('permission.denied', NOT_LOCAL));
  });
}

/** One line in the log and one measurement for each answer; never an address or a body. */
function accountsForRequests(fastify: FastifyInstance, log: Logger, metrics: Metrics): void {
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    metrics.requests
      .labels({ method, route, status: String(reply.statusCode) })
      .observe(reply.elapsedTime / 1000);
    const line = {
      msg: 'request',
      method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      request: request.id,
      correlation: request.correlationId,
      actor: request.caller?.actor.id,
    };
    if (route.startsWith('/health/') || route === '/metrics') log.trace(line);
    else if (reply.statusCode >= 500) log[levelOf(request.refused)](line);
    else log.info(line);
    done();
  });
}
