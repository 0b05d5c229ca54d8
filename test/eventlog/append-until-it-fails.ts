// Child of full-disk.spec.ts: appends until the log stops, and prints what it was told.
import { writeSync } from 'node:fs';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Chain } from '../contract/events.js';

const [path = ''] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);
const log = new SqliteEventLog(path);
const chains = [0, 1, 2].map((i) => new Chain(`organization-org_${i}`));

/** Three appends at a time, so that each failure meets some that wait together. */
const appendTogether = (label: string) =>
  Promise.all(
    chains.map(async (chain) => {
      const [event] = chain.renames(1, label);
      try {
        const { outcome } = await log.append([event!]);
        say(`${outcome} ${event!.id}`);
        return outcome;
      } catch (error) {
        say(`${(error as Error).constructor.name} ${event!.id}`);
        return 'failed';
      }
    }),
  );

for (let told = ['committed']; told.every((outcome) => outcome === 'committed');) {
  told = await appendTogether('x'.repeat(3000));
}
await appendTogether('y');
say(`health ${JSON.stringify(log.health())}`);
let read = 0;
for await (const batch of log.records()) read += batch.length;
say(`read ${read}`);
await log.close();
