/** The read side as the service sees it. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Catalogues } from '#catalogues/catalogues.js';
import type { OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { Applied } from '#projections/applied.js';
import type { AskedRebuild } from '#readstore/rebuilds.js';
import type { Progress, Quarantined } from '#readstore/progress.js';
import type { Config } from '../config.js';
import { ToldError } from '../trace.js';
import {
  readSideOver,
  type Done,
  type Port,
  type Progressed,
  type ReadSideEnd,
  type ReadSideHealth,
  type Told,
  type WebhookDeeds,
} from './protocol.js';
import { serveReadSide } from './read-side.js';

const NEVER = (): void => undefined;
/** Milliseconds until a thread that says nothing is taken to be stuck: when asked, and at its end. */
const ANSWER = 2000;
const CLOSING = 10_000;
const silence = (time: number): Promise<undefined> => delay(time, undefined, { ref: false });

/** A running read side, on a thread of its own or on this one. */
interface Running {
  readonly calls: ReadSideEnd;
  /** Fails when it ends without being told to. */
  readonly ended: Promise<never>;
  end(): Promise<void>;
}

export interface ReadSideOptions {
  /** It works on a thread of its own. */
  readonly inThread: boolean;
  /** Its connection to the log does not hear by itself of what is appended. */
  readonly isTold: boolean;
  /** Told of every rebuild that was asked for, on whichever node. */
  readonly onAsked: (rebuild: AskedRebuild) => void;
}

export class RemoteReadSide {
  readonly #applied: Applied;
  readonly #quarantine = new Map<OrganizationId, Quarantined>();
  #running: Running | undefined;
  #publicUrl = '';

  constructor(
    private readonly log: EventLog,
    private readonly catalogues: Catalogues,
    private readonly config: Config,
    private readonly words: Logger,
    private readonly options: ReadSideOptions,
  ) {
    this.#applied = new Applied(
      log,
      (organization) => this.#quarantine.get(organization),
      () => void this.#running?.calls.hurry(),
    );
  }

  /** How far the read models are. */
  get progress(): Progress {
    return this.#applied;
  }

  /** Begins it; throws what keeps it from opening. */
  async open(): Promise<void> {
    const running = this.options.inThread ? this.#onThread() : this.#here();
    this.#running = running;
    await Promise.race([running.calls.open(), running.ended]);
  }

  /** Where people reach the service; to be told before it runs. */
  reachedAt(publicUrl: string): void {
    this.#publicUrl = publicUrl;
  }

  /** Lets it follow the log until `signal`; throws when it ends before, and can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running === undefined) await this.open();
    const { calls, ended } = this.#running as Running;
    const known = this.catalogues.published;
    const head = await this.log.head();
    const over = new AbortController();
    try {
      const begun = await Promise.race([calls.start(this.#publicUrl, head, known), ended]);
      this.#applied.begin(head, begun.position);
      this.#note(begun);
      const until = AbortSignal.any([signal, over.signal]);
      const stopped = this.options.isTold ? this.#announce(head, calls, until) : aborted(until);
      const trace = await Promise.race([stopped, calls.runs(), ended]);
      if (trace !== undefined) throw new ToldError(trace);
    } finally {
      over.abort();
      await this.close();
    }
  }

  /** Tells it whenever the log has grown, until the signal. */
  async #announce(after: bigint | null, calls: ReadSideEnd, signal: AbortSignal) {
    for await (const next of followPastDamage(this.log, after, signal)) {
      const { position } = next instanceof DamagedEvent ? next : (next.at(-1) ?? {});
      if (position !== undefined) void calls.grown(position);
    }
    return undefined;
  }

  /** Resolves once it is noted: it is carried out whatever happens then, on the node that writes. */
  async rebuild(readModel: string): Promise<void> {
    return answerOf(await this.#calls.rebuild(readModel));
  }

  /** On whichever node writes. Gives what stays quarantined. */
  async rebuildOrganization(organization: OrganizationId): Promise<Quarantined | undefined> {
    return answerOf(await this.#calls.rebuildOrganization(organization));
  }

  /** What an organization sets about its webhooks. Refuses what `Endpoints` does. */
  async webhooks<D extends keyof WebhookDeeds>(
    deed: D,
    ...input: Parameters<WebhookDeeds[D]>
  ): Promise<Done<D>> {
    return answerOf(await this.#calls.webhooks(deed, ...input));
  }

  /** Against the end of the log as it is known; `undefined` while it is not running, or does not answer. */
  async health(head: bigint | null): Promise<ReadSideHealth | undefined> {
    const running = this.#running;
    if (running === undefined) return undefined;
    // Not raced with its end, on which every look would leave something behind: then it is silent.
    const answer = Promise.race([running.calls.health(head), silence(ANSWER)]);
    return answer.catch(() => undefined);
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.end();
  }

  get #calls(): ReadSideEnd {
    if (this.#running === undefined) throw new Error('the read side is not running');
    return this.#running.calls;
  }

  #note({ quarantine, ...step }: Progressed): void {
    if (quarantine.length > 0 || this.#quarantine.size > 0) {
      this.#quarantine.clear();
      for (const one of quarantine) this.#quarantine.set(one.organization, one);
    }
    this.#applied.reached(step);
  }

  #over(port: Port): ReadSideEnd {
    return readSideOver(port, {
      applied: (progressed) => this.#note(progressed),
      asked: this.options.onAsked,
      failed: (where, trace) =>
        this.words.error({ msg: 'failed, tries again', runner: where, ...trace }),
    });
  }

  #onThread(): Running {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.config,
    });
    const calls = this.#over(worker);
    const ended = new Promise<never>((_, fail) => {
      worker.once('error', fail);
      worker.once('exit', () => fail(new Error('the thread of the read side has ended')));
    });
    ended.catch(() => undefined);
    return {
      calls,
      ended,
      end: async () => {
        await Promise.race([calls.close(), ended, silence(CLOSING)]).catch(() => undefined);
        calls.$close();
        await worker.terminate();
      },
    };
  }

  #here(): Running {
    const { port1, port2 } = new MessageChannel();
    serveReadSide(port2, this.config);
    const calls = this.#over(port1);
    return {
      calls,
      ended: new Promise<never>(NEVER),
      end: async () => {
        await calls.close();
        calls.$close();
        port1.close();
      },
    };
  }
}

const aborted = async (signal: AbortSignal): Promise<undefined> => {
  if (!signal.aborted) await once(signal, 'abort');
  return undefined;
};

const answerOf = <T>(told: Told<T>): T =>
  'answer' in told ? told.answer : refuse(told.refused, told.detail);
