/** What the service and its read side say to each other, over a message port. */
import { createBirpc, type BirpcReturn } from 'birpc';
import type { Published } from '#catalogues/catalogues.js';
import type { MailerHealth } from '#mailing/mailer.js';
import type { Step } from '#projections/applied.js';
import type { RelayHealth } from '#publishing/relay.js';
import type { RunnerHealth } from '#projections/health.js';
import type { OrganizationId } from '#domain/ids.js';
import type { RefusalCode } from '#domain/refusals.js';
import type { Endpoints } from '#publishing/webhooks/endpoints.js';
import type { AskedRebuild } from '#readstore/rebuilds.js';
import type { Quarantined } from '#readstore/progress.js';
import type { Trace } from '../trace.js';

/** What the read side is asked and told. */
export interface ReadSideCalls {
  /** Opens everything; fails with what is in the way. */
  open(): Promise<void>;
  /** Begins to follow the log, which ends at `head`; where it begins. Links in mails begin with
   * `publicUrl`; catalogues that are known need not be looked for. */
  start(publicUrl: string, head: bigint | null, known?: Published): Promise<Progressed>;
  /** Lasts as long as everything in it goes on; what has ended that. */
  runs(): Promise<Trace | undefined>;
  /** The log has grown up to here. */
  grown(head: bigint | null): void;
  /** Somebody waits for what is in the log. */
  hurry(): void;
  /** Resolves once it is noted: it is carried out whatever happens then, on the node that writes. */
  rebuild(readModel: string): Promise<Told<void>>;
  /** Gives what stays quarantined. */
  rebuildOrganization(organization: OrganizationId): Promise<Told<Quarantined | undefined>>;
  /** What an organization sets about where its events are sent. */
  webhooks<D extends keyof WebhookDeeds>(
    deed: D,
    ...input: Parameters<WebhookDeeds[D]>
  ): Promise<Told<Done<D>>>;
  /** Against the end of the log, which it does not look for: that may take long. */
  health(head: bigint | null): Promise<ReadSideHealth>;
  /** Ends the following and closes everything. */
  close(): Promise<void>;
}

/** Whatever writes about webhooks, done where rows are written, whether or not this node sends. */
export interface WebhookDeeds extends Pick<Endpoints, 'create' | 'change' | 'rotate' | 'remove'> {
  /** Sends again what was given up; how many that are. */
  revive(organization: OrganizationId, webhook: string): Promise<number>;
  /** Sends one event, again or not. */
  again(
    organization: OrganizationId,
    webhook: string,
    event: { readonly revision: number; readonly type: string },
  ): Promise<void>;
}
export type Done<D extends keyof WebhookDeeds> = Awaited<ReturnType<WebhookDeeds[D]>>;

/** An answer, or why there is none. */
export type Told<T> =
  { readonly answer: T } | { readonly refused: RefusalCode; readonly detail: string };

/** What the service is told. */
export interface ServiceCalls {
  applied(progressed: Progressed): void;
  /** A rebuild was asked for, here or on another node. */
  asked(rebuild: AskedRebuild): void;
  /** An error that was gone on from, for the log of the service. */
  failed(where: string, trace: Trace): void;
}

export interface Progressed extends Step {
  /** Every organization that is not served now. */
  readonly quarantine: readonly Quarantined[];
}

export interface ReadSideHealth {
  readonly projections: InWords<RunnerHealth>;
  readonly mailer: InWords<MailerHealth>;
  /** What is published, each with a name of its own. */
  readonly relays: readonly InWords<RelayHealth>[];
}

/** With the reason in words, for an error is no error any more on another thread. */
export type InWords<Health> = Omit<Health, 'failure'> & { readonly reason?: string };

/** Milliseconds an answer may take: a rebuild reads the whole log. */
const PATIENCE = 24 * 3_600_000;

/** A thread, or an end of a channel. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

const over = (port: Port) => ({
  post: (message: unknown) => port.postMessage(message),
  on: (listener: (message: unknown) => void) => void port.on('message', listener),
  off: (listener: (message: unknown) => void) => void port.off('message', listener),
  timeout: PATIENCE,
});

export type ReadSideEnd = BirpcReturn<ReadSideCalls, ServiceCalls>;
export type ServiceEnd = BirpcReturn<ServiceCalls, ReadSideCalls>;

/** The service's end of the port. */
export const readSideOver = (port: Port, calls: ServiceCalls): ReadSideEnd =>
  createBirpc<ReadSideCalls, ServiceCalls>(calls, {
    ...over(port),
    eventNames: ['grown', 'hurry'],
  });

/** The read side's end of the port. */
export const serviceOver = (port: Port, calls: ReadSideCalls): ServiceEnd =>
  createBirpc<ServiceCalls, ReadSideCalls>(calls, {
    ...over(port),
    eventNames: ['applied', 'asked', 'failed'],
  });
