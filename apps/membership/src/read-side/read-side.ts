/**
 * Everything that writes rows and mails: it follows the log on connections of its own, on a thread
 * of its own, so that commands and questions do not wait for it.
 */
import { forgetErased } from '#commands/erasures.js';
import { followCatalogues } from '#commands/publish-catalogues.js';
import { StoredInvitations } from '#mailing/current-invitation.js';
import { Mailer, MailerPositionUnknown } from '#mailing/mailer.js';
import { Mails } from '#mailing/mails.js';
import { audit } from '#projections/audit.js';
import { invitations } from '#projections/invitations.js';
import { members } from '#projections/members.js';
import { organizations } from '#projections/organizations.js';
import { ProjectionRunner } from '#projections/runner.js';
import { SettingError, type Config } from '../config.js';
import { FILES } from '../files.js';
import { reasonOf, traceOf, type Trace } from '../trace.js';
import { openReadSideEngines, type ReadSideEngines } from './engines.js';
import {
  serviceOver,
  type InWords,
  type Port,
  type Progressed,
  type ReadSideCalls,
  type ReadSideHealth,
  type ServiceEnd,
} from './protocol.js';

/** Answers the service over this port until it is told to close. */
export function serveReadSide(port: Port, config: Config): void {
  let opened: ReadSide | undefined;
  const it = (): ReadSide => {
    if (opened === undefined) throw new Error('the read side is not open');
    return opened;
  };
  const calls: ReadSideCalls = {
    open: async () => {
      opened = await ReadSide.open(config, service);
    },
    start: (publicUrl, head) => it().start(publicUrl, head),
    runs: () => it().runs(),
    grown: (head) => opened?.grown(head),
    hurry: () => opened?.projections.hurry(),
    rebuild: (readModel) => it().projections.rebuild(readModel),
    rebuildOrganization: (organization) => it().rebuildOrganization(organization),
    health: () => it().health(),
    close: async () => {
      await opened?.close();
      opened = undefined;
    },
  };
  const service = serviceOver(port, calls);
}

class ReadSide {
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #publicUrl = '';

  private constructor(
    private readonly engines: ReadSideEngines,
    private readonly service: ServiceEnd,
    readonly projections: ProjectionRunner,
    private readonly mailer: Mailer,
  ) {}

  static async open(config: Config, service: ServiceEnd): Promise<ReadSide> {
    const engines = await openReadSideEngines(config);
    const { log, vault, store, catalogues, transport, tokens } = engines;
    const failed = (where: string) => (error: unknown) => {
      void service.failed(where, traceOf(error));
    };
    const projections = new ProjectionRunner({
      log,
      vault,
      store,
      projections: [organizations, members, invitations, audit],
      onError: failed('projections'),
      onApplied: (step) => void service.applied(opened.progressed(step)),
    });
    const mailer = new Mailer({
      log,
      mails: new Mails(store),
      invitations: new StoredInvitations(store, projections, catalogues),
      transport,
      vault,
      tokens,
      publicUrl: () => opened.#publicUrl,
      perSecond: config.MAIL_RATE,
      ...(config.MAIL_FROM_POSITION === undefined ? {} : { from: config.MAIL_FROM_POSITION }),
      onError: failed('mailer'),
    });
    const opened: ReadSide = new ReadSide(engines, service, projections, mailer);
    try {
      await mailer.open();
      return opened;
    } catch (error) {
      await engines.close();
      throw error instanceof MailerPositionUnknown ? mailPosition() : error;
    }
  }

  async start(publicUrl: string, head: bigint | null): Promise<Progressed> {
    this.#publicUrl = publicUrl;
    const { log, vault, catalogues } = this.engines;
    const { signal } = this.#stop;
    this.engines.refresh(head);
    await this.projections.start();
    this.#running = Promise.all([
      forgetErased(log, vault, signal),
      followCatalogues(log, catalogues, signal),
      this.mailer.run(signal),
    ]);
    // Whoever asks `runs` is told.
    this.#running.catch(() => undefined);
    return this.progressed({ position: this.projections.position, revisions: new Map() });
  }

  runs(): Promise<Trace | undefined> {
    return this.#running.then(() => undefined, traceOf);
  }

  progressed(step: Omit<Progressed, 'quarantine'>): Progressed {
    return { ...step, quarantine: this.projections.quarantine };
  }

  grown(head: bigint | null): void {
    this.engines.refresh(head);
  }

  async rebuildOrganization(organization: Parameters<ReadSideCalls['rebuildOrganization']>[0]) {
    const still = await this.projections.rebuildOrganization(organization);
    const { position } = this.projections;
    void this.service.applied(this.progressed({ position, revisions: new Map() }));
    return still;
  }

  async health(): Promise<ReadSideHealth> {
    return {
      projections: inWords(await this.projections.health()),
      mailer: inWords(this.mailer.health()),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([this.#running]);
    await this.projections.stop();
    await this.engines.close();
  }
}

/** What was mailed is nowhere else, and to mail it all again, or not at all, is not ours to choose. */
const mailPosition = (): SettingError =>
  new SettingError(
    'MAIL_FROM_POSITION',
    `${FILES.readModels} does not say which invitations of this log were mailed. Restore it from a backup; without one, set "beginning" to mail every pending invitation, perhaps once more, or "end" to mail only new ones`,
  );

const inWords = <Health extends { readonly failure?: unknown }>({
  failure,
  ...health
}: Health): InWords<Health> => ({
  ...health,
  ...(failure === undefined ? {} : { reason: reasonOf(failure) }),
});
