/**
 * The write path of one node: state, rule, append, fold. Handlers name the stream and the rule;
 * everything else about writing is here and below.
 */
import type { MembershipEvent } from '#domain/events.js';
import { organizationStream, type Instant, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import { LogUnavailable } from '#eventlog/event-log.js';
import { digest } from '#vault/tags.js';
import { Base } from './base.js';
import { changedBy, changesHolders, namedBy } from './changes.js';
import { commandIdOf } from './ids.js';
import type { Job } from './job.js';
import { Mailbox, type Ports } from './mailbox.js';
import { preview } from './preview.js';
import type { CommandRequest, Decide, Founding, IfMatch, Outcome } from './request.js';
import { ChangedLongAgo, refuseChanged } from './rounds.js';
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
    const command = { organization, request, rule, founding };
    if (request.dryRun === true) {
      return this.#matching(command, (ifMatch) => this.#preview({ ...command, ifMatch }));
    }
    const named = await this.#named(organization, request, founding);
    return this.#matching(command, (ifMatch) => this.#submit({ ...command, ...named, ifMatch }));
  }

  /** What the command is known by, should it come again. */
  async #named(
    organization: OrganizationId,
    { idempotency }: CommandRequest,
    founding: Founding | undefined,
  ): Promise<Pick<Job, 'commandId' | 'digest'>> {
    if (idempotency === undefined) return this.#unnamed();
    const { status } = await this.state(organization);
    const isKeyed = status === 'absent' ? founding !== undefined : status !== 'deleted';
    const key = isKeyed ? await this.tagKey(organization) : undefined;
    const commandId = commandIdOf({ ...idempotency, organization });
    return { commandId, digest: key && digest(key, idempotency.body) };
  }

  /** The organization as this node knows it; to be read, at once, never kept. */
  async state(organization: OrganizationId): Promise<Organization> {
    return (await this.#states.load(organization)).organization;
  }

  /** The organization as the log has it, other nodes' events included; the same holds. */
  async latest(organization: OrganizationId): Promise<Organization> {
    return (await this.#current(organization)).organization;
  }

  /** The organization as it was at a revision; to be read at once, as `state`. */
  async stateAt(organization: OrganizationId, revision: number): Promise<Organization> {
    const known = await this.#states.load(organization);
    const base =
      known.revision === revision ? known : await this.#states.upTo(organization, revision);
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
    const { quiet } = this.#states;
    const platform = await this.#states.platform(0);
    const surroundings = { clock, newId, catalogues, platform, quiet };
    return preview({ ...command, ...this.#unnamed() }, base, surroundings);
  }

  async #current(organization: OrganizationId): Promise<Base> {
    const base = await this.#states.load(organization);
    await base.catchUp(this.ports.log);
    return base;
  }

  /**
   * Carries out what may have an `If-Match`. Only for what would be done the changes are read that
   * are too long ago to be remembered; the mailbox need not wait, since what is stored stays.
   */
  async #matching(
    { organization, request }: Pick<Job, 'organization' | 'request'>,
    carryOut: (ifMatch: IfMatch | undefined) => Promise<Outcome>,
  ): Promise<Outcome> {
    for (let { ifMatch } = request; ;) {
      try {
        return await carryOut(ifMatch);
      } catch (error) {
        if (!(error instanceof ChangedLongAgo) || ifMatch === undefined) throw error;
        await this.#requireUnchanged(organization, ifMatch, error.until);
        ifMatch = { ...ifMatch, revision: error.until };
      }
    }
  }

  /** Refuses where an event up to this one, long ago, changed the resource. */
  async #requireUnchanged(
    organization: OrganizationId,
    { resource, revision }: IfMatch,
    until: number,
  ): Promise<void> {
    /** As it was before the event: from the first on whose changes take that. */
    let before: Base | undefined;
    const stream = organizationStream(organization);
    for await (const events of this.ports.log.read(stream, revision + 1, until)) {
      for (const stored of events) {
        const event = stored.event as MembershipEvent;
        if (changesHolders(event)) {
          before ??= await this.#states.upTo(organization, stored.revision - 1);
        }
        const changed = before
          ? changedBy(event, before.organization)
          : namedBy(event, organization);
        if (changed.includes(resource)) refuseChanged(resource);
        before?.apply(stored);
      }
    }
  }
}
