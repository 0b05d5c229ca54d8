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
import type { Relay } from '#publishing/relay.js';
import { SettingError, type Config } from '../config.js';
import { topicsOf } from '../publishing.js';
import { nameOf } from '../storage.js';
import { reasonOf, traceOf, type Trace } from '../trace.js';
import { openReadSideEngines, type ReadSideEngines } from './engines.js';
import { traceApplied } from '../tracing/followers.js';
import { toldOf, webhookWork, type WebhookWork } from './webhooks.js';
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
    start: (...around) => it().start(...around),
    runs: () => it().runs(),
    grown: (head) => opened?.grown(head),
    webhooks: (deed, ...input) => {
      const { deeds } = it().webhookWork;
      const carryOut = deeds[deed] as (...of: unknown[]) => Promise<never>;
      return toldOf(carryOut(...input));
    },
    hurry: () => opened?.projections.hurry(),
    rebuild: (readModel) =>
      toldOf(
        it()
          .projections.askToRebuild(readModel)
          .then(() => undefined),
      ),
    rebuildOrganization: (organization) =>
      toldOf(it().projections.rebuildOrganization(organization)),
    health: (head) => it().health(head),
    close: async () => {
      await opened?.close();
      opened = undefined;
    },
  };
  const service = serviceOver(port, calls);
}

class ReadSide {
  readonly #stop = new AbortController();
  #runs: readonly Promise<unknown>[] = [];
  #publicUrl = '';

  private constructor(
    private readonly engines: ReadSideEngines,
    readonly projections: ProjectionRunner,
    private readonly mailer: Mailer,
    private readonly relays: readonly Relay[],
    readonly webhookWork: WebhookWork,
  ) {}

  static async open(config: Config, service: ServiceEnd): Promise<ReadSide> {
    const failed = (where: string) => (error: unknown) => {
      void service.failed(where, traceOf(error));
    };
    const engines = await openReadSideEngines(config, failed('traces'));
    const { log, vault, store, catalogues, transport, tokens, publisher, tracing } = engines;
    const projections = new ProjectionRunner({
      log,
      vault,
      store,
      projections: [organizations, members, invitations, audit],
      onError: failed('projections'),
      onApplied: (step) => void service.applied(opened.progressed(step)),
      ...(tracing && { onRead: (...read) => traceApplied(tracing, ...read) }),
      onAsked: (rebuild) => void service.asked(rebuild),
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
    const relays =
      publisher === undefined
        ? []
        : topicsOf(config, engines, publisher, (topic) => ({ onError: failed(topic) }));
    const webhooks = webhookWork(config, engines, failed('webhooks'));
    const opened: ReadSide = new ReadSide(engines, projections, mailer, relays, webhooks);
    try {
      await mailer.open();
      await webhooks.webhooks.open();
      return opened;
    } catch (error) {
      await engines.close();
      throw error instanceof MailerPositionUnknown ? mailPosition(config) : error;
    }
  }

  async start(
    ...[publicUrl, head, known]: Parameters<ReadSideCalls['start']>
  ): Promise<Progressed> {
    this.#publicUrl = publicUrl;
    const { log, vault, catalogues } = this.engines;
    const { signal } = this.#stop;
    if (known !== undefined) catalogues.begin(known);
    this.engines.refresh?.(head);
    await this.projections.start();
    this.#runs = [
      forgetErased(log, vault, signal),
      followCatalogues(log, catalogues, signal),
      this.mailer.run(signal),
      ...this.relays.map((relay) => relay.run(signal)),
      this.webhookWork.webhooks.run(signal),
    ];
    // Whoever asks `runs` is told.
    for (const one of this.#runs) one.catch(() => undefined);
    return this.progressed({ position: this.projections.position, revisions: new Map() });
  }

  runs(): Promise<Trace | undefined> {
    return Promise.all(this.#runs).then(() => undefined, traceOf);
  }

  progressed(step: Omit<Progressed, 'quarantine'>): Progressed {
    return { ...step, quarantine: this.projections.quarantine };
  }

  grown(head: bigint | null): void {
    this.engines.refresh?.(head);
  }

  async health(head: bigint | null): Promise<ReadSideHealth> {
    return {
      projections: inWords(await this.projections.health(head)),
      mailer: inWords(this.mailer.health()),
      relays: [...this.relays, this.webhookWork.webhooks].map((one) => inWords(one.health())),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    // All of them, also where one has failed: what is under way is noted before the store closes.
    await Promise.allSettled(this.#runs);
    await this.projections.stop();
    await this.engines.close();
  }
}

/** What was mailed is nowhere else, and to mail it all again, or not at all, is not ours to choose. */
const mailPosition = (config: Config): SettingError =>
  new SettingError(
    'MAIL_FROM_POSITION',
    `${nameOf(config, 'readModels')} does not say which invitations of this log were mailed. Restore it from a backup; without one, set "beginning" to mail every pending invitation, perhaps once more, or "end" to mail only new ones`,
  );

const inWords = <Health extends { readonly failure?: unknown }>({
  failure,
  ...health
}: Health): InWords<Health> => ({
  ...health,
  ...(failure === undefined ? {} : { reason: reasonOf(failure) }),
});
