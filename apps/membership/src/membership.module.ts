/** The wiring: what is injected where. */
import { join } from 'node:path';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { Access } from '#access/access.js';
import { Catalogues } from '#catalogues/catalogues.js';
import type { Instant } from '#domain/ids.js';
import { COMMAND_HANDLERS } from '#commands/handlers.js';
import { Ids, TypeIds } from '#commands/ids.js';
import { InvitationRecords, MembershipsOfPerson } from '#commands/ports.js';
import { Transactor } from '#commands/transact.js';
import { EventLog } from '#eventlog/event-log.js';
import { News } from '#eventlog/news.js';
import { Snapshots } from '#eventlog/snapshots.js';
import { Deliveries } from '#publishing/webhooks/deliveries.js';
import { Endpoints } from '#publishing/webhooks/endpoints.js';
import { Feed } from '#publishing/feed.js';
import { CheckAccessHandler } from '#queries/access-check.js';
import { CheckAccessBatchHandler } from '#queries/access-check-batch.js';
import { ExplainAccessHandler } from '#queries/access-explain.js';
import { CheckKeyScopeHandler } from '#queries/access-key-scope.js';
import { AccessDiffHandler } from '#queries/access-diff.js';
import { CheckForwardedHandler } from '#queries/access-forwarded.js';
import { ListHoldersHandler } from '#queries/access-holders.js';
import { MemberPermissionsHandler } from '#queries/access-permissions.js';
import { MemberReachHandler } from '#queries/access-reach.js';
import { Cursors } from '#queries/cursors.js';
import { READ_HANDLERS } from '#queries/handlers.js';
import { SearchActionsHandler } from '#queries/search-actions.js';
import { Reads } from '#queries/reads.js';
import { CheckRouteHandler } from '#queries/access-route.js';
import { ListWhereaboutsHandler } from '#queries/access-whereabouts.js';
import { WatchPermissionsHandler } from '#queries/watch-permissions.js';
import { Mailbox } from '#mailing/mailbox.js';
import { Progress } from '#readstore/progress.js';
import { ReadStore } from '#readstore/store.js';
import { InvitationTokens } from '#vault/tokens.js';
import { Vault } from '#vault/vault.js';
import { Acknowledged } from './acknowledged.js';
import { Adoptions } from './adoptions.js';
import { Configuration, type Config } from './config.js';
import type { Engines } from './engines.js';
import { AccessController } from './http/access.js';
import { AccessChangesController } from './http/access-changes.js';
import { AccessDiffController } from './http/access-diff.js';
import { AccessListsController } from './http/access-lists.js';
import { ExplainController } from './http/explain.js';
import { ApiDocument } from './http/api-document.js';
import { AuditController } from './http/audit.js';
import { AuthzenController } from './http/authzen.js';
import { RequestableDenials } from './http/authzen-denials.js';
import { AuthzenMetadataController } from './http/authzen-metadata.js';
import { AuthzenSearchController } from './http/authzen-search.js';
import { CataloguesController } from './http/catalogues.js';
import { MembershipsController } from './http/memberships.js';
import { ReadingDesk } from './http/reading.js';
import { ReadModelsController } from './http/read-models.js';
import { ApiKeysController } from './http/api-keys.js';
import { ApiKeys, Authentication, AuthenticationGuard } from './http/authentication.js';
import { CveProjectController, Projects } from './http/cve-project.js';
import { DenialKeys } from './http/denial-keys.js';
import { Desk } from './http/desk.js';
import { OpenStreams } from './http/open-streams.js';
import { DevController } from './http/dev.js';
import { DevIssuer } from './http/dev-issuer.js';
import { ForwardAuthController } from './http/forward-auth.js';
import { EventStreams } from './http/event-streams.js';
import { FeedController } from './http/feed.js';
import { Founders } from './http/founders.js';
import { HealthController } from './http/health.js';
import { InvitationsController } from './http/invitations.js';
import { Issuers } from './http/issuers.js';
import { LinksController } from './http/links.js';
import { MeController } from './http/me.js';
import { MembersController } from './http/members.js';
import { Metrics, MetricsController } from './http/metrics.js';
import { OrganizationsController } from './http/organizations.js';
import { PagesController } from './http/pages.js';
import { NothingElseGuard } from './http/nothing-else.js';
import { RateLimits } from './http/rate-limits.js';
import { CustomRolesController } from './http/roles.js';
import { ServiceAccountsController } from './http/service-accounts.js';
import { SpacesController } from './http/spaces.js';
import { TeamsController } from './http/teams.js';
import { WebhooksController } from './http/webhooks.js';
import { PlatformAdmins } from './platform-admins.js';
import { envelopesOf } from './publishing.js';
import { projectRoot } from './project-root.js';
import { RemoteReadSide } from './read-side/remote.js';
import {
  StoredApiKeys,
  StoredInvitationRecords,
  StoredMemberships,
  StoredRevisions,
} from './stored.js';
import { Vitals } from './vitals.js';

