/**
 * One who folds the change stream as its documentation says, and nothing else: shares no code with
 * what derives it.
 */
import type { Told } from '#access/change-stream/watched.js';

/** From (included) until (excluded), as text; empty and `~` where there is no bound. */
type Spell = readonly [from: string, until: string];
type Change = Extract<Told, { tells: 'change' }>;

class Folded {
  readonly held = new Map<string, readonly Spell[]>();
  readonly users = new Map<string, string>();
  readonly spaces = new Map<string, { status: string; only?: readonly string[] }>();

  take({ changes, spaces }: Change): void {
    for (const row of spaces) this.spaces.set(row.space, row);
    for (const change of ['lost', 'gained'] as const) {
      for (const row of changes) {
        if (row.user !== undefined) this.users.set(row.principal, row.user);
        if (row.change !== change) continue;
        const spell: Spell = [row.from ?? '', row.until ?? '~'];
        for (const permission of row.permissions) {
          const key = `${row.principal} ${row.scope} ${permission}`;
          const rest = (this.held.get(key) ?? []).flatMap((one) => without(one, spell));
          this.held.set(key, change === 'gained' ? [...rest, spell] : rest);
        }
      }
    }
  }

  allows(principal: string, permission: string, space: string | undefined, at: string): boolean {
    if (space !== undefined) {
      const { status = 'deleted', only = [] } = this.spaces.get(space) ?? {};
      if (status === 'deleted') return false;
      if (status === 'inactive' && !only.includes(permission)) return false;
    }
    const isHeld = (who: string, scope: string) =>
      (this.held.get(`${who} ${scope} ${permission}`) ?? []).some(
        ([from, until]) => from <= at && at < until,
      );
    const members = [...this.users].flatMap(([member, user]) =>
      user === principal ? [member] : [],
    );
    return [principal, ...members].some(
      (who) => isHeld(who, 'organization') || (space !== undefined && isHeld(who, space)),
    );
  }
}

const without = ([from, until]: Spell, [start, end]: Spell): Spell[] => {
  const left: Spell = [from, start < until ? start : until];
  const right: Spell = [end > from ? end : from, until];
  return [left, right].filter(([a, b]) => a < b);
};

export class Subscriber {
  readonly #organizations = new Map<string, Folded>();
  readonly closed = new Map<string, string>();

  take(told: Told): void {
    if (told.tells === 'closed') this.closed.set(told.organization, told.reason);
    if (told.tells !== 'change') return;
    const folded = this.#organizations.get(told.organization) ?? new Folded();
    this.#organizations.set(told.organization, folded);
    folded.take(told);
  }

  allows(
    organization: string,
    principal: string,
    permission: string,
    space: string | undefined,
    at: string,
  ): boolean {
    if (this.closed.has(organization)) return false;
    const folded = this.#organizations.get(organization);
    return folded?.allows(principal, permission, space, at) ?? false;
  }
}
