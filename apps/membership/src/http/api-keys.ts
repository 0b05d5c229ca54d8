/** Secrets that act for a member, a service account or the organization. */
import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { KeyOwner } from '#domain/events.js';
import type { ApiKeyId, Instant, SpaceId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';
import { ChangeApiKey } from '#commands/change-api-key.js';
import { CreateApiKey } from '#commands/create-api-key.js';
import { RevokeApiKey } from '#commands/revoke-api-key.js';
import { RotateApiKey } from '#commands/rotate-api-key.js';
import { ListApiKeys } from '#queries/api-keys.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Desk } from './desk.js';
import { Asked, made, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import {
  EndedAnswer,
  ApiKeyAnswer,
  apiKeyResource,
  optional,
  orGone,
  scopeOf,
} from './resources.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class CreateApiKeyBody {
  @Field.name({ example: 'pipeline' }) readonly name!: string;
  @Field.keyOwner({
    optional: true,
    about: 'mem_…, svc_… or organization; absent: whoever asks, or whose key they use',
  })
  readonly owner?: string;
  @ListOf.apiScope({ about: 'what the key can be used for in the product' })
  readonly scopes!: readonly string[];
  @Field.instant({ optional: true, about: 'absent: without end' }) readonly expiresAt?: string;
}
class ChangeApiKeyBody {
  @Field.name({ optional: true, example: 'old pipeline' }) readonly name?: string;
  @ListOf.apiScope({ optional: true }) readonly scopes?: readonly string[];
  @Field.instant({ optional: true, nullable: true, about: 'null: without end' })
  readonly expiresAt?: string | null;
}

class ApiKeysQuery extends PageQuery {
  @Field.keyOwner({ optional: true, about: 'of one owner' }) readonly owner?: string;
  @Field.spaceId({ optional: true, about: 'of service accounts that hold a role there' })
  readonly space?: string;
}
const ApiKeyPage = PageOf(ApiKeyAnswer);

@ApiTags('API keys')
@Controller('organizations/:organization/api-keys')
export class ApiKeysController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
  ) {}

  @Get()
  @Reads({ summary: 'The keys, oldest first, without their secrets', answers: ApiKeyPage })
  listApiKeys(@Query() query: ApiKeysQuery, @Reading() reader: Reader) {
    const { organization, atLeast } = reader;
    const owner = query.owner as KeyOwner | undefined;
    const space = query.space as SpaceId | undefined;
    const filters = { ...optional('owner', owner), ...optional('space', space) };
    const question = new ListApiKeys(organization, filters, pageOf(query), atLeast);
    const about = owner === undefined || owner === 'organization' ? {} : { about: [owner] };
    const right = { operation: 'view_api_keys', scope: scopeOf(space), ...about } as const;
    return this.reading.ask(reader, right, question);
  }

  @Post()
  @Writes({ summary: 'Make a key; its secret is shown once', answers: ApiKeyAnswer, status: 201 })
  async createApiKey(@Body() body: CreateApiKeyBody, @Asked() ask: Ask) {
    const { name, scopes, expiresAt } = body;
    const input = {
      name,
      scopes,
      owner: (body.owner ?? (await this.desk.ownerOf(ask)) ?? 'organization') as KeyOwner,
      ...optional('expiresAt', expiresAt as Instant | undefined),
    };
    const command = new CreateApiKey(ask.organization, input, ask.request);
    return this.desk.write(ask, command, (state, outcome) => ({
      ...resource(state, made(outcome, 'api_key.create').key),
      ...optional('secret', outcome.secret),
    }));
  }

  @Patch(':key')
  @Writes({ summary: 'Change its name, scopes or end', answers: ApiKeyAnswer })
  updateApiKey(@Body() { name, scopes, expiresAt }: ChangeApiKeyBody, @Asked() ask: Ask) {
    const { organization, key, request } = ask;
    const input = {
      key,
      ...optional('name', name),
      ...optional('scopes', scopes),
      ...optional('expiresAt', expiresAt as Instant | null | undefined),
    };
    const command = new ChangeApiKey(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, key));
  }

  @Post(':key/rotate')
  @Writes({ summary: 'A new secret; the old one is dead at once', answers: ApiKeyAnswer })
  rotateApiKey(@Asked() ask: Ask) {
    const { organization, key, request } = ask;
    const command = new RotateApiKey(organization, { key }, request);
    return this.desk.write(ask, command, (state, outcome) => ({
      ...resource(state, key),
      ...optional('secret', outcome.secret),
    }));
  }

  @Post(':key/revoke')
  @Writes({ summary: 'End the key at once', answers: EndedAnswer })
  revokeApiKey(@Asked() ask: Ask) {
    const { organization, key, request } = ask;
    const command = new RevokeApiKey(organization, { key }, request);
    return this.desk.write(ask, command, (state) => resource(state, key));
  }
}

const resource = ({ id, apiKeys }: Organization, key: ApiKeyId) =>
  orGone(id, key, apiKeys.get(key), apiKeyResource, 'revoked');
