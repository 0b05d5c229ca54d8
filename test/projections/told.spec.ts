/** What an entry of the audit log says was before its event and came after it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { history } from '../support/histories.js';
import { created, grant, joined } from './facts.js';
import { expected, type Expected } from './oracle.js';
import { STREAM, World } from './world.js';

type Row = Record<string, unknown>;
interface Told {
  readonly before: Row | null;
  readonly after: Row | null;
}

/** By stream and revision. */
async function entries({ store }: World): Promise<Map<string, Told>> {
  const rows = await store.db
    .selectFrom('audit')
    .innerJoin('audit_streams', 'audit_streams.number', 'audit.stream')
    .select(['audit_streams.stream as name', 'revision', 'before', 'after'])
    .execute();
  return new Map(
    rows.map(({ name, revision, before, after }) => [
      `${name} ${revision}`,
      { before: parsed(before), after: parsed(after) },
    ]),
  );
}
const parsed = (text: string | null): Row | null =>
  text === null ? null : (JSON.parse(text) as Row);

/** Events that say who holds what from now on. */
const HOLDER: Record<string, (organization: Expected, event: Row) => Row | undefined> = {
  'member.join': ({ members }, event) => members.get(event['member'] as string),
  'member.accept': ({ members }, event) => members.get(event['member'] as string),
  'member.role_change': ({ members }, event) => members.get(event['member'] as string),
  'member.grant_expire': ({ members }, event) => members.get(event['member'] as string),
  'member.remove': ({ members }, event) => members.get(event['member'] as string),
  'team.role_change': ({ teams }, event) => teams.get(event['team'] as string),
  'service_account.create': ({ accounts }, event) => accounts.get(event['account'] as string),
  'service_account.role_change': ({ accounts }, event) => accounts.get(event['account'] as string),
  'service_account.delete': ({ accounts }, event) => accounts.get(event['account'] as string),
};

/** What the holder has then: whoever is only invited has nothing. */
function held(organization: Expected | undefined, event: Row): Row[] {
  const holder = organization && HOLDER[event['type'] as string]!(organization, event);
  if (holder === undefined || ['invited', 'removed'].includes(holder['status'] as string))
    return [];
  return (holder['grants'] as Row[]).map(({ id, role, scope, notBefore, expiresAt }) => ({
    ...{ id, role, scope },
    ...(notBefore === null ? {} : { notBefore }),
    ...(expiresAt === null ? {} : { expiresAt }),
  }));
}
const without = (grants: readonly Row[], others: readonly Row[]): Row[] =>
  grants.filter(({ id }) => others.every((other) => other['id'] !== id));
const byId = (grants: unknown): Row[] =>
  ((grants ?? []) as Row[]).toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));

test('of roles it is what the history says, whoever else has changed them meanwhile', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const events = history({ seed, events: 160 });
      const world = await World.make();
      await world.runner.start();
      await world.append(events);
      await world.applied();
      const told = await entries(world);
      const revisions = new Map<string, number>();
      events.forEach(({ stream, event }, n) => {
        const revision = revisions.get(stream) ?? 0;
        revisions.set(stream, revision + 1);
        if (HOLDER[event.type] === undefined) return;
        const [before, after] = [n, n + 1].map((end) =>
          held(expected(events.slice(0, end)).get(stream), event as unknown as Row),
        ) as [Row[], Row[]];
        const entry = told.get(`${stream} ${revision}`);
        expect([n, byId(entry?.before?.['grants'])]).toEqual([n, byId(without(before, after))]);
        expect([n, byId(entry?.after?.['grants'])]).toEqual([n, byId(without(after, before))]);
        if (without(before, after).length > 0) seen.add(event.type);
      });
      await world.runner.stop();
    }),
    { numRuns: 6 },
  );
  expect([...seen]).toEqual(expect.arrayContaining(['member.role_change', 'member.remove']));
});

describe('after an event that changes what everybody holds', () => {
  const adopt = (from: number, remap: object) => ({
    ...{ type: 'organization.catalogue_adopt', from, to: from + 1 },
    ...{ sha256: 'd'.repeat(64), remap },
  });
  const remove = { type: 'member.remove', member: 'mem_ann', reason: 'left' };

  /** Of the last of these events. */
  async function told(...happened: object[]): Promise<Told | undefined> {
    const world = await World.make();
    await world.runner.start();
    await world.happens([
      created,
      { type: 'space.create', space: 'space_a', name: 'A' },
      ...happened,
    ]);
    await world.applied();
    const all = await entries(world);
    await world.runner.stop();
    return all.get(`${STREAM} ${happened.length + 1}`);
  }

  test('a role that went with its space is not there to be taken away', async () => {
    const grants = [grant('a', 'viewer', 'space_a'), grant('b', 'editor')];
    const entry = await told(
      joined('ann', { grants }),
      { type: 'space.delete', space: 'space_a' },
      remove,
    );
    expect(entry?.before?.['grants']).toMatchObject([{ role: 'editor', scope: 'organization' }]);
  });

  test('of two roles that became one there is one', async () => {
    const grants = [grant('a', 'viewer'), grant('b', 'editor')];
    const entry = await told(joined('ann', { grants }), adopt(1, { editor: 'viewer' }), remove);
    expect(entry?.before?.['grants']).toMatchObject([{ role: 'viewer' }]);
  });

  test('the role of whoever signs in by SSO is called as the catalogue calls it', async () => {
    const policy = (role: string) => ({
      type: 'organization.policy_change',
      changes: { ssoDefaultRole: role },
    });
    const adopted = await told(policy('editor'), adopt(1, { editor: 'viewer' }));
    expect(adopted).toMatchObject({
      before: { ssoDefaultRole: 'editor' },
      after: { ssoDefaultRole: 'viewer', catalogueVersion: 2 },
    });
    const entry = await told(policy('editor'), adopt(1, { editor: 'viewer' }), policy('owner'));
    expect(entry).toEqual({
      before: { ssoDefaultRole: 'viewer' },
      after: { ssoDefaultRole: 'owner' },
    });
  });
});
