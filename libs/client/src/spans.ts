/** Sets of times: spans [from, until) in milliseconds since the epoch, apart and in order. */

export interface Span {
  readonly from: number;
  readonly until: number;
}

export type Spans = readonly Span[];

/** The times of both. */
export function union(spans: Spans, one: Span): Spans {
  const apart = spans.filter(({ from, until }) => until < one.from || one.until < from);
  const touching = spans.filter((span) => !apart.includes(span));
  const from = Math.min(one.from, ...touching.map((span) => span.from));
  const until = Math.max(one.until, ...touching.map((span) => span.until));
  return [...apart, { from, until }].sort((a, b) => a.from - b.from);
}

/** The times of `spans` without those of `one`. */
export const without = (spans: Spans, one: Span): Spans =>
  spans.flatMap(({ from, until }) =>
    [
      { from, until: Math.min(until, one.from) },
      { from: Math.max(from, one.until), until },
    ].filter((span) => span.from < span.until),
  );

export const contains = (spans: Spans, time: number): boolean =>
  spans.some(({ from, until }) => from <= time && time < until);
