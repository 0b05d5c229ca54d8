/** A log, a vault and a read store in a temporary folder, and histories to fill them with. */
import { afterEach } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActorFact, MembershipEvent } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { EventLog } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { audit } from '#projections/audit.js';
import { invitations } from '#projections/invitations.js';
import { members } from '#projections/members.js';
import { organizations } from '#projections/organizations.js';
import type { Projection } from '#projections/projection.js';
import { ProjectionRunner, type RunnerOptions } from '#projections/runner.js';
import type { ReadStore } from '#readstore/store.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { append, Encoding, type Happened } from '../support/histories.js';
import { place, type Place } from '../support/stores.js';

export const PROJECTIONS: readonly Projection[] = [organizations, members, invitations, audit];

/** In memory where there is such a place: what a test needs to survive is no power cut. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export const ORG = 'org_one' as OrganizationId;
export const STREAM = `organization-${ORG}`;

/** Everything a read model needs, on real engines. */
export class World {
  readonly log: EventLog;
  readonly vault: SqliteVault;
  runner: ProjectionRunner;
  readonly encoding = new Encoding();
  #time = Date.parse('2026-01-01T00:00:00.000Z');
  #commands = 0;
  readonly #runners = new Set<ProjectionRunner>();

  static async make(options: Partial<RunnerOptions> = {}): Promise<World> {
    const folder = mkdtempSync(join(SCRATCH, 'projections-'));
    const there = await place(join(folder, 'read.db'));
    return new World(folder, there, await there.open(), options);
  }

  private constructor(
    readonly folder: string,
    private readonly place: Place,
    public store: ReadStore,
    private readonly options: Partial<RunnerOptions>,
  ) {
    this.log = options.log ?? new SqliteEventLog(join(folder, 'log.db'));
    this.vault = new SqliteVault(join(folder, 'vault.db'), {
      current: 'k1',
      keys: new Map([['k1', Buffer.alloc(32, 7)]]),
    });
    this.runner = this.newRunner();
    closing.push(() => this.#close());
  }

  newRunner(options: Partial<RunnerOptions> = {}): ProjectionRunner {
    const { log, vault, store } = this;
    const every = { log, vault, store, projections: PROJECTIONS, ...this.options, ...options };
    const runner = new ProjectionRunner(every);
    this.#runners.add(runner);
    return runner;
  }

  async append(history: readonly Happened[]): Promise<void> {
    await append(this.log, this.vault, this.encoding, history);
  }

  /** Appends events of one organization, a minute apart. */
  async happens(
    events: readonly object[],
    {
      stream = STREAM,
      actor = { kind: 'system', id: 'sweeper', via: 'internal' },
      schemaVersion = 1,
    }: { stream?: string; actor?: object; schemaVersion?: number } = {},
  ): Promise<void> {
    await this.append(
      events.map((event): Happened => {
        const occurredAt = new Date((this.#time += 60_000)).toISOString() as Instant;
        const commandId = `cmd_${++this.#commands}`;
        return {
          stream,
          event: event as MembershipEvent,
          metadata: {
            commandId,
            actor: actor as ActorFact,
            correlationId: commandId,
            occurredAt,
            schemaVersion,
            catalogueVersion: 1,
          } as Happened['metadata'],
        };
      }),
    );
  }

  /** Waits until the runner has applied the whole log. */
  async applied(runner = this.runner): Promise<void> {
    const head = await this.log.head();
    if (head !== null && !(await runner.waitFor(head, 20_000))) {
      throw new Error(`not applied: ${JSON.stringify(await runner.health())}`);
    }
  }

  /** Ends the runner and the connection, and opens both anew. */
  async restart(options: Partial<RunnerOptions> = {}): Promise<void> {
    await this.runner.stop();
    this.#runners.clear();
    await this.store.close();
    this.store = await this.place.open();
    this.runner = this.newRunner(options);
    await this.runner.start();
  }

  /** What lies on disk of the read models, as text. */
  bytes(): Promise<string> {
    return this.place.bytes();
  }

  async #close(): Promise<void> {
    for (const runner of this.#runners) await runner.stop();
    await this.log.close();
    await this.vault.close();
    await this.store.close();
    await this.place.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
