/** Whose turn it is: what is sent next of all that is due. */
import type { Delivery } from './deliveries.js';

type Due = Pick<Delivery, 'organization' | 'endpoint' | 'dueAt'>;

/** Requests under way at the same time: in all; of one organization, however slowly its endpoints
 * answer; and to one endpoint. */
export const AT_ONCE = { all: 32, ofOrganization: 4, ofEach: 2 } as const;

/**
 * What is begun now of what is due and not under way: first of the organizations, and of their
 * endpoints, that have the fewest requests under way, then what has been due for longest.
 */
export function chosen<D extends Due>(due: readonly D[], underway: readonly Due[]): D[] {
  const held = new Held(underway);
  const waiting = new Set(due);
  const begun: D[] = [];
  while (underway.length + begun.length < AT_ONCE.all) {
    let first: D | undefined;
    for (const one of waiting) {
      if (!held.hasRoom(one)) waiting.delete(one);
      else if (first === undefined || held.comesBefore(one, first)) first = one;
    }
    if (first === undefined) break;
    waiting.delete(first);
    held.take(first);
    begun.push(first);
  }
  return begun;
}

/** How many requests each organization and each endpoint has. */
class Held {
  readonly #ofOrganization = new Map<string, number>();
  readonly #ofEach = new Map<string, number>();

  constructor(underway: readonly Due[]) {
    for (const one of underway) this.take(one);
  }

  take(one: Due): void {
    const [ofOrganization, ofEach] = this.#of(one);
    this.#ofOrganization.set(one.organization, ofOrganization + 1);
    this.#ofEach.set(one.endpoint, ofEach + 1);
  }

  hasRoom(one: Due): boolean {
    const [ofOrganization, ofEach] = this.#of(one);
    return ofOrganization < AT_ONCE.ofOrganization && ofEach < AT_ONCE.ofEach;
  }

  comesBefore(one: Due, other: Due): boolean {
    const [[a, b], [c, d]] = [this.#of(one), this.#of(other)];
    return (a - c || b - d || (one.dueAt < other.dueAt ? -1 : 0)) < 0;
  }

  #of({ organization, endpoint }: Due): readonly [number, number] {
    return [this.#ofOrganization.get(organization) ?? 0, this.#ofEach.get(endpoint) ?? 0];
  }
}
