/**
 * Requestable denials, as the Access Request and Approval Profile of AuthZEN has them (Draft 1 of
 * June 2026): what would end a denial, and with what to ask for it. Who is asked, and decides, is a
 * service of the deployment's own; without one there is nothing to say but what is missing.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import type { Missing } from '#access/explain.js';
import type { AccessQuestion } from '#access/questions.js';
import { ExplainAccess } from '#queries/access-explain.js';
import { Configuration } from '../config.js';
import type { EvaluationBody, Requestable } from './authzen-bodies.js';
import { DenialKeys } from './denial-keys.js';

/** How long access can be asked for with a denial, in milliseconds. */
const LIFETIME = 10 * 60_000;

@Injectable()
export class RequestableDenials {
  constructor(
    private readonly queries: QueryBus,
    private readonly configuration: Configuration,
    private readonly keys: DenialKeys,
  ) {}

  /** Of what was denied; empty where no grant would do. Refuses what `ExplainAccess` does. */
  async about(
    question: AccessQuestion,
    denied: EvaluationBody,
    actor: ActorFact,
  ): Promise<Requestable> {
    const { missing } = await this.queries.execute(new ExplainAccess(question, actor));
    if (missing.length === 0) return {};
    const { ACCESS_REQUEST_ENDPOINT: endpoint, publicUrl } = this.configuration.value;
    if (endpoint === undefined || publicUrl === undefined) return { missing };
    const now = Date.now();
    const evaluation_id = `eval_${randomUUID().replaceAll('-', '')}`;
    const expires_at = new Date(now + LIFETIME).toISOString();
    const binding_token = await this.keys.sign({
      iss: publicUrl,
      aud: endpoint,
      iat: Math.floor(now / 1000),
      exp: Math.floor((now + LIFETIME) / 1000),
      jti: evaluation_id,
      evaluation_id,
      denial_expires_at: expires_at,
      ...boundTo(denied),
      // None of the context decides.
      binding_context_members: [],
      missing: missing.map(grantOf),
    });
    return {
      missing,
      evaluation_id,
      evaluated_at: new Date(now).toISOString(),
      access_request: { expires_at, binding_token },
    };
  }
}

const grantOf = ({ holder, role, scope, replaces }: Missing) => ({ holder, role, scope, replaces });

/** All that was asked but who acts for the subject: that may be told in another place later. */
function boundTo({ subject, action, resource }: EvaluationBody): Record<string, unknown> {
  const { act: _, ...properties } = (subject.properties ?? {}) as { readonly act?: unknown };
  const whole = subject.properties === undefined ? subject : { ...subject, properties };
  return { subject: whole, action, resource };
}
