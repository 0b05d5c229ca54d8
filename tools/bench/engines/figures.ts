/** Lines of what was measured, alike for all. */
import { rateTold, type Say } from '../comparison.js';
import type { Rate } from '../load.js';

export const said = (say: Say, what: string, told: string): void =>
  say(`  ${what.padEnd(46)} ${told}`);

/** A rate, or times alone. */
export const figure = (say: Say, what: string, rate: Partial<Rate>): void => {
  const { perSecond, p50, p99 } = rate;
  if (perSecond !== undefined) return said(say, what, rateTold({ ...rate, perSecond }));
  said(say, what, `p50 ${p50!.toFixed(1)} ms, p99 ${p99!.toFixed(1)} ms`);
};
