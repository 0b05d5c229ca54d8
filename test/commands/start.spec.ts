/** What happens at a start: catalogues are published, the platform is founded, erasures are done. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { followErasures } from '#commands/erasures.js';
import { foundPlatform } from '#commands/found-platform.js';
import { followCatalogues, publishCatalogues } from '#commands/publish-catalogues.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { CatalogueVersionError } from '#catalogues/problems.js';
import { leave, removeMember } from '#domain/decide/member.js';
import { deleteOrganization, suspendOrganization } from '#domain/decide/organization.js';
import { erase } from '#domain/decide/erasure.js';
import { PLATFORM, type MemberId, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { KeyMissing } from '#vault/vault.js';
import { eventually } from './support/eventually.js';
import { by, CONTENTS, person, remove, startNode, type TestNode } from './support/node.js';
import { found, rename } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const never = new AbortController().signal;
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'carried out',
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );

let node: TestNode;
const following = new Set<{ controller: AbortController; ended: Promise<void> }>();
/** Runs a follower for the length of the test. */
const follow = (start: (signal: AbortSignal) => Promise<void>): void => {
  const controller = new AbortController();
  following.add({ controller, ended: start(controller.signal) });
};
beforeEach(async () => {
  node = await startNode({ platformAge: 0 });
});
afterEach(async () => {
  for (const { controller, ended } of following) {
    controller.abort();
    await ended;
  }
  following.clear();
  await node.close();
  remove(node.folder);
});

describe('catalogues', () => {
  const vygl = CONTENTS.find((one) => one.id === 'vygl')!;
  const ports = (catalogues = new Catalogues()) => ({ ...node.transactor.ports, catalogues });
  const published = async (): Promise<number[]> => {
    const versions: number[] = [];
    for await (const events of node.log.read('catalogue-vygl')) {
      for (const { event } of events) {
        if (event.type === 'catalogue.publish') versions.push(event.version);
      }
    }
    return versions;
  };

  test('are published once, whole, and known from the log alone', async () => {
    await publishCatalogues(ports(), CONTENTS, never);
    expect(await published()).toEqual([1]);
    const fresh = new Catalogues();
    await publishCatalogues(ports(fresh), [], never);
    expect(fresh.all().map((one) => one.id)).toEqual(CONTENTS.map((one) => one.id).sort());
  });

  test('that are known up to a place in the log are learnt from there on', async () => {
    const first = new Catalogues();
    await publishCatalogues(ports(first), CONTENTS, never);
    const known = first.published!;
    expect(known.contents).toHaveLength(CONTENTS.length);
    await publishCatalogues(ports(), [{ ...vygl, version: 2 }], never);
    const later = new Catalogues();
    later.begin(known);
    mock.method(SqliteEventLog.prototype, 'heads', () => {
      throw new Error('all of the log is looked through');
    });
    try {
      await publishCatalogues(ports(later), [], never);
      expect(later.latest(vygl.id)?.version).toBe(2);
      expect(later.upTo).toBe(await node.log.head());
      const following = new Catalogues();
      following.begin(known);
      follow((signal) => followCatalogues(node.log, following, signal));
      await eventually(() => expect(following.latest(vygl.id)?.version).toBe(2));
    } finally {
      mock.restoreAll();
    }
  });

  test('of a new version are published, of an older one left alone', async () => {
    const second = { ...vygl, version: 2 };
    await publishCatalogues(ports(), [second], never);
    await publishCatalogues(ports(), [{ ...vygl, version: 1 }], never);
    const skipped = ports();
    await publishCatalogues(skipped, [{ ...vygl, version: 4 }], never);
    await publishCatalogues(skipped, [{ ...vygl, version: 3 }], never);
    expect(await published()).toEqual([1, 2, 4]);
  });

  test('that are known with other content end the start', async () => {
    const changed = { ...vygl, name: 'Changed' };
    await expect(publishCatalogues(ports(), [changed], never)).rejects.toThrow(
      CatalogueVersionError,
    );
    expect(await published()).toEqual([1]);
  });

  test('of nodes that start together one publishes; the others learn of it', async () => {
    const next = { ...vygl, version: 2 };
    const learning = new Catalogues();
    await publishCatalogues(ports(learning), [], never);
    follow((signal) => followCatalogues(node.log, learning, signal));
    const several = [ports(), ports(), ports()];
    await Promise.all(several.map((one) => publishCatalogues(one, [next], never)));
    expect(await published()).toEqual([1, 2]);
    expect(several.map((one) => one.catalogues.latest(vygl.id)?.version)).toEqual([2, 2, 2]);
    await eventually(() => expect(learning.latest(vygl.id)?.version).toBe(2));
  });
});

