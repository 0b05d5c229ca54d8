import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { sql, type ExpressionBuilder } from 'kysely';
import type { InvitationId, OrganizationId, SpaceId, Tag } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { InvitationTable, Tables } from '#readstore/rows.js';
import { canonicalAddress } from '#vault/addresses.js';
import { tagOf } from '#vault/tags.js';
import { Vault } from '#vault/vault.js';
import { invitationRows, invitationsIn, type InvitationRow } from './invitations.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

export interface InvitationFilters {
  /** By the clock: `pending` is one that can still be accepted. */
  readonly status?: InvitationTable['status'];
  /** The whole address, in whatever case. */
  readonly email?: string;
  /** Invites to a role at this space, or into a team of it. */
  readonly space?: SpaceId;
}

/** The invitations of an organization, the newest first; ended ones stay. */
export class ListInvitations extends Query<Page<InvitationRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly filters: InvitationFilters = {},
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListInvitations)
export class ListInvitationsHandler implements IQueryHandler<ListInvitations> {
  constructor(
    private readonly reads: Reads,
    private readonly vault: Vault,
  ) {}

  async execute(query: ListInvitations): Promise<Page<InvitationRow>> {
    const { organization, filters, page, atLeast } = query;
    const { status, email, space } = filters;
    const reading = this.reads.reading(['invitations', organization, status, email, space], page);
    await this.reads.fresh(organization, atLeast);
    const tag = email === undefined ? undefined : await this.#tag(organization, email);
    const rows = await this.#matching(organization, { ...filters, tag })
      .$if(reading.after !== undefined, (some) =>
        some.where('invitations.id', '<', reading.after![0] as InvitationId),
      )
      .orderBy('invitations.id', 'desc')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.id]);
    return { items: await invitationRows(this.reads, organization, items), ...rest };
  }

  /** Addresses are compared as the rules do. Refuses `email.invalid`. */
  async #tag(organization: OrganizationId, email: string): Promise<Tag> {
    const address = canonicalAddress(email);
    if ('problem' in address) {
      return refuse('email.invalid', 'Give the whole address that was invited.', [
        { pointer: '?email', detail: 'is not an e-mail address' },
      ]);
    }
    return tagOf(await this.vault.tagKey(organization), address.canonical);
  }

  #matching(
    organization: OrganizationId,
    { status, tag, space }: InvitationFilters & { readonly tag: Tag | undefined },
  ) {
    const now = this.reads.now();
    const pending = sql<boolean>`status = 'pending'`;
    return invitationsIn(this.reads, organization)
      .$if(status === 'pending', (query) => query.where(pending).where('goodUntil', '>', now))
      .$if(status === 'expired', (query) =>
        query
          .where('goodUntil', 'is not', null)
          .where((eb) =>
            eb.or([
              eb('status', '=', 'expired'),
              eb.and([eb('status', '=', 'pending'), eb('goodUntil', '<=', now)]),
            ]),
          ),
      )
      .$if(status === 'revoked', (query) =>
        query.where((eb) =>
          eb.or([
            eb('status', '=', 'revoked'),
            eb.and([eb('status', 'in', ['pending', 'expired']), eb('goodUntil', 'is', null)]),
          ]),
        ),
      )
      .$if(status === 'accepted' || status === 'declined', (query) =>
        query.where('status', '=', status!),
      )
      .$if(tag !== undefined, (query) => query.where('tag', '=', tag!))
      .$if(space !== undefined, (query) =>
        query.where((eb) =>
          eb.or([
            eb('invitations.id', 'in', toRoles(eb, organization, space!)),
            eb('invitations.id', 'in', intoTeams(eb, organization, space!)),
          ]),
        ),
      );
  }
}

type Expressions = ExpressionBuilder<Tables, 'invitations'>;

const toRoles = (eb: Expressions, organization: OrganizationId, space: SpaceId) =>
  eb
    .selectFrom('invitation_grants')
    .select((one) => one.ref('holder').$castTo<InvitationId>().as('holder'))
    .where('organization', '=', organization)
    .where('scope', '=', space)
    // Says the same, and lets the index be used.
    .where('scope', '<>', sql.lit('organization' as const));

const intoTeams = (eb: Expressions, organization: OrganizationId, space: SpaceId) =>
  eb
    .selectFrom('invitations as sent')
    .innerJoin('teams', 'teams.organization', 'sent.organization')
    .select('sent.id')
    .where('sent.organization', '=', organization)
    .where('sent.teams', '<>', '[]')
    .where('scope', '=', space)
    .where(sql<boolean>`${sql.ref('sent.teams')} like '%"' || ${sql.ref('teams.id')} || '"%'`);
