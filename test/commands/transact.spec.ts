import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { LIMITS } from '#eventlog/event-log.js';
import type { Transactor } from '#commands/transact.js';
import { eventually } from './support/eventually.js';
import { by, person, remove, startNode, type TestNode } from './support/node.js';
import { found, rename, space, spaces } from './support/rules.js';

const acme = 'acme' as OrganizationId;
const code = (error: unknown): string => (error instanceof Refusal ? error.code : String(error));
/** What each promise came to: its event count, or the code it was refused with. */
const settled = async (promises: Promise<{ events: readonly unknown[] }>[]) =>
  (await Promise.allSettled(promises)).map((one) =>
    one.status === 'fulfilled' ? one.value.events.length : code(one.reason),
  );

let node: TestNode;
beforeEach(async () => {
  node = await startNode({ platformAge: 0 });
});
afterEach(async () => {
  await node.close();
  remove(node.folder);
});

describe('one command', () => {
  test('is stored with who, when and on what, and answered with what the log holds', async () => {
    const outcome = await found(node.transactor, 'acme', by('ada', { clientAddress: '192.0.2.7' }));
    const events = await node.events(acme);
    expect(outcome.revision).toBe(1);
    expect(outcome.events.map(({ position: _, ...one }) => one)).toEqual(
      events.map(({ position: _, ...one }) => one),
    );
    const [create, join] = events;
    expect(create?.event.type).toBe('organization.create');
    expect(join?.metadata).toMatchObject({
      actor: { kind: 'user', id: person('ada').user },
      correlationId: 'correlation',
      occurredAt: node.clock.now(),
      catalogueVersion: 1,
      previousHash: create?.metadata.hash,
    });
    expect(join?.metadata.commandId).toBe(create?.metadata.commandId);
  });

  test('seals addresses and names for the member, and the client address for whom the actor becomes', async () => {
    await found(node.transactor, 'acme', by('ada', { clientAddress: '192.0.2.7' }));
    const join = (await node.events(acme))[1]!;
    if (join.event.type !== 'member.join') throw new Error('no join');
    const { member, email, displayEmail, name } = join.event;
    const { clientAddress } = join.metadata;
    expect(clientAddress?.subject).toBe(member);
    const opened = await node.vault.open([
      { organization: acme, field: 'email', value: email! },
      { organization: acme, field: 'displayEmail', value: displayEmail! },
      { organization: acme, field: 'name', value: name! },
      { organization: acme, field: 'clientAddress', value: clientAddress! },
    ]);
    expect(opened).toEqual(['ada@acme.example', 'ada@acme.example', 'Ada', '192.0.2.7']);
    expect(JSON.stringify([join.event, join.metadata])).not.toContain('acme.example');
  });

  test('names the member whose rights are used', async () => {
    const { events } = await found(node.transactor, 'acme');
    const outcome = await node.transactor.transact(acme, by('ada'), space('one'));
    const joined = events[1]!.event;
    if (joined.type !== 'member.join') throw new Error('no join');
    expect(outcome.events[0]?.metadata.actor).toMatchObject({ member: joined.member });
  });

  test('writes nothing when it is so already', async () => {
    await found(node.transactor, 'acme');
    expect(await node.transactor.transact(acme, by('ada'), rename('acme'))).toMatchObject({
      revision: 1,
      events: [],
      replayed: false,
    });
    expect(node.log.attempts).toHaveLength(1);
  });

  test('never goes back in time', async () => {
    await found(node.transactor, 'acme');
    const founded = node.clock.now();
    node.clock.turn(-60_000);
    const { events } = await node.transactor.transact(acme, by('ada'), space('one'));
    expect(events[0]?.metadata.occurredAt).toBe(founded);
  });

  test('finds no organization that was not founded, and makes no keys for it', async () => {
    const request = by('ada', {
      idempotency: { key: 'k', operation: 'o', principal: 'p', body: {} },
      clientAddress: '192.0.2.7',
    });
    expect(await settled([node.transactor.transact(acme, request, space('one'))])).toEqual([
      'organization.not_found',
    ]);
    expect(node.keys()).toBe(0);
    expect(await node.log.last('organization-acme')).toBeUndefined();
  });

  test('that is over the limits of an append is refused before there is one', async () => {
    await found(node.transactor, 'acme');
    const { transactor } = node;
    const results = settled([
      transactor.transact(acme, by('ada'), spaces('a', LIMITS.appendEvents + 1)),
      transactor.transact(acme, by('ada'), spaces('b', 17, 'x'.repeat(60_000))),
      transactor.transact(acme, by('ada'), spaces('c', 1, 'x'.repeat(70_000))),
      transactor.transact(acme, by('ada'), space('d')),
    ]);
    expect(await results).toEqual(['batch.too_large', 'batch.too_large', 'batch.too_large', 1]);
    expect(await node.types(acme)).toHaveLength(3);
  });
});