/** Catalogues that come with the service. */
export const BUILT_IN_CATALOGUES = join(projectRoot(), 'catalogues');

const CONTROLLERS = [
  AccessController,
  AccessChangesController,
  AccessDiffController,
  AccessListsController,
  AuthzenController,
  AuthzenMetadataController,
  AuthzenSearchController,
  ApiKeysController,
  AuditController,
  CataloguesController,
  CustomRolesController,
  CveProjectController,
  ForwardAuthController,
  ExplainController,
  FeedController,
  HealthController,
  InvitationsController,
  LinksController,
  MeController,
  MembersController,
  MembershipsController,
  MetricsController,
  OrganizationsController,
  PagesController,
  ReadModelsController,
  ServiceAccountsController,
  SpacesController,
  TeamsController,
  WebhooksController,
];

const QUERY_HANDLERS = [
  AccessDiffHandler,
  CheckAccessHandler,
  CheckAccessBatchHandler,
  CheckForwardedHandler,
  CheckKeyScopeHandler,
  CheckRouteHandler,
  ListHoldersHandler,
  ListWhereaboutsHandler,
  SearchActionsHandler,
  ExplainAccessHandler,
  MemberPermissionsHandler,
  MemberReachHandler,
  WatchPermissionsHandler,
  ...READ_HANDLERS,
];

@Module({})
export class MembershipModule {
  static with(config: Config, engines: Engines, vitals: Vitals): DynamicModule {
    const { devIssuer } = engines;
    const ports: Provider[] = [
      { provide: Configuration, useValue: new Configuration(config) },
      { provide: EventLog, useValue: engines.log },
      { provide: Vault, useValue: engines.vault },
      { provide: Snapshots, useValue: engines.snapshots },
      { provide: Catalogues, useValue: engines.catalogues },
      { provide: Transactor, useValue: engines.transactor },
      { provide: Access, useValue: engines.access },
      { provide: Adoptions, useValue: engines.adoptions },
      { provide: InvitationTokens, useValue: engines.tokens },
      { provide: DenialKeys, useValue: engines.denialKeys },
      { provide: Issuers, useValue: engines.issuers },
      { provide: ReadStore, useValue: engines.store },
      { provide: Progress, useValue: engines.readSide.progress },
      { provide: RemoteReadSide, useValue: engines.readSide },
      { provide: Cursors, useValue: new Cursors(engines.cursorKey) },
      { provide: News, useValue: new News(engines.log) },
      { provide: Deliveries, useValue: new Deliveries(engines.store) },
      {
        provide: Endpoints,
        useValue: new Endpoints(
          engines.store,
          engines.webhookSecrets,
          () => new Date().toISOString() as Instant,
        ),
      },
      {
        provide: Feed,
        useFactory: (news: News) =>
          new Feed(engines.log, news, envelopesOf(config, engines), () => engines.access.upToNow()),
        inject: [News],
      },
      {
        provide: Reads,
        useFactory: (acknowledged: Acknowledged, cursors: Cursors) =>
          new Reads({
            store: engines.store,
            progress: engines.readSide.progress,
            cursors,
            acknowledged: (organization) => acknowledged.revision(organization),
          }),
        inject: [Acknowledged, Cursors],
      },
      { provide: Vitals, useValue: vitals },
      { provide: Ids, useClass: TypeIds },
      { provide: ApiKeys, useClass: StoredApiKeys },
      StoredRevisions,
      { provide: InvitationRecords, useClass: StoredInvitationRecords },
      { provide: MembershipsOfPerson, useClass: StoredMemberships },
    ];
    return {
      module: MembershipModule,
      imports: [CqrsModule.forRoot()],
      controllers: [...CONTROLLERS, ...(devIssuer === undefined ? [] : [DevController])],
      providers: [
        ...ports,
        ...(devIssuer === undefined
          ? []
          : [
              { provide: DevIssuer, useValue: devIssuer },
              { provide: Mailbox, useValue: engines.mailbox },
            ]),
        ...COMMAND_HANDLERS,
        ...QUERY_HANDLERS,
        Acknowledged,
        ApiDocument,
        Authentication,
        Desk,
        OpenStreams,
        EventStreams,
        Founders,
        Metrics,
        PlatformAdmins,
        Projects,
        RateLimits,
        ReadingDesk,
        RequestableDenials,
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: NothingElseGuard },
      ],
    };
  }
}
