/**
 * The write path of one node: state, rule, append, fold. Handlers name the stream and the rule;
 * everything else about writing is here and below.
 */
import type { MembershipEvent } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import { LogUnavailable } from '#eventlog/event-log.js';
import { digest } from '#vault/tags.js';
import { Base } from './base.js';
import { changedBy, changesHolders, namedBy } from './changes.js';
import { commandIdOf } from './ids.js';
import type { Job, Looked } from './job.js';
import { Mailbox, type Ports } from './mailbox.js';
import { preview } from './preview.js';
import type { CommandRequest, Decide, Founding, IfMatch, Outcome } from './request.js';
import { refuseChanged } from './rounds.js';
import { SETTINGS, type Settings } from './settings.js';
import { States } from './states.js';
import { unavailable } from './unavailable.js';

const SILENT = 'The event log does not answer; nothing was written. Repeat in a moment.';

export class Transactor {
  readonly #mailboxes = new Map<OrganizationId, Mailbox>();
  readonly #states: States;
  readonly #settings: Settings;
  readonly #stop = new AbortController();
  #stopping = false;
  #drained: (() => void) | undefined;

  constructor(
    readonly ports: Ports,
    settings: Partial<Settings> = {},
  ) {
    this.#settings = { ...SETTINGS, ...settings };
    this.#states = new States(ports, this.#settings);
  }

  /**
   * Carries out one command: decides it on the organization as it is then, stores what the rule
   * gives, and answers once that is durable. Throws the rule's `Refusal`, or one of transact's
   * own: `precondition.failed`, `idempotency.*`, `batch.too_large`, `write.*`, `service.stopping`.
   *
   * @param founding what an organization that does not exist yet is founded on; without it, it
   * is not found.
   */
  async transact(
    organization: OrganizationId,
    request: CommandRequest,
    rule: Decide,
    founding?: Founding,
  ): Promise<Outcome> {
    try {
      return await this.#transact(organization, request, rule, founding);
    } catch (error) {
      // Of what is read before the append, or upon a conflict: an append itself ends otherwise.
      if (error instanceof LogUnavailable) throw unavailable(SILENT, error);
      throw error;
    }
  }

  async #transact(
    organization: OrganizationId,
    request: CommandRequest,
    rule: Decide,
    founding: Founding | undefined,
  ): Promise<Outcome> {
    if (this.#stopping) refuse('service.stopping', 'This node is stopping; try another.');
    const ifMatch = request.ifMatch && (await this.#unchanged(organization, request.ifMatch));
    const command = { organization, request, rule, founding, ifMatch };
    if (request.dryRun === true) return this.#preview(command);
    const { idempotency } = request;
    if (idempotency === undefined) {
      return this.#submit({ ...command, ...this.#unnamed() });
    }
    const commandId = commandIdOf({ ...idempotency, organization });
    const { status } = await this.state(organization);
    const isKeyed = status === 'absent' ? founding !== undefined : status !== 'deleted';
    const key = isKeyed ? await this.tagKey(organization) : undefined;
    return this.#submit({ ...command, commandId, digest: key && digest(key, idempotency.body) });
  }

  /** The organization as this node knows it; to be read, at once, never kept. */
  async state(organization: OrganizationId): Promise<Organization> {
    return (await this.#states.load(organization)).organization;
  }

  /** The organization as the log has it, other nodes' events included; the same holds. */
  async latest(organization: OrganizationId): Promise<Organization> {
    return (await this.#current(organization)).organization;
  }

  /** The organization as it was at a revision, folded from its first event. */
  async stateAt(organization: OrganizationId, revision: number): Promise<Organization> {
    const base = Base.empty(organization);
    for await (const events of this.ports.log.read(base.stream, 0, revision)) {
      for (const one of events) base.apply(one);
    }
    return base.organization;
  }

  /** The key that addresses are compared under. */
  tagKey(organization: OrganizationId): Promise<Buffer> {
    return this.ports.vault.tagKey(organization);
  }

  now(): Instant {
    return this.ports.clock.now();
  }

  /** Answers what has come in, and takes nothing more. Bounded by the time an outcome may take. */
  async drain(): Promise<void> {
    this.#stopping = true;
    if (this.#mailboxes.size > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      const late = setTimeout(() => this.#stop.abort(), this.#settings.outcomeDeadline);
      await drained;
      clearTimeout(late);
    }
    await this.#states.written();
  }

  #unnamed(): Pick<Job, 'commandId' | 'digest'> {
    return { commandId: this.ports.newId('command'), digest: undefined };
  }

  #submit(job: Omit<Job, 'resolve' | 'reject'>): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#mailbox(job.organization).submit({ ...job, resolve, reject });
    });
  }

  #mailbox(organization: OrganizationId): Mailbox {
    const known = this.#mailboxes.get(organization);
    if (known !== undefined) return known;
    const idle = (): void => {
      this.#mailboxes.delete(organization);
      if (this.#mailboxes.size === 0) this.#drained?.();
    };
    const { ports } = this;
    const signal = this.#stop.signal;
    const fresh = new Mailbox(organization, ports, this.#states, this.#settings, signal, idle);
    this.#mailboxes.set(organization, fresh);
    return fresh;
  }

  async #preview(
    command: Omit<Job, 'resolve' | 'reject' | 'commandId' | 'digest'>,
  ): Promise<Outcome> {
    const base = await this.#current(command.organization);
    const { clock, newId, catalogues } = this.ports;
    const surroundings = { clock, newId, catalogues, platform: await this.#states.platform(0) };
    return preview({ ...command, ...this.#unnamed() }, base, surroundings);
  }

  async #current(organization: OrganizationId): Promise<Base> {
    const base = await this.#states.load(organization);
    await base.catchUp(this.ports.log);
    return base;
  }

  /**
   * Reads the changes that are too long ago to be remembered. What is stored does not change, so
   * this need not happen in the mailbox, which then looks at the newer ones alone.
   */
  async #unchanged(organization: OrganizationId, ifMatch: IfMatch): Promise<Looked> {
    const { resource } = ifMatch;
    const { changes, revision, stream } = await this.#current(organization);
    if (ifMatch.revision > revision) refuseChanged(resource);
    if (changes.changedAfter(resource, ifMatch.revision) !== undefined) return ifMatch;
    for await (const events of this.ports.log.read(stream, ifMatch.revision + 1)) {
      for (const { event, revision: at } of events) {
        if (at > revision) return { resource, revision };
        if (event.type === 'catalogue.publish') continue;
        if (await this.#changes(event, organization, at, resource)) {
          return { ...ifMatch, isChanged: true };
        }
      }
    }
    return { resource, revision };
  }

  /** Did this event, long ago, change the resource? For some that takes the state before it. */
  async #changes(
    event: MembershipEvent,
    organization: OrganizationId,
    revision: number,
    resource: string,
  ): Promise<boolean> {
    if (namedBy(event, organization).includes(resource)) return true;
    if (!changesHolders(event)) return false;
    const before = await this.stateAt(organization, revision - 1);
    return changedBy(event, before).includes(resource);
  }
}