describe('commands that wait together', () => {
  test('are decided one upon another and appended at once', async () => {
    await found(node.transactor, 'acme');
    node.log.attempts.length = 0;
    const { transactor } = node;
    const first = transactor.transact(acme, by('ada'), space('first'));
    const results = await settled([
      first,
      ...['a', 'b', 'a', 'c', 'b'].map((id) => transactor.transact(acme, by('ada'), space(id))),
    ]);
    expect(results).toEqual([1, 1, 1, 'request.invalid', 1, 'request.invalid']);
    expect(node.log.attempts.map((events) => events.length)).toEqual([4]);
  });

  test('a refused one refuses its own caller alone, and so does a bug', async () => {
    await found(node.transactor, 'acme');
    const { transactor } = node;
    const bug = () => () => {
      throw new TypeError('a bug');
    };
    const results = await settled([
      transactor.transact(acme, by('ada'), space('a')),
      transactor.transact(acme, by('ada'), bug),
      transactor.transact(acme, by('ada'), space('a')),
      transactor.transact(acme, by('ada'), () => () => [
        { type: 'organization.rename', name: '\ud800' },
      ]),
      transactor.transact(acme, by('ada'), space('b')),
    ]);
    expect(results).toEqual([
      1,
      'TypeError: a bug',
      'request.invalid',
      expect.stringContaining('lone surrogate'),
      1,
    ]);
    expect(await node.types(acme)).toHaveLength(4);
  });

  test('are cut into appends that fit, and never inside a command', async () => {
    await found(node.transactor, 'acme');
    node.log.attempts.length = 0;
    const { transactor } = node;
    const results = await settled(
      [400, 400, 400, 900, 100, 1].map((count, index) =>
        transactor.transact(acme, by('ada'), spaces(`${index}-`, count)),
      ),
    );
    expect(results).toEqual([400, 400, 400, 900, 100, 1]);
    expect(node.log.attempts.map((events) => events.length)).toEqual([800, 400, 1000, 1]);
    node.log.attempts.length = 0;
    await settled(
      [1, 2, 3].map((index) =>
        transactor.transact(acme, by('ada'), spaces(`big${index}-`, 8, 'x'.repeat(45_000))),
      ),
    );
    expect(node.log.attempts.map((events) => events.length)).toEqual([16, 8]);
  });

  test('of many organizations share a flush', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `org_${index}`);
    await Promise.all(names.map((name) => found(node.transactor, name)));
    const head = await node.log.head();
    const outcomes = await Promise.all(
      names.map((name) => node.transactor.transact(name as OrganizationId, by('ada'), space('a'))),
    );
    expect(new Set(outcomes.map((one) => one.events[0]?.position)).size).toBe(names.length);
    expect(await node.log.head()).toBe(head! + BigInt(names.length));
  });
});

