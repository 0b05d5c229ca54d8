import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { MembershipEvent, Metadata } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import type { OrganizationId } from '#domain/ids.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import { EVENT_TYPES } from '#eventlog/upcasts.js';
import { readState, STATE_SNAPSHOT, writeState } from '#eventlog/state-snapshot.js';

/** A history, and what a snapshot of this name holds after it. */
interface Golden {
  /** Of the JSON text of the rest: the file is never edited. */
  readonly sha256: string;
  readonly history: readonly { readonly event: MembershipEvent; readonly metadata: Metadata }[];
  /** The snapshot's lines. */
  readonly state: readonly unknown[];
}

const file = new URL(`./${STATE_SNAPSHOT}.json`, import.meta.url);
const golden = (): Golden => JSON.parse(readFileSync(file, 'utf8')) as Golden;
const folded = (): Organization => {
  const organization = emptyOrganization('org_acme' as OrganizationId);
  golden().history.forEach(({ event, metadata }, revision) =>
    evolve(organization, { event, metadata, revision }),
  );
  return organization;
};
const written = async (organization: Organization): Promise<unknown[]> => {
  const lines = (await writeState(organization)).toString().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
};

/** Snapshots of this name lie on disks. Where one of these fails, the name needs another number. */
describe(`the golden history of ${STATE_SNAPSHOT}`, () => {
  test('is there, and is what was written', () => {
    expect(existsSync(file)).toBe(true);
    const { sha256, ...content } = golden();
    expect(createHash('sha256').update(JSON.stringify(content)).digest('hex')).toBe(sha256);
  });

  test('tells of every type of event, and leaves a row in every table', () => {
    const types = new Set<string>(golden().history.map(({ event }) => event.type));
    expect([...EVENT_TYPES].filter((type) => !types.has(type))).toEqual(['catalogue.publish']);
    const tables = golden().state.slice(1) as [string, unknown[]][];
    expect(tables.every(([, rows]) => rows.length > 0)).toBe(true);
    expect(tables).toHaveLength(10);
  });

  test('is folded to the state it was folded to', async () => {
    expect(await written(folded())).toStrictEqual(golden().state);
  });

  test('is read back from the snapshot as it was written', async () => {
    const bytes = Buffer.from(golden().state.map((line) => JSON.stringify(line)).join('\n'));
    expect(await written(await readState(bytes))).toStrictEqual(golden().state);
  });
});
