/** The wiring. The only file that names an engine. */
import { createHmac } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Logger } from 'pino';
import { Access } from '#access/access.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { SystemClock } from '#commands/clock.js';
import { COMMAND_HANDLERS } from '#commands/handlers.js';
import { Ids, TypeIds } from '#commands/ids.js';
import { InvitationRecords, MembershipsOfPerson } from '#commands/ports.js';
import { Transactor } from '#commands/transact.js';
import { lockDirectory, type DirectoryLock } from '#database/lock.js';
import { EventLog } from '#eventlog/event-log.js';
import { SqliteSnapshots, Snapshots } from '#eventlog/snapshots.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { CheckAccessHandler } from '#queries/access-check.js';
import { CheckAccessBatchHandler } from '#queries/access-check-batch.js';
import { CheckKeyScopeHandler } from '#queries/access-key-scope.js';
import { MemberPermissionsHandler } from '#queries/access-permissions.js';
import { Cursors } from '#queries/cursors.js';
import { READ_HANDLERS } from '#queries/handlers.js';
import { ListAdoptionsHandler } from '#queries/list-adoptions.js';
import { Reads } from '#queries/reads.js';
import { CheckRouteHandler } from '#queries/access-route.js';
import { MailTransport } from '#mailing/mail.js';
import { StoredInvitations } from '#mailing/current-invitation.js';
import { Mailbox } from '#mailing/mailbox.js';
import { Mailer } from '#mailing/mailer.js';
import { Mails } from '#mailing/mails.js';
import { SmtpTransport } from '#mailing/smtp.js';
import { audit } from '#projections/audit.js';
import { invitations } from '#projections/invitations.js';
import { members } from '#projections/members.js';
import { organizations } from '#projections/organizations.js';
import { ProjectionRunner } from '#projections/runner.js';
import { Progress } from '#readstore/progress.js';
import { ReadStore } from '#readstore/store.js';
import { loadKeyring, type Keyring } from '#vault/keyring.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { InvitationTokens } from '#vault/tokens.js';
import { Vault } from '#vault/vault.js';
import { Acknowledged } from './acknowledged.js';
import { Adoptions } from './adoptions.js';
import { Configuration, type Config } from './config.js';
import { FILES } from './files.js';
import { AccessController } from './http/access.js';
import { ApiDocument } from './http/api-document.js';
import { AuditController } from './http/audit.js';
import { CataloguesController } from './http/catalogues.js';
import { MembershipsController } from './http/memberships.js';
import { ReadingDesk } from './http/reading.js';
import { ReadModelsController } from './http/read-models.js';
import { ApiKeysController } from './http/api-keys.js';
import { ApiKeys, Authentication, AuthenticationGuard } from './http/authentication.js';
import { CveProjectController, Projects } from './http/cve-project.js';
import { Desk } from './http/desk.js';
import { DevController } from './http/dev.js';
import { DEV_ALGORITHM, DEV_AUDIENCE, DevIssuer } from './http/dev-issuer.js';
import { Founders } from './http/founders.js';
import { HealthController } from './http/health.js';
import { InvitationsController } from './http/invitations.js';
import { configuredIssuers, Issuers } from './http/issuers.js';
import { LinksController } from './http/links.js';
import { MeController } from './http/me.js';
import { MembersController } from './http/members.js';
import { Metrics, MetricsController } from './http/metrics.js';
import { OrganizationsController } from './http/organizations.js';
import { PagesController } from './http/pages.js';
import { RateLimits } from './http/rate-limits.js';
import { CustomRolesController } from './http/roles.js';
import { ServiceAccountsController } from './http/service-accounts.js';
import { SpacesController } from './http/spaces.js';
import { TeamsController } from './http/teams.js';
import { traceOf } from './http/problems.js';
import { PlatformAdmins } from './platform-admins.js';
import { StoredApiKeys, StoredInvitationRecords, StoredMemberships } from './stored.js';
import { Vitals } from './vitals.js';

/** Catalogues that come with the service. */
export const BUILT_IN_CATALOGUES = join(projectRoot(), 'catalogues');

/** The folder of package.json, from the sources as from the build. */
function projectRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return join(here, here.includes(join('dist', 'apps')) ? '../../../..' : '../../..');
}

/** Everything that holds files, connections or secrets. */
export interface Engines {
  readonly lock: DirectoryLock;
  readonly log: EventLog;
  readonly vault: Vault;
  readonly snapshots: Snapshots;
  readonly tokens: InvitationTokens;
  /** Seals cursors; the same on every node. */
  readonly cursorKey: Buffer;
  readonly catalogues: Catalogues;
  readonly transactor: Transactor;
  readonly access: Access;
  readonly store: ReadStore;
  readonly projections: ProjectionRunner;
  readonly adoptions: Adoptions;
  /** Where mail goes: a mail server, or a folder. */
  readonly mail: MailTransport;
  readonly mailer: Mailer;
  readonly devIssuer: DevIssuer | undefined;
  readonly issuers: Issuers;
  close(): Promise<void>;
}

