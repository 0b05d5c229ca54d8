import type { ActorFact } from '#domain/events.js';
import { PLATFORM, type OrganizationId, type SpaceId, type UserId } from '#domain/ids.js';
import type { Reach } from '#domain/reach.js';
import { Refusal, refuse } from '#domain/refusals.js';
import { routePermission } from '#catalogues/routes.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { mayRead, readable, type Readable, type Reading } from './asking.js';
import { Bases } from './bases.js';
import { Explaining, sightOf, type Explanation } from './explain.js';
import { Diffs, type DiffQuestion, type DiffRow } from './diff.js';
import { instant, type Moment } from './moment.js';
import { Following } from './following.js';
import { Past, type PastOptions, type Then } from './past.js';
import { holders, type HolderRow, type HoldersQuestion } from './holders.js';
import type {
  AccessAnswer,
  AccessQuestion,
  BatchAnswer,
  Freshness,
  KeyScopeQuestion,
  PermissionsAnswer,
  PermissionsQuestion,
  Principal,
  RouteQuestion,
  Verdict,
} from './questions.js';
import { checkThen, keyScopeThen, permissionsThen, routeThen } from './then.js';
import { reachOf, type ReachQuestion } from './reach.js';
import type { From, Stretch } from './stretch.js';
import { Watch, type Source } from './change-stream/watch.js';
import type { Told, Watched } from './change-stream/watched.js';
import {
  mayReadWhereabouts,
  whereabouts,
  type WhereQuestion,
  type WhereRow,
} from './whereabouts.js';

/** Questions in one batch. */
export const BATCH_LIMIT = 1000;

export interface AccessOptions {
  /** The clock that grants are compared with, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** How long a question waits for the revision it needs, in milliseconds. */
  readonly patience?: number;
  readonly past?: PastOptions;
  /** Where the index is kept between starts; absent: it is folded from the first event. */
  readonly snapshots?: Snapshots;
}

/**
 * Answers what anybody may do, from memory that follows the log in commit order. Every question is
 * decided by the clock at the moment it is asked, and by a state no older than `atLeast` and than
 * what this node has acknowledged (`read.not_yet` where that takes too long).
 */
export class Access extends Following {
  readonly #past: Past;
  readonly #bases: Bases;
  readonly #explaining: Explaining;
  readonly #diffs = new Diffs();
  readonly #now: () => number;

