import { expect, test } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import type { Instant, MemberId } from '#domain/ids.js';
import { Reaching } from '#access/reach.js';
import { ANN, contextOf, given, userOf } from '../domain/escalation.js';

test('what somebody could reach is kept until somebody whose key counts holds something else', async () => {
  const catalogue = compile(readCatalogueFile('catalogues/mondoo.yaml').content!);
  const end = '2026-04-01T12:00:00.000Z';
  const organization = given({
    catalogue,
    customs: [
      { role: 'key-maker', permissions: ['api_tokens:generate', 'spaces:view'] },
      { role: 'watcher', permissions: ['spaces:view'] },
    ],
    held: [{ role: 'key-maker', scope: 'organization' }],
    others: [{ id: 'svc_a', held: [{ role: 'watcher', scope: 'organization', expiresAt: end }] }],
  });
  const { platform } = contextOf(catalogue, userOf(ANN));
  const reaching = new Reaching();
  const ask = (at: string) =>
    reaching.of(
      {
        place: { organization, catalogue, platform },
        at: at as Instant,
        revision: 9,
        platformRevision: 1,
      },
      ANN as MemberId,
    );
  const first = await ask('2026-03-01T12:00:00.000Z');
  expect(first.map(({ role, expiresAt }) => [role, expiresAt])).toEqual([['watcher', end]]);
  expect(await ask('2026-04-01T11:59:59.999Z')).toBe(first);
  expect(await ask(end)).toEqual([]);
});
