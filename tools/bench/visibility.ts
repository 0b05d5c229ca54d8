/**
 * How long it takes from sending a change of somebody's roles until a check is answered by it, and until
 * whoever watches permissions is told: on a service that does nothing else, and on one that is asked as
 * much as it can answer.
 */
import type { Catalogue } from '#domain/catalogue.js';
import { line, whole, type Comparison } from './comparison.js';
import { load } from './load.js';
import type { Served } from './served.js';

export async function benchVisibility(served: Served, comparison: Comparison): Promise<void> {
  const { all, questions, times, say } = comparison;
  const place = all.organization(0);
  const { protectedRole } = all.catalogue;
  // Not whoever may be the last to hold what somebody has to.
  const somebody = [...all.members(place)].find(
    ({ isActive, teams, grants }) =>
      isActive && teams.length === 0 && grants.every(({ role }) => role !== protectedRole),
  );
  const differing = difference(all.catalogue);
  if (somebody === undefined || differing === undefined) return;
  const { permission, roles } = differing;
  const member = `/organizations/${place.id}/members/${somebody.id}`;
  const question = { organization: place.id, principal: somebody.id, permission };
  const heard = new Map<string, number>();
  const stream = served.watch({ organization: place.id });
  stream.on('data', ({ change }: { change?: { revision: string } }) => {
    if (change !== undefined) heard.set(change.revision, performance.now());
  });
  stream.on('error', () => undefined);
  let changes = 0;
  /** To the one role and back, so that every one changes something. */
  const change = async (): Promise<{ answered: number; heard: number }> => {
    const isGiven = (changes += 1) % 2 === 1;
    const began = performance.now();
    const changed = await served.call('PUT', `${member}/roles`, {
      roles: [roles[isGiven ? 0 : 1]],
    });
    const revision = String(changed['revision']);
    const answer = await served.call('POST', '/access/check', { ...question, atLeast: revision });
    const answered = performance.now() - began;
    if (answer['allowed'] !== isGiven) throw new Error('a check missed its role change');
    while (!heard.has(revision)) await new Promise(setImmediate);
    return { answered, heard: heard.get(revision)! - began };
  };
  const measured = async (how: string, isOver: () => boolean): Promise<void> => {
    const all: Awaited<ReturnType<typeof change>>[] = [];
    do all.push(await change());
    while (!isOver());
    line(say, `change to answer${how}`, spread(all.map((one) => one.answered)));
    line(say, `change to watcher${how}`, spread(all.map((one) => one.heard)));
  };
  // The first one takes the roles that were there.
  await change();
  await change();
  const until = performance.now() + times.seconds * 1000;
  await measured('', () => performance.now() > until);
  let isOver = false;
  const { one } = served.spoken;
  const asked = load(served.spoken, { warmUp: 0, seconds: times.seconds }, (n) => {
    const { path, body } = one(questions[n % questions.length]!);
    return { method: 'POST', path, body: JSON.stringify(body) };
  }).finally(() => (isOver = true));
  await measured(' under load', () => isOver);
  line(say, '  and meanwhile', `${whole((await asked).perSecond)} checks/s`);
  stream.cancel();
}

const spread = (milliseconds: readonly number[]): string => {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms of ${whole(sorted.length)}`;
};

/** Two roles that can be given, and a permission that comes with the first alone. */
function difference({ roles, protectedRole }: Catalogue) {
  const all = [...roles.values()];
  const base = all.filter(
    ({ id, kind, scopes, explicit }) =>
      kind === 'base' && !explicit && scopes.has('organization') && id !== protectedRole,
  );
  const implied = all.filter(({ kind }) => kind === 'implicit');
  for (const one of base) {
    for (const other of base) {
      const permission = [...one.permissions].find(
        (it) => ![other, ...implied].some(({ permissions }) => permissions.has(it)),
      );
      if (permission !== undefined) return { permission, roles: [one.id, other.id] as const };
    }
  }
  return undefined;
}