describe('the platform', () => {
  test('is founded with the members that are configured, and then never again', async () => {
    expect(await foundPlatform(node.transactor, 'Platform', [])).toBeUndefined();
    const outcome = await foundPlatform(node.transactor, 'Platform', [
      person('root'),
      { user: person('second').user },
    ]);
    expect(outcome?.events.map((one) => one.event)).toMatchObject([
      { type: 'organization.create', catalogue: 'platform' },
      { type: 'member.join', source: 'configuration', user: person('root').user },
      { type: 'member.join', email: null, grants: [{ role: 'platform-admin' }] },
    ]);
    expect(await foundPlatform(node.another(), 'Platform', [person('eve')])).toBeUndefined();
    expect(await node.types(PLATFORM)).toHaveLength(3);
  });

  test('has one member of whoever is named twice, and that one can’t leave it to nobody', async () => {
    await foundPlatform(node.transactor, 'Platform', [person('root'), person('root')]);
    expect(await node.types(PLATFORM)).toEqual(['organization.create', 'member.join']);
    const left = node.transactor.transact(PLATFORM, by('root'), (context) => leave({}, context));
    expect(await refusal(left)).toBe('member.last_holder');
  });

  test('is founded by one of the nodes that start together', async () => {
    const nodes = [node.transactor, node.another(), node.another()];
    await Promise.all(nodes.map((one) => foundPlatform(one, 'Platform', [person('root')])));
    expect(await node.types(PLATFORM)).toHaveLength(2);
  });

  test.each([{ dryRun: true }, {}])(
    'gives power at once, also on a node that has just looked (%j)',
    async (more) => {
      await found(node.transactor, 'acme');
      const other = node.another({ platformAge: 60_000 });
      const suspend = () =>
        other.transact(acme, by('root', more), (context) => suspendOrganization({}, context));
      expect(await refusal(suspend())).toBe('organization.not_found');
      await foundPlatform(node.transactor, 'Platform', [person('root')]);
      expect(await refusal(suspend())).toBe('carried out');
    },
  );

  test('gives power over others, on every node, until it is taken away', async () => {
    await found(node.transactor, 'acme');
    const other = node.another();
    const suspend = (name: string) =>
      other.transact(acme, by(name), (context) => suspendOrganization({}, context));
    expect(await refusal(suspend('root'))).toBe('organization.not_found');
    await foundPlatform(node.transactor, 'Platform', [person('root'), person('second')]);
    expect(await refusal(suspend('root'))).toBe('carried out');
    expect(await refusal(suspend('ada'))).toBe('permission.denied');
    const { memberByUser } = await node.transactor.state(PLATFORM);
    const member = memberByUser.get(person('root').user)!;
    await node.transactor.transact(PLATFORM, by('second'), (context) =>
      removeMember({ member, scope: 'organization', reason: 'removed' }, context),
    );
    expect(await refusal(suspend('root'))).toBe('organization.not_found');
  });
});

