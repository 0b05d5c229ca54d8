/**
 * Permission checks, beside what somebody would use in the place of this project: on the same
 * memberships, in the same run, with the same questions, whose answers are compared. Judges nothing.
 */
import type { Catalogue } from '#domain/catalogue.js';
import { Access } from '#access/access.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Comparison, line, rateTold, whole, type Say } from './comparison.js';
import { benchIndexes } from './indexes.js';
import { load } from './load.js';
import { repeated, type Times } from './measure.js';
import { Memberships, type Shape } from './memberships.js';
import type { Engine } from './peers/engine.js';
import { benchPrincipals } from './principals.js';
import { KINDS, questions, type Question } from './questions.js';
import { Served } from './served.js';
import { benchStarts } from './starts.js';
import { benchVisibility } from './visibility.js';

export interface AccessBench {
  readonly catalogue: Catalogue;
  readonly shape: Shape;
  /** How many are asked of each. */
  readonly questions: number;
  readonly times: Times;
  readonly peers: readonly Engine[];
  /** Sizes that the indexes are built at. */
  readonly memberships: readonly number[];
  /** Also over HTTP and gRPC, by the built program. */
  readonly isServed: boolean;
  /** Memberships that it is started with; 0: it is not measured. */
  readonly started: number;
}

/** Of each organization, where these are asked about. */
const ACCOUNTS = 20;

export async function benchAccess(bench: AccessBench, say: Say): Promise<void> {
  const { catalogue, shape, times } = bench;
  await benchIndexes(catalogue, bench.memberships, times, say);
  if (bench.started > 0) await benchStarts(catalogue, bench.started, say);
  const all = new Memberships(catalogue, shape);
  const asked = questions(all, bench.questions);
  say(
    `\n${whole(all.size)} memberships in ${whole(shape.organizations)} organizations on ${catalogue.id}, ${whole(asked.length)} questions:`,
  );
  for (const kind of KINDS) {
    const count = asked.filter((one) => one.kind === kind).length;
    if (count > 0) say(`  ${whole(count).padStart(7)}  ${kind}`);
  }
  const comparison = new Comparison(all, asked, times, say);
  await benchInProcess(all, comparison);
  const withAccounts = new Memberships(catalogue, { ...shape, accounts: ACCOUNTS });
  await benchPrincipals(withAccounts, bench.questions, times, say);
  if (bench.isServed) await benchServed(all, comparison);
  for (const peer of bench.peers) await comparison.measure(peer);
}

const SYSTEM = { kind: 'system', id: 'configuration', via: 'internal' } as const;

/** Through the public functions, with names: what everything else is compared with. */
async function benchInProcess(all: Memberships, comparison: Comparison): Promise<void> {
  const log = new SqliteEventLog(':memory:');
  await all.store(log, { catalogue: true });
  const access = new Access(log, { patience: 600_000 });
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  await comparison.measure({
    name: 'membership',
    where: 'in process',
    isOurs: true,
    cannot: {},
    async load() {
      running = access.run(stop.signal);
      await access.check(comparison.questions[0]!.asked);
      return {
        one: async ({ asked }) => (await access.check(asked)).allowed,
        many: {
          size: 100,
          about: 'anybody',
          ask: async (list) => {
            const { results } = await access.checkBatch(list.map(({ asked }) => asked));
            return results.map(({ allowed }) => allowed);
          },
        },
      };
    },
  });
  const { questions: asked, times, say } = comparison;
  const next = (n: number): Question => asked[n % asked.length]!;
  const then = (n: number) => access.check({ ...next(n).asked, at: { time: all.moment(n) } });
  line(say, 'as of any past time', rateTold(await repeated(times, 1, then)));
  const why = (n: number) => access.explain(next(n).asked, SYSTEM);
  line(say, 'explained', rateTold(await repeated(times, 1, why)));
  stop.abort();
  await running;
  await log.close();
}

/** By the service as a process of its own. */
async function benchServed(all: Memberships, comparison: Comparison): Promise<void> {
  const { questions: asked, times, say } = comparison;
  const served = new Served();
  try {
    await served.fill(all);
    const took = await served.start();
    say(`\nThe service, as its own process: ready ${took.toFixed(2)} s after its start`);
    for (const engine of served.engines()) await comparison.measure(engine);
    say('\nmembership, over HTTP, also');
    const also = async (what: string, path: string, body: (n: number) => object) => {
      const sent = asked.map((_, n) => JSON.stringify(body(n)));
      const rate = await load(served.spoken, times, (n) => {
        return { method: 'POST', path, body: sent[n % sent.length]! };
      });
      line(say, what, rateTold(rate));
    };
    const question = (n: number) => asked[n]!.asked;
    await also('as of any past time', '/api/v1/access/check', (n) => {
      return { ...question(n), at: all.moment(n) };
    });
    await also('explained', '/api/v1/access/explain', question);
    say('\nA change of roles, until it is seen');
    await benchVisibility(served, comparison);
  } finally {
    await served.stop();
  }
}
