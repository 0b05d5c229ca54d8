/**
 * Tables of the state. A table can be laid over another: what is written stays in the upper one,
 * what is read falls through. So commands can be decided one upon the other's result, and the
 * base, which only stored events change, is never touched by what may still fail.
 */

/** Key → value. Values are not changed in place: they are replaced. */
export interface Table<K, V> {
  readonly size: number;
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): void;
  delete(key: K): void;
  entries(): IterableIterator<[K, V]>;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  /** An empty table over this one. */
  overlay(): Table<K, V>;
}

/** Key → set of values, as a table. */
export interface Group<K, V> {
  of(key: K): IterableIterator<V>;
  has(key: K, value: V): boolean;
  count(key: K): number;
  add(key: K, value: V): void;
  remove(key: K, value: V): void;
  clear(key: K): void;
  overlay(): Group<K, V>;
}

const GONE = Symbol('gone');

/** A table in memory that can be laid over another one. */
export class Layer<K, V> implements Table<K, V> {
  readonly #own = new Map<K, V | typeof GONE>();
  readonly #below: Layer<K, V> | undefined;
  /** What was deleted here and set again: it stands at the end, not where it was below. */
  #again: Set<K> | undefined;
  #size: number;

  constructor(below?: Layer<K, V>) {
    this.#below = below;
    this.#size = below?.size ?? 0;
  }

  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    const own = this.#own.get(key);
    if (own === undefined) return this.#below?.get(key);
    return own === GONE ? undefined : own;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  set(key: K, value: V): void {
    if (this.#below === undefined) {
      this.#own.set(key, value);
      this.#size = this.#own.size;
      return;
    }
    if (!this.has(key)) this.#size++;
    if (this.#own.get(key) === GONE) {
      this.#own.delete(key);
      this.#again = (this.#again ?? new Set()).add(key);
    }
    this.#own.set(key, value);
  }

  delete(key: K): void {
    if (!this.has(key)) return;
    this.#size--;
    this.#again?.delete(key);
    if (this.#below?.has(key)) this.#own.set(key, GONE);
    else this.#own.delete(key);
  }

  /** Oldest first; what an upper layer replaced keeps the place it had below. */
  *entries(): IterableIterator<[K, V]> {
    if (this.#below !== undefined) {
      for (const [key] of this.#below.entries()) {
        const value = this.#again?.has(key) ? undefined : this.get(key);
        if (value !== undefined) yield [key, value];
      }
    }
    for (const [key, value] of this.#own) {
      if (value === GONE) continue;
      if (this.#again?.has(key) || !this.#below?.has(key)) yield [key, value];
    }
  }

  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  overlay(): Layer<K, V> {
    return new Layer(this);
  }
}

/** Groups in memory, to be laid over as a `Layer` is. */
export class Groups<K, V> implements Group<K, V> {
  readonly #groups: Layer<K, Layer<V, true>>;
  readonly #overlaid: Set<K> | undefined;

  constructor(below?: Groups<K, V>) {
    this.#groups = below === undefined ? new Layer() : below.#groups.overlay();
    this.#overlaid = below === undefined ? undefined : new Set();
  }

  of(key: K): IterableIterator<V> {
    return this.#groups.get(key)?.keys() ?? [].values();
  }

  has(key: K, value: V): boolean {
    return this.#groups.get(key)?.has(value) ?? false;
  }

  count(key: K): number {
    return this.#groups.get(key)?.size ?? 0;
  }

  add(key: K, value: V): void {
    this.#writable(key).set(value, true);
  }

  remove(key: K, value: V): void {
    if (!this.has(key, value)) return;
    const group = this.#writable(key);
    group.delete(value);
    if (group.size === 0) this.#groups.delete(key);
  }

  clear(key: K): void {
    this.#groups.delete(key);
  }

  overlay(): Groups<K, V> {
    return new Groups(this);
  }

  #writable(key: K): Layer<V, true> {
    const group = this.#groups.get(key);
    if (group === undefined) {
      const fresh = new Layer<V, true>();
      this.#groups.set(key, fresh);
      this.#overlaid?.add(key);
      return fresh;
    }
    if (this.#overlaid === undefined || this.#overlaid.has(key)) return group;
    const over = group.overlay();
    this.#groups.set(key, over);
    this.#overlaid.add(key);
    return over;
  }
}
