import { setTimeout as wait } from 'node:timers/promises';
import { principalOf } from '#domain/changes.js';
import { organizationStream, type NewId, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { AppendTooLarge, LogUnavailable } from '#eventlog/event-log.js';
import { KeyMissing, type Vault } from '#vault/vault.js';
import { appendSettled, type Settled } from './appending.js';
import type { Base } from './base.js';
import type { Clock } from './clock.js';
import type { Surroundings } from './decision.js';
import type { Job } from './job.js';
import { recordedAs, replay } from './outcomes.js';
import { cut, decideAll, restsOnBase, type Entry } from './rounds.js';
import { encodeAll, NotEncodable, type Decided, type Encoded } from './sealing.js';
import type { Settings } from './settings.js';
import type { StateSources, States } from './states.js';
import { unavailable } from './unavailable.js';

/** What commands are carried out with. */
export interface Ports extends StateSources {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Commands decided in one round; the rest waits for the next. */
const ROUND = 200;

/** An entry, and its events once they are encoded. */
interface Step {
  readonly entry: Entry;
  readonly encoded?: Encoded;
}

/**
 * The commands of one organization, one round at a time: they are decided in the order they came,
 * and none while the fate of an append is unknown.
 */
export class Mailbox {
  #queue: Job[] = [];
  #running = false;
  /** An append has been without an outcome for too long; its callers have been told. */
  #stuck = false;

  constructor(
    private readonly organization: OrganizationId,
    private readonly ports: Ports,
    private readonly states: States,
    private readonly settings: Settings,
    /** Ends the repetition of appends without an outcome. */
    private readonly signal: AbortSignal,
    private readonly onIdle: () => void,
  ) {}

  submit(job: Job): void {
    if (this.#stuck) return job.reject(waits());
    if (this.#queue.length >= this.settings.queue) return job.reject(unavailable(BUSY));
    this.#queue.push(job);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    // What comes in the same turn is decided together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const jobs = this.#queue.splice(0, ROUND);
      try {
        await this.#round(jobs);
      } catch (error) {
        // Whatever it was, the next round begins with what the log says.
        this.states.drop(this.organization);
        for (const job of jobs) job.reject(error);
      }
    }
    this.#running = false;
    this.onIdle();
  }

  async #round(jobs: readonly Job[]): Promise<void> {
    const base = await this.states.load(this.organization);
    let open = jobs;
    for (let lost = 0; open.length > 0;) {
      if (lost === this.settings.attempts) {
        for (const job of open) job.reject(unavailable(BUSY));
        return;
      }
      const before = open.length;
      open = await this.#attempt(base, open);
      // A round that only lost a command it can't encode has lost no race.
      if (open.length < before) continue;
      lost += 1;
      await wait(Math.random() * Math.min(2 ** lost, 100), undefined, { ref: false });
    }
  }

  /** Decides and appends; gives the jobs that are to be decided again. */
  async #attempt(base: Base, jobs: readonly Job[]): Promise<readonly Job[]> {
    const surroundings = await this.#surroundings();
    const { platformRevision } = this.states;
    const entries = decideAll(jobs, base, surroundings);
    const end = { stream: base.stream, revision: base.revision, hash: base.hash };
    if (entries.some((entry) => restsOnBase(entry, base))) {
      // What writes nothing proves nothing: another node may have written, here or of the platform.
      await Promise.all([base.catchUp(this.ports.log), this.states.platform(0)]);
      const { revision } = base;
      if (revision > end.revision || this.states.platformRevision > platformRevision) return jobs;
    }
    let encoded: Encoded[];
    try {
      encoded = await encodeAll(this.ports.vault, this.organization, end, entries.flatMap(decided));
    } catch (error) {
      if (!(error instanceof NotEncodable)) throw unwritten(error);
      error.job.reject(error.cause);
      return jobs.filter((job) => job !== error.job);
    }
    return this.#appendAll(base, stepsOf(entries, encoded), end.revision);
  }

  async #surroundings(): Promise<Surroundings> {
    const { clock, newId, catalogues } = this.ports;
    const { quiet } = this.states;
    return { clock, newId, catalogues, platform: await this.states.platform(), quiet };
  }

  /** Appends in as few parts as hold them; what was decided upon a lost part is given back. */
  async #appendAll(base: Base, steps: readonly Step[], revision: number): Promise<readonly Job[]> {
    let rest = this.#answerUpTo(steps, revision, undefined);
    for (const count of cut(encodedOf(steps))) {
      const part = encodedOf(rest).slice(0, count);
      const settled = await this.#append(part, rest);
      if (settled.outcome === 'conflict') {
        await base.catchUp(this.ports.log);
        return this.#told(rest);
      }
      for (const one of part) for (const event of one.events) base.apply(event);
      this.states.keep(base);
      rest = this.#answerUpTo(rest, settled.revision, settled.position);
      if (this.#stuck) return this.#told(rest);
    }
    return [];
  }

  /** Answers the steps that rest on nothing beyond `revision`; gives the others. */
  #answerUpTo(
    steps: readonly Step[],
    revision: number,
    position: bigint | undefined,
  ): readonly Step[] {
    let answered = 0;
    for (const step of steps) {
      const { entry, encoded } = step;
      const until = entry.after + (encoded?.events.length ?? 0);
      if (until > revision) break;
      this.#answer(step, until, position ?? 0n);
      answered += 1;
    }
    return steps.slice(answered);
  }

  #answer({ entry, encoded }: Step, revision: number, position: bigint): void {
    const { job, decision } = entry;
    switch (decision.kind) {
      case 'refused':
        return job.reject(decision.error);
      case 'replay': {
        const stream = organizationStream(job.organization);
        return job.resolve(replay(this.ports.log, stream, decision.command).catch(inDoubt));
      }
      case 'events': {
        const events = recordedAs(encoded?.events ?? [], position);
        if (events.length === 0 && job.digest !== undefined) {
          const { occurredAt: at, actor } = decision.metadata;
          const none = { by: principalOf(actor), first: revision + 1, last: revision };
          this.states.quiet.set(job.commandId, { digest: job.digest, at, ...none });
        }
        return job.resolve({ revision, events, replayed: false });
      }
    }
  }

  /** After a late outcome nobody waits any more: there is nothing to decide again. */
  #told(rest: readonly Step[]): readonly Job[] {
    const jobs = rest.map(({ entry }) => entry.job);
    if (!this.#stuck) return jobs;
    this.#stuck = false;
    return [];
  }

  async #append(part: readonly Encoded[], rest: readonly Step[]): Promise<Settled> {
    const late = setTimeout(() => this.#late(part, rest), this.settings.outcomeDeadline);
    try {
      const events = part.flatMap((one) => one.events);
      return await appendSettled(this.ports.log, events, this.signal);
    } catch (error) {
      if (this.signal.aborted) this.#late(part, rest);
      throw unwritten(error);
    } finally {
      clearTimeout(late);
    }
  }

  /** The callers of the append learn that nobody knows, all others that nothing was written. */
  #late(part: readonly Encoded[], rest: readonly Step[]): void {
    this.#stuck = true;
    for (const { entry, encoded } of rest) {
      const inDoubt = encoded !== undefined && part.includes(encoded);
      entry.job.reject(inDoubt ? unknownOutcome() : waits());
    }
    for (const job of this.#queue.splice(0)) job.reject(waits());
  }
}