  constructor(
    log: EventLog,
    { now = Date.now, patience = 2000, past, snapshots }: AccessOptions = {},
  ) {
    super(log, patience, snapshots);
    this.#now = now;
    this.#bases = new Bases(log);
    this.#explaining = new Explaining(log);
    this.#past = new Past(
      log,
      this.#bases,
      (id, version) => this.index.catalogue(id, version),
      (organization) => this.index.revision(organization),
      past,
    );
  }

  /**
   * Refuses: `organization.not_found`, `permission.unknown`, `principal.invalid`, `read.not_yet`,
   * `read.quarantined`; and what `Past.at` refuses where it is about the past.
   */
  async check(question: AccessQuestion): Promise<AccessAnswer> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, principal, permission, space, at } = question;
    if (at !== undefined) return checkThen(await this.asOf(organization, at), question);
    const verdict = this.index.check(organization, principal, permission, space, this.#now());
    return this.#answer(organization, verdict);
  }

  /**
   * Every question at one moment, each organization at one revision. A quarantined organization
   * is denied, the rest answered; any other refusal is of the whole batch and names the question.
   * @param at the moment; absent: now.
   */
  async checkBatch(questions: readonly AccessQuestion[], at?: Moment): Promise<BatchAnswer> {
    if (questions.length > BATCH_LIMIT) {
      refuse('batch.too_large', `Ask at most ${BATCH_LIMIT} questions at a time.`);
    }
    if (questions.some((one) => this.isLate(one))) await this.fresh(questions);
    const now = this.#now();
    const organizations = [...new Set(questions.map(({ organization }) => organization))].filter(
      (organization) => !this.index.isQuarantined(organization),
    );
    const thens = new Map<OrganizationId, Then>();
    for (const organization of at === undefined ? [] : organizations) {
      thens.set(organization, await this.asOf(organization, at!));
    }
    const results = questions.map((question, number) =>
      this.#row(question, number, now, thens.get(question.organization)),
    );
    const revisions = organizations.map((organization) => {
      const revision = thens.get(organization)?.revision ?? this.index.revision(organization);
      return [organization, revision] as const;
    });
    return { results, revisions: Object.fromEntries(revisions) };
  }

  #row(question: AccessQuestion, number: number, now: number, then?: Then): Verdict {
    const { organization, principal, permission, space } = question;
    if (this.index.isQuarantined(organization)) return { allowed: false, reason: 'quarantined' };
    try {
      if (then !== undefined) {
        const { allowed, reason } = checkThen(then, question);
        return { allowed, reason };
      }
      return this.index.check(organization, principal, permission, space, now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const pointer = `/checks/${number}`;
      throw new Refusal(error.code, error.message, [{ pointer, detail: error.message }]);
    }
  }

  /** As `check`; a route the catalogue does not have is denied. */
  async route(question: RouteQuestion): Promise<AccessAnswer> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, principal, method, path, space, at } = question;
    if (at !== undefined) return routeThen(await this.asOf(organization, at), question);
    const permission = routePermission(
      this.index.organization(organization).catalogue,
      method,
      path,
    );
    const verdict: Verdict =
      permission === undefined
        ? { allowed: false, reason: 'route.unknown' }
        : this.index.check(organization, principal, permission, space, this.#now());
    return this.#answer(organization, verdict);
  }

  /** As `check`, and refuses `api_key.scope_unknown`. */
  async keyScope(question: KeyScopeQuestion): Promise<AccessAnswer> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, at } = question;
    if (at !== undefined) return keyScopeThen(await this.asOf(organization, at), question);
    return this.#answer(organization, this.index.keyScope(question, this.#now()));
  }

  /** Everything a principal may do at the organization or a space; refuses also
   * `space.not_found`. Nobody has an empty list. */
  async permissions(question: PermissionsQuestion): Promise<PermissionsAnswer> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, at } = question;
    if (at !== undefined) return permissionsThen(await this.asOf(organization, at), question);
    const permissions = this.index.permissions(question, this.#now());
    return { permissions, revision: this.index.revision(organization) };
  }

  /** Why the answer is what it is; refuses as `check` does. What of it the actor is shown is decided
   * by what they may do now. */
  async explain(question: AccessQuestion, actor: ActorFact): Promise<Explanation> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, at, space = 'organization' } = question;
    const now = instant(this.#now());
    const present = this.index.organization(organization);
    const sight = sightOf(present, actor, space, now);
    const then =
      at === undefined ? await this.#asIs(organization) : await this.asOf(organization, at);
    return this.#explaining.explain(then, question, sight);
  }

  /** An organization as it is, with all that the rules ask for. Refuses as `check` does. */
  #asIs(organization: OrganizationId): Promise<Then> {
    this.index.organization(organization);
    const isTrusted = !this.index.isQuarantined(PLATFORM);
    return this.#past.present(organization, this.position, instant(this.#now()), isTrusted);
  }

  /** An organization as it stood; refuses what `Past.at` does, and as `check` does. */
  async asOf(organization: OrganizationId, at: Moment): Promise<Then> {
    this.index.organization(organization);
    return this.#past.at(organization, at, instant(this.#now()));
  }

  /** A person who is a member by that id; anybody else as asked. Refuses as `check` does. */
  knownAs(organization: OrganizationId, principal: Principal): Principal {
    const { memberByUser } = this.index.organization(organization).organization;
    return memberByUser.get(principal as UserId) ?? principal;
  }

  /** Who gained and lost what, a stretch at a time. Refuses as `asOf` does, and
   * `request.invalid`. */
  async diff(question: DiffQuestion, start: From): Promise<Stretch<DiffRow>> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, from, to } = question;
    const before = await this.asOf(organization, from);
    return this.#diffs.between(before, await this.asOf(organization, to), start);
  }

  /** What a member could come to hold by acts they may do. Refuses as `check` does, and
   * `member.not_found`. */
  async reach({ member, ...freshness }: ReachQuestion): Promise<readonly Reach[]> {
    if (this.isLate(freshness)) await this.fresh([freshness]);
    const { place, at } = await this.#asIs(freshness.organization);
    return reachOf(place, member, at);
  }

  /** Who holds a permission, a stretch at a time. Refuses as `check` does, and `space.not_found`. */
  async holders(question: HoldersQuestion, from: From): Promise<Stretch<HolderRow>> {
    if (this.isLate(question)) await this.fresh([question]);
    const place = this.index.organization(question.organization);
    return holders(place, this.index.directory, question, from, instant(this.#now()));
  }

  /** Where a principal holds a permission, a stretch at a time, in all organizations. Refuses
   * `permission.denied` or `organization.not_found` to who may not read that, and as `check` does. */
  async whereabouts(
    question: WhereQuestion,
    actor: ActorFact,
    from: From,
  ): Promise<Stretch<WhereRow>> {
    await this.freshEverywhere(question.since);
    const now = instant(this.#now());
    mayReadWhereabouts(this.index, question.principal, actor, now);
    return whereabouts(this.index, question, from, now);
  }

  /**
   * What changes of what anybody may do, as it happens; see `Watch.run`.
   * @param who who watches, asked again and again: refuses once they are nobody any more.
   */
  async *watch(
    watched: Watched,
    who: () => Promise<ActorFact>,
    signal: AbortSignal,
  ): AsyncGenerator<Told> {
    // The index is another one until it has begun.
    await this.#mayWatch(watched, await who());
    const source: Source = {
      log: this.log,
      bases: this.#bases,
      index: this.index,
      position: () => this.position,
      applied: (isTrue, patience) => this.applied(isTrue, patience, signal),
      permitted: async () => this.#mayWatch(watched, await who()),
      patience: this.patience,
    };
    yield* new Watch(source, watched, signal).run();
  }

  /** Also of oneself alone: of the spaces everything is told. */
  async #mayWatch({ organization }: Watched, actor: ActorFact): Promise<void> {
    const reading = { actor, operation: 'read_access' } as const;
    if (organization !== undefined) return this.mayRead({ organization }, reading);
    await this.freshEverywhere();
    mayRead(this.index.organization(PLATFORM), reading, instant(this.#now()));
  }

  /** Refuses unless the actor may ask what the principal may do there; see `mayRead`. */
  mayAsk(
    question: Freshness & { readonly principal: Principal; readonly space?: SpaceId },
    actor: ActorFact,
  ): Promise<void> {
    const { principal, space: scope = 'organization' } = question;
    return this.mayRead(question, { actor, operation: 'read_access', scope, about: [principal] });
  }

  /** Refuses unless the actor may read this about others; see `mayRead` in asking.ts. */
  async mayRead(freshness: Freshness, reading: Reading): Promise<void> {
    if (this.isLate(freshness)) await this.fresh([freshness]);
    mayRead(this.index.organization(freshness.organization), reading, instant(this.#now()));
  }

  /** Where the actor may read such things; refuses as `mayRead` does, and where that is nowhere. */
  async readable(freshness: Freshness, reading: Reading): Promise<Readable> {
    if (this.isLate(freshness)) await this.fresh([freshness]);
    return readable(this.index.organization(freshness.organization), reading, instant(this.#now()));
  }

  #answer(organization: OrganizationId, { allowed, reason }: Verdict): AccessAnswer {
    return { allowed, reason, revision: this.index.revision(organization) };
  }
}
