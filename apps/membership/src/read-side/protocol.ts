/** What the service and its read side say to each other, over a message port. */
import { createBirpc, type BirpcReturn } from 'birpc';
import type { MailerHealth } from '#mailing/mailer.js';
import type { Step } from '#projections/applied.js';
import type { RunnerHealth } from '#projections/health.js';
import type { OrganizationId } from '#domain/ids.js';
import type { Quarantined } from '#readstore/progress.js';
import type { Trace } from '../trace.js';

/** What the read side is asked and told. */
export interface ReadSideCalls {
  /** Opens everything; fails with what is in the way. */
  open(): Promise<void>;
  /** Begins to follow the log; where it begins. Links in mails begin with `publicUrl`. */
  start(publicUrl: string): Promise<Progressed>;
  /** Lasts as long as everything in it goes on; what has ended that. */
  runs(): Promise<Trace | undefined>;
  /** The log has grown. */
  grown(): void;
  /** Somebody waits for what is in the log. */
  hurry(): void;
  rebuild(readModel: string): Promise<void>;
  /** Gives what stays quarantined. */
  rebuildOrganization(organization: OrganizationId): Promise<Quarantined | undefined>;
  health(): Promise<ReadSideHealth>;
  /** Ends the following and closes everything. */
  close(): Promise<void>;
}

/** What the service is told. */
export interface ServiceCalls {
  applied(progressed: Progressed): void;
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
    eventNames: ['applied', 'failed'],
  });
