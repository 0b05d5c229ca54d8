/** What the holder of an invitation's link does with it. */
import { Body, Controller, Post, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { MemberId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';
import { AcceptInvitation } from '#commands/accept-invitation.js';
import { DeclineInvitation } from '#commands/decline-invitation.js';
import { LookUpInvitation } from '#commands/look-up-invitation.js';
import type { Outcome } from '#commands/request.js';
import { InvitationTokens } from '#vault/tokens.js';
import { personOf, Public } from './caller.js';
import { Desk } from './desk.js';
import { Asked, inTrace, type Ask } from './exchange.js';
import { newcomer } from './founders.js';
import { LinkedInvitationAnswer } from './invitation-answers.js';
import { AcceptBody, LinkBody } from './invitation-bodies.js';
import { MemberAnswer } from './member-answers.js';
import { RateLimits } from './rate-limits.js';
import { memberResource, optional } from './resources.js';
import { Reads, Writes } from './routes.js';

@ApiTags('invitations')
@Controller('invitations')
export class LinksController {
  constructor(
    private readonly desk: Desk,
    private readonly queries: QueryBus,
    private readonly tokens: InvitationTokens,
    private readonly limits: RateLimits,
  ) {}

  @Post('lookup')
  @Public()
  @Reads({ summary: 'What a link leads to', answers: LinkedInvitationAnswer })
  async lookUpInvitation(@Body() { token }: LinkBody, @Req() { ip }: FastifyRequest) {
    await this.limits.link(token, ip);
    return this.queries.execute(new LookUpInvitation(token));
  }

  @Post('accept')
  @Writes({ summary: 'Become a member', answers: MemberAnswer })
  async acceptInvitation(
    @Body() { token, name }: AcceptBody,
    @Asked() ask: Ask,
    @Req() { ip }: FastifyRequest,
  ) {
    await this.limits.link(token, ip);
    const person = { ...personOf(ask.caller), ...optional('name', name) };
    const input = { ...newcomer(person), token };
    const link = this.tokens.read(token);
    const request = link ? ask.about(link.organization, link.invitation) : ask.request;
    const outcome = await this.desk.execute(new AcceptInvitation(input, request));
    const { organization } = outcome;
    this.desk.acknowledge(organization, outcome.revision);
    return this.desk.answer(ask, organization, outcome, (state) => ({
      ...memberResource(state, accepted(outcome, state, person.user)),
      ...optional('email', person.email),
      ...optional('name', person.name),
    }));
  }

  @Post('decline')
  @Public()
  @Reads({ summary: 'Say no; the link is dead at once' })
  async declineInvitation(@Body() { token }: LinkBody, @Req() request: FastifyRequest) {
    await this.limits.link(token, request.ip);
    const { organization, revision } = await this.desk.execute(
      new DeclineInvitation(
        { token },
        {
          // The command puts the link in the place of this actor.
          actor: { kind: 'system', id: 'sweeper', via: request.channel ?? 'http' },
          clientAddress: request.ip,
          correlationId: request.correlationId,
          ...inTrace(request),
        },
      ),
    );
    this.desk.acknowledge(organization, revision);
  }
}

/** Who it made a member of; for somebody who had accepted before, who that is. */
function accepted(
  { events }: Outcome,
  state: Organization,
  user: Parameters<Organization['memberByUser']['get']>[0],
): MemberId {
  for (const { event } of events) if (event.type === 'member.accept') return event.member;
  return state.memberByUser.get(user)!;
}
