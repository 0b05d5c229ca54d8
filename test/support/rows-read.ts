/** What a piece of work costs, in rows of the state's tables looked at, through every layer. */
import { Layer } from '#domain/layer.js';

/** Runs the work, and says how many rows were looked at while it ran. */
export async function rowsRead(work: () => unknown): Promise<number> {
  const { get, entries } = Layer.prototype;
  let rows = 0;
  Layer.prototype.get = function (key) {
    rows += 1;
    return get.call(this, key);
  };
  Layer.prototype.entries = function* () {
    for (const entry of entries.call(this)) {
      rows += 1;
      yield entry;
    }
  };
  try {
    await work();
    return rows;
  } finally {
    Object.assign(Layer.prototype, { get, entries });
  }
}
