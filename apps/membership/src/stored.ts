/** What commands and authentication ask of the read models, asked of them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { inForce, isTrusted, ownerOf } from '#domain/permissions.js';
import { PLATFORM, type ApiKeyId, type Instant, type InvitationId } from '#domain/ids.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { InvitationRecords, MembershipsOfPerson, type InvitationRecord } from '#commands/ports.js';
import { Transactor } from '#commands/transact.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { ServerUnavailable } from '#database/errors.js';
import { EventLog, LogUnavailable } from '#eventlog/event-log.js';
import { Progress } from '#readstore/progress.js';
import { question } from '#readstore/statement.js';
import { ReadStore } from '#readstore/store.js';
import { tagOf } from '#vault/tags.js';
import { Vault } from '#vault/vault.js';
import { Acknowledged } from './acknowledged.js';
import { ApiKeys, type LiveKey } from './http/authentication.js';

/** Milliseconds a question waits for the read models to be where it needs them. */
const PATIENCE = 2000;
/** Organizations that are looked at in one turn. */
const AT_ONCE = 200;

const organizationOfKey = question<'id', { organization: OrganizationId }>((db, { id }) =>
  db.selectFrom('api_keys').select('organization').where('id', '=', id),
);
const invitationById = question<'organization' | 'id', InvitationRecord>(
  (db, { organization, id }) =>
    db
      .selectFrom('invitations')
      .leftJoin('invitation_persons', 'invitation_persons.id', 'invitations.person')
      .select(['member', 'displayEmail as email'])
      .where('organization', '=', organization)
      .where('invitations.id', '=', id),
);
const organizationsOfUser = question<'user', { organization: OrganizationId }>((db, { user }) =>
  db.selectFrom('members').select('organization').distinct().where('user', '=', user),
);
const organizationsAfter = question<'after', { organization: OrganizationId }>((db, { after }) =>
  db
    .selectFrom('organizations')
    .select('organization')
    .where('organization', '>', after)
    .orderBy('organization')
    .limit(AT_ONCE),
);
const invitationByTag = question<'organization' | 'tag', { id: InvitationId }>(
  (db, { organization, tag }) =>
    db
      .selectFrom('invitations')
      .select('id')
      .where('organization', '=', organization)
      .where('tag', '=', tag)
      .limit(1),
);

type Subject = 'organization' | 'id';
const holders = (['members', 'service_accounts', 'api_keys'] as const).map((name) =>
  question<Subject, { id: string }>((db, { organization, id }) =>
    db
      .selectFrom(name as 'members')
      .select('id')
      .where('organization', '=', organization)
      .where('id', '=', id),
  ),
);

/** Is anything stored about this member, service account or API key? Of others nothing is known. */
export const storesSubject =
  (store: ReadStore) =>
  async (organization: OrganizationId, id: string): Promise<boolean> => {
    for (const one of holders) {
      if ((await store.first(one, { organization, id })) !== undefined) return true;
    }
    return false;
  };

/** Whether a key is good is asked of the organization itself; the read model says which that is. */
@Injectable()
export class StoredApiKeys extends ApiKeys {
  constructor(
    private readonly store: ReadStore,
    private readonly progress: Progress,
    private readonly log: EventLog,
    private readonly transactor: Transactor,
    private readonly catalogues: Catalogues,
  ) {
    super();
  }

  find(id: ApiKeyId): Promise<LiveKey | undefined> {
    return lookedUp(this.#find(id));
  }

  async #find(id: ApiKeyId): Promise<LiveKey | undefined> {
    const organization = await this.#organizationOf(id);
    if (organization === undefined) return undefined;
    const state = await this.transactor.latest(organization);
    const key = state.apiKeys.get(id);
    const now = new Date().toISOString() as Instant;
    if (key === undefined || state.status === 'deleted' || !inForce(key, now)) return undefined;
    const isGood = key.owner === 'organization' || ownerOf(state, key, now) !== undefined;
    return isGood ? { id, organization, owner: key.owner, secretHash: key.secretHash } : undefined;
  }

  /** A key that was made a moment ago is not in the read model yet. */
  async #organizationOf(id: ApiKeyId): Promise<OrganizationId | undefined> {
    const known = await this.store.first(organizationOfKey, { id });
    if (known !== undefined) return known.organization;
    const head = await this.log.head();
    if (head === null || !(await this.progress.waitFor(head, PATIENCE))) return undefined;
    return (await this.store.first(organizationOfKey, { id }))?.organization;
  }

  mayActFor(key: LiveKey, user: UserId): Promise<boolean> {
    return lookedUp(this.#mayActFor(key, user));
  }

  async #mayActFor({ id, organization }: LiveKey, user: UserId): Promise<boolean> {
    if (organization !== PLATFORM) return false;
    const platform = await this.transactor.latest(PLATFORM);
    const { id: catalogueId, version } = platform.catalogue;
    const catalogue = this.catalogues.get(catalogueId, version);
    if (catalogue === undefined) return false;
    const now = new Date().toISOString() as Instant;
    const actor = { kind: 'api_key', id, actingFor: user, via: 'internal' } as const;
    return isTrusted({ organization: platform, catalogue }, actor, now);
  }
}

