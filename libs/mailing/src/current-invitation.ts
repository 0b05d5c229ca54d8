import type { ActorFact } from '#domain/events.js';
import type {
  ApiKeyId,
  Instant,
  InvitationId,
  OrganizationId,
  RoleId,
  ServiceAccountId,
  UserId,
} from '#domain/ids.js';
import type { Catalogues } from '#catalogues/catalogues.js';
import type { Progress } from '#readstore/progress.js';
import type { ReadStore } from '#readstore/store.js';

/** A pending invitation in plain text: what a letter needs. */
export interface CurrentInvitation {
  readonly generation: number;
  /** When the link stops working: by itself, or with the last of what it gives. */
  readonly expiresAt: Instant;
  /** As it was typed. */
  readonly to: string;
  readonly organization: string;
  /** A suspended organization's invitations can't be accepted: its mails wait. */
  readonly isSuspended: boolean;
  readonly roles: readonly { readonly role: string; readonly space?: string }[];
  readonly inviter: string | null;
  /** Who invited, or sent it again: the person, where somebody acted for one. */
  readonly sender: string;
}

/** Where invitations are looked up before they are mailed. */
export abstract class CurrentInvitations {
  /**
   * The invitation as of what was in the log a moment ago, and of `seen` at least; `undefined` if
   * it is not pending, or its address is erased. Throws where nobody can say now.
   * @param seen the newest event that the asker knows of.
   */
  abstract current(
    organization: OrganizationId,
    invitation: InvitationId,
    seen: bigint | null,
  ): Promise<CurrentInvitation | undefined>;
}

/** The read models are behind, or do not serve this organization; later, perhaps. */
export class NotYetKnown extends Error {}

/** How long the read models are waited for, in milliseconds. */
const PATIENCE = 5000;
/** For so many milliseconds what was current is, but for what the asker knows: it is not older. */
const FRESH = 50;

/** Invitations as the read models have them, once they have applied what is in the log. */
export class StoredInvitations extends CurrentInvitations {
  /** When the read models were last known to hold everything. */
  #current = -Infinity;

  constructor(
    private readonly store: ReadStore,
    private readonly progress: Progress,
    private readonly catalogues: Catalogues,
  ) {
    super();
  }

  async current(
    organization: OrganizationId,
    id: InvitationId,
    seen: bigint | null,
  ): Promise<CurrentInvitation | undefined> {
    const isKnown = (await this.#isCurrent()) && (await this.#knows(seen));
    if (!isKnown || this.progress.quarantined(organization) !== undefined) {
      throw new NotYetKnown('the read models are behind');
    }
    const { db } = this.store;
    const found = await db
      .selectFrom('invitations')
      .innerJoin('organizations', 'organizations.organization', 'invitations.organization')
      .leftJoin('invitation_persons', 'invitation_persons.id', 'invitations.person')
      .select(['email', 'displayEmail', 'generation', 'goodUntil', 'sentBy'])
      .select(['organizations.name', 'catalogue', 'catalogueVersion'])
      .select('organizations.status as organizationStatus')
      .where('invitations.organization', '=', organization)
      .where('invitations.id', '=', id)
      .where('invitations.status', '=', 'pending')
      .executeTakeFirst();
    if (found === undefined || found.displayEmail === null || found.email === null)
      return undefined;
    if (found.organizationStatus === 'deleted' || found.goodUntil === null) return undefined;
    const actor = JSON.parse(found.sentBy) as ActorFact;
    return {
      generation: found.generation,
      expiresAt: found.goodUntil,
      to: writtenTo(found.displayEmail, found.email),
      organization: found.name,
      isSuspended: found.organizationStatus === 'suspended',
      roles: await this.#roles(
        organization,
        id,
        (role) =>
          this.catalogues.get(found.catalogue, found.catalogueVersion)?.roles.get(role)?.name,
      ),
      inviter: await this.#inviter(organization, actor),
      sender: personOf(actor),
    };
  }

  #knows(seen: bigint | null): boolean | Promise<boolean> {
    return seen === null || this.progress.waitFor(seen, PATIENCE);
  }

  async #isCurrent(): Promise<boolean> {
    const asked = performance.now();
    if (asked - this.#current < FRESH) return true;
    const isCurrent = await this.progress.upToDate(PATIENCE);
    if (isCurrent) this.#current = asked;
    return isCurrent;
  }

  async #roles(
    organization: OrganizationId,
    invitation: InvitationId,
    nameInCatalogue: (role: RoleId) => string | undefined,
  ): Promise<CurrentInvitation['roles']> {
    const grants = await this.store.db
      .selectFrom('invitation_grants')
      .leftJoin('spaces', (join) =>
        join
          .onRef('spaces.organization', '=', 'invitation_grants.organization')
          .onRef('spaces.id', '=', 'invitation_grants.scope' as 'spaces.id'),
      )
      .leftJoin('custom_roles', (join) =>
        join
          .onRef('custom_roles.organization', '=', 'invitation_grants.organization')
          .onRef('custom_roles.id', '=', 'invitation_grants.role'),
      )
      .select(['role', 'scope', 'spaces.name as space', 'custom_roles.name as custom'])
      .where('invitation_grants.organization', '=', organization)
      .where('holder', '=', invitation)
      .orderBy('ordinal')
      .execute();
    return grants.map(({ role, scope, space, custom }) => ({
      role: custom ?? nameInCatalogue(role) ?? role,
      ...(scope === 'organization' ? {} : { space: space ?? scope }),
    }));
  }

  /** A person by name, else by address; a service account, also behind its key, by its name. */
  async #inviter(organization: OrganizationId, actor: ActorFact): Promise<string | null> {
    const { db } = this.store;
    const member = await db
      .selectFrom('members')
      .leftJoin('member_persons', 'member_persons.id', 'members.person')
      .select(['name', 'displayEmail'])
      .where('organization', '=', organization)
      .where('user', '=', personOf(actor) as UserId)
      .where('status', '<>', 'removed')
      .executeTakeFirst();
    if (member !== undefined) return member.name ?? member.displayEmail;
    const account = await db
      .selectFrom('service_accounts')
      .select('name')
      .where('organization', '=', organization)
      .where((eb) => {
        const keys = eb.selectFrom('api_keys').where('organization', '=', organization);
        const owner = keys.select('owner').where('id', '=', actor.id as ApiKeyId);
        return eb.or([eb('id', '=', actor.id as ServiceAccountId), eb('id', '=', owner as never)]);
      })
      .executeTakeFirst();
    return account?.name ?? null;
  }
}

/** The mailbox as it was typed, at the domain that was invited: what else a domain could be read as,
 * is not for who carries the mail to say. */
const writtenTo = (typed: string, canonical: string): string =>
  typed.slice(0, typed.lastIndexOf('@')) + canonical.slice(canonical.lastIndexOf('@'));

const personOf = (actor: ActorFact): string =>
  ('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id;
