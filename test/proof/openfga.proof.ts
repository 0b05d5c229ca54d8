/**
 * The same questions asked of OpenFGA, on the catalogues as models and the memberships as tuples
 * (tools/bench/peers/openfga.ts): somebody else's engine gives the same answers. What can be said
 * there is roles at organizations and spaces, of members and teams, with times, implicit ones, an
 * organization's own, and what takes effect away; not said are service accounts, keys and the
 * platform's power.
 */
import { describe, expect, test } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { PermissionIndex } from '#access/permission-index.js';
import { Memberships } from '../../tools/bench/memberships.js';
import { described } from '../../tools/bench/measure.js';
import { openfga, program, started, stored, type Put } from '../../tools/bench/peers/openfga.js';
import { questions } from '../../tools/bench/questions.js';
import { judgeEach } from '../access/oracle.js';
import { World } from '../access/world.js';
import { told } from '../support/skipping.js';
import { heldIn } from './support/held.js';
import { randomness, scaled } from './support/running.js';

/** Why it can't be asked; building it the first time takes minutes. */
const absent = await program().then(
  () => undefined,
  (error: Error) => error.message,
);
const describeWithOpenfga = absent === undefined ? describe : describe.skip;
const CATALOGUES = ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project'];

describeWithOpenfga(`OpenFGA${told(absent)}`, () => {
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

  test('answers as the naive oracle does, on histories with everything in them', async () => {
    const random = randomness('histories');
    const number = (below: number): number => Math.floor(random() * below);
    const tally = new Map<string, number>();
    const server = await started();
    try {
      for (let n = scaled(HISTORIES); n > 0; n--) {
        const world = history(number);
        for (const end of placesIn(world, number)) await compare(world, end, number, server, tally);
        const asked = [...tally.values()].reduce((sum, one) => sum + one, 0);
        console.log(`${n - 1} histories to go, ${asked} questions`);
      }
    } finally {
      await server.stop();
    }
    const told = [...tally].sort(([, a], [, b]) => b - a).map(([what, n]) => `  ${n} ${what}`);
    console.log(`no disagreement\n${told.join('\n')}`);
    // One or two histories may be without one of them.
    for (const reason of scaled(HISTORIES) < 10 ? [] : ['granted', 'no_role', 'wrong_scope']) {
      expect([reason, tally.get(reason) ?? 0]).not.toEqual([reason, 0]);
    }
  });
});

/** Of so many events; `PLACES` moments of each are looked at. */
const HISTORIES = 20;
const EVENTS = 2000;
const PLACES = 3;
/** Of each moment. */
const PRINCIPALS = 6;

function history(number: (below: number) => number): World {
  const world = new World(EVENTS);
  while (world.events.length < EVENTS) {
    const choices = Array.from({ length: 8 }, () => number(2 ** 31));
    world.move({ what: number(2 ** 31), choices });
  }
  return world;
}

const placesIn = ({ events }: World, number: (below: number) => number): number[] =>
  Array.from({ length: PLACES }, () => events.length - number(events.length / 2));

/** Asks about some members, everything everywhere, as of the event before `end` or near a boundary. */
async function compare(
  world: World,
  end: number,
  number: (below: number) => number,
  server: Awaited<ReturnType<typeof started>>,
  tally: Map<string, number>,
): Promise<void> {
  const happened = world.events.slice(0, end);
  const latest = Date.parse(happened.at(-1)!.at);
  const near = world.boundaries.filter((time) => time > latest).sort((a, b) => a - b)[0];
  const now = near !== undefined && number(2) === 0 ? near + number(3) - 1 : latest;
  for (const id of ['acme', 'beta']) {
    const held = heldIn(world, id, end);
    const store = await stored(server, held, () => now);
    const spaces = [undefined, ...held.organization.spaces.map((space) => space.id)];
    const members = held.members();
    for (let n = Math.min(PRINCIPALS, members.length); n > 0; n--) {
      const member = members[number(members.length)]!;
      const asked = spaces.flatMap((space) =>
        [...held.catalogue.permissions.keys()].map((permission): Put => ({
          organization: held.organization,
          member,
          permission,
          ...(space === undefined ? {} : { space }),
        })),
      );
      const moment = new Date(now).toISOString();
      const judged = judgeEach(happened, { organization: id, principal: member.id }, asked, moment);
      for (let from = 0; from < asked.length; from += store.many.size) {
        const batch = asked.slice(from, from + store.many.size);
        const answers = await store.many.ask(batch);
        batch.forEach(({ space, permission }, at) => {
          const { allowed, reason } = judged[from + at]!;
          const told = { id, member: member.id, space, permission, now: moment, end, reason };
          expect({ ...told, allowed: answers[at] }).toEqual({ ...told, allowed });
          tally.set(reason, (tally.get(reason) ?? 0) + 1);
        });
      }
    }
  }
}
