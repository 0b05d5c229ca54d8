/** Where commands are handed in: carried out on the bus, counted, and answered with the resource. */
import { Injectable } from '@nestjs/common';
import { CommandBus, type Command } from '@nestjs/cqrs';
import { unknownOrganization } from '#domain/delegation.js';
import type { ActorFact, KeyOwner, MembershipEvent } from '#domain/events.js';
import type { MemberId, OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import { namedBy } from '#commands/changes.js';
import type { CommandRequest, Outcome, Preview } from '#commands/request.js';
import { Transactor } from '#commands/transact.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import { Access } from '#access/access.js';
import type { Ask } from './exchange.js';
import { Acknowledged } from '../acknowledged.js';
import { StoredRevisions } from '../stored.js';
import { Metrics } from './metrics.js';
import { inDoubt } from './problems.js';
import { writeRevision } from '#queries/revisions.js';

/** A resource as a write answers it. */
export type Revised<T> = T & { readonly revision: string };

/** What a dry run answers in place of the resource. */
export interface PreviewAnswer {
  readonly dryRun: true;
  readonly events: readonly object[];
  readonly permissionChanges: Preview['permissionChanges'];
  readonly revision: string;
}

type Written<O> = Command<O> & { readonly organization: OrganizationId };

/** What a command in an organization has. */
interface Sent {
  readonly organization: OrganizationId;
  readonly request: CommandRequest;
}

@Injectable()
export class Desk {
  constructor(
    private readonly commands: CommandBus,
    private readonly transactor: Transactor,
    private readonly acknowledged: Acknowledged,
    private readonly metrics: Metrics,
    private readonly revisions: StoredRevisions,
    private readonly access: Access,
  ) {}

  /** Carries the command out; from then on no answer of this node comes from before it. */
  async carryOut<O extends { readonly revision: number }>(command: Written<O>): Promise<O> {
    const outcome = await this.execute(command);
    this.acknowledge(command.organization, outcome.revision);
    return outcome;
  }

  /** From now on this node answers from nothing older. */
  acknowledge(organization: OrganizationId, revision: number): void {
    this.acknowledged.note(organization, revision);
  }

  /** Puts the command on the bus and counts what became of it. What was cut off from the log or a
   * database refuses `write.outcome_unknown`, unless it is sure that nothing was written. */
  async execute<O>(command: Command<O>): Promise<O> {
    const name = command.constructor.name;
    const stop = this.metrics.commandSeconds.startTimer({ command: name });
    try {
      const outcome = await this.commands.execute<Command<O>, O>(command);
      this.metrics.commands.inc({ command: name, outcome: 'done' });
      return outcome;
    } catch (thrown) {
      const { organization, request } = command as Partial<Sent>;
      const error = request?.dryRun === true ? thrown : inDoubt(thrown);
      const code = error instanceof Refusal ? error.code : 'internal';
      this.metrics.commands.inc({ command: name, outcome: code });
      if (organization === undefined || request === undefined) throw error;
      return await this.#told(error, organization, request.actor);
    } finally {
      stop();
    }
  }

  /** Of an organization with a damaged event only they are told to whom it is known. */
  async #told(error: unknown, organization: OrganizationId, actor: ActorFact): Promise<never> {
    if (error instanceof DamagedEvent && !(await this.access.knows({ organization }, actor))) {
      unknownOrganization({ id: organization });
    }
    throw error;
  }

  /**
   * Carries the command out and answers with what `describe` makes of the organization as it is
   * then, or with a preview where only that was asked for. Sets the `ETag`.
   */
  async write<O extends Outcome, T extends object>(
    ask: Pick<Ask, 'reply'>,
    command: Written<O>,
    describe: (organization: Organization, outcome: O) => T,
  ): Promise<Revised<T> | PreviewAnswer> {
    const outcome = await this.carryOut(command);
    return this.answer(ask, command.organization, outcome, describe);
  }

  /** As `write`, of an outcome that is there already. */
  async answer<O extends Outcome, T extends object>(
    { reply }: Pick<Ask, 'reply'>,
    organization: OrganizationId,
    outcome: O,
    describe: (organization: Organization, outcome: O) => T,
  ): Promise<Revised<T> | PreviewAnswer> {
    const revision = writeRevision(organization, outcome.revision);
    if (outcome.dryRun !== undefined) {
      void reply.status(200);
      return { ...previewed(outcome.dryRun), revision };
    }
    try {
      // What is repeated is answered as it was.
      const state = outcome.replayed
        ? await this.transactor.stateAt(organization, outcome.revision)
        : await this.transactor.state(organization);
      const resource = describe(state, outcome);
      const changed = await this.#changed(organization, outcome, resource);
      void reply.header('etag', `"${writeRevision(organization, changed)}"`);
      return { ...resource, revision };
    } catch (error) {
      throw inDoubt(error);
    }
  }

  /** The revision of the last event that changed the resource: of these, or an earlier one. */
  async #changed(
    organization: OrganizationId,
    { events, revision }: Outcome,
    resource: object,
  ): Promise<number> {
    if (!('id' in resource) || typeof resource.id !== 'string') return revision;
    const { id } = resource;
    const last = events.findLast(({ event }) => namedBy(event, organization).includes(id));
    if (last !== undefined) return last.revision;
    return (await this.revisions.find(organization, id, revision)) ?? revision;
  }

  /** The member the caller is in this organization, if any. */
  async memberOf(ask: Ask): Promise<MemberId | undefined> {
    const { user } = ask.caller.person ?? {};
    return user === undefined ? undefined : (await this.#state(ask)).memberByUser.get(user);
  }

  /** Who has what the caller makes: the member they are, or whose key they use. */
  async ownerOf(ask: Ask): Promise<KeyOwner | undefined> {
    const { actor, person } = ask.caller;
    if (person !== undefined || actor.kind !== 'api_key') return this.memberOf(ask);
    return (await this.#state(ask)).apiKeys.get(actor.id)?.owner;
  }

  #state({ organization, caller }: Ask): Promise<Organization> {
    return this.transactor
      .state(organization)
      .catch((error: unknown) => this.#told(error, organization, caller.actor));
  }
}

/** A dry run as it is answered. */
export const previewed = ({ events, permissionChanges }: Preview) =>
  ({ dryRun: true, events: events.map(unsealed), permissionChanges }) as const;

/** An event that was not stored: what would have been sealed is left out. */
const unsealed = (event: MembershipEvent): object =>
  Object.fromEntries(
    Object.entries(event).filter(
      ([, value]) => !(typeof value === 'object' && value !== null && 'sealed' in value),
    ),
  );
