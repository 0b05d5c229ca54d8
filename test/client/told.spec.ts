/** What the change stream tells, and what may be answered from it. */
import { mock } from 'node:test';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Told, type Change } from '../../libs/client/src/told.js';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toISOString();
const revision = (place: number): string => Buffer.from(`acme ${place}`).toString('base64url');

const ADA = {
  principal: 'mem_ada',
  user: 'usr_ada',
  scope: 'organization',
  change: 'gained',
  permissions: ['scans:view', 'scans:run'],
} as const;

describe('of one organization', () => {
  let told: Told;
  let sinceStart: number;
  beforeEach(() => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: NOW });
    sinceStart = 0;
    mock.method(performance, 'now', () => sinceStart);
    told = new Told();
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  /** In milliseconds, by both clocks. */
  const pass = (time: number): void => {
    sinceStart += time;
    mock.timers.tick(time);
  };

  const say = (kind: string, data: object): void =>
    told.take(kind, JSON.stringify(data), `cursor-${kind}`);
  const opens = (...changes: Partial<Change>[]): void => {
    for (const change of changes) {
      say('change', { organization: 'acme', revision: revision(7), ...change });
    }
    say('synced', { revisions: { acme: revision(7) } });
  };
  const happens = (place: number, change: Partial<Change>, seconds = 0): void =>
    say('change', {
      organization: 'acme',
      revision: revision(place),
      event: { id: `event-${place}`, at: at(seconds) },
      ...change,
    });
  const ask = (asked: object = {}): boolean | undefined =>
    told.answer({
      principal: 'mem_ada',
      organization: 'acme',
      permission: 'scans:run',
      ...asked,
    })?.allowed;

  test('nothing is known before the opening state is told to its end', () => {
    say('change', { organization: 'acme', revision: revision(7), changes: [ADA] });
    expect(ask()).toBeUndefined();
    say('synced', { revisions: { acme: revision(7) } });
    expect(ask()).toBe(true);
    expect(told.answer({ ...ADA, organization: 'acme', permission: 'scans:run' })?.revision).toBe(
      revision(7),
    );
  });

  test('who is told to hold it holds it, and nobody else', () => {
    opens({ changes: [ADA] });
    expect([ask(), ask({ principal: 'mem_ben' }), ask({ principal: 'usr_eve' })]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('a person is the member they are', () => {
    opens({ changes: [ADA] });
    expect(ask({ principal: 'usr_ada' })).toBe(true);
    happens(8, { changes: [{ ...ADA, user: 'usr_ada_anew' }] });
    expect(ask({ principal: 'usr_ada_anew' })).toBe(true);
    expect(ask({ principal: 'usr_ada' })).toBe(false);
  });

  test('of a permission that nobody was told to hold, or another organization, nothing is said', () => {
    opens({ changes: [ADA] });
    expect(ask({ permission: 'scans:rum' })).toBeUndefined();
    expect(ask({ organization: 'looms' })).toBeUndefined();
    expect(ask({ principal: 'user:ada@acme.example' })).toBeUndefined();
  });

  test('what is lost is lost, what is gained is held', () => {
    opens({ changes: [ADA] });
    happens(8, {
      changes: [
        { ...ADA, change: 'lost', permissions: ['scans:run'] },
        { ...ADA, principal: 'mem_ben', user: 'usr_ben', permissions: ['scans:run'] },
      ],
    });
    expect([ask(), ask({ permission: 'scans:view' }), ask({ principal: 'usr_ben' })]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('telling an event twice changes nothing', () => {
    opens({ changes: [ADA] });
    const event = {
      changes: [
        { ...ADA, until: at(3), permissions: ['scans:run'] },
        { ...ADA, change: 'lost' as const, permissions: ['scans:run'] },
      ],
    };
    happens(8, event);
    happens(8, event);
    expect(ask()).toBe(true);
    pass(3_000);
    expect(ask()).toBe(false);
  });

  test('what is held for a time is held for that time, without another word', () => {
    opens({ changes: [{ ...ADA, from: at(1), until: at(3) }] });
    const answers = [0, 1, 1, 1].map((seconds) => {
      pass(seconds * 1_000);
      return ask();
    });
    expect(answers).toEqual([false, true, true, false]);
  });

  test('an event is taken in as a whole', () => {
    opens({ changes: [ADA] });
    happens(8, { changes: [{ ...ADA, change: 'lost' }], more: true });
    expect([ask(), ask({ atLeast: revision(8) })]).toEqual([true, undefined]);
    happens(8, { changes: [{ ...ADA, principal: 'mem_ben' }] });
    expect([ask({ atLeast: revision(8) }), ask({ principal: 'mem_ben' })]).toEqual([false, true]);
  });

  test('an event of the platform is about each organization it names', () => {
    opens({ changes: [ADA] });
    say('change', { organization: 'looms', revision: 'bG9vbXMgMQ', changes: [ADA] });
    happens(7, { changes: [{ ...ADA, change: 'lost' }], more: true });
    happens(7, { organization: 'looms', revision: 'bG9vbXMgMQ', changes: [] });
    expect([ask(), ask({ organization: 'looms' })]).toEqual([false, true]);
  });

  test('what of an event was told when the connection ended is told again, as a whole', () => {
    opens({ changes: [ADA] });
    happens(8, { changes: [{ ...ADA, change: 'lost' }], more: true });
    told.interrupted('acme');
    happens(9, { changes: [] });
    expect(ask()).toBe(true);
  });

  test('a revision that was not reached is not answered for', () => {
    opens({ changes: [ADA] });
    expect([7, 8].map((place) => ask({ atLeast: revision(place) }))).toEqual([true, undefined]);
    say('heartbeat', { revisions: { acme: revision(8) } });
    expect(ask({ atLeast: revision(8) })).toBe(true);
    expect(ask({ atLeast: 'made-up' })).toBeUndefined();
    expect(ask({ atLeast: Buffer.from('looms 1').toString('base64url') })).toBeUndefined();
  });

  test('at a space holds what holds in the organization, and what is given there', () => {
    const spaces = [
      { space: 'space_open', status: 'active' as const },
      { space: 'space_shut', status: 'inactive' as const, only: ['scans:view'] },
      { space: 'space_gone', status: 'deleted' as const },
    ];
    opens({
      spaces,
      changes: [
        ADA,
        { ...ADA, principal: 'mem_ben', scope: 'space_open', permissions: ['scans:run'] },
      ],
    });
    const at = (space: string) => [ask({ space }), ask({ space, permission: 'scans:view' })];
    expect(at('space_open')).toEqual([true, true]);
    expect(at('space_shut')).toEqual([false, true]);
    expect(at('space_gone')).toEqual([false, false]);
    expect(at('space_unheard_of')).toEqual([false, false]);
    expect([
      ask({ principal: 'mem_ben' }),
      ask({ principal: 'mem_ben', space: 'space_open' }),
    ]).toEqual([false, true]);
    happens(8, { spaces: [{ space: 'space_open', status: 'inactive', only: [] }] });
    expect(at('space_open')).toEqual([false, false]);
  });

  test('five seconds without a word, and nothing is said', () => {
    opens({ changes: [ADA] });
    pass(5_000);
    expect(ask()).toBe(true);
    pass(1);
    expect(ask()).toBeUndefined();
    say('heartbeat', { revisions: {} });
    expect(ask()).toBe(true);
  });

  test('an event does not say that nothing else has happened since, however new it looks', () => {
    opens({ changes: [ADA] });
    pass(6_000);
    happens(8, { changes: [] }, 6);
    expect(ask()).toBeUndefined();
    say('heartbeat', { revisions: { acme: revision(8) } });
    expect(ask()).toBe(true);
  });

  test('a clock that is set back does not make old news new', () => {
    opens({ changes: [ADA] });
    pass(6_000);
    mock.timers.setTime(NOW);
    expect(ask()).toBeUndefined();
  });

  test('of a closed organization everything is forgotten, whatever is told later', () => {
    opens({ changes: [ADA] });
    say('closed', { organization: 'acme', reason: 'quarantined' });
    expect(ask()).toBeUndefined();
    happens(8, { changes: [ADA] });
    say('heartbeat', { revisions: { acme: revision(9) } });
    expect(ask()).toBeUndefined();
  });

  test('a refusal ends it', () => {
    expect(() => say('refusal', { code: 'permission.denied', status: 403, detail: 'd' })).toThrow(
      'permission.denied: d',
    );
  });
});
