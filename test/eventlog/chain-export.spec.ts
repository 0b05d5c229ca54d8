import { beforeEach, describe, expect, test } from '@jest/globals';
import type { RoleId } from '#domain/ids.js';
import { verifyExport } from '#eventlog/chain-export.js';
import type { Heads } from '#eventlog/chain.js';
import type { EncodedEvent } from '#eventlog/event-log.js';
import { Chain, renamed } from '../contract/events.js';

const A = 'organization-a';

/** As the audit log's export writes it. */
const lineOf = ({ canonical, metadata }: EncodedEvent): string =>
  `{"hash":"${metadata.hash}","record":${canonical}}\n`;
const fileOf = (events: readonly EncodedEvent[]): string => events.map(lineOf).join('');
const headsAt = (stream: string, event: EncodedEvent): Heads => ({
  log: 'log_of_then',
  heads: [
    [stream, event.revision, event.metadata.hash],
    ['organization-elsewhere', 7, 'f'.repeat(64)],
  ],
});

/** Somebody with nothing but the file, and perhaps the heads. */
describe('verification of an export', () => {
  let events: EncodedEvent[];
  beforeEach(() => {
    const chain = new Chain(A);
    // What some readers take for the end of a line, and what takes more than one byte.
    events = [...chain.renames(5), ...chain.next(renamed('a\u2028b\u0085c 山田'))];
    events.push(...chain.renames(4));
  });
  const found = async (text: string, heads?: Heads) =>
    (await verifyExport([text], heads === undefined ? {} : { heads })).findings.map(
      ({ problem, stream, revision }) => `${problem} ${stream} ${revision}`,
    );
  const without = (revision: number) => events.filter((one) => one.revision !== revision);

  test('finds nothing in an untouched one, however it is read, and says what it cannot know', async () => {
    const text = fileOf(events);
    expect(await verifyExport([text])).toEqual({
      events: 10,
      streams: 1,
      findings: [],
      more: 0,
      ends: [[A, 9]],
      unknown: [
        expect.stringMatching(/not that .* true/),
        expect.stringMatching(/cut off the end/),
      ],
    });
    expect(await found(text.replaceAll('\n', '\r\n'))).toEqual([]);
    expect((await verifyExport([...text])).findings).toEqual([]);
  });

  test('finds nothing in one with a role that is called as a field of the record is', async () => {
    const chain = new Chain(A);
    const remap = { stream: 'viewer' as RoleId, revision: 'viewer' as RoleId };
    const adopted = { type: 'organization.catalogue_adopt', from: 1, to: 2, remap } as const;
    const sha256 = 'd'.repeat(64);
    const all = [...chain.renames(2), ...chain.next({ ...adopted, sha256 }), ...chain.renames(1)];
    expect(await found(fileOf(all))).toEqual([]);
  });

  test('names an event that was edited, its hash left', async () => {
    const edited = fileOf(events).replace('name 3', 'nome 3');
    expect(await found(edited)).toEqual([`damaged ${A} 3`]);
  });

  test('names an event that was edited, with a hash that fits', async () => {
    const other = new Chain(A);
    other.renames(3);
    const [forged] = other.renames(1, 'forged');
    const edited = events.map((one) => (one.revision === 3 ? forged! : one));
    // Whoever follows it followed another.
    expect(await found(fileOf(edited))).toEqual([`broken_chain ${A} 4`]);
  });

  test('names what is missing, doubled, out of order, or no record', async () => {
    expect(await found(fileOf(without(4)))).toEqual([`gap ${A} 4`]);
    expect(await found(fileOf(without(0)))).toEqual([`gap ${A} 0`]);
    const [first, second, ...rest] = events as [EncodedEvent, EncodedEvent, ...EncodedEvent[]];
    expect(await found(fileOf([first, first, second, ...rest]))).toEqual([`out_of_order ${A} 0`]);
    expect(await found(`${fileOf(events)}{"type":"member.join"}\n`)).toEqual(['unreadable  -1']);
    expect(await found('')).toEqual(['unreadable  -1']);
  });

  test('with heads: a cut end, and a history written anew', async () => {
    const heads = headsAt(A, events[7]!);
    expect(await found(fileOf(events), heads)).toEqual([]);
    expect(await found(fileOf(events.slice(0, 8)), heads)).toEqual([]);
    expect(await found(fileOf(events.slice(0, 6)), heads)).toEqual([`cut_tail ${A} 6`]);
    const anew = new Chain(A).renames(10, 'anew');
    expect(await found(fileOf(anew))).toEqual([]);
    expect(await found(fileOf(anew), heads)).toEqual([`rewritten ${A} 7`]);
  });

  test('heads that do not name it were not compared, which is said', async () => {
    const heads = headsAt('organization-b', events[7]!);
    const { findings, unknown } = await verifyExport([fileOf(events)], { heads });
    expect(findings).toEqual([]);
    expect(unknown.join(' ')).toContain(`do not name ${A}`);
  });
});