/** Where that can't be asked now, nobody is told that their key is none. */
async function lookedUp<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LogUnavailable || error instanceof ServerUnavailable)) throw error;
    refuse('authentication.unavailable', 'Your key can not be looked up now; repeat in a moment.');
  }
}

/** Where each kind of resource has its row, by what its id begins with. */
const TABLE_OF = {
  space: 'spaces',
  mem: 'members',
  inv: 'invitations',
  team: 'teams',
  svc: 'service_accounts',
  key: 'api_keys',
  role: 'custom_roles',
} as const;
const revisionIn = Object.fromEntries(
  Object.entries(TABLE_OF).map(([prefix, table]) => [
    prefix,
    question<Subject, { revision: number }>((db, { organization, id }) =>
      db
        .selectFrom(table as 'members')
        .select('revision')
        .where('organization', '=', organization)
        .where('id', '=', id),
    ),
  ]),
);
const revisionOf = question<'organization', { revision: number }>((db, { organization }) =>
  db.selectFrom('organizations').select('revision').where('organization', '=', organization),
);

/** Since when a resource is as it is. */
@Injectable()
export class StoredRevisions {
  constructor(
    private readonly store: ReadStore,
    private readonly progress: Progress,
  ) {}

  /**
   * Revision of the last event that changed the resource, up to `revision`; `undefined` where the
   * read models do not know, not in time, or only of a later change.
   */
  async find(
    organization: OrganizationId,
    id: string,
    revision: number,
  ): Promise<number | undefined> {
    if (this.progress.quarantined(organization) !== undefined) return undefined;
    if (!(await this.progress.waitForRevision(organization, revision, PATIENCE))) return undefined;
    const { store } = this;
    const table = revisionIn[id.slice(0, id.indexOf('_'))];
    const row =
      id === organization
        ? await store.first(revisionOf, { organization })
        : table && (await store.first(table, { organization, id }));
    return row !== undefined && row.revision <= revision ? row.revision : undefined;
  }
}

@Injectable()
export class StoredInvitationRecords extends InvitationRecords {
  constructor(
    private readonly store: ReadStore,
    private readonly progress: Progress,
    private readonly acknowledged: Acknowledged,
  ) {
    super();
  }

  async find(
    organization: OrganizationId,
    id: InvitationId,
  ): Promise<InvitationRecord | undefined> {
    const revision = this.acknowledged.revision(organization);
    const isFresh =
      revision < 0 || (await this.progress.waitForRevision(organization, revision, PATIENCE));
    if (!isFresh) refuse('read.not_yet', 'The read models are behind; repeat in a moment.');
    return this.store.first(invitationById, { organization, id });
  }
}

@Injectable()
export class StoredMemberships extends MembershipsOfPerson {
  constructor(
    private readonly store: ReadStore,
    private readonly progress: Progress,
    private readonly log: EventLog,
    private readonly vault: Vault,
  ) {
    super();
  }

  async organizations(user: UserId, email?: string): Promise<readonly OrganizationId[]> {
    const head = await this.log.head();
    if (head !== null && !(await this.progress.waitFor(head, PATIENCE))) {
      refuse('read.not_yet', 'The read models are behind; repeat in a moment.');
    }
    const rows = await this.store.all(organizationsOfUser, { user });
    const joined = rows.map(({ organization }) => organization);
    return email === undefined ? joined : [...joined, ...(await this.#inviting(email))];
  }

  /** Each organization knows an address by a tag of its own, so every one is asked. */
  async #inviting(email: string): Promise<OrganizationId[]> {
    const found: OrganizationId[] = [];
    for (let after = '' as OrganizationId; ;) {
      const page = await this.store.all(organizationsAfter, { after });
      const last = page.at(-1);
      if (last === undefined) return found;
      after = last.organization;
      const asked = page.map(async ({ organization }) => {
        const tag = tagOf(await this.vault.tagKey(organization), email);
        const found = await this.store.first(invitationByTag, { organization, tag });
        return found === undefined ? [] : [organization];
      });
      found.push(...(await Promise.all(asked)).flat());
      await nextTurn();
    }
  }
}
