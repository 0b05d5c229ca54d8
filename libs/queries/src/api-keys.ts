import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { KeyOwner } from '#domain/events.js';
import type { ApiKeyId, OrganizationId, SpaceId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { ApiKeyTable } from '#readstore/rows.js';
import { mapped, type Page, type PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { present, revised, type Present } from './rows.js';
import { heldAt } from './service-accounts.js';

/** Without the hash of its secret. */
export type ApiKeyRow = Present<Omit<ApiKeyTable, 'revision' | 'scopes' | 'secretHash'>> & {
  readonly scopes: readonly string[];
  readonly status: 'active' | 'expired' | 'revoked';
  readonly revision: string;
};

export interface ApiKeyFilters {
  readonly owner?: KeyOwner;
  /** Of service accounts that hold a role at this space. */
  readonly space?: SpaceId;
}

/** The API keys of an organization, oldest first; of one owner where one is named. */
export class ListApiKeys extends Query<Page<ApiKeyRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly filters: ApiKeyFilters = {},
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListApiKeys)
export class ListApiKeysHandler implements IQueryHandler<ListApiKeys> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, filters, page, atLeast }: ListApiKeys): Promise<Page<ApiKeyRow>> {
    const { owner, space } = filters;
    const reading = this.reads.reading(['api_keys', organization, owner, space], page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('api_keys')
      .selectAll()
      .where('organization', '=', organization)
      .$if(owner !== undefined, (query) => query.where('owner', '=', owner!))
      .$if(space !== undefined, (query) =>
        query.where((eb) =>
          eb.exists(heldAt(this.reads, organization, space!, eb.ref('api_keys.owner'))),
        ),
      )
      .$if(reading.after !== undefined, (query) =>
        query.where('id', '>', reading.after![0] as ApiKeyId),
      )
      .orderBy('id')
      .limit(reading.wanted)
      .execute();
    const now = this.reads.now();
    return mapped(
      reading.page(rows, (row) => [row.id]),
      (row) => shown(row, now),
    );
  }
}

/** One API key. Refuses `api_key.not_found`. */
export class GetApiKey extends Query<ApiKeyRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly key: ApiKeyId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetApiKey)
export class GetApiKeyHandler implements IQueryHandler<GetApiKey> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, key, atLeast }: GetApiKey): Promise<ApiKeyRow> {
    await this.reads.fresh(organization, atLeast);
    const row = await this.reads.db
      .selectFrom('api_keys')
      .selectAll()
      .where('organization', '=', organization)
      .where('id', '=', key)
      .executeTakeFirst();
    if (row !== undefined) return shown(row, this.reads.now());
    return refuse('api_key.not_found', `There is no API key ${key} in this organization.`);
  }
}

function shown(row: ApiKeyTable, now: string): ApiKeyRow {
  const { secretHash: _, scopes, ...rest } = row;
  const expired = row.expiresAt !== null && row.expiresAt <= now;
  return {
    ...present(revised(rest)),
    scopes: JSON.parse(scopes) as string[],
    status: row.revokedAt !== null ? 'revoked' : expired ? 'expired' : 'active',
  };
}
