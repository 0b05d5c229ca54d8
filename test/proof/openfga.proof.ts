/**
 * The same questions asked of OpenFGA, on the catalogues as models and the memberships as tuples
 * (tools/bench/peers/openfga.ts): somebody else's engine gives the same answers. What can be said
 * there is roles at organizations and spaces, of members and teams, with times, implicit ones, and
 * what takes effect away; not said are custom roles (each would be a model of its own), service
 * accounts, keys and the platform's power.
 */
import { describe, expect, test } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { PermissionIndex } from '#access/permission-index.js';
import { Memberships } from '../../tools/bench/memberships.js';
import { described } from '../../tools/bench/measure.js';
import { openfga, program } from '../../tools/bench/peers/openfga.js';
import { questions } from '../../tools/bench/questions.js';
import { randomness, scaled } from './support/running.js';

/** Why it can't be asked; building it the first time takes minutes. */
const absent = await program().then(
  () => undefined,
  (error: Error) => error.message,
);
const describeWithOpenfga = absent === undefined ? describe : describe.skip;
const CATALOGUES = ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project'];

describeWithOpenfga(`OpenFGA${absent === undefined ? '' : `, skipped: ${absent}`}`, () => {
  test.each(CATALOGUES)('answers as this project does, on %s', async (id) => {
    const random = randomness(id);
    const catalogue = compile(readCatalogueFile(`catalogues/${id}.yaml`).content!);
    const seed = Math.floor(random() * 2 ** 31);
    const all = new Memberships(catalogue, { organizations: 20, members: 50, seed });
    const index = new PermissionIndex();
    for (const event of all.recorded()) index.apply(event);
    const asked = questions(all, scaled(2000), { seed });
    const loaded = await openfga.load(all);
    const kinds = new Map<string, number>();
    let allowed = 0;
    try {
      const { size, ask } = loaded.many!;
      for (let from = 0; from < asked.length; from += size) {
        const batch = asked.slice(from, from + size);
        const answers = await ask(batch);
        batch.forEach((question, n) => {
          const { organization, principal, permission, space } = question.asked;
          const ours = index.check(organization, principal, permission, space, Date.now());
          expect([described(question), answers[n]]).toEqual([described(question), ours.allowed]);
          if (ours.allowed) allowed += 1;
          kinds.set(question.kind, (kinds.get(question.kind) ?? 0) + 1);
        });
      }
    } finally {
      await loaded.stop?.();
    }
    const told = [...kinds].map(([kind, count]) => `  ${count} ${kind}`).join('\n');
    console.log(`${id}: ${asked.length} questions, ${allowed} allowed, no disagreement\n${told}`);
    expect(allowed).toBeGreaterThan(0);
  });
});
