/** Asking people in. */
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { durationSeconds } from '#catalogues/durations.js';
import type { InvitationId, Scope, SpaceId, TeamId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import { EraseInvitation } from '#commands/erase-invitation.js';
import { InviteMember, type Invitee } from '#commands/invite-member.js';
import { InviteMembers, type RowResult } from '#commands/invite-members.js';
import { ResendInvitation } from '#commands/resend-invitation.js';
import { RevokeInvitation } from '#commands/revoke-invitation.js';
import type { Outcome } from '#commands/request.js';
import { PageOf, pageOf, PageQuery, ReadQuery, wantedGrants } from './bodies.js';
import { GetInvitation } from '#queries/get-invitation.js';
import type { InvitationRow } from '#queries/invitations.js';
import { ListInvitations } from '#queries/list-invitations.js';
import { Desk, previewed } from './desk.js';
import { Asked, type Ask } from './exchange.js';
import { InvitationAnswer, InviteManyAnswer } from './invitation-answers.js';
import { InviteBody, InviteManyBody, ResendBody } from './invitation-bodies.js';
import { Field } from './fields.js';
import { RateLimits } from './rate-limits.js';
import { invitationResource, optional, scopeOf } from './resources.js';
import { writeRevision } from '#queries/revisions.js';
import { atGrants, atTeams, Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

const STATUSES = ['pending', 'accepted', 'declined', 'expired', 'revoked'] as const;
class InvitationsQuery extends PageQuery {
  @Field.oneOf(STATUSES, { optional: true, about: 'by the clock' })
  readonly status?: (typeof STATUSES)[number];
  @Field.email({ optional: true, about: 'the whole address' }) readonly email?: string;
  @Field.spaceId({ optional: true, about: 'to a role there, or into a team of it' })
  readonly space?: string;
}
const InvitationPage = PageOf(InvitationAnswer);

@ApiTags('invitations')
@Controller('organizations/:organization/invitations')
export class InvitationsController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
    private readonly limits: RateLimits,
  ) {}

  @Get()
  @Reads({ summary: 'The invitations, newest first; ended ones stay', answers: InvitationPage })
  listInvitations(@Query() query: InvitationsQuery, @Reading() reader: Reader) {
    const { status, email } = query;
    const space = query.space as SpaceId | undefined;
    const filters = {
      ...optional('status', status),
      ...optional('email', email),
      ...optional('space', space),
    };
    const { organization, atLeast } = reader;
    const question = new ListInvitations(organization, filters, pageOf(query), atLeast);
    return this.reading.ask(reader, { operation: 'view_members', scope: scopeOf(space) }, question);
  }

  @Get(':invitation')
  @Reads({ summary: 'One invitation, however it ended', answers: InvitationAnswer })
  getInvitation(
    @Param('invitation') invitation: InvitationId,
    @Query() _: ReadQuery,
    @Reading() reader: Reader,
  ) {
    const question = new GetInvitation(reader.organization, invitation, reader.atLeast);
    return this.reading.one(reader, { operation: 'view_members' }, question, atScopes);
  }

  @Post()
  @Writes({ summary: 'Invite somebody', answers: InvitationAnswer, status: 201 })
  inviteMember(@Body() body: InviteBody, @Asked() ask: Ask) {
    const command = new InviteMember(ask.organization, invitee(body), ask.request);
    return this.limits.inviting(ask.organization, ask, 1, () =>
      this.desk.write(ask, command, (state, outcome) => ({
        ...invitationResource(state, invitedIn(outcome)),
        email: body.email.trim(),
      })),
    );
  }

  @Post('batch')
  @Writes({
    summary: 'Invite up to 1,000 people',
    description:
      'A result for each row, in order; with `atomic` all of them or none, if they come to no more than 768 KiB.',
    answers: InviteManyAnswer,
  })
  async inviteMembers(@Body() body: InviteManyBody, @Asked() ask: Ask) {
    const { organization, request } = ask;
    const invitations = body.invitations.map((row, index) => invitee(row, `/invitations/${index}`));
    const input = { invitations, atomic: body.atomic ?? false };
    const command = new InviteMembers(organization, input, request);
    const outcome = await this.limits.inviting(
      organization,
      ask,
      invitations.length,
      () => this.desk.carryOut(command),
      (answer) => answer.rows.filter(({ status }) => status !== 'refused').length,
    );
    const { rows, revision, dryRun } = outcome;
    requireOrganization(rows);
    return {
      results: rows.map(rowAnswer),
      ...(dryRun === undefined ? {} : previewed(dryRun)),
      revision: writeRevision(organization, revision),
    };
  }

  @Post(':invitation/resend')
  @Writes({ summary: 'A fresh link; the old one is dead at once', answers: InvitationAnswer })
  resendInvitation(@Body() { expiresIn }: ResendBody, @Asked() ask: Ask) {
    const { organization, invitation, request } = ask;
    const input = { invitation, ...optional('expiresIn', seconds(expiresIn, '/expiresIn')) };
    const command = new ResendInvitation(organization, input, request);
    return this.limits.inviting(organization, ask, 1, () =>
      this.desk.write(ask, command, (state) => invitationResource(state, invitation)),
    );
  }

  @Post(':invitation/revoke')
  @Writes({ summary: 'The link is dead at once', answers: InvitationAnswer })
  revokeInvitation(@Asked() ask: Ask) {
    const { organization, invitation, request } = ask;
    const command = new RevokeInvitation(organization, { invitation }, request);
    return this.desk.write(ask, command, (state) => invitationResource(state, invitation));
  }

  @Post(':invitation/erase')
  @Writes({ summary: 'Forget whom it was for', answers: InvitationAnswer })
  eraseInvitation(@Asked() ask: Ask) {
    const { organization, invitation, request } = ask;
    const command = new EraseInvitation(organization, { invitation }, request);
    return this.desk.write(ask, command, (state) => invitationResource(state, invitation));
  }
}

