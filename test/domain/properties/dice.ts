/** Repeatable choices: the same seed always throws the same numbers (mulberry32). */
export interface Dice {
  /** 0 ≤ n < `below`. */
  readonly below: (below: number) => number;
  /** True `percent` times of a hundred. */
  readonly chance: (percent: number) => boolean;
  /** One of them; nothing else may be left of an empty list. */
  readonly one: <T>(of: readonly T[]) => T;
  /** One of them, each as often as its weight says. */
  readonly weighted: <T>(of: readonly (readonly [weight: number, value: T])[]) => T;
  /** At most `most` of them, each at most once. */
  readonly some: <T>(of: readonly T[], most: number) => T[];
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const one = <T>(of: readonly T[]): T => of[below(of.length)]!;
  return {
    below,
    one,
    chance: (percent) => below(100) < percent,
    weighted: (of) => {
      let left = below(of.reduce((sum, [weight]) => sum + weight, 0));
      for (const [weight, value] of of) {
        if (left < weight) return value;
        left -= weight;
      }
      return of[0]![1];
    },
    some: (of, most) => {
      const rest = [...of];
      const taken = Math.min(rest.length, below(most + 1));
      return Array.from({ length: taken }, () => rest.splice(below(rest.length), 1)[0]!);
    },
  };
}
