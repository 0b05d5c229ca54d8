/** The change stream: what every event changes of what anybody may do, from any place in the log on. */
import { organizationOf, type Mark, type Recorded } from '#domain/events.js';
import { organizationStream, PLATFORM, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { Coming } from './coming.js';
import { Derivation, isLost, type Part } from './derivation.js';
import { inOrder } from './in-order.js';
import type { Bases } from '../bases.js';
import { found, isBefore, markOf } from '#eventlog/mark.js';
import type { PermissionIndex } from '../permission-index.js';
import { States } from './states.js';
import { HEARTBEAT, type Told, type Watched } from './watched.js';

/** What a stream is made from. */
export interface Source {
  readonly log: EventLog;
  readonly bases: Bases;
  /** Says how far the log is applied and what can't be relied on; what is told is of the log. */
  readonly index: PermissionIndex;
  readonly position: () => bigint | null;
  /** The last event that is applied and can be read. */
  readonly newest: () => Mark | null;
  /** False: that took too long, or is of no interest any more. */
  readonly applied: (isTrue: () => boolean, patience: number) => Promise<boolean>;
  /** Refuses unless whoever watches still may, by everything that is applied. */
  readonly permitted: () => Promise<void>;
  /** Milliseconds a node that is behind is given. */
  readonly patience: number;
}

export class Watch {
  readonly #derivation: Derivation;
  /** Whose streams are read; none: the whole log is. */
  readonly #followed: readonly OrganizationId[];
  /** Revisions up to which those are told. */
  readonly #revisions = new Map<OrganizationId, number>();
  readonly #closed = new Set<OrganizationId>();
  /** The last event that is told; absent: that is not known yet. */
  #after: Mark | null | undefined;
  /** Revisions that were reached and of which nothing was said. */
  #moved = new Map<OrganizationId, number>();
  #beatAt = -Infinity;
  #permittedAt = -Infinity;

  constructor(
    private readonly source: Source,
    private readonly watched: Watched,
    private readonly signal: AbortSignal,
  ) {
    const { bases, index } = source;
    const { organization } = watched;
    this.#followed = organization === undefined ? [] : [...new Set([organization, PLATFORM])];
    this.#derivation = new Derivation(
      new States(bases, (id, version) => index.catalogue(id, version)),
      watched,
      () => index.directory.organizations(),
      (one) => !this.#closed.has(one),
    );
  }

  /**
   * Goes on until aborted, or until nothing can be said of the one organization any more. Refuses
   * what `permitted` refuses, whenever that is; `cursor.invalid` for an event that is not in this
   * log; `read.not_yet` and `read.quarantined`.
   */
  async *run(): AsyncGenerator<Told> {
    await this.#permit();
    yield* this.#begin();
    const coming = new Coming(this.source.log, this.#derivation.position, this.signal);
    try {
      yield* this.#goOn(coming);
    } finally {
      coming.end();
    }
  }

  async *#goOn(coming: Coming): AsyncGenerator<Told> {
    for (;;) {
      await this.source.applied(() => this.#isNews, this.#quiet);
      const [to, begun] = [this.source.position(), performance.now()];
      const events = this.#followed.length === 0 ? coming.upTo(to) : this.#news();
      yield* this.#closings();
      if (this.#isOver || this.signal.aborted) return;
      // Whoever loses the right by one of the events is not told of it.
      await this.#permit();
      for await (const recorded of events) {
        yield* this.#tell(recorded);
        if (this.#isOver || this.signal.aborted) return;
      }
      this.#derivation.skipTo(to);
      // Who is told that they have heard everything has not been told of long ago.
      const isNow = performance.now() - begun < HEARTBEAT / 2;
      if (isNow && (this.#moved.size > 0 || this.#quiet === 0)) yield this.#heartbeat();
    }
  }

  /** What is held, if that is wanted; then there is nothing to tell but what comes after. */
  async *#begin(): AsyncGenerator<Told> {
    const { from, organization } = this.watched;
    if (typeof from === 'object') this.#after = await this.#reach(from.after);
    else if (organization === undefined) this.#after = this.source.newest();
    const end = this.source.position();
    this.#derivation.skipTo(typeof from === 'object' ? (this.#after?.position ?? null) : end);
    yield* this.#closings();
    await this.#permit();
    for (const id of this.#followed) {
      if (this.#closed.has(id)) continue;
      const revision = await this.#derivation.revision(id).catch(lostOf);
      if (revision instanceof DamagedEvent) yield this.#close(id);
      else this.#revisions.set(id, revision);
    }
    if (this.#isOver) return;
    if (this.#after === undefined) this.#after = await this.#lastFollowed();
    if (from !== 'state') return;
    const revisions = new Map<OrganizationId, number>();
    const all =
      organization === undefined ? this.source.index.directory.organizations() : [organization];
    for (const id of [...all]) {
      if (this.#closed.has(id)) continue;
      for await (const step of this.#derivation.held(id)) {
        if (this.signal.aborted) return;
        await this.#stillPermitted();
        if (step === 'breath') continue;
        yield isLost(step) ? this.#close(id) : { tells: 'change', ...step };
      }
      if (this.#closed.has(id)) continue;
      const revision = await this.#derivation.revision(id);
      // One that has come meanwhile is told of when its first event is.
      if (revision >= 0) revisions.set(id, revision);
    }
    yield { tells: 'synced', revisions, after: this.#after };
  }

  /** The same as this log has it, once this node has come there. */
  async #reach(after: Mark | null): Promise<Mark | null> {
    if (after === null) return null;
    const { log, applied, patience } = this.source;
    const there = await found(log, after);
    if (there === undefined) {
      return refuse(
        'cursor.invalid',
        'The log does not have the event of this cursor: begin anew.',
        [{ pointer: '?cursor', detail: 'is of another log, or of an older backup of it' }],
      );
    }
    const isThere = (): boolean => !isBefore(this.source.position(), there.position);
    if (!(await applied(isThere, patience))) {
      refuse('read.not_yet', 'This node has not come to this cursor yet; ask again in a moment.');
    }
    return there;
  }

  /** What is followed of one organization is its own stream and that of the platform. */
  async #lastFollowed(): Promise<Mark | null> {
    let last: Mark | null = null;
    for (const [id, revision] of this.#revisions) {
      // The platform may have no event yet, and then there is none to read.
      if (revision < 0) continue;
      for await (const [event] of this.source.log.read(
        organizationStream(id),
        revision,
        revision,
      )) {
        if (event !== undefined && isBefore(last?.position ?? null, event.position)) {
          last = markOf(event);
        }
      }
    }
    return last;
  }

  async *#tell(recorded: Recorded): AsyncGenerator<Told> {
    const id = organizationOf(recorded.stream);
    // Only with the last part all of the event is told.
    let last: Part | undefined;
    for await (const step of this.#derivation.take(recorded)) {
      if (this.signal.aborted) return;
      await this.#stillPermitted();
      if (step === 'breath') continue;
      if (isLost(step)) {
        if (this.#isWatched(step.organization)) yield this.#close(step.organization);
        continue;
      }
      if (last !== undefined) yield this.#changed(last, recorded);
      last = step;
    }
    const isNew = id !== undefined && recorded.revision > (this.#revisions.get(id) ?? -1);
    if (isNew && this.#isWatched(id)) this.#moved.set(id, recorded.revision);
    if (isNew) this.#revisions.set(id, recorded.revision);
    this.#after = markOf(recorded);
    if (last !== undefined) yield this.#changed(last, recorded);
    if (recorded.event.type !== 'organization.delete' || !this.#isWatched(id!)) return;
    yield this.#close(id!, 'deleted');
  }

  /** Nothing more is said of it; of the platform nobody could do without. */
  #close(organization: OrganizationId, reason: Closing['reason'] = 'quarantined'): Told {
    if (organization === PLATFORM && reason === 'quarantined') platformLost();
    this.#closed.add(organization);
    return { tells: 'closed', organization, reason, after: this.#after };
  }

  /** Nothing can be said of the one organization any more. */
  get #isOver(): boolean {
    return this.watched.organization !== undefined && this.#closed.size > 0;
  }

  #changed(part: Part, event: Recorded): Told {
    if (this.#after?.position === event.position) this.#moved.delete(part.organization);
    return { tells: 'change', ...part, event, after: this.#after };
  }

  #heartbeat(): Told {
    const { organization } = this.watched;
    const revisions =
      organization === undefined
        ? this.#moved
        : new Map([[organization, this.#revisions.get(organization) ?? -1]]);
    this.#moved = new Map();
    this.#beatAt = performance.now();
    return { tells: 'heartbeat', revisions, after: this.#after };
  }

  /** Organizations of which nothing can be said from here on. Of one that is watched alone the end
   * is told at once: whoever is nobody any more may not be told more than that. */
  #closings(): Told[] {
    const { index } = this.source;
    const { organization: only } = this.watched;
    if (index.isQuarantined(PLATFORM)) platformLost();
    const lost = index.faults().flatMap(({ stream }) => organizationOf(stream) ?? []);
    const closings = lost.map((organization) => ({ organization, reason: 'quarantined' as const }));
    const isLost = only === undefined || lost.includes(only);
    const isDeleted = !isLost && index.organization(only).organization.status === 'deleted';
    return [...closings, ...(isDeleted ? [{ organization: only, reason: 'deleted' as const }] : [])]
      .filter(({ organization }) => this.#isWatched(organization))
      .map(({ organization, reason }) => this.#close(organization, reason));
  }

  #isWatched(id: OrganizationId): boolean {
    const { organization } = this.watched;
    return (organization === undefined || organization === id) && !this.#closed.has(id);
  }

  get #isNews(): boolean {
    const { index, position } = this.source;
    if (this.#followed.length === 0) return isBefore(this.#derivation.position, position());
    return this.#followed.some((id) => index.revision(id) > (this.#revisions.get(id) ?? -1));
  }

  /** What has come in the streams that are followed. */
  #news(): AsyncIterable<Recorded> {
    const { log, index } = this.source;
    const news = this.#followed.flatMap((id) => {
      const known = this.#revisions.get(id) ?? -1;
      const newest = index.revision(id);
      return newest > known ? [log.read(organizationStream(id), known + 1, newest)] : [];
    });
    return inOrder(news);
  }

  /** Milliseconds until whoever listens has to be told that they have heard everything. */
  get #quiet(): number {
    return Math.max(0, this.#beatAt + HEARTBEAT - performance.now());
  }

  async #permit(): Promise<void> {
    await this.source.permitted();
    this.#permittedAt = performance.now();
  }

  /** As `#permit`, while much is told. */
  async #stillPermitted(): Promise<void> {
    if (performance.now() > this.#permittedAt + HEARTBEAT) await this.#permit();
  }
}

type Closing = Extract<Told, { tells: 'closed' }>;

const platformLost = (): never =>
  refuse('read.quarantined', 'What the platform gives can not be told until it is repaired.');

const lostOf = (error: unknown): DamagedEvent => {
  if (error instanceof DamagedEvent) return error;
  throw error;
};
