/** Whom a dry run tells of: all whose permissions differ, whatever the event, and nobody else. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evolve } from '#domain/evolve.js';
import type { MemberId, OrganizationId, Scope, ServiceAccountId } from '#domain/ids.js';
import { effectivePermissions, NO_RIGHTS, rightsOfHolder } from '#domain/permissions.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';
import { compile } from '#catalogues/compile.js';
import { permissionChanges, Standing } from '#commands/permission-changes.js';
import { published } from '../access/catalogues.js';
import { histories } from '../access/histories.js';
import { World, type Event } from '../access/world.js';

const catalogues = Object.values(published).flat().map(compile);
const standing = (state: Organization): Standing => {
  const { id, version } = state.catalogue;
  const its = catalogues.find((one) => one.id === id && one.version === version);
  return new Standing(state, its ?? catalogues[0]!);
};

/** Everything everybody may do, everywhere: `principal scope permission`. */
function everything({ organization, catalogue }: Standing, now: Event['at']): Set<string> {
  const { members, serviceAccounts, spaces } = organization;
  const all = new Set<string>();
  for (const id of [...members.keys(), ...serviceAccounts.keys()]) {
    const holder = members.get(id as MemberId) ?? serviceAccounts.get(id as ServiceAccountId)!;
    const rights =
      'status' in holder && holder.status === 'inactive'
        ? NO_RIGHTS
        : rightsOfHolder(organization, catalogue, holder, now);
    for (const scope of ['organization', ...spaces.keys()] as Scope[]) {
      const held = effectivePermissions(organization, catalogue, rights, scope);
      for (const one of held) all.add(`${id} ${scope} ${one}`);
    }
  }
  return all;
}

/** At a space what goes beyond what is gained, or lost, at the organization. */
const beyond = (these: ReadonlySet<string>, those: ReadonlySet<string>): string[] => {
  const differing = new Set([...these].filter((one) => !those.has(one)));
  const isTold = (one: string) => !differing.has(one.replace(/ space_\S+ /, ' organization '));
  return [...differing].filter((one) => !one.includes(' space_') || isTold(one)).sort();
};

test('each event of any history is told of with all it changes', () => {
  const told = new Set<string>();
  const check = ({ moves }: { moves: never[] }): void => {
    const world = new World();
    for (const move of moves) world.move(move);
    const states = new Map<string, Organization>();
    for (const { stream, event, at } of world.events) {
      if (event.type === 'catalogue.publish') continue;
      const id = stream.replace('organization-', '') as OrganizationId;
      const before = states.get(id) ?? emptyOrganization(id);
      const after = overlay(before);
      const metadata = { occurredAt: at, commandId: 'cmd', actor: { kind: 'system' } };
      evolve(after, { event, metadata, revision: told.size } as never);
      states.set(id, after);
      const [was, is] = [standing(before), standing(after)];
      const changes = permissionChanges(was, is, [event], at);
      const lines = (change: 'gained' | 'lost') =>
        changes
          .flatMap((one) => one[change].map((permission) => [one.principal, one.scope, permission]))
          .map((parts) => parts.join(' '))
          .sort();
      const [then, now] = [everything(was, at), everything(is, at)];
      expect([event.type, lines('gained')]).toEqual([event.type, beyond(now, then)]);
      expect([event.type, lines('lost')]).toEqual([event.type, beyond(then, now)]);
      if (changes.length > 0) told.add(event.type);
    }
  };
  fc.assert(fc.property(histories(120, 0) as never, check as never), {
    numRuns: 15,
    endOnFailure: true,
  });
  expect(told.size).toBeGreaterThan(15);
}, 120_000);
