/** A node on the real engines in a folder of its own, with a clock the test turns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Clock } from '#commands/clock.js';
import { TypeIds } from '#commands/ids.js';
import { publishCatalogues } from '#commands/publish-catalogues.js';
import type { CommandRequest } from '#commands/request.js';
import type { Settings } from '#commands/settings.js';
import { Transactor } from '#commands/transact.js';
import { openDatabase } from '#database/sqlite.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { loadCatalogueFiles } from '#catalogues/load.js';
import type { MembershipEvent, RecordedMembershipEvent } from '#domain/events.js';
import { organizationStream, type Instant, type OrganizationId, type UserId } from '#domain/ids.js';
import { SqliteSnapshots } from '#eventlog/snapshots.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { userId } from '#vault/tags.js';
import { FaultyLog } from './faulty-log.js';

export class TestClock extends Clock {
  #now = Date.parse('2026-03-01T12:00:00.000Z');

  now(): Instant {
    return new Date(this.#now).toISOString() as Instant;
  }

  /** Turns it, also back. */
  turn(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

export interface TestNode {
  readonly folder: string;
  readonly clock: TestClock;
  readonly log: FaultyLog;
  readonly vault: SqliteVault;
  readonly snapshots: SqliteSnapshots;
  readonly catalogues: Catalogues;
  readonly transactor: Transactor;
  /** The events of an organization, as the log has them. */
  events(organization: OrganizationId): Promise<RecordedMembershipEvent[]>;
  types(organization: OrganizationId): Promise<MembershipEvent['type'][]>;
  /** How many keys the vault holds, tombstones too. */
  keys(): number;
  /** Another node on the same log, vault and snapshots; closed with this one. */
  another(settings?: Partial<Settings>): Transactor;
  close(): Promise<void>;
}

/** The project's own catalogues. */
export const CONTENTS = loadCatalogueFiles([
  fileURLToPath(new URL('../../../catalogues', import.meta.url)),
]);

const wrapping = { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) };

export async function startNode(
  settings: Partial<Settings> = {},
  folder = mkdtempSync(join(tmpdir(), 'commands-')),
): Promise<TestNode> {
  const log = new FaultyLog(new SqliteEventLog(join(folder, 'log.db')));
  const vault = new SqliteVault(join(folder, 'vault.db'), wrapping);
  const snapshots = new SqliteSnapshots(join(folder, 'snapshots.db'));
  const catalogues = new Catalogues();
  const clock = new TestClock();
  const { newId } = new TypeIds();
  const ports = { log, vault, snapshots, catalogues, clock, newId };
  await publishCatalogues(ports, CONTENTS, new AbortController().signal);
  log.attempts.length = 0;
  const transactors = [new Transactor(ports, settings)];
  const events = async (organization: OrganizationId) => {
    const all: RecordedMembershipEvent[] = [];
    for await (const batch of log.read(organizationStream(organization))) {
      all.push(...(batch as RecordedMembershipEvent[]));
    }
    return all;
  };
  return {
    folder,
    clock,
    log,
    vault,
    snapshots,
    catalogues,
    transactor: transactors[0]!,
    events,
    types: async (organization) => (await events(organization)).map((one) => one.event.type),
    keys: () => {
      const file = openDatabase(join(folder, 'vault.db'), { readonly: true });
      const [count] = file.prepareRows<[number]>('select count(*) from keys').get()!;
      file.close();
      return count;
    },
    another: (own = settings) => {
      const one = new Transactor(ports, own);
      transactors.push(one);
      return one;
    },
    close: async () => {
      log.release();
      await Promise.all(transactors.map((one) => one.drain()));
      await log.close();
      await vault.close();
      await snapshots.close();
    },
  };
}

export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** A person who can sign in. */
export const person = (name: string): { user: UserId; email: string; name: string } => ({
  user: userId('https://id.example.com', name),
  email: `${name}@acme.example`,
  name: name[0]!.toUpperCase() + name.slice(1),
});

/** A request of this user. */
export const by = (name: string, more: Partial<CommandRequest> = {}): CommandRequest => ({
  actor: { kind: 'user', id: person(name).user, via: 'http' },
  correlationId: 'correlation',
  ...more,
});

/** With an idempotency key. */
export const keyed = (name: string, key: string, body: unknown = {}): CommandRequest =>
  by(name, { idempotency: { key, operation: 'test', principal: name, body } });