describe('two writers', () => {
  test('the one that loses the race decides again on what the log says', async () => {
    await found(node.transactor, 'acme');
    const other = node.another();
    await other.state(acme);
    await node.transactor.transact(acme, by('ada'), space('a'));
    const results = await settled([
      other.transact(acme, by('ada'), space('b')),
      other.transact(acme, by('ada'), space('a')),
    ]);
    expect(results).toEqual([1, 'request.invalid']);
    const events = await node.events(acme);
    expect(events.map((one) => one.revision)).toEqual([0, 1, 2, 3]);
  });

  test('what is refused or already so is decided on the latest state, too', async () => {
    await found(node.transactor, 'acme');
    const other = node.another();
    await other.state(acme);
    await node.transactor.transact(acme, by('ada'), rename('Acme'));
    await node.transactor.transact(acme, by('ada'), rename('acme'));
    await node.transactor.transact(acme, by('ada'), rename('Acme'));
    expect(await settled([other.transact(acme, by('ada'), rename('acme'))])).toEqual([1]);
    await node.transactor.transact(acme, by('ada'), rename('Again'));
    const mustBe = (name: string) => () => (organization: { name: string }) => {
      if (organization.name !== name) throw new Refusal('request.invalid', organization.name);
      return [];
    };
    expect(await settled([other.transact(acme, by('ada'), mustBe('Again'))])).toEqual([0]);
  });

  test('who asks while a read is under way knows of what that one has missed', async () => {
    await found(node.transactor, 'acme');
    const other = node.another();
    await other.state(acme);
    let goOn = (): void => undefined;
    const isAtEnd = new Promise<void>((resolve) => {
      node.log.atEnd = () => {
        resolve();
        node.log.atEnd = async () => undefined;
        return new Promise((done) => {
          goOn = done;
        });
      };
    });
    const before = other.latest(acme);
    await isAtEnd;
    await node.transactor.transact(acme, by('ada'), space('a'));
    const after = Promise.all([
      other.latest(acme).then(({ spaces }) => [...spaces.values()].map(({ name }) => name)),
      settled([other.transact(acme, by('ada'), space('a'))]),
    ]);
    goOn();
    await before;
    expect(await after).toEqual([['a'], ['request.invalid']]);
  });

  test('many at once on both lose nothing and repeat nothing', async () => {
    await found(node.transactor, 'acme');
    const other = node.another();
    const all = await settled(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 === 0 ? node.transactor : other).transact(acme, by('ada'), space(`s${index}`)),
      ),
    );
    expect(all).toEqual(Array.from({ length: 60 }, () => 1));
    expect(await node.types(acme)).toHaveLength(62);
  });

  test('a race that is never won ends', async () => {
    await found(node.transactor, 'acme');
    node.log.faults = Array.from({ length: 20 }, () => 'conflict' as const);
    expect(await settled([node.transactor.transact(acme, by('ada'), space('a'))])).toEqual([
      'write.unavailable',
    ]);
    expect(node.log.attempts).toHaveLength(1 + 10);
  });
});

