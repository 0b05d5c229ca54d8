/**
 * Evaluations of the Authorization API 1.0 of OpenID AuthZEN, over what `access.ts` answers: subjects
 * are our principals, resources organizations and spaces, actions permissions.
 */
import { Body, Controller, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { ActorFact } from '#domain/events.js';
import { refuse, type Refusal } from '#domain/refusals.js';
import { CheckAccess } from '#queries/access-check.js';
import { writeRevision } from '#queries/revisions.js';
import { Authentication } from './authentication.js';
import {
  DecisionAnswer,
  DecisionsAnswer,
  EvaluationBody,
  EvaluationsBody,
} from './authzen-bodies.js';
import { RequestableDenials } from './authzen-denials.js';
import { errorOf, isNotFound, permissionOf, placeOf, principalOf } from './authzen-words.js';
import { Asker, type Caller } from './caller.js';
import { refusalIn } from './problems.js';
import { Reads } from './routes.js';
import { ShapePipe } from './shape-pipe.js';

/** Evaluations about which it is asked what could be requested: that takes some milliseconds each. */
const MOST_REQUESTABLE = 50;

@ApiTags('authzen')
@Controller('access/v1')
export class AuthzenController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
    private readonly denials: RequestableDenials,
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
    if (evaluations.length === 0) return this.#decide(evaluationOf(defaults), actor);
    const all = evaluations.map((own) => ({ ...defaults, ...own }));
    if (all.filter(isRequestable).length > MOST_REQUESTABLE) {
      const detail = `Ask for at most ${MOST_REQUESTABLE} at a time what could be requested.`;
      refuse('batch.too_large', detail);
    }
    const last = ENDS_WITH[options?.evaluations_semantic ?? 'execute_all'];
    // At once: those that wait for a revision wait together. What comes after the end is not told.
    const decisions = await Promise.all(all.map((one) => this.#decideOne(one, actor)));
    const end = decisions.findIndex(({ decision }) => decision === last);
    return { evaluations: end === -1 ? decisions : decisions.slice(0, end + 1) };
  }

  /** What can't be evaluated is denied, and says why. */
  async #decideOne(asked: object, actor: ActorFact): Promise<DecisionAnswer> {
    try {
      return await this.#decide(evaluationOf(asked), actor);
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === undefined) throw error;
      return asDecision(refusal);
    }
  }

  async #decide(evaluation: EvaluationBody, actor: ActorFact): Promise<DecisionAnswer> {
    const { subject, action, resource, context } = evaluation;
    const principal = principalOf(subject, this.authentication);
    const permission = permissionOf(action);
    try {
      const question = { ...placeOf(resource, context), principal, permission };
      const found = await this.queries.execute(new CheckAccess(question, actor));
      const revision = writeRevision(question.organization, found.revision);
      const why = { reason: found.reason, revision };
      if (found.allowed || !context?.requestable) return { decision: found.allowed, context: why };
      const requestable = await this.denials.about(question, evaluation, actor);
      return { decision: false, context: { ...why, ...requestable } };
    } catch (error) {
      // What is not there, or not for the asker to know of, permits nothing.
      if (isNotFound(error)) return asDecision(error);
      throw error;
    }
  }
}

/** The decision that leaves the rest of the evaluations unasked. */
const ENDS_WITH = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
} as const;

const shape = new ShapePipe();

/** Refuses (`request.invalid`) what has neither a part of its own nor a default for it. */
const evaluationOf = (parts: object): EvaluationBody =>
  shape.transform(parts, { type: 'body', metatype: EvaluationBody }) as EvaluationBody;

const isRequestable = ({ context }: { readonly context?: { readonly requestable?: unknown } }) =>
  context?.requestable === true;

const asDecision = (refusal: Refusal): DecisionAnswer => ({
  decision: false,
  context: { reason: refusal.code, error: errorOf(refusal) },
});
