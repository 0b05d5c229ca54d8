/** Commands that may come to more than one append holds. */
import type { MembershipEvent } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Decide, Outcome } from './request.js';
import type { Transactor } from './transact.js';

/** Facts of one part: within what an append holds, whatever each of them says of who acts. */
export const PART = 200;

/**
 * Carries a command out in as many parts as it takes, each decided on what those before it have
 * written. Cut short it is resumed by repeating it. Each part has an idempotency key of its own,
 * so that a repetition is answered from the parts that were written, and goes on after them.
 *
 * @param rule a part of so many facts at most; fewer of them are the last part.
 * @param isLast does the command end with this fact?
 */
export async function inParts(
  transactor: Transactor,
  organization: OrganizationId,
  request: CommandRequest,
  rule: (limit: number) => Decide,
  isLast: (event: MembershipEvent) => boolean,
): Promise<Outcome> {
  if (request.dryRun === true) {
    return transactor.transact(organization, { ...request, inParts: true }, rule(Infinity));
  }
  const outcomes: Outcome[] = [];
  for (;;) {
    const part = partOf(request, outcomes.length);
    const outcome = await transactor.transact(organization, part, rule(PART));
    outcomes.push(outcome);
    const facts = outcome.events.map(({ event }) => event);
    if (facts.length >= PART && !facts.some(isLast)) continue;
    return { ...outcome, events: outcomes.flatMap(({ events }) => events) };
  }
}

/** What the caller saw is what the first part is decided on. */
function partOf(request: CommandRequest, part: number): CommandRequest {
  if (part === 0) return request;
  const { idempotency, ifMatch: _, ...rest } = request;
  if (idempotency === undefined) return rest;
  const operation = `${idempotency.operation} ${part}`;
  return { ...rest, idempotency: { ...idempotency, operation } };
}