/** Where an invitation is: at the scopes of the roles and of the teams it is to. */
const atScopes = (
  invitation: Pick<InvitationRow, 'grants' | 'teams'>,
  there: Organization,
): Scope[] => [...atGrants(invitation), ...atTeams(invitation.teams, there)];

function invitee(body: InviteBody, at = ''): Invitee {
  const { email, teams = [], message, onExisting = 'reject' } = body;
  return {
    email,
    grants: wantedGrants(body, at),
    teams: teams as readonly TeamId[],
    onExisting,
    ...optional('message', message),
    ...optional('expiresIn', seconds(body.expiresIn, `${at}/expiresIn`)),
  };
}

/** @param pointer where in the request the duration stands. */
function seconds(duration: string | undefined, pointer: string): number | undefined {
  if (duration === undefined) return undefined;
  const detail = 'must be a duration in weeks, days, hours, minutes or seconds';
  return (
    durationSeconds(duration) ??
    refuse('request.invalid', `${pointer} ${detail}.`, [{ pointer, detail }])
  );
}

/** The invitation the events are about: a new one, or one that was sent again. */
function invitedIn({ events }: Outcome): InvitationId {
  const facts = events.map(({ event }) => event);
  const fact =
    facts.find((event) => event.type === 'member.invite') ??
    facts.find((event) => event.type === 'member.invite_resend');
  if (fact === undefined) throw new Error('inviting stored no invitation');
  return fact.invitation;
}

/** Whoever is not in the organization is told so once, as everywhere. */
function requireOrganization(rows: readonly RowResult[]): void {
  const [first] = rows;
  if (first?.status !== 'refused' || first.refusal.code !== 'organization.not_found') return;
  throw first.refusal;
}

const rowAnswer = (row: RowResult): InviteManyAnswer['results'][number] => {
  if (row.status !== 'refused') return { status: row.status, invitation: row.invitations[0]! };
  const { code, message, errors } = row.refusal;
  return { status: 'refused', code, detail: message, ...(errors.length > 0 ? { errors } : {}) };
};
