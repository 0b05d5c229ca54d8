/** Keys that were made for events that never came to be are collected; no other is. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addressesOf } from '#commands/addresses.js';
import { collectOrphans, usedIn } from '#commands/orphans.js';
import type { OrganizationId } from '#domain/ids.js';
import { damage } from '../support/damage.js';
import { KeyMissing } from '#vault/vault.js';
import { eventually } from './support/eventually.js';
import { by, person, remove, startNode, type TestNode } from './support/node.js';
import { found, rename } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const beta = 'beta' as OrganizationId;
const never = new AbortController().signal;
const from = { clientAddress: '192.0.2.7' };

let node: TestNode;
beforeEach(async () => {
  node = await startNode();
});
afterEach(async () => {
  await node.close();
  remove(node.folder);
});

/** As after a crash: nobody remembers which keys are young. */
const restart = async (): Promise<void> => {
  await node.close();
  node = await startNode({}, node.folder);
};
const collect = () => node.vault.collectOrphans(usedIn(node.log, never));
/** Everything that is sealed in the log opens. */
const openAll = async (organization: OrganizationId): Promise<number> => {
  let opened = 0;
  for (const { event, metadata } of await node.events(organization)) {
    for (const [field, value] of [
      ...Object.entries(event),
      ['clientAddress', metadata.clientAddress] as const,
    ]) {
      if (typeof value !== 'object' || value === null || !('sealed' in value)) continue;
      const [text] = await node.vault.open([{ organization, field, value } as never]);
      expect(text).toEqual(expect.any(String));
      opened += 1;
    }
  }
  return opened;
};

describe('orphaned keys', () => {
  test('are collected; what the log holds still opens', async () => {
    await found(node.transactor, 'acme', by('ada', from));
    await found(node.transactor, 'beta');
    // Somebody who is no member here: the address is sealed for the user.
    await node.transactor.transact(beta, by('eve', from), rename('B'));
    for (const one of [acme, beta]) await node.vault.ensure(one, ['mem_orphan']);
    const before = node.keys();
    expect(await collect()).toBe(0);
    await restart();
    expect(await collect()).toBe(2);
    expect(node.keys()).toBe(before - 2);
    expect(await openAll(acme)).toBeGreaterThan(3);
    expect(await openAll(beta)).toBeGreaterThan(3);
    const lost = node.vault.seal(acme, 'mem_orphan', 'email', 'x');
    await expect(lost).rejects.toThrow(KeyMissing);
    await expect(addressesOf(node.transactor, acme)).resolves.toBeDefined();
  });

  test('are not looked for where the events can’t be read', async () => {
    await found(node.transactor, 'acme');
    await found(node.transactor, 'beta');
    for (const one of [acme, beta]) await node.vault.ensure(one, ['mem_orphan']);
    const before = node.keys();
    await node.close();
    damage(node.folder, 'organization-acme', 1);
    node = await startNode({}, node.folder);
    expect(await collect()).toBe(1);
    expect(node.keys()).toBe(before - 1);
    await node.vault.seal(acme, 'mem_orphan', 'email', 'x');
  });

  test('are not those of a command in flight', async () => {
    await found(node.transactor, 'acme');
    // A key of long ago that is used for the first time now.
    await node.vault.ensure(acme, [person('eve').user]);
    await restart();
    node.log.faults = ['hang'];
    const command = node.transactor.transact(acme, by('eve', from), rename('A'));
    await eventually(() => expect(node.log.attempts).toHaveLength(1));
    expect(await collect()).toBe(0);
    node.log.release();
    await command;
    await openAll(acme);
  });

  test('are collected in the background, but for those whose subject is known', async () => {
    await found(node.transactor, 'acme');
    for (const subject of ['mem_orphan', 'mem_known']) await node.vault.ensure(acme, [subject]);
    await restart();
    const stop = new AbortController();
    const isKnown = (_: OrganizationId, subject: string) => subject === 'mem_known';
    const before = node.keys();
    const running = collectOrphans(node.log, node.vault, isKnown, stop.signal);
    await eventually(() => expect(node.keys()).toBe(before - 1));
    stop.abort();
    await running;
    await node.vault.seal(acme, 'mem_known', 'email', 'x');
  });
});
