/** The same questions about each kind of principal: members are read from columns, the others are not. */
import { Access } from '#access/access.js';
import type { Principal } from '#access/questions.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { line, rateTold, whole, type Say } from './comparison.js';
import { repeated, type Times } from './measure.js';
import type { Memberships } from './memberships.js';
import { questions, type Question } from './questions.js';

/** Of those questions that a member is asked, of one who is there. */
const WHO: readonly (readonly [what: string, who: (one: Question, n: number) => string])[] = [
  ['about a member', ({ member }) => member.id],
  ['about a user', ({ member }) => member.user],
  ['about a service account', ({ organization: { accounts = [] } }, n) => one(accounts, n).id],
  ['about its API key', ({ organization: { accounts = [] } }, n) => one(accounts, n).key],
];
const one = <T>(list: readonly T[], n: number): T => list[n % list.length]!;

/** @param all with accounts. */
export async function benchPrincipals(
  all: Memberships,
  count: number,
  times: Times,
  say: Say,
): Promise<void> {
  const log = new SqliteEventLog(':memory:');
  await all.store(log, { catalogue: true });
  const access = new Access(log, { patience: 600_000 });
  const stop = new AbortController();
  const running = access.run(stop.signal);
  say('\nmembership, in process, by whom it is asked about');
  for (const [what, who] of WHO) {
    const asked = questions(all, count).map((question, n) => ({
      ...question.asked,
      principal: who(question, n) as Principal,
    }));
    let yes = 0;
    for (const question of asked) if ((await access.check(question)).allowed) yes += 1;
    const rate = await repeated(times, 1, (n) => access.check(asked[n % asked.length]!));
    line(say, what, `${rateTold(rate)}, ${whole(yes)} of ${whole(asked.length)} yes`);
  }
  stop.abort();
  await running;
  await log.close();
}
