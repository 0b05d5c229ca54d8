import type { ActorFact } from '#domain/events.js';
import { unknownOrganization } from '#domain/delegation.js';
import {
  organizationStream,
  PLATFORM,
  type CatalogueId,
  type OrganizationId,
  type SpaceId,
  type UserId,
} from '#domain/ids.js';
import type { Reach } from '#domain/reach.js';
import { Refusal, refuse } from '#domain/refusals.js';
import { routePermission } from '#catalogues/routes.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import {
  askedAcross,
  mayRead,
  mayReadEverywhere,
  readable,
  type Readable,
  type Reading,
} from './asking.js';
import { Bases } from './bases.js';
import { Explaining, sightOf, type Explanation } from './explain.js';
import { Diffs, type DiffQuestion, type DiffRow } from './diff.js';
import { instant, type Moment } from './moment.js';
import { Following, notYet } from './following.js';
import { isKnown } from './known.js';
import { Listings } from './listings.js';
import { notReached, Past, type PastOptions, type Then } from './past.js';
import type { Place } from './place.js';
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
import { Reaching, type ReachQuestion } from './reach.js';
import type { From, Stretch } from './stretch.js';
import { Watch, type Source } from './change-stream/watch.js';
import type { Told, Watched } from './change-stream/watched.js';
import {
  mayReadWhereabouts,
  whereabouts,
  type WhereQuestion,
  type WhereRow,
} from './whereabouts.js';
import { whereaboutsThen } from './whereabouts-then.js';

/** Questions in one batch. */
export const BATCH_LIMIT = 1000;

/** What whoever can't ask of every organization can ask. */
const ONE_OF_THEIRS = 'name an organization that you are a member of';

/** Which state decides who may ask: as of what is asked for, and of what is told. */
export interface Asked extends Freshness {
  readonly at?: Moment | undefined;
  readonly from?: Moment | undefined;
  readonly to?: Moment | undefined;
}

export interface AccessOptions {
  /** The clock that grants are compared with, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** How long a question waits for the revision it needs, in milliseconds. */
  readonly patience?: number;
  readonly past?: PastOptions;
  /** Where the index and the states of organizations are kept between starts; absent: they are
   * folded from the first event. */
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
  readonly #reaching = new Reaching();
  readonly #diffs = new Diffs();
  readonly #listings = new Listings();
  readonly #now: () => number;

