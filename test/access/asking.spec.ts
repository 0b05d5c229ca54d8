/** Who may ask about others: what is read from the columns gives nobody more than the domain does. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ActorFact } from '#domain/events.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { mayRead } from '#access/asking.js';
import { instant } from '#access/moment.js';
import { PermissionIndex } from '#access/permission-index.js';
import { histories } from './histories.js';
import { TestLog } from './log.js';
import { World } from './world.js';

const OPERATIONS = ['read_access', 'view_organization', 'view_audit'] as const;

test('a right found in the columns is one that the domain gives', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(histories(120, 1), async ({ moves }) => {
      const world = new World();
      for (const move of moves) world.move(move);
      const log = new TestLog();
      await log.append(world.events);
      const index = new PermissionIndex();
      const head = await log.log.head();
      for await (const events of log.log.follow(null, new AbortController().signal)) {
        for (const event of events) index.apply(event);
        if (events.at(-1)!.position === head) break;
      }
      const users = new Set(world.named.map(({ id }) => id).filter((id) => id.startsWith('usr_')));
      const moments = [world.now, ...world.boundaries.flatMap((one) => [one - 1, one])];
      for (const organization of ['acme', 'beta', 'platform'] as OrganizationId[]) {
        const place = index.organization(organization);
        for (const id of users as Set<UserId>) {
          const actor = { kind: 'user', id, via: 'http' } as ActorFact;
          for (const operation of OPERATIONS) {
            for (const now of moments) {
              if (!index.isOwnRight(organization, id, operation, now)) continue;
              expect(() => mayRead(place, { actor, operation }, instant(now))).not.toThrow(Refusal);
              const isHere = place.organization.memberByUser.has(id);
              const from = isHere ? organization : 'outside';
              seen.set(`${operation} ${from}`, (seen.get(`${operation} ${from}`) ?? 0) + 1);
            }
          }
        }
      }
      await log.log.close();
    }),
    { numRuns: 60 },
  );
  for (const what of ['read_access acme', 'read_access outside', 'view_organization acme']) {
    expect(seen.get(what) ?? 0).toBeGreaterThan(0);
  }
}, 60_000);
