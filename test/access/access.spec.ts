import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ActorFact, DomainEvent } from '#domain/events.js';
import { PLATFORM, type Instant, type OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { AccessQuestion } from '#access/questions.js';
import { CheckAccessBatch, CheckAccessBatchHandler } from '#queries/access-check-batch.js';
import { CheckAccess, CheckAccessHandler } from '#queries/access-check.js';
import type { WhereQuestion } from '#access/whereabouts.js';
import { remaps, versions } from './catalogues.js';
import { created, joined, PUBLISHED } from './facts.js';
import { TestLog } from './log.js';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const at = (hours: number): string => new Date(NOON + hours * 3_600_000).toISOString();
const acme = 'acme' as OrganizationId;

let log: TestLog;
let access: Access;
let now: number;
let stop: AbortController;
let running: Promise<void>;

/** @param patience short only where nothing is to come of waiting, in milliseconds. */
const follow = (patience = 20_000, real: EventLog = log.log) => {
  stop = new AbortController();
  access = new Access(real, { now: () => now, patience });
  running = access.run(stop.signal);
};

const again = async (patience?: number, real?: EventLog): Promise<void> => {
  stop.abort();
  await running;
  follow(patience, real);
};

/** The log, of which nothing comes after this position until it may. */
const holdingBack = (real: EventLog, after: bigint, may: Promise<unknown>): EventLog => {
  async function* follow(...from: Parameters<EventLog['follow']>) {
    for await (const events of real.follow(...from)) {
      if (events.at(-1)!.position > after) await may;
      yield events;
    }
  }
  const get = (_: EventLog, name: keyof EventLog): unknown => {
    const value: unknown = name === 'follow' ? follow : real[name];
    return typeof value === 'function' ? value.bind(real) : value;
  };
  return new Proxy(real, { get: get as never });
};

/** Appends to an organization and says so, as the node that appended it does. */
const happens = async (organization: string, ...events: object[]): Promise<void> => {
  const stream = `organization-${organization}`;
  await log.append(events.map((event) => ({ stream, event: event as DomainEvent })));
  access.acknowledged(organization as OrganizationId, log.revision(stream));
};

const grant = (role: string, more: object = {}) => ({
  id: `grant_${role.replace('/', '_')}`,
  role,
  scope: 'organization',
  ...more,
});
const question = (principal: string, permission: string, more: object = {}) =>
  ({ organization: acme, principal, permission, ...more }) as AccessQuestion;
const ask = (principal: string, permission: string, more: object = {}) =>
  access.check(question(principal, permission, more));
const refusal = (answer: Promise<unknown>): Promise<{ code: string; message: string }> =>
  answer.then(
    () => ({ code: 'none', message: '' }),
    (error: { code: string; message: string }) => error,
  );

beforeEach(async () => {
  log = new TestLog();
  now = NOON;
  follow();
  await log.append(PUBLISHED);
  await happens('acme', created('works'));
});
afterEach(async () => {
  stop.abort();
  await running;
  await log.log.close();
});

describe('a question', () => {
  test('is answered with the revision it was answered at', async () => {
    await happens('acme', joined('ann', grant('viewer')));
    const answer = { reason: 'granted', allowed: true, revision: 1 };
    expect(await ask('mem_ann', 'documents:view')).toEqual(answer);
    expect(await ask('usr_ann', 'documents:view')).toEqual(answer);
    expect(await ask('usr_ann', 'documents:edit')).toMatchObject({ reason: 'no_role' });
    expect(await ask('usr_bob', 'documents:edit')).toMatchObject({ reason: 'no_membership' });
  });

  test('about a space that is called as the organization is one about no space', async () => {
    await happens('acme', joined('ann', grant('viewer')));
    const asked = ask('mem_ann', 'documents:view', { space: 'organization' });
    expect(await asked).toMatchObject({ allowed: false, reason: 'space_not_found' });
  });

  test('finds what a team holds at a space where nobody else holds anything', async () => {
    const team = { type: 'team.create', team: 'team_crew', name: 'crew', scope: 'space_a' };
    const held = { id: 'grant_crew', role: 'owner', scope: 'space_a' };
    await happens(
      'acme',
      { type: 'space.create', space: 'space_a', name: 'A' },
      joined('ann'),
      team,
      { type: 'team.role_change', team: 'team_crew', added: [held], removed: [], cause: 'direct' },
      { type: 'team.member_add', team: 'team_crew', member: 'mem_ann', source: 'direct' },
    );
    const there = { space: 'space_a' };
    expect(await ask('mem_ann', 'documents:edit', there)).toMatchObject({ reason: 'granted' });
    expect(await ask('mem_ann', 'billing:pay', there)).toMatchObject({ reason: 'wrong_scope' });
  });

  test('about a time-boxed grant is decided by the clock, to the millisecond', async () => {
    const times = { notBefore: at(1), expiresAt: at(2) };
    await happens('acme', joined('ann', grant('viewer', times)));
    const reasons: string[] = [];
    for (const moment of [at(1), at(2)]) {
      for (const offset of [-1, 0]) {
        now = Date.parse(moment) + offset;
        reasons.push((await ask('mem_ann', 'documents:view')).reason);
      }
    }
    expect(reasons).toEqual(['not_yet', 'granted', 'granted', 'expired']);
    now = NOON;
    expect(await ask('mem_ann', 'documents:view')).toMatchObject({ reason: 'not_yet' });
  });

  test("about a member also counts what the platform gives that person, by the platform's times", async () => {
    await happens('platform', created('platform'));
    const until = { expiresAt: at(1) };
    await happens('platform', joined('pat', grant('works/editor', until)));
    await happens('acme', { ...joined('here'), user: 'usr_pat' });
    expect(await ask('mem_here', 'documents:edit')).toMatchObject({ reason: 'granted' });
    now = Date.parse(at(1));
    expect(await ask('mem_here', 'documents:edit')).toMatchObject({ reason: 'no_role' });
    now = NOON;
    expect(await ask('mem_here', 'documents:edit')).toMatchObject({ reason: 'granted' });
    await happens('platform', { type: 'member.deactivate', member: 'mem_pat', cause: 'direct' });
    expect(await ask('mem_here', 'documents:edit')).toMatchObject({ reason: 'no_role' });
  });

  test('at a deactivated space is about the space, for whom the platform lets in', async () => {
    const people = [
      joined('root', grant('platform-admin')),
      joined('quin', grant('platform-auditor')),
      joined('pat', grant('works/editor')),
    ];
    await happens('platform', created('platform'), ...people);
    const space = 'space_a';
    await happens('acme', { type: 'space.create', space, name: 'A' });
    await happens('acme', { type: 'space.deactivate', space }, joined('root'));
    await happens('acme', { type: 'member.deactivate', member: 'mem_root', cause: 'direct' });
    const told = async (principal: string, permission: string) =>
      (await ask(principal, permission, { space })).reason;
    expect(await told('usr_root', 'documents:edit')).toBe('space_inactive');
    expect(await told('usr_quin', 'members:view')).toBe('space_inactive');
    expect(await told('usr_pat', 'documents:edit')).toBe('space_inactive');
    expect(await told('usr_root', 'spaces:view')).toBe('granted');
    // Whom it would let in nowhere is nobody here.
    expect(await told('usr_quin', 'documents:edit')).toBe('no_membership');
    expect(await told('mem_root', 'documents:edit')).toBe('deactivated');
  });

  test('does not take one whom the platform has deactivated for one whom it has not', async () => {
    await happens('platform', created('platform'));
    for (const name of ['pat', 'quin']) {
      await happens('platform', joined(name, grant('platform-admin')));
      await happens('acme', joined(name, grant('viewer')));
    }
    await happens('platform', { type: 'member.deactivate', member: 'mem_quin', cause: 'direct' });
    // Alike in every grant; the first that is asked about must not answer for the second.
    expect(await ask('mem_pat', 'documents:edit')).toMatchObject({ reason: 'granted' });
    expect(await ask('mem_quin', 'documents:edit')).toMatchObject({ reason: 'no_role' });
  });

  test('sees roles change places when a catalogue version is adopted', async () => {
    await happens('acme', joined('ann', grant('editor')));
    await happens('acme', joined('bob', grant('viewer')));
    const adopt = { type: 'organization.catalogue_adopt', from: 1, to: 3, sha256: '' };
    await happens('acme', { ...adopt, remap: remaps[3] });
    expect(await ask('mem_ann', 'documents:share')).toMatchObject({ allowed: true });
    expect(await ask('mem_bob', 'documents:share')).toMatchObject({ allowed: false });
  });

  test('names what is meant by an unknown permission, and refuses what can be nobody', async () => {
    const unknown = await refusal(ask('mem_ann', 'document:view'));
    expect(unknown.code).toBe('permission.unknown');
    expect(unknown.message).toContain('did you mean "documents:view"');
    expect(await refusal(ask('ann', 'documents:view'))).toMatchObject({
      code: 'principal.invalid',
    });
    const elsewhere = { organization: 'nowhere' };
    expect(await refusal(ask('mem_ann', 'documents:view', elsewhere))).toMatchObject({
      code: 'organization.not_found',
    });
  });

  test('by method and path needs a route that the catalogue has', async () => {
    await happens('acme', joined('ann', grant('viewer')));
    const route = (method: string, path: string) =>
      access.route({ ...question('mem_ann', ''), method, path });
    expect(await route('get', '/api/v1/documents/7')).toMatchObject({ allowed: true });
    expect(await route('POST', '/billing')).toMatchObject({ reason: 'no_role' });
    expect(await route('DELETE', '/documents/7')).toMatchObject({ reason: 'route.unknown' });
  });

  test('about a key is whether it carries the scope, while it and its owner are good', async () => {
    await happens('acme', joined('ann', grant('viewer')));
    const key = { type: 'api_key.create', key: 'key_1', owner: 'mem_ann', name: 'ci' };
    const more = { scopes: ['docs:read'], expiresAt: at(1), secretHash: '' };
    await happens('acme', { ...key, ...more });
    const carries = async (scope: string) =>
      (await access.keyScope({ organization: acme, key: 'key_1' as never, scope })).reason;
    expect(await carries('docs:read')).toBe('granted');
    expect(await carries('docs:write')).toBe('scope_missing');
    expect(await refusal(carries('docs:raed'))).toMatchObject({ code: 'api_key.scope_unknown' });
    now = Date.parse(at(1));
    expect(await carries('docs:read')).toBe('key_expired');
    now = NOON;
    await happens('acme', { type: 'member.deactivate', member: 'mem_ann', cause: 'direct' });
    expect(await carries('docs:read')).toBe('deactivated');
    await happens('acme', { type: 'member.remove', member: 'mem_ann', reason: 'removed' });
    expect(await carries('docs:read')).toBe('key_revoked');
  });

  test('for everything gives a sorted list', async () => {
    await happens('acme', joined('ann', grant('clerk')));
    const { permissions } = await access.permissions(question('mem_ann', ''));
    expect(permissions).toEqual(['billing:pay', 'billing:view', 'spaces:view']);
  });
});

describe('a batch', () => {
  test('answers in order, each organization at one revision', async () => {
    await happens('beta', created('works'));
    await happens('acme', joined('ann', grant('viewer')));
    const answer = await access.checkBatch([
      question('usr_ann', 'documents:view'),
      question('usr_ann', 'documents:view', { organization: 'beta' }),
    ]);
    expect(answer.results.map(({ reason }) => reason)).toEqual(['granted', 'no_membership']);
    expect(answer.revisions).toEqual({ acme: 1, beta: 0 });
  });

  test('names the question that can not be answered, and takes 1,000', async () => {
    const wrong = [question('usr_ann', 'documents:view'), question('usr_ann', 'x:y')];
    await expect(access.checkBatch(wrong)).rejects.toMatchObject({
      code: 'permission.unknown',
      errors: [{ pointer: '/checks/1' }],
    });
    const many = Array.from({ length: 1001 }, () => question('usr_ann', 'documents:view'));
    expect(await refusal(access.checkBatch(many))).toMatchObject({ code: 'batch.too_large' });
  });
});

describe('freshness', () => {
  test('waits for the revision asked for, up to a bound', async () => {
    const answer = ask('mem_ann', 'documents:view', { atLeast: 1 });
    await happens('acme', joined('ann', grant('viewer')));
    expect(await answer).toMatchObject({ allowed: true, revision: 1 });
    await again(50);
    const early = ask('mem_ann', 'documents:view', { atLeast: 9 });
    expect(await refusal(early)).toMatchObject({ code: 'read.not_yet' });
  });

  /** Every question about acme, as of a revision that may not be reached. */
  const QUESTIONS: Readonly<Record<string, (asked: AccessQuestion) => Promise<unknown>>> = {
    check: (asked) => access.check(asked),
    checkBatch: (asked) => access.checkBatch([question('mem_ann', asked.permission), asked]),
    route: (asked) => access.route({ ...asked, method: 'GET', path: '/documents' }),
    keyScope: (asked) => access.keyScope({ ...asked, key: 'key_k' as never, scope: 'docs:read' }),
    permissions: (asked) => access.permissions(asked),
    explain: (asked) =>
      access.explain(asked, { kind: 'user', id: 'usr_ann', via: 'http' } as ActorFact),
    diff: (asked) => access.diff({ ...asked, from: { revision: 0 }, to: { revision: 1 } }, PAGE),
    reach: (asked) => access.reach({ ...asked, member: 'mem_ann' as never }),
    holders: (asked) => access.holders(asked, PAGE),
  };
  const PAGE = { rows: 10 };

  test.each(Object.keys(QUESTIONS))(
    '%s waits for it, and says where it is not there',
    async (name) => {
      await happens('acme', joined('ann', grant('viewer')));
      await again(50);
      const as = (atLeast: number) =>
        refusal(QUESTIONS[name]!(question('mem_ann', 'documents:view', { atLeast })));
      expect(await as(9)).toMatchObject({ code: 'read.not_yet' });
      expect(await as(1)).toMatchObject({ code: 'none' });
    },
  );

  test('without one is never before what this node has acknowledged', async () => {
    await again(50);
    access.acknowledged(acme, 1);
    expect(await refusal(ask('mem_ann', 'documents:view'))).toMatchObject({ code: 'read.not_yet' });
    await again();
    access.acknowledged(acme, 1);
    await happens('acme', joined('ann', grant('viewer')));
    expect(await ask('mem_ann', 'documents:view')).toMatchObject({ allowed: true });
  });

  test('begins once the log has been caught up with', async () => {
    stop.abort();
    await running;
    await happens('acme', joined('ann', grant('viewer')));
    access = new Access(log.log, { now: () => now, patience: 50 });
    expect(await refusal(ask('mem_ann', 'documents:view'))).toMatchObject({ code: 'read.not_yet' });
    follow();
    expect(await ask('mem_ann', 'documents:view')).toMatchObject({ allowed: true });
  });
});

test('what somebody could reach is worked out once for all its pages, until something happens', async () => {
  await happens('acme', joined('ann', grant('owner')));
  const asked = { organization: acme, member: 'mem_ann' as never };
  const first = await access.reach({ ...asked, atLeast: 1 });
  expect(first.length).toBeGreaterThan(0);
  expect(await access.reach(asked)).toBe(first);
  await happens('acme', { type: 'member.deactivate', member: 'mem_ann', cause: 'direct' });
  expect(await access.reach({ ...asked, atLeast: 2 })).toEqual([]);
});

describe('an event that can not be applied', () => {
  /** Adopts a version that nobody has published. */
  const unapplied = { type: 'organization.catalogue_adopt', from: 1, to: 9, sha256: '', remap: {} };

  test('closes its organization alone, and health names it', async () => {
    await happens('beta', created('works'));
    await happens('acme', joined('ann', grant('viewer')));
    await happens('acme', unapplied);
    await happens('beta', joined('bob', grant('viewer')));
    const inBeta = question('usr_bob', 'documents:view', { organization: 'beta' });
    expect(await access.check(inBeta)).toMatchObject({ allowed: true });
    expect(await refusal(ask('mem_ann', 'documents:view'))).toMatchObject({
      code: 'read.quarantined',
    });
    const batch = await access.checkBatch([question('mem_ann', 'documents:view'), inBeta]);
    expect(batch.results.map(({ reason }) => reason)).toEqual(['quarantined', 'granted']);
    expect(access.health().quarantined).toMatchObject([
      { stream: 'organization-acme', revision: 2, type: 'organization.catalogue_adopt' },
    ]);
  });

  test('keeps no others of a batch from their answers, for whoever may ask about it', async () => {
    await happens('beta', created('works'));
    await happens('acme', joined('ann', grant('owner')));
    await happens('acme', unapplied);
    await happens('beta', joined('ann', grant('owner')), joined('bob', grant('viewer')));
    const inBeta = question('usr_bob', 'documents:view', { organization: 'beta' });
    const asked = [question('mem_ann', 'documents:view'), inBeta];
    const askedBy = (id: string) => {
      const actor = { kind: 'user', id, via: 'http' } as ActorFact;
      return new CheckAccessBatchHandler(access).execute(new CheckAccessBatch(asked, actor));
    };
    const { results, revisions } = await askedBy('usr_ann');
    expect(results.map(({ reason }) => reason)).toEqual(['quarantined', 'granted']);
    expect(Object.keys(revisions)).toEqual(['beta']);
    expect(await refusal(askedBy('usr_eve'))).toMatchObject({ code: 'organization.not_found' });
  });

  test('stays closed until the organization is rebuilt with what was missing', async () => {
    await happens('acme', joined('ann', grant('viewer')), unapplied);
    await refusal(ask('mem_ann', 'documents:view', { atLeast: 2 }));
    await expect(access.rebuild(acme)).rejects.toThrow('works@9 is not published');
    expect(access.health().quarantined).toHaveLength(1);
    const ninth = { ...versions[0]!, version: 9 };
    const publish = { ...PUBLISHED[1]!.event, version: 9, content: ninth } as DomainEvent;
    await log.append([{ stream: 'catalogue-works', event: publish }]);
    await happens('acme', { type: 'space.create', space: 'space_a', name: 'A' });
    while (access.health().position !== (await log.log.head())) await new Promise(setImmediate);
    await access.rebuild(acme);
    expect(access.health().quarantined).toEqual([]);
    const answer = await ask('mem_ann', 'documents:view', { space: 'space_a' });
    expect(answer).toMatchObject({ allowed: true, revision: 3 });
    await happens('acme', { type: 'member.remove', member: 'mem_ann', reason: 'left' });
    expect(await ask('mem_ann', 'documents:view')).toMatchObject({ allowed: false, revision: 4 });
  });
});

test('all are folded again by one command, while writes go on and everything is answered', async () => {
  const missing = { type: 'organization.catalogue_adopt', from: 1, to: 9, sha256: '', remap: {} };
  await happens('beta', created('works'), missing);
  await happens('acme', joined('ann', grant('viewer')));
  expect(await ask('mem_ann', 'documents:view')).toMatchObject({ allowed: true, revision: 1 });
  const rebuilding = access.rebuildAll();
  await happens('acme', { type: 'space.create', space: 'space_a', name: 'A' });
  expect(await ask('mem_ann', 'documents:view')).toMatchObject({ allowed: true, revision: 2 });
  await rebuilding;
  await happens('acme', { type: 'member.remove', member: 'mem_ann', reason: 'left' });
  expect(await ask('mem_ann', 'documents:view')).toMatchObject({ allowed: false, revision: 3 });
  // What could not be folded still can't, and stays closed.
  expect(access.health().quarantined).toMatchObject([{ stream: 'organization-beta', revision: 1 }]);
});

describe('who may ask', () => {
  const person = (id: string) => ({ kind: 'user', id, via: 'http' }) as ActorFact;
  const reading = (actor: ActorFact, ...about: string[]) =>
    refusal(
      access.mayRead(
        { organization: acme },
        { actor, operation: 'read_access', about: about as never },
      ),
    ).then(({ code }) => code);

  test('members about themselves, holders of read_access about others, strangers nothing', async () => {
    await happens('acme', joined('ann', grant('viewer')));
    await happens('acme', joined('bob', grant('clerk')));
    expect(await reading(person('usr_bob'), 'usr_bob', 'mem_bob')).toBe('none');
    expect(await reading(person('usr_bob'), 'mem_ann')).toBe('permission.denied');
    expect(await reading(person('usr_ann'), 'mem_bob', 'svc_1')).toBe('none');
    expect(await reading(person('usr_cyn'), 'usr_cyn')).toBe('organization.not_found');
  });

  /** What they are told who ask as of a revision, and whether they were made to wait for it. */
  const asOf = async (id: string, organization: string, atLeast?: number) => {
    const question = { organization: organization as OrganizationId };
    const begun = performance.now();
    const code = await refusal(
      access.mayRead(
        { ...question, ...(atLeast !== undefined && { atLeast }) },
        { actor: person(id), operation: 'view_organization' },
      ),
    );
    // A timer of node may be a millisecond early.
    return [code.code, performance.now() - begun > 240 ? 'late' : 'at once'];
  };

  test('a stranger is not told how far an organization has come, nor that it is quarantined', async () => {
    await happens('platform', created('platform'), joined('pat', grant('platform-admin')));
    await happens('acme', joined('ann', grant('clerk')));
    await happens('lost', created('works'), joined('ann', grant('clerk')));
    await happens('lost', { type: 'organization.catalogue_adopt', from: 1, to: 9, remap: {} });
    expect((await asOf('usr_ann', 'lost'))[0]).toBe('read.quarantined');
    await again(250);
    for (const organization of ['acme', 'lost', 'nowhere']) {
      expect(await asOf('usr_cyn', organization)).toEqual(['organization.not_found', 'at once']);
      for (const revision of [0, 9]) {
        const told = await asOf('usr_cyn', organization, revision);
        expect(told).toEqual(['organization.not_found', 'late']);
      }
    }
    expect(await asOf('usr_ann', 'acme', 1)).toEqual(['none', 'at once']);
    expect(await asOf('usr_ann', 'acme', 9)).toEqual(['read.not_yet', 'late']);
    for (const known of ['usr_ann', 'usr_pat']) {
      expect(await asOf(known, 'lost', 0)).toEqual(['read.quarantined', 'at once']);
    }
  });

  test('one who is somebody as of the revision asked for waits for it', async () => {
    const asked = asOf('usr_ann', 'acme', 1);
    await happens('acme', joined('ann', grant('clerk')));
    expect((await asked)[0]).toBe('none');
  });

  test('on a node that is behind, one who has just joined is told so, and a stranger no more', async () => {
    let goOn = (): void => undefined;
    const may = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await again(250, holdingBack(log.log, (await log.log.head())!, may));
    expect((await asOf('usr_cyn', 'nowhere', 1))[0]).toBe('organization.not_found');
    const stream = 'organization-acme';
    // On another node.
    await log.append([{ stream, event: joined('ann', grant('clerk')) as DomainEvent }]);
    for (const [id, organization] of [
      ['usr_ann', 'acme'],
      ['usr_cyn', 'acme'],
      ['usr_cyn', 'nowhere'],
    ] as const) {
      expect(await asOf(id, organization, 1)).toEqual(['read.not_yet', 'late']);
    }
    goOn();
    expect((await asOf('usr_ann', 'acme', 1))[0]).toBe('none');
    expect(await asOf('usr_cyn', 'acme', 1)).toEqual(['organization.not_found', 'late']);
  });

  test('nor is a stranger told it by where somebody may do something', async () => {
    await again(250);
    const actor = person('usr_cyn');
    const question = { principal: actor.id, permission: 'documents:view' } as WhereQuestion;
    const where = async (atLeast: number) => {
      const since = { organization: acme, atLeast };
      const begun = performance.now();
      const { rows } = await access.whereabouts({ ...question, since }, actor, { rows: 10 });
      // A timer of node may be a millisecond early.
      return [rows, performance.now() - begun > 240 ? 'late' : 'at once'];
    };
    expect(await where(0)).toEqual([[], 'late']);
    expect(await where(9)).toEqual([[], 'late']);
  });

  test('people of the platform about everybody, where it lets them check', async () => {
    await happens('platform', created('platform'));
    await happens('platform', joined('pat', grant('platform-service')), joined('quin'));
    expect(await reading(person('usr_pat'), 'mem_ann')).toBe('none');
    expect(await reading(person('usr_quin'), 'mem_ann')).toBe('organization.not_found');
    await happens('platform', { type: 'member.deactivate', member: 'mem_pat', cause: 'direct' });
    expect(await reading(person('usr_pat'), 'mem_ann')).toBe('organization.not_found');
  });

  test('trusted services of the platform about everybody', async () => {
    await happens('platform', created('platform'));
    const account = { type: 'service_account.create', name: 'gateway' };
    const grants = [grant('platform-service')];
    await happens('platform', { ...account, account: 'svc_gate', grants });
    const service = { kind: 'service_account', id: 'svc_gate', via: 'http' } as ActorFact;
    expect(await reading(service, 'mem_ann')).toBe('none');
    const stranger = { ...service, id: 'svc_other' } as ActorFact;
    expect(await reading(stranger, 'mem_ann')).toBe('organization.not_found');
  });
});

describe('what the platform gives', () => {
  const person = (id: string) => ({ kind: 'user', id, via: 'http' }) as ActorFact;
  const [ann, quin] = [person('usr_ann'), person('usr_quin')];
  /** May Pat, of the platform, edit documents of acme? */
  const may = (platform: number, actor = quin) =>
    new CheckAccessHandler(access).execute(
      new CheckAccess(question('usr_pat', 'documents:edit', { platform }), actor),
    );
  /** What is told, and whether they were made to wait for it. */
  const told = async (answer: Promise<{ reason: string }>) => {
    const begun = performance.now();
    const said = await answer.then(
      ({ reason }) => reason,
      ({ code }: { code: string }) => code,
    );
    // A timer of node may be a millisecond early.
    return [said, performance.now() - begun > 490 ? 'late' : 'at once'];
  };
  /** On another node, where it becomes revision 3 of the platform. */
  const goes = () =>
    log.append([
      {
        stream: 'organization-platform',
        event: { type: 'member.remove', member: 'mem_pat', reason: 'removed' } as never,
      },
    ]);
  let goOn: () => void;

  /** Up to here, and no further until it goes on; Ann is of acme alone. */
  beforeEach(async () => {
    await happens('platform', created('platform'), joined('pat', grant('works/editor')));
    await happens('platform', joined('quin', grant('platform-service')));
    await happens('acme', joined('ann', grant('owner')));
    const may = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await ask('mem_ann', 'documents:view');
    await again(500, holdingBack(log.log, (await log.log.head())!, may));
  });
  afterEach(() => goOn());

  test('is as of the revision of the platform that is asked for, in every organization', async () => {
    expect(await told(may(2))).toEqual(['granted', 'at once']);
    await goes();
    expect(await told(may(3))).toEqual(['read.not_yet', 'late']);
    expect(await told(may(2))).toEqual(['granted', 'at once']);
    setTimeout(goOn, 20);
    expect((await told(may(3)))[0]).toBe('no_membership');
    expect(await told(may(4))).toEqual(['read.not_yet', 'late']);
  });

  test('of a batch it is as of the newest that any of it asks for', async () => {
    await goes();
    const asked = [2, 3, 2].map((platform) => question('usr_pat', 'documents:edit', { platform }));
    const batch = () =>
      new CheckAccessBatchHandler(access).execute(new CheckAccessBatch(asked, quin));
    expect(await refusal(batch())).toMatchObject({ code: 'read.not_yet' });
    goOn();
    const { results } = await batch();
    expect(results.map(({ reason }) => reason)).toEqual(Array(3).fill('no_membership'));
  });

  test('is told as of all there is to who is nobody there, and so not how far it has come', async () => {
    for (const revision of [0, 2, 9]) {
      expect(await told(may(revision, ann))).toEqual(['granted', 'at once']);
      expect(await told(may(revision, person('usr_cyn')))).toEqual([
        'organization.not_found',
        'at once',
      ]);
    }
    await goes();
    for (const revision of [0, 3, 9]) {
      expect(await told(may(revision, ann))).toEqual(['read.not_yet', 'late']);
    }
    goOn();
    for (const revision of [3, 0, 9]) {
      expect((await told(may(revision, ann)))[0]).toBe('no_membership');
    }
  });

  test('and so is what is across organizations', async () => {
    const asked = { principal: 'usr_ann', permission: 'documents:view' } as WhereQuestion;
    const where = (platform: number, actor: ActorFact) => {
      const since = { organization: PLATFORM, platform };
      const rows = access.whereabouts({ ...asked, since }, actor, { rows: 10 });
      return told(rows.then(({ rows: [row] }) => ({ reason: row!.row.organization })));
    };
    for (const revision of [0, 2, 9])
      expect(await where(revision, ann)).toEqual(['acme', 'at once']);
    expect(await where(2, quin)).toEqual(['acme', 'at once']);
    expect(await where(9, quin)).toEqual(['read.not_yet', 'late']);
    await goes();
    for (const revision of [0, 3, 9]) {
      expect(await where(revision, ann)).toEqual(['read.not_yet', 'late']);
    }
    goOn();
    for (const revision of [3, 0, 9]) expect((await where(revision, ann))[0]).toBe('acme');
  });

  test('also decides who may read, and where', async () => {
    const reading = { actor: person('usr_pat'), operation: 'view_members' } as const;
    const asked = { organization: acme, platform: 3 };
    await access.readable({ organization: acme }, reading);
    await goes();
    expect(await refusal(access.readable(asked, reading))).toMatchObject({ code: 'read.not_yet' });
    goOn();
    for (const answer of [access.readable(asked, reading), access.mayRead(asked, reading)]) {
      expect(await refusal(answer)).toMatchObject({ code: 'organization.not_found' });
    }
  });
});

describe('on a node that is behind, who may ask is not decided by what was before the answer', () => {
  const eve = { kind: 'user', id: 'usr_eve', via: 'http' } as ActorFact;
  const batch = (asked: AccessQuestion[], at?: { revision: number } | { time: Instant }) =>
    refusal(new CheckAccessBatchHandler(access).execute(new CheckAccessBatch(asked, eve, at)));
  let goOn: () => void;

  /** Eve may ask up to revision 2; then she is removed, and somebody else comes. */
  beforeEach(async () => {
    await happens('acme', joined('ann', grant('owner')), joined('eve', grant('viewer')));
    await ask('mem_ann', 'documents:view');
    const known = (await log.log.head())!;
    const may = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await again(100, holdingBack(log.log, known, may));
    await ask('mem_ann', 'documents:view', { atLeast: 2 });
    const stream = 'organization-acme';
    await log.append([
      { stream, event: { type: 'member.remove', member: 'mem_eve', reason: 'removed' } as never },
      { stream, event: joined('new', grant('editor')) as never },
    ]);
  });
  afterEach(() => goOn());

  test.each([{ revision: 4 }, { time: '2026-03-01T12:00:00.000Z' as Instant }])(
    'of %j',
    async (at) => {
      const asked = question('mem_new', 'documents:edit', { at });
      const alone = new CheckAccessHandler(access).execute(new CheckAccess(asked, eve));
      expect(await refusal(alone)).toMatchObject({ code: 'read.not_yet' });
      expect(await batch([question('mem_new', 'documents:edit')], at)).toMatchObject({
        code: 'read.not_yet',
      });
    },
  );

  test('of the newest revision that any of a batch asks for', async () => {
    const asked = [
      question('mem_new', 'documents:edit'),
      question('mem_new', 'documents:edit', { atLeast: 4 }),
    ];
    setTimeout(goOn, 20);
    expect(await batch(asked)).toMatchObject({ code: 'organization.not_found' });
  });
});
