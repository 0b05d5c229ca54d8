import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { opened } from '#domain/decide/accept.js';
import { whatIsLeft } from '#domain/decide/invitation.js';
import type { RoleAtScope } from '#domain/delegation.js';
import type { Instant, InvitationId, OrganizationId, RoleId, Scope, TeamId } from '#domain/ids.js';
import { goodUntil } from '#domain/indexes.js';
import { findRole } from '#domain/permissions.js';
import { InvitationTokens } from '#vault/tokens.js';
import { readLink } from './links.js';
import { Transactor } from './transact.js';

/** A role that accepting gives, as its mail names it. */
export interface LinkedRole {
  readonly role: RoleId;
  readonly name: string;
  readonly scope: Scope;
  /** The name of the space, where it is one. */
  readonly spaceName?: string;
}

/** What a link leads to, for whoever holds it. */
export interface LinkedInvitation {
  readonly organization: { readonly id: OrganizationId; readonly name: string };
  readonly invitation: InvitationId;
  /** When it stops working: by itself, or with the last of what it gives. */
  readonly expiresAt: Instant;
  readonly roles: readonly LinkedRole[];
  readonly teams: readonly { readonly id: TeamId; readonly name: string }[];
}

/**
 * Shows what an invitation is to, before anybody signs in. Answered from the state that accepting
 * is decided on.
 */
export class LookUpInvitation extends Query<LinkedInvitation> {
  constructor(readonly token: string) {
    super();
  }
}

@QueryHandler(LookUpInvitation)
export class LookUpInvitationHandler implements IQueryHandler<LookUpInvitation> {
  constructor(
    private readonly transactor: Transactor,
    private readonly tokens: InvitationTokens,
  ) {}

  async execute({ token }: LookUpInvitation): Promise<LinkedInvitation> {
    const link = await readLink(this.transactor, this.tokens, token);
    const state = await this.transactor.latest(link.organization);
    const now = this.transactor.now();
    const invitation = opened(state, link, now);
    const { grants, teams } = whatIsLeft(state, invitation, now);
    const { id: catalogueId, version } = state.catalogue;
    const catalogue = this.transactor.ports.catalogues.get(catalogueId, version);
    const named = ({ role, scope }: RoleAtScope): LinkedRole => {
      const name = (catalogue && findRole(state, catalogue, role)?.name) ?? role;
      const space = scope === 'organization' ? undefined : state.spaces.get(scope);
      return { role, name, scope, ...(space && { spaceName: space.name }) };
    };
    return {
      organization: { id: link.organization, name: state.name },
      invitation: invitation.id,
      expiresAt: goodUntil(state, invitation)!,
      roles: grants.map(named),
      teams: teams.map((id) => ({ id, name: state.teams.get(id)!.name })),
    };
  }
}