describe('erasures', () => {
  const keysOf = async (name: string, organization = acme): Promise<string> => {
    for (const { event } of await node.events(organization)) {
      if (event.type !== 'member.join' || event.user !== person(name).user) continue;
      const opening = { organization, field: 'email', value: event.email! } as const;
      return (await node.vault.open([opening]))[0] ?? 'erased';
    }
    return 'nobody';
  };

  test('destroy the keys as they appear in the log, and again at every start', async () => {
    await found(node.transactor, 'acme');
    const second = person('bob');
    await node.transactor.transact(acme, by('ada'), () => () => [
      { ...joined(second.user), type: 'member.join' },
    ]);
    await node.vault.ensure(acme, ['mem_bob', second.user]);
    const email = await node.vault.seal(acme, 'mem_bob', 'email', second.email);
    const opening = { organization: acme, field: 'email', value: email } as const;
    follow((signal) => followErasures(node.log, node.vault, signal));
    await node.transactor.transact(acme, by('bob'), (context) =>
      erase({ user: second.user }, context),
    );
    const gone = async () => expect(await node.vault.open([opening])).toEqual([null]);
    await eventually(gone);
    expect(await keysOf('ada')).toBe('ada@acme.example');
    // As after a restore of a vault that never heard of it.
    const fresh = await startNode();
    await expect(fresh.vault.open([opening])).rejects.toThrow(KeyMissing);
    follow((signal) => followErasures(node.log, fresh.vault, signal));
    await eventually(async () => expect(await fresh.vault.open([opening])).toEqual([null]));
    for (const { controller } of following) controller.abort();
    await fresh.close();
    remove(fresh.folder);
  });

  describe('once the vault has noted how far they are', () => {
    /** Until everything is looked at; after which place that began. */
    const look = async (): Promise<bigint | null> => {
      const head = await node.log.head();
      const follow = node.log.follow.bind(node.log);
      let began: bigint | null = null;
      let at: bigint | null = null;
      node.log.follow = async function* (after, signal) {
        at = began = after;
        for await (const events of follow(after, signal)) {
          yield events;
          at = events.at(-1)!.position;
        }
      };
      const controller = new AbortController();
      const ended = followErasures(node.log, node.vault, controller.signal, 1);
      await eventually(async () => expect(at).toBe(head));
      controller.abort();
      await ended;
      node.log.follow = follow;
      return began;
    };
    const reopen = async (before: () => void = () => undefined): Promise<void> => {
      const { folder } = node;
      await node.close();
      before();
      node = await startNode({}, folder);
    };
    const vaultFile = () => join(node.folder, 'vault.db');

    test('those before are not looked at again, and a vault from before is made good', async () => {
      await node.vault.belongTo({ id: node.log.id, isEmpty: true });
      await found(node.transactor, 'acme');
      expect(await look()).toBeNull();
      const noted = await node.log.head();
      const backup = `${vaultFile()}.backup`;
      await reopen(() => copyFileSync(vaultFile(), backup));
      const [ada] = (await node.transactor.state(acme)).members.keys();
      await node.transactor.transact(acme, by('ada'), () => () => [
        { type: 'member.personal_data_erase', member: ada! },
      ]);
      expect(await look()).toBe(noted);
      expect(await keysOf('ada')).toBe('erased');
      await reopen(() => copyFileSync(backup, vaultFile()));
      expect(await keysOf('ada')).toBe('ada@acme.example');
      expect(await look()).toBe(noted);
      expect(await keysOf('ada')).toBe('erased');
    });

    test('of another log they are not', async () => {
      await node.vault.belongTo({ id: node.log.id, isEmpty: true });
      await found(node.transactor, 'acme');
      await look();
      const mark = (await node.vault.erasedUpTo())!;
      await node.vault.noteErased({ ...mark, hash: 'of another' });
      expect(await look()).toBeNull();
    });
  });

  test('are of people: a deleted organization keeps its history readable', async () => {
    const beta = 'beta' as OrganizationId;
    await found(node.transactor, 'acme');
    await found(node.transactor, 'beta');
    follow((signal) => followErasures(node.log, node.vault, signal));
    await node.transactor.transact(acme, by('ada'), (context) => deleteOrganization({}, context));
    const [ada] = (await node.transactor.state(beta)).members.keys();
    await node.transactor.transact(beta, by('ada'), () => () => [
      { type: 'member.personal_data_erase', member: ada! },
    ]);
    // The later erasure is done, so the deletion before it was looked at.
    await eventually(async () => expect(await keysOf('ada', beta)).toBe('erased'));
    expect(await keysOf('ada')).toBe('ada@acme.example');
  });

  test('an erased person who acts again leaves no address behind', async () => {
    await found(node.transactor, 'acme');
    await node.vault.destroy(acme, [person('eve').user]);
    const request = by('eve', { clientAddress: '192.0.2.7' });
    const { events } = await node.transactor.transact(acme, request, rename('x'));
    expect(events[0]?.metadata.clientAddress).toBeUndefined();
    expect(events[0]?.metadata.actor).toEqual(request.actor);
  });
});

const joined = (user: ReturnType<typeof person>['user']) =>
  ({
    source: 'scim',
    member: 'mem_bob' as MemberId,
    user,
    tag: null,
    email: null,
    displayEmail: null,
    name: null,
    authentication: 'scim',
    grants: [],
    replaced: [],
    teams: [],
  }) as const;
