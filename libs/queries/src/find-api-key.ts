import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { KeyOwner } from '#domain/events.js';
import type { ApiKeyId, Instant, OrganizationId } from '#domain/ids.js';
import { question } from '#readstore/statement.js';
import { Reads } from './reads.js';

/** What is known of a key that somebody presents. */
export interface PresentedKey {
  readonly organization: OrganizationId;
  readonly owner: KeyOwner;
  /** SHA-256 of the secret, base64url: for comparison, never for an answer. */
  readonly secretHash: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Instant | null;
  readonly revokedAt: Instant | null;
}

/** A key by its id alone, wherever it is; `undefined` where there is none. */
export class FindApiKey extends Query<PresentedKey | undefined> {
  constructor(readonly key: ApiKeyId) {
    super();
  }
}

type Found = Omit<PresentedKey, 'scopes'> & { readonly scopes: string };
const find = question<'key', Found>((db, { key }) =>
  db
    .selectFrom('api_keys')
    .select(['organization', 'owner', 'secretHash', 'scopes', 'expiresAt', 'revokedAt'])
    .where('id', '=', key),
);

@QueryHandler(FindApiKey)
export class FindApiKeyHandler implements IQueryHandler<FindApiKey> {
  constructor(private readonly reads: Reads) {}

  async execute({ key }: FindApiKey): Promise<PresentedKey | undefined> {
    const known = await this.reads.store.first(find, { key });
    // A new key, or one revoked a moment ago: by what was acknowledged for its organization.
    if (known === undefined) await this.reads.freshEverywhere();
    else await this.reads.fresh(known.organization);
    const found = await this.reads.store.first(find, { key });
    if (found === undefined) return undefined;
    return { ...found, scopes: JSON.parse(found.scopes) as string[] };
  }
}
