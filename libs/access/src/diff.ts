/** Access diff: who gained and lost what between two moments. */
import { LRUCache } from 'lru-cache';
import type { Permission, Scope, UserId } from '#domain/ids.js';
import { PLATFORM } from '#domain/ids.js';
import { effectivePermissions, type Rights } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import type { Moment } from './moment.js';
import type { Then } from './past.js';
import { find } from './principals.js';
import { kindOf, type Freshness, type Principal, type PrincipalKind } from './questions.js';
import { walk, type At, type Candidate, type From, type Stretch } from './stretch.js';

/** What has changed from the one moment to the other? */
export interface DiffQuestion extends Freshness {
  readonly from: Moment;
  readonly to: Moment;
}

/**
 * A permission that a principal has at the one moment and not at the other. What is held in the
 * whole organization is told of the organization and not again of each space, be it new or gone.
 */
export interface DiffRow {
  readonly change: 'gained' | 'lost';
  readonly kind: PrincipalKind;
  readonly principal: Principal;
  readonly scope: Scope;
  readonly permission: Permission;
}

/** Principals that are looked at in one go: each is asked for all it may do, twice. */
const LOOKS = 500;
/** Lists of principals that are kept while somebody reads the pages of a diff. */
const KEPT = 8;
/** After every scope. */
const END = '~';

export class Diffs {
  readonly #principals = new LRUCache<string, readonly Principal[]>({ max: KEPT });

  /** By principal, scope and permission. Refuses (`request.invalid`) moments the wrong way round. */
  between(before: Then, after: Then, from: From): Stretch<DiffRow> {
    if (before.at > after.at || before.revision > after.revision) {
      refuse('request.invalid', 'from must come before to.', [
        { pointer: '?from', detail: 'must come before to' },
      ]);
    }
    const principals = this.#principalsOf(before, after);
    return walk(candidates(before, after, principals, from.after), { looks: LOOKS, ...from });
  }

  /** Whoever is somebody at either moment, sorted. */
  #principalsOf(before: Then, after: Then): readonly Principal[] {
    const moments = [before, after].map(
      ({ revision, platformRevision, at }) => `${revision} ${platformRevision} ${at}`,
    );
    const key = [before.place.organization.id, ...moments].join(' ');
    const known = this.#principals.get(key);
    if (known !== undefined) return known;
    const found = new Set([before, after].flatMap((then) => [...lodgers(then), ...visitors(then)]));
    const members = new Set([before, after].flatMap((then) => [...activeUsers(then)]));
    const principals = [...found].filter((one) => !members.has(one as UserId)).sort();
    this.#principals.set(key, principals);
    return principals;
  }
}

function* lodgers({ place: { organization } }: Then): Generator<Principal> {
  yield* organization.members.keys();
  yield* organization.serviceAccounts.keys();
  yield* organization.apiKeys.keys();
}

/** Who may be somebody here through the platform. */
function* visitors({ place }: Then): Generator<Principal> {
  const { organization } = place.platform;
  if (place.organization.id === PLATFORM) return;
  for (const { user } of organization.members.values()) if (user !== undefined) yield user;
  yield* organization.serviceAccounts.keys();
  yield* organization.apiKeys.keys();
}

/** They are told of as members. */
function* activeUsers({ place: { organization } }: Then): Generator<UserId> {
  for (const [user, id] of organization.memberByUser.entries()) {
    if (organization.members.get(id)?.status === 'active') yield user;
  }
}

function* candidates(
  before: Then,
  after: Then,
  principals: readonly Principal[],
  begun: At = ['', '', ''],
): Generator<Candidate<DiffRow>> {
  const [last, ...rest] = begun as [string, string, string];
  for (const principal of principals) {
    if (principal < last) continue;
    for (const row of rowsOf(before, after, principal)) {
      const { scope, permission } = row;
      const at = [principal, scope, permission];
      if (principal !== last || comesAfter([scope, permission], rest)) yield { at, row };
    }
    if (principal !== last) yield { at: [principal, END, ''] };
  }
}

const comesAfter = ([scope, permission]: readonly [string, string], [s, p]: readonly string[]) =>
  scope === s ? permission > p! : scope > s!;

function rowsOf(before: Then, after: Then, principal: Principal): DiffRow[] {
  const [old, young] = [rightsAt(before, principal), rightsAt(after, principal)];
  const spaces = [...old.held, ...young.held].map(({ scope }) => scope);
  const scopes = [...new Set<Scope>(['organization', ...spaces])].sort();
  const everywhere = {
    old: may(before, old, 'organization'),
    young: may(after, young, 'organization'),
  };
  return scopes.flatMap((scope) => {
    const isAll = scope === 'organization';
    const had = may(before, old, scope);
    const has = may(after, young, scope);
    const row = (change: DiffRow['change'], permission: Permission): DiffRow => {
      return { change, kind: kindOf(principal), principal, scope, permission };
    };
    return [
      ...[...has]
        .filter((one) => !had.has(one) && (isAll || !everywhere.young.has(one)))
        .map((one) => row('gained', one)),
      ...[...had]
        .filter((one) => !has.has(one) && (isAll || !everywhere.old.has(one)))
        .map((one) => row('lost', one)),
    ].sort((a, b) => (a.permission < b.permission ? -1 : 1));
  });
}

const rightsAt = ({ place, at }: Then, principal: Principal): Rights =>
  find(place.organization, place.catalogue, place.platform, principal, at).rights;

const may = ({ place }: Then, rights: Rights, scope: Scope): Set<Permission> =>
  effectivePermissions(place.organization, place.catalogue, rights, scope);