/** Takes the data directory and opens what lies in it. */
export async function openEngines(config: Config, words: Logger): Promise<Engines> {
  const file = (name: keyof typeof FILES): string => join(config.DATA_DIR, FILES[name]);
  mkdirSync(config.DATA_DIR, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(config.DATA_DIR);
  const log = new SqliteEventLog(file('events'));
  const isEmpty = (await log.head()) === null;
  const keyring = loadKeyring({
    file: file('keys'),
    logExists: !isEmpty,
    ...(config.VAULT_KEYS === undefined ? {} : { wrapping: config.VAULT_KEYS }),
    ...(config.TOKEN_KEYS === undefined ? {} : { tokens: config.TOKEN_KEYS }),
  });
  const vault = new SqliteVault(file('vault'), keyring.wrapping);
  await vault.belongTo({ id: log.id, isEmpty });
  const snapshots = new SqliteSnapshots(file('snapshots'));
  const catalogues = new Catalogues();
  const store = new ReadStore(file('readModels'));
  const projections = new ProjectionRunner({
    log,
    vault,
    store,
    projections: [organizations, members, invitations, audit],
    onError: (error) => words.error({ msg: 'projections', ...traceOf(error) }),
  });
  const { newId } = new TypeIds();
  const ports = { log, vault, snapshots, catalogues, clock: new SystemClock(), newId };
  const transactor = new Transactor(ports);
  const cursorKey = cursorKeyOf(keyring);
  const reads = new Reads({ store, progress: projections, cursors: new Cursors(cursorKey) });
  const adoptions = new Adoptions(transactor, new ListAdoptionsHandler(reads, catalogues));
  const tokens = new InvitationTokens(keyring.tokens);
  const mail = await mailOf(config, file('mailbox'));
  const mailer = new Mailer({
    log,
    mails: new Mails(store),
    invitations: new StoredInvitations(store, projections, catalogues),
    transport: mail,
    vault,
    tokens,
    publicUrl: config.publicUrl,
    ...(config.MAIL_FROM_POSITION === undefined ? {} : { from: config.MAIL_FROM_POSITION }),
    onError: (error) => words.error({ msg: 'mailer', ...traceOf(error) }),
  });
  // Before the first event: a log that holds some, and that this mailer never read, is refused.
  await mailer.open();
  const devIssuer = config.development ? await DevIssuer.open(file('devIssuer')) : undefined;
  return {
    lock,
    log,
    vault,
    snapshots,
    catalogues,
    transactor,
    access: new Access(log),
    store,
    projections,
    adoptions,
    tokens,
    cursorKey,
    mail,
    mailer,
    devIssuer,
    issuers: await issuersOf(config, devIssuer),
    close: async () => {
      await log.close();
      await Promise.all([vault.close(), snapshots.close(), mail.close()]);
      store.close();
      lock.release();
    },
  };
}

const mailOf = async (config: Config, folder: string): Promise<MailTransport> =>
  config.SMTP_URL === undefined
    ? Mailbox.open(folder, config.MAIL_FROM)
    : new SmtpTransport({ url: config.SMTP_URL, from: config.MAIL_FROM });

/** Derived, so that there is no further secret to keep. */
const cursorKeyOf = ({ tokens }: Keyring): Buffer =>
  createHmac('sha256', tokens.keys.get(tokens.current)!).update('cursors').digest();

async function issuersOf(config: Config, devIssuer: DevIssuer | undefined): Promise<Issuers> {
  if (devIssuer !== undefined) {
    return new Issuers([devIssuer.trusted], {
      audience: [DEV_AUDIENCE],
      algorithms: [DEV_ALGORITHM],
      emailClaim: 'email',
    });
  }
  return new Issuers(await configuredIssuers(config), {
    audience: config.AUDIENCE,
    algorithms: config.ALGORITHMS,
    emailClaim: config.EMAIL_CLAIM,
  });
}

const CONTROLLERS = [
  AccessController,
  ApiKeysController,
  AuditController,
  CataloguesController,
  CustomRolesController,
  CveProjectController,
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
];

const QUERY_HANDLERS = [
  CheckAccessHandler,
  CheckAccessBatchHandler,
  CheckKeyScopeHandler,
  CheckRouteHandler,
  MemberPermissionsHandler,
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
      { provide: Issuers, useValue: engines.issuers },
      { provide: ReadStore, useValue: engines.store },
      { provide: Progress, useValue: engines.projections },
      { provide: ProjectionRunner, useValue: engines.projections },
      {
        provide: Reads,
        useFactory: (acknowledged: Acknowledged) =>
          new Reads({
            store: engines.store,
            progress: engines.projections,
            cursors: new Cursors(engines.cursorKey),
            acknowledged: (organization) => acknowledged.revision(organization),
          }),
        inject: [Acknowledged],
      },
      { provide: Vitals, useValue: vitals },
      { provide: Ids, useClass: TypeIds },
      { provide: ApiKeys, useClass: StoredApiKeys },
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
              { provide: Mailbox, useValue: engines.mail },
            ]),
        ...COMMAND_HANDLERS,
        ...QUERY_HANDLERS,
        Acknowledged,
        ApiDocument,
        Authentication,
        Desk,
        Founders,
        Metrics,
        PlatformAdmins,
        Projects,
        ReadingDesk,
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: RateLimits },
      ],
    };
  }
}
