/**
 * The Authorization API 1.0 of OpenID AuthZEN, over what `access.ts` answers: subjects are our
 * principals, resources organizations and spaces, actions permissions.
 */
import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ActorFact } from '#domain/events.js';
import type { OrganizationId, Permission, SpaceId } from '#domain/ids.js';
import { Refusal, refuse } from '#domain/refusals.js';
import type { Freshness, Principal } from '#access/questions.js';
import { CheckAccess } from '#queries/access-check.js';
import { LIMIT } from '#queries/pages.js';
import { SearchActions } from '#queries/search-actions.js';
import { readRevision, writeRevision } from '#queries/revisions.js';
import { Configuration } from '../config.js';
import { wireStatus } from '../refusals.js';
import { Authentication } from './authentication.js';
import {
  ActionSearchBody,
  ActionsAnswer,
  DecisionAnswer,
  DecisionsAnswer,
  EvaluationBody,
  EvaluationsBody,
  MetadataAnswer,
  type ContextBody,
  type EvaluationDefaults,
  type ResourceBody,
  type SubjectBody,
} from './authzen-bodies.js';
import { Asker, Public, type Caller } from './caller.js';
import { optional } from './resources.js';
import { Reads } from './routes.js';
import { given } from './shape-pipe.js';

/** Evaluations that are asked at once. */
const MOST = 1000;

@ApiTags('authzen')
@Controller('access/v1')
export class AuthzenController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
  ) {}

  @Post('evaluation')
  @Reads({ summary: 'AuthZEN: may the subject do this?', answers: DecisionAnswer })
  evaluate(@Body() body: EvaluationBody, @Asker() { actor }: Caller): Promise<DecisionAnswer> {
    return this.#decide(body, actor);
  }

  @Post('evaluations')
  @Reads({
    summary: 'AuthZEN: up to 1,000 such questions, or as many as settle it',
    answers: DecisionsAnswer,
  })
  async evaluateMany(
    @Body() { evaluations = [], options, ...defaults }: EvaluationsBody,
    @Asker() { actor }: Caller,
  ): Promise<DecisionsAnswer> {
    if (evaluations.length === 0) return this.#decide(whole(defaults, {}, ''), actor);
    if (evaluations.length > MOST) {
      refuse('batch.too_large', `Ask at most ${MOST} questions at a time.`);
    }
    const asked = evaluations.map((one, index) => whole(defaults, one, `/evaluations/${index}`));
    const decisions: DecisionAnswer[] = [];
    for (const one of asked) {
      const decision = await this.#decide(one, actor).catch(asDecision);
      decisions.push(decision);
      if (decision.decision === ENDS_WITH[options?.evaluations_semantic ?? 'execute_all']) break;
    }
    return { evaluations: decisions };
  }

  @Post('search/action')
  @Reads({ summary: 'AuthZEN: what may the subject do there?', answers: ActionsAnswer })
  async searchActions(
    @Body() { subject, resource, context, page }: ActionSearchBody,
    @Asker() { actor }: Caller,
  ): Promise<ActionsAnswer> {
    const question = { ...placeOf(resource, context), principal: this.#principal(subject) };
    const limit = page?.limit === undefined ? undefined : Math.min(page.limit, LIMIT.most);
    const asked = { ...optional('limit', limit), ...optional('cursor', page?.token) };
    const found = await this.queries.execute(new SearchActions(question, actor, asked));
    return {
      page: { next_token: found.nextCursor ?? '', count: found.items.length },
      results: found.items.map((name) => ({ name })),
    };
  }

  async #decide(
    { subject, action, resource, context }: EvaluationBody,
    actor: ActorFact,
  ): Promise<DecisionAnswer> {
    const place = placeOf(resource, context);
    const permission = action.name as Permission;
    const question = { ...place, principal: this.#principal(subject), permission };
    try {
      const { allowed, reason, revision } = await this.queries.execute(
        new CheckAccess(question, actor),
      );
      const written = writeRevision(place.organization, revision);
      return { decision: allowed, context: { reason, revision: written } };
    } catch (error) {
      // What is not there, or not for the asker to know of, permits nothing.
      if (error instanceof Refusal && error.kind === 'not_found') return asDecision(error);
      throw error;
    }
  }

  #principal({ type, id }: SubjectBody): Principal {
    const prefix = PREFIXES[type];
    if (id.startsWith(prefix)) return id as Principal;
    return type === 'user' ? this.authentication.person(id).user : (`${prefix}${id}` as Principal);
  }
}

@ApiTags('authzen')
@Public()
@Controller('.well-known')
export class AuthzenMetadataController {
  constructor(private readonly configuration: Configuration) {}

  @Get('authzen-configuration')
  @Reads({ summary: 'AuthZEN: where its endpoints are', answers: MetadataAnswer })
  authzenConfiguration(@Req() request: FastifyRequest): MetadataAnswer {
    const here = `${request.protocol}://${request.host}`;
    const base = this.configuration.value.publicUrl ?? here;
    return {
      policy_decision_point: base,
      access_evaluation_endpoint: `${base}/access/v1/evaluation`,
      access_evaluations_endpoint: `${base}/access/v1/evaluations`,
      search_action_endpoint: `${base}/access/v1/search/action`,
    };
  }
}

const PREFIXES = {
  member: 'mem_',
  service_account: 'svc_',
  api_key: 'key_',
  user: 'usr_',
} as const;

/** The decision that leaves the rest of the evaluations unasked. */
const ENDS_WITH = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
} as const;

/** Each of an evaluation's parts, or else the default. Refuses what has neither. */
function whole(defaults: EvaluationDefaults, own: EvaluationDefaults, at: string): EvaluationBody {
  const all = { ...given(defaults), ...given(own) };
  const missing = (['subject', 'action', 'resource'] as const).filter(
    (name) => all[name] === undefined,
  );
  if (missing.length > 0) {
    refuse(
      'request.invalid',
      `An evaluation has no ${missing.join(', ')}, and there is no default.`,
      missing.map((name) => ({ pointer: `${at}/${name}`, detail: 'must be given' })),
    );
  }
  return all as EvaluationBody;
}

/** A refusal of one evaluation: closed, and why. */
function asDecision(error: unknown): DecisionAnswer {
  if (!(error instanceof Refusal)) throw error;
  const { http: status } = wireStatus(error);
  return {
    decision: false,
    context: { reason: error.code, error: { status, message: error.message } },
  };
}

function placeOf(
  { type, id, properties }: ResourceBody,
  context: ContextBody | undefined,
): Freshness & { readonly space?: SpaceId } {
  const organization = (type === 'organization' ? id : properties?.organization) as
    OrganizationId | undefined;
  if (organization === undefined) {
    return refuse('request.invalid', 'Say which organization the space is of.', [
      { pointer: '/resource/properties/organization', detail: 'must be given' },
    ]);
  }
  return {
    organization,
    ...(type === 'space' ? { space: id as SpaceId } : {}),
    ...(context?.atLeast === undefined
      ? {}
      : { atLeast: readRevision(organization, context.atLeast) }),
  };
}
