/** Tells those who wait that something has happened in their organization. */
import { setTimeout as delay } from 'node:timers/promises';
import { organizationOf } from '#domain/events.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { followPastDamage } from './damage.js';
import { DamagedEvent, type EventLog } from './event-log.js';

/** What one who listens has heard of an organization. */
export interface Heard {
  /** Newest revision of its stream that is known; -1: none. */
  readonly revision: number;
  /** Resolves once there is a newer one than this, or after so many milliseconds. */
  beyond(revision: number, patience: number, signal: AbortSignal): Promise<void>;
  /** Listens no more. */
  end(): void;
}

/** Milliseconds before a log that could not be followed is followed again. */
const PAUSE = 1000;

class Listener implements Heard {
  revision = -1;
  #wake: () => void = () => undefined;

  constructor(readonly end: () => void) {}

  hear(revision: number): void {
    if (revision > this.revision) this.revision = revision;
    this.#wake();
  }

  async beyond(revision: number, patience: number, signal: AbortSignal): Promise<void> {
    if (this.revision > revision) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, patience);
      signal.addEventListener('abort', end);
      this.#wake = end;
      if (signal.aborted) end();
    });
  }
}

/** Follows the log while there is anybody who listens. */
export class News {
  /** Those of an organization hear of what is appended after they began. */
  readonly #listeners = new Map<OrganizationId, Set<Listener>>();
  #stop: AbortController | undefined;

  constructor(private readonly log: EventLog) {}

  async of(organization: OrganizationId): Promise<Heard> {
    const listeners = this.#listeners.get(organization) ?? new Set();
    this.#listeners.set(organization, listeners);
    const listener: Listener = new Listener(() => this.#end(organization, listener));
    listeners.add(listener);
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      void this.#follow(this.#stop.signal);
    }
    try {
      listener.hear((await this.log.last(organizationStream(organization)))?.revision ?? -1);
      return listener;
    } catch (error) {
      listener.end();
      throw error;
    }
  }

  #end(organization: OrganizationId, listener: Listener): void {
    const listeners = this.#listeners.get(organization);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(organization);
    if (this.#listeners.size > 0) return;
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const next of followPastDamage(this.log, await this.log.head(), signal)) {
          this.#tell(next instanceof DamagedEvent ? [next] : next);
        }
      } catch {
        // Whoever listens looks for themselves now and then.
        await delay(PAUSE, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #tell(events: readonly { readonly stream: string; readonly revision: number }[]): void {
    for (const { stream, revision } of events) {
      const organization = organizationOf(stream);
      if (organization === undefined) continue;
      for (const one of this.#listeners.get(organization) ?? []) one.hear(revision);
    }
  }
}