  constructor(
    log: EventLog,
    { now = Date.now, patience = 2000, past, snapshots }: AccessOptions = {},
  ) {
    super(log, patience, snapshots);
    this.#now = now;
    this.#bases = new Bases(log, snapshots);
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

  /** Is nothing answered of the organization? */
  isQuarantined(organization: OrganizationId): boolean {
    return this.index.isQuarantined(organization);
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

  /** The catalogue that it is on. Refuses as `check` does. */
  catalogueOf(organization: OrganizationId): CatalogueId {
    return this.index.organization(organization).catalogue.id;
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
    return this.#reaching.of(await this.#asIs(freshness.organization), member);
  }

  /** Who holds a permission, a stretch at a time. Refuses as `check` does, and `space.not_found`. */
  async holders(question: HoldersQuestion, from: From): Promise<Stretch<HolderRow>> {
    if (this.isLate(question)) await this.fresh([question]);
    const { organization, at } = question;
    if (at !== undefined) {
      const then = await this.asOf(organization, at);
      return holders(then.place, this.#listings.of(then), question, from, then.at);
    }
    const place = this.index.organization(organization);
    return holders(place, this.index.directory, question, from, instant(this.#now()));
  }

  /** Where a principal holds a permission, a stretch at a time, in all organizations. Refuses
   * `permission.denied` or `organization.not_found` to who may not read that, `permission.unknown`
   * and `principal.invalid`; and what `Past.cut` refuses where it is about the past. */
  async whereabouts(
    question: WhereQuestion,
    actor: ActorFact,
    from: From,
  ): Promise<Stretch<WhereRow>> {
    await this.freshEverywhere();
    if (question.since !== undefined) await this.asOfAny(question.since, actor);
    const { at } = question;
    // Nothing is told of a moment by rights from before it.
    if (at !== undefined) await this.upToNow();
    const now = instant(this.#now());
    mayReadWhereabouts(this.index, question, actor, now);
    if (at === undefined) return whereabouts(this.index, question, from, now);
    // To whom an organization is not known, it has not come to anything.
    if ('revision' in at && !isKnown(this.index, at.organization, actor, now)) notReached();
    const cut = await this.#past.cut(at, now);
    const state = { index: this.index, past: this.#past, listings: this.#listings };
    return whereaboutsThen(state, question, cut, actor, from, now);
  }

  /**
   * What changes of what anybody may do, as it happens; see `Watch.run`. Refuses also
   * `permission.unknown`.
   * @param who who watches, asked again and again: refuses once they are nobody any more.
   */
  async *watch(
    watched: Watched,
    who: () => Promise<ActorFact>,
    signal: AbortSignal,
  ): AsyncGenerator<Told> {
    // The index is another one until it has begun.
    await this.#mayWatch(watched, await who());
    this.#requirePermission(watched);
    const source: Source = {
      log: this.log,
      bases: this.#bases,
      index: this.index,
      position: () => this.position,
      newest: () => this.newest,
      applied: (isTrue, patience) => this.applied(isTrue, patience, signal),
      permitted: async () => this.#mayWatch(watched, await who()),
      patience: this.patience,
    };
    yield* new Watch(source, watched, signal).run();
  }

  /** In whatever version: what is told is of all times. */
  #requirePermission({ organization, permission }: Watched): void {
    if (permission === undefined) return;
    if (organization === undefined) return this.index.requirePermission(permission);
    this.index.requirePermission(permission, this.index.organization(organization).catalogue.id);
  }

  /** Also of oneself alone: of the spaces everything is told. */
  async #mayWatch({ organization }: Watched, actor: ActorFact): Promise<void> {
    const reading = { actor, operation: 'read_access' } as const;
    if (organization !== undefined) return this.mayRead({ organization }, reading);
    await this.freshEverywhere();
    const now = instant(this.#now());
    askedAcross(() => mayRead(this.index.organization(PLATFORM), reading, now), ONE_OF_THEIRS);
  }

  /** Refuses unless the actor may ask what the principal may do there; see `mayRead`. */
  mayAsk(
    question: Asked & { readonly principal: Principal; readonly space?: SpaceId },
    actor: ActorFact,
  ): Promise<void> {
    const { principal, space: scope = 'organization' } = question;
    return this.mayRead(question, { actor, operation: 'read_access', scope, about: [principal] });
  }

  /** Refuses unless the actor may read this about others; see `mayRead` in asking.ts. */
  async mayRead(asked: Asked, reading: Reading): Promise<void> {
    await this.#asOfThePlatform(asked, reading.actor);
    const { at, from, to } = asked;
    const moments = [at, from, to].filter((moment) => moment !== undefined);
    const freshness = moments.length === 0 ? asked : await this.#asOfThen(asked, moments);
    const place = await this.#placeOf(freshness, reading);
    const { actor, operation } = reading;
    const now = this.#now();
    // Most who ask about others are members, or of the platform, and may.
    const isSo =
      actor.kind === 'user' &&
      this.index.isOwnRight(place.organization.id, actor.id, operation, now);
    if (!isSo) mayRead(place, reading, instant(now));
  }

  /** Nothing is told of a moment by rights from before it, where this node is behind the log. */
  async #asOfThen(asked: Freshness, moments: readonly Moment[]): Promise<Freshness> {
    const { organization } = asked;
    const last = await this.log.last(organizationStream(organization)).catch(() => undefined);
    if (last === undefined) return asked;
    const revisions = moments.map((moment) =>
      'revision' in moment ? Math.min(moment.revision, last.revision) : last.revision,
    );
    const needed = { organization, atLeast: Math.max(asked.atLeast ?? 0, ...revisions) };
    return this.isLate(needed) ? needed : asked;
  }

  /**
   * Waits until what the platform gives is as of `platform`: from there on nothing is answered from
   * before it. To whom the platform is not known, its last revision is waited for whichever they
   * name. Refuses `read.not_yet`.
   */
  async #asOfThePlatform({ platform }: Freshness, actor: ActorFact): Promise<void> {
    if (platform === undefined) return;
    const isTheirs = isKnown(this.index, PLATFORM, actor, instant(this.#now()));
    const needed = isTheirs ? platform : await this.#lastOf(PLATFORM);
    const freshness = { organization: PLATFORM, atLeast: needed };
    if (this.isLate(freshness)) await this.fresh([freshness]);
  }

  /** Waits until what is across organizations is as of this; whose organization the actor is not in,
   * of that it says nothing (see `knows`). Refuses `read.not_yet`. */
  async asOfAny(freshness: Freshness, actor: ActorFact): Promise<void> {
    await this.#asOfThePlatform(freshness, actor);
    await this.knows(freshness, actor);
  }

  /** Of the organization's stream, -1 where it is empty. Refuses `read.not_yet` where that can't be
   * read. */
  async #lastOf(organization: OrganizationId): Promise<number> {
    const last = await this.log.last(organizationStream(organization)).catch(notYet);
    return last?.revision ?? -1;
  }

  /** As `mayRead`, of every organization there is; refuses `permission.denied`. */
  async mayReadEverywhere(reading: Reading, atLeast?: number): Promise<void> {
    const platform = { organization: PLATFORM, ...(atLeast === undefined ? {} : { atLeast }) };
    await this.freshEverywhere(platform);
    const now = instant(this.#now());
    askedAcross(
      () => mayReadEverywhere(this.index.organization(PLATFORM), reading, now),
      ONE_OF_THEIRS,
    );
  }

  /** Where the actor may read such things; refuses as `mayRead` does, and where that is nowhere. */
  async readable(freshness: Freshness, reading: Reading): Promise<Readable> {
    await this.#asOfThePlatform(freshness, reading.actor);
    return readable(await this.#placeOf(freshness, reading), reading, instant(this.#now()));
  }

  /** Refuses `organization.not_found`, `read.not_yet` and `read.quarantined`. */
  async #placeOf(freshness: Freshness, { actor }: Reading): Promise<Place> {
    const { organization, atLeast } = freshness;
    if (this.isLate({ organization })) await this.fresh([{ organization }]);
    // To whom one is not known that can be answered about, they are told with everything else.
    const isPlain = atLeast === undefined && !this.index.isQuarantined(organization);
    if (!isPlain && !(await this.knows(freshness, actor)))
      unknownOrganization({ id: organization });
    return this.index.organization(organization);
  }

  /**
   * Is the organization known to the actor, as of the revision asked for? Whoever is nobody there
   * waits for as long as for one that does not exist, and so learns neither how far it has come nor
   * that it is quarantined. Refuses `read.not_yet` where this node is behind the log: then nobody
   * can say of anybody that they are nobody, whichever organization it is.
   */
  async knows(freshness: Freshness, actor: ActorFact): Promise<boolean> {
    const { organization } = freshness;
    if (this.isLate({ organization })) await this.fresh([{ organization }]);
    const isSo = () => isKnown(this.index, organization, actor, instant(this.#now()));
    if (freshness.atLeast === undefined) return isSo();
    // They may be somebody as of that revision only.
    if (!isSo()) {
      const head = await this.log.head();
      await this.applied(() => isSo() && !this.isLate(freshness), this.patience);
      if (!isSo() && !this.isUpTo(head)) notYet();
    }
    if (isSo() && this.isLate(freshness)) await this.fresh([freshness]);
    return isSo();
  }

  #answer(organization: OrganizationId, { allowed, reason }: Verdict): AccessAnswer {
    return { allowed, reason, revision: this.index.revision(organization) };
  }
}
