/** Long: the index of permissions against the naive oracle, and against itself after every start.
 * `PROOF_SCALE=10` asks ten times as much. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PermissionIndex } from '#access/permission-index.js';
import { INDEX } from '#access/snapshot.js';
import { Keeping } from '#eventlog/keeping.js';
import { SqliteSnapshots } from '#eventlog/snapshots.js';
import { everything } from '../access/begun.js';
import { answers, dump } from '../access/dump.js';
import { compare, histories, type Tally } from '../access/histories.js';
import { TestLog } from '../access/log.js';
import { World } from '../access/world.js';

const scale = Number(process.env.PROOF_SCALE ?? 1);
const seed = Number(process.env.PROOF_SEED ?? Date.now() % 2 ** 31);

test('the cache answers as the naive oracle does', async () => {
  const tally: Tally = new Map();
  const runs = Math.ceil(1000 * scale);
  console.log(`seed ${seed}: ${runs} histories`);
  await fc.assert(
    fc.asyncProperty(histories(200, 30), (history) => compare(history, tally)),
    // The story is told as it is: making it shorter takes hours.
    { numRuns: runs, seed, endOnFailure: true },
  );
  const asked = [...tally.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...tally].sort(([, a], [, b]) => b - a).map(([what, n]) => `  ${n} ${what}`);
  console.log([`seed ${seed}: ${asked} questions, no disagreement`, ...lines].join('\n'));
});

test('after every event, live, begun with a snapshot and from event 0 are one, byte by byte', async () => {
  const runs = Math.ceil(100 * scale);
  const counted = { prefixes: 0, snapshots: 0, anew: 0 };
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 40, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(histories(200, 0), lengths, async ({ moves }, tails) => {
      const world = new World();
      for (const move of moves) world.move(move);
      const log = new TestLog();
      const snapshots = new SqliteSnapshots(':memory:');
      const keeping = new Keeping(log.log, snapshots, INDEX, 0);
      await log.append(world.events);
      const live = new PermissionIndex();
      let begun = new PermissionIndex();
      const events = await everything(log);
      let left = tails.pop()!;
      for (const [n, event] of events.entries()) {
        live.apply(event);
        begun.apply(event);
        keeping.applied([event]);
        const dumped = dump(live);
        expect(dump(begun)).toBe(dumped);
        counted.prefixes += 1;
        if (n % 10 === 9) {
          const anew = new PermissionIndex();
          for (const earlier of events.slice(0, n + 1)) anew.apply(earlier);
          expect(dump(anew)).toBe(dumped);
          const named = world.named.filter(({ since }) => since <= n);
          const said = answers(live, named, Date.parse(event.metadata.occurredAt));
          for (const one of [begun, anew]) {
            expect(answers(one, named, Date.parse(event.metadata.occurredAt))).toBe(said);
          }
          counted.anew += 1;
        }
        left -= 1;
        if (left > 0) continue;
        // Of one that was itself begun with a snapshot.
        const ended = begun;
        await keeping.end(() => ended.copy());
        begun = (await keeping.restore())!.state;
        counted.snapshots += 1;
        left = tails.pop() ?? events.length;
      }
      await snapshots.close();
      await log.log.close();
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  const { prefixes, snapshots, anew } = counted;
  console.log(
    `seed ${seed}: ${prefixes} prefixes of ${runs} histories, ${snapshots} starts from a snapshot, ${anew} from event 0, no difference`,
  );
});
