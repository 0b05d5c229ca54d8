// Child of killed.spec.ts: appends to a few streams for ever, and prints what was acknowledged.
import { writeSync } from 'node:fs';
import type { EncodedEvent } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Chain } from '../contract/events.js';

const [path = ''] = process.argv.slice(2);
const log = new SqliteEventLog(path);

const appendForever = async (stream: string): Promise<void> => {
  const last = await log.last(stream);
  const chain =
    last === undefined
      ? new Chain(stream)
      : new Chain(stream, last.revision + 1, last.metadata.hash);
  for (let i = 0; ; i++) {
    const events: EncodedEvent[] = chain.renames(1 + (i % 3), `${process.pid}`);
    const outcome = await log.append(events);
    if (outcome.outcome !== 'committed') throw new Error(JSON.stringify(outcome));
    // Written at once: what is printed was acknowledged, whenever the kill comes.
    writeSync(1, events.map(({ id, revision }) => `${stream} ${revision} ${id}\n`).join(''));
  }
};

await Promise.all([0, 1, 2, 3, 4].map((i) => appendForever(`organization-org_${i}`)));
