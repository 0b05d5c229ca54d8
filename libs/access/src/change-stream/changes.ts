/**
 * Who gains and loses what: the exact difference between what was to be held and what is, as
 * intervals of time. It looks at two states and nothing else; whoever folds the differences of all
 * events holds what a question would be answered with, at any moment from the last of them on.
 */
import type { Instant, Permission, Scope, UserId } from '#domain/ids.js';
import type { Member } from '#domain/state.js';
import { NEVER, type Holdings, type Outlook, type Piece } from './outlook.js';
import { kindOf, type Principal, type PrincipalKind } from '../questions.js';

/** Permissions that a principal gains or loses at a scope, for a time. */
export interface ChangeRow {
  readonly principal: Principal;
  readonly kind: PrincipalKind;
  /** The person a member is: what the member holds is held by that person. */
  readonly user?: UserId;
  /** A space: what is given there, held while the space is open for it; see `Holdings`. */
  readonly scope: Scope;
  readonly change: 'gained' | 'lost';
  /** Sorted. */
  readonly permissions: readonly Permission[];
  /** Absent: no later than from the event on. */
  readonly from?: Instant;
  /** Until just before; absent: without end. */
  readonly until?: Instant;
}

type Change = Omit<ChangeRow, 'principal' | 'kind' | 'user'>;

/** What changes for each principal, from the moment on. */
export class Comparison {
  /** By what is held and what is not: those who are alike gain and lose alike. */
  readonly #known = {
    gained: new WeakMap<readonly Piece[], WeakMap<readonly Piece[], readonly Change[]>>(),
    lost: new WeakMap<readonly Piece[], WeakMap<readonly Piece[], readonly Change[]>>(),
  };

  constructor(
    private readonly before: Outlook,
    private readonly after: Outlook,
    private readonly from: Instant,
  ) {}

  /** A member who is not known to be that person yet is told of as a whole. */
  of(principal: Principal): ChangeRow[] {
    const was = this.before.of(principal, this.from);
    const is = this.after.of(principal, this.from);
    const known = personOf(this.before, principal);
    const user = personOf(this.after, principal) ?? known;
    const changes = [
      ...this.#difference('lost', was, is),
      ...this.#difference('gained', is, user === known ? was : NEVER),
    ];
    const about = { principal, kind: kindOf(principal), ...(user === undefined ? {} : { user }) };
    return changes.map((change) => ({ ...about, ...change }));
  }

  #difference(
    change: Change['change'],
    these: readonly Piece[],
    those: readonly Piece[],
  ): readonly Change[] {
    const known = this.#known[change].get(these) ?? new WeakMap();
    const found = known.get(those) ?? difference(change, these, those);
    this.#known[change].set(these, known.set(those, found));
    return found;
  }
}

const personOf = ({ place }: Outlook, principal: Principal): UserId | undefined =>
  place?.organization.members.get(principal as Member['id'])?.user;

/** What is in `these` pieces and not in `those`. */
function difference(
  change: Change['change'],
  these: readonly Piece[],
  those: readonly Piece[],
): Change[] {
  const spells = new Map<string, Spell[]>();
  for (const { from, until, here, there } of sideBySide(these, those)) {
    for (const [scope, permissions] of here) {
      const others = there.get(scope);
      for (const permission of permissions) {
        if (others?.has(permission)) continue;
        const key = `${scope} ${permission}`;
        const before = spells.get(key) ?? [];
        const last = before.at(-1);
        // It may only go on where the piece before it ended.
        if (last !== undefined && last.until === from) last.until = until;
        else spells.set(key, [...before, { scope, permission, from, until }]);
      }
    }
  }
  return grouped(change, [...spells.values()].flat());
}

interface Spell {
  readonly scope: Scope;
  readonly permission: Permission;
  readonly from: Instant | undefined;
  until: Instant | undefined;
}

/** Both, cut wherever one of them is. */
function* sideBySide(these: readonly Piece[], those: readonly Piece[]) {
  const cuts = [...these, ...those].flatMap(({ until }) => until ?? []);
  let from: Instant | undefined;
  for (const until of [...[...new Set(cuts)].sort(), undefined]) {
    const at = (pieces: readonly Piece[]): Holdings =>
      pieces.find((one) => one.until === undefined || (until !== undefined && until <= one.until))!
        .holdings;
    yield { from, until, here: at(these), there: at(those) };
    from = until;
  }
}

/** Permissions of one scope and one time go together. */
function grouped(change: Change['change'], spells: readonly Spell[]): Change[] {
  const groups = new Map<string, Change & { readonly permissions: Permission[] }>();
  for (const { scope, permission, from, until } of spells) {
    const key = [scope, from, until].join();
    const times = {
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
    };
    const group = groups.get(key) ?? { scope, change, permissions: [], ...times };
    group.permissions.push(permission);
    groups.set(key, group);
  }
  for (const { permissions } of groups.values()) permissions.sort();
  return [...groups.values()];
}