describe('an append whose outcome is unknown', () => {
  const canonical = (attempt: readonly { canonical: string }[]) =>
    attempt.map((event) => event.canonical);

  test.each(['unknown-written', 'unknown-lost'] as const)(
    'is repeated unchanged until the log answers (%s)',
    async (fault) => {
      await found(node.transactor, 'acme');
      node.log.attempts.length = 0;
      node.log.faults = [fault, 'unknown-lost', 'throw'];
      const results = await settled([
        node.transactor.transact(acme, by('ada', { clientAddress: '192.0.2.7' }), space('a')),
        node.transactor.transact(acme, by('ada'), space('b')),
      ]);
      expect(results).toEqual([1, 1]);
      expect(node.log.attempts).toHaveLength(4);
      for (const attempt of node.log.attempts) {
        expect(canonical(attempt)).toEqual(canonical(node.log.attempts[0]!));
      }
      expect(await node.types(acme)).toHaveLength(4);
    },
  );

  /** A node that soon tells its callers that nobody knows. */
  const hasty = async () => {
    const transactor = node.another({ outcomeDeadline: 300, platformAge: 0 });
    await transactor.state(acme);
    return transactor;
  };

  test('keeps the organization from deciding; its callers learn that nobody knows', async () => {
    await found(node.transactor, 'acme');
    const transactor = await hasty();
    node.log.faults = ['hang'];
    const first = transactor.transact(acme, by('ada'), space('a'));
    const together = transactor.transact(acme, by('ada'), space('a'));
    await eventually(() => expect(node.log.attempts).toHaveLength(2));
    const later = transactor.transact(acme, by('ada'), space('b'));
    expect(await settled([first, together, later])).toEqual([
      'write.outcome_unknown',
      'write.unavailable',
      'write.unavailable',
    ]);
    expect(await settled([transactor.transact(acme, by('ada'), space('c'))])).toEqual([
      'write.unavailable',
    ]);
    expect(node.log.attempts).toHaveLength(2);
  });

  /** What a space that can't be added a second time comes to, once the organization decides. */
  const onceDecided = (transactor: Transactor, id: string): Promise<unknown> =>
    eventually(async () => {
      const [result] = await settled([transactor.transact(acme, by('ada'), space(id))]);
      expect(result).not.toBe('write.unavailable');
      return result;
    });

  test('settled late, the organization goes on from what was written', async () => {
    await found(node.transactor, 'acme');
    const transactor = await hasty();
    node.log.faults = ['hang'];
    const first = transactor.transact(acme, by('ada'), space('a'));
    expect(await settled([first])).toEqual(['write.outcome_unknown']);
    node.log.release();
    expect(await onceDecided(transactor, 'a')).toBe('request.invalid');
    expect(await onceDecided(transactor, 'b')).toBe(1);
    expect((await node.events(acme)).map((one) => one.revision)).toEqual([0, 1, 2, 3]);
  });

  test('settled late as a conflict, its commands are not carried out behind their callers', async () => {
    await found(node.transactor, 'acme');
    const transactor = await hasty();
    node.log.faults = ['hang'];
    const first = transactor.transact(acme, by('ada'), space('a'));
    expect(await settled([first])).toEqual(['write.outcome_unknown']);
    await node.transactor.transact(acme, by('ada'), space('b'));
    node.log.release();
    expect(await onceDecided(transactor, 'b')).toBe('request.invalid');
    expect(await node.types(acme)).toHaveLength(3);
  });

  test('an append that fails for certain is answered at once, and the next one passes', async () => {
    await found(node.transactor, 'acme');
    node.log.faults = ['throw'];
    expect(await settled([node.transactor.transact(acme, by('ada'), space('a'))])).toEqual([
      'write.unavailable',
    ]);
    expect(await settled([node.transactor.transact(acme, by('ada'), space('a'))])).toEqual([1]);
  });
});

describe('stopping', () => {
  test('answers what has come in and takes nothing more', async () => {
    await found(node.transactor, 'acme');
    const waiting = Array.from({ length: 5 }, (_, index) =>
      node.transactor.transact(acme, by('ada'), space(`s${index}`)),
    );
    const drained = node.transactor.drain();
    expect(await settled([node.transactor.transact(acme, by('ada'), space('late'))])).toEqual([
      'service.stopping',
    ]);
    await drained;
    expect(await settled(waiting)).toEqual([1, 1, 1, 1, 1]);
    expect(await node.types(acme)).toHaveLength(7);
  });

  test('does not wait for ever for an outcome', async () => {
    await found(node.transactor, 'acme');
    node.log.faults = Array.from({ length: 1000 }, () => 'unknown-lost' as const);
    const transactor = node.another({ outcomeDeadline: 300 });
    const one = transactor.transact(acme, by('ada'), space('a'));
    const [, results] = await Promise.all([transactor.drain(), settled([one])]);
    expect(results).toEqual(['write.outcome_unknown']);
  });
});