/** What a store that takes no writes is answered with; mistakes stay what they are. */
const unwritten = (error: unknown): unknown =>
  error instanceof TypeError || error instanceof AppendTooLarge || error instanceof KeyMissing
    ? error
    : unavailable('Nothing can be written at the moment; repeat later.', error);

const BUSY = 'The organization is busy; repeat in a moment.';
const waits = (): Refusal =>
  unavailable('An earlier write is not settled yet; nothing was written, repeat in a moment.');
const unknownOutcome = (): Refusal =>
  new Refusal(
    'write.outcome_unknown',
    'It may have taken effect; repeat it with the same idempotency key, or look.',
  );

/** It was carried out before; where its events can't be read now, nobody may be told that it was not. */
function inDoubt(error: unknown): never {
  throw error instanceof LogUnavailable ? unknownOutcome() : error;
}

const decided = ({ job, decision }: Entry): Decided[] =>
  decision.kind === 'events' && decision.events.length > 0 ? [{ job, ...decision }] : [];

function stepsOf(entries: readonly Entry[], encoded: readonly Encoded[]): Step[] {
  let next = 0;
  return entries.map((entry) => {
    const own = decided(entry).length > 0 ? encoded[next++] : undefined;
    return own === undefined ? { entry } : { entry, encoded: own };
  });
}

const encodedOf = (steps: readonly Step[]): Encoded[] =>
  steps.flatMap(({ encoded }) => (encoded === undefined ? [] : [encoded]));
