/** What `reaching` comes to, in one go. */
import { reaching, type Reach } from '#domain/reach.js';

export function reach(...of: Parameters<typeof reaching>): readonly Reach[] {
  const searching = reaching(...of);
  for (;;) {
    const { done, value } = searching.next();
    if (done === true) return value.rows;
  }
}
