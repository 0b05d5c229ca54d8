/**
 * The state of an organization as bytes and back, under the name `state@5`: lines of JSON, a header
 * and then pieces of the tables that the others follow from. A change of the fold or of a row needs
 * a new number; older snapshots are then left alone and the log is folded again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Recorded } from '#domain/events.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import {
  reindexAccount,
  reindexCommand,
  reindexFormer,
  reindexInvitation,
  reindexKey,
  reindexMember,
  reindexTeam,
} from '#domain/indexes.js';
import type { Table as TableOf } from '#domain/layer.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import type { EventLog } from './event-log.js';
import type { Snapshots } from './snapshots.js';

export const STATE_SNAPSHOT = 'state@5';

/** Rows in one line, and so in one turn of the event loop. */
const PIECE = 1000;

/** Tables that are written; the others are indexes of these. */
const TABLES = [
  'spaces',
  'members',
  'former',
  'invitations',
  'teams',
  'serviceAccounts',
  'apiKeys',
  'customRoles',
  'commands',
  'ended',
] as const;
type Table = (typeof TABLES)[number];
type Rows = [key: string, row: unknown][];

/** The values that are not in tables. */
const HEADER = ['id', 'status', 'name', 'catalogue', 'policies', 'occurredAt'] as const;

/** How many rows a state has; what a snapshot and the memory it takes are measured by. */
export const rowsOf = (organization: Organization): number =>
  TABLES.reduce((sum, table) => sum + organization[table].size, 0);

/** Writes the state as it is at the call; later changes are not in it, long as it takes. */
export async function writeState(organization: Organization): Promise<Buffer> {
  const header = Object.fromEntries(HEADER.map((name) => [name, organization[name]]));
  const lines = [Buffer.from(JSON.stringify(header))];
  // Rows are never changed in place, so copying the tables' entries keeps this moment.
  const tables = TABLES.map((table) => [table, [...organization[table].entries()]] as const);
  for (const [table, rows] of tables) {
    for (let at = 0; at < rows.length; at += PIECE) {
      lines.push(Buffer.from(`\n${JSON.stringify([table, rows.slice(at, at + PIECE)])}`));
      await nextTurn();
    }
  }
  return Buffer.concat(lines);
}

const NEWLINE = 0x0a;

/** The state that was written, its indexes made anew. Throws on bytes that are none. */
export async function readState(bytes: Buffer): Promise<Organization> {
  const end = bytes.indexOf(NEWLINE);
  const header = parse(bytes, 0, end === -1 ? bytes.length : end) as { id: OrganizationId };
  const organization: Organization = { ...emptyOrganization(header.id), ...header };
  for (let start = end + 1; start > 0 && start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const stop = newline === -1 ? bytes.length : newline;
    const [table, rows] = parse(bytes, start, stop) as [Table, Rows];
    restore(organization, table, rows);
    start = stop + 1;
    await nextTurn();
  }
  return organization;
}

/** A state as it was after an event of this log. */
export interface KeptState {
  readonly organization: Organization;
  readonly revision: number;
  readonly hash: string;
  readonly position: bigint;
}

/** The state that was kept, if the log has the event it was kept after. Throws `DamagedEvent`. */
export async function keptState(
  log: EventLog,
  snapshots: Snapshots,
  id: OrganizationId,
): Promise<KeptState | undefined> {
  const snapshot = await snapshots.load(organizationStream(id), STATE_SNAPSHOT);
  if (snapshot === undefined) return undefined;
  const { stream, revision, hash, payload } = snapshot;
  let event: Recorded | undefined;
  for await (const events of log.read(stream, revision, revision)) [event] = events;
  if (event?.metadata.hash !== hash) return undefined;
  // A payload that can't be read is as good as none: the log has everything.
  const organization = await readState(payload).catch(() => undefined);
  return organization && { organization, revision, hash, position: event.position };
}

const parse = (bytes: Buffer, start: number, end: number): unknown =>
  JSON.parse(bytes.toString('utf8', start, end));

/** Fills a table, and the indexes that follow from it as the fold would have. */
function restore(organization: Organization, table: Table, rows: Rows): void {
  const into = organization[table] as { set(key: string, row: unknown): void };
  const reindex = INDEX[table] as
    ((organization: Organization, before: undefined, after: unknown) => void) | undefined;
  for (const [key, row] of rows) {
    into.set(key, row);
    reindex?.(organization, undefined, row);
  }
}

const INDEX: {
  readonly [T in Table]?: (
    organization: Organization,
    before: undefined,
    after: Organization[T] extends TableOf<infer _, infer Row> ? Row : never,
  ) => void;
} = {
  members: reindexMember,
  former: reindexFormer,
  invitations: reindexInvitation,
  teams: reindexTeam,
  serviceAccounts: reindexAccount,
  apiKeys: reindexKey,
  commands: reindexCommand,
};
