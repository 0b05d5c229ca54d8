import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Invite, invite, inviteAll } from '#domain/decide/invitation.js';
import { goOn } from '#domain/decide/requirements.js';
import type { MembershipEvent } from '#domain/events.js';
import type { InvitationId, OrganizationId, Tag } from '#domain/ids.js';
import { Refusal, refuse } from '#domain/refusals.js';
import { overlay } from '#domain/state.js';
import { digest } from '#vault/tags.js';
import { addressesOf } from './addresses.js';
import { requireSameBody } from './decision.js';
import { commandIdOf } from './ids.js';
import { invitationFor, type Invitee } from './invite-member.js';
import type { CommandRequest, Decide, Outcome, Preview } from './request.js';
import { Transactor } from './transact.js';

export interface Invitees {
  /** At most 1,000. */
  readonly invitations: readonly Invitee[];
  /** All or none, in one append; else each by itself. */
  readonly atomic: boolean;
}

/** What became of one row. */
export type RowResult =
  | { readonly status: 'invited' | 'resent'; readonly invitations: readonly InvitationId[] }
  | { readonly status: 'refused'; readonly refusal: Refusal };

export interface BatchOutcome {
  /** The stream's revision that includes them all. */
  readonly revision: number;
  /** In the order of the request. */
  readonly rows: readonly RowResult[];
  readonly replayed: boolean;
  readonly dryRun?: Preview;
}

/** Invites many, with a result per row. */
export class InviteMembers extends Command<BatchOutcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Invitees,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

/** A row of the request: the rule's command, or why there is none. */
type Row = Invite | Refusal;

@CommandHandler(InviteMembers)
export class InviteMembersHandler implements ICommandHandler<InviteMembers> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ organization, input, request }: InviteMembers): Promise<BatchOutcome> {
    requireRows(input.invitations);
    const addresses = await addressesOf(this.transactor, organization);
    const { newId } = this.transactor.ports;
    const batch = newId('command');
    const rows = input.invitations.map((one, index): Row =>
      caught(() => ({
        ...invitationFor(one, addresses, newId, `/invitations/${index}`),
        batch,
      })),
    );
    const mode = input.atomic ? 'together' : request.dryRun === true ? 'foreseen' : 'eachAlone';
    return this[mode](organization, rows, await this.named(organization, request, input));
  }

  /** One command; the first row that can't be refuses them all. */
  private async together(
    organization: OrganizationId,
    rows: readonly Row[],
    request: CommandRequest,
  ): Promise<BatchOutcome> {
    const invites = rows.map(orThrow);
    const taken: MembershipEvent[][] = [];
    const outcome = await this.transactor.transact(organization, request, (context) =>
      inviteAll(invites, context, (index, events) => (taken[index] = events)),
    );
    return this.answer(organization, rows, taken, outcome);
  }

  /** A command per row: the mailbox decides them together and cuts them into appends. */
  private async eachAlone(
    organization: OrganizationId,
    rows: readonly Row[],
    request: CommandRequest,
  ): Promise<BatchOutcome> {
    const outcomes = await Promise.all(
      rows.map((row, index) =>
        caughtLater(async () => {
          const command = orThrow(row);
          return this.transactor.transact(organization, ofRow(request, index), (context) =>
            invite(command, context),
          );
        }),
      ),
    );
    const carried = outcomes.filter((one): one is Outcome => !(one instanceof Refusal));
    return {
      revision: Math.max(-1, ...carried.map((one) => one.revision)),
      rows: outcomes.map((one) =>
        rowResult(one instanceof Refusal ? one : one.events.map(({ event }) => event)),
      ),
      replayed: carried.length > 0 && carried.every((one) => one.replayed),
    };
  }

  /**
   * The request with a digest in the place of the body, which may be long. Refuses a key that any
   * part of another batch is remembered under, before a row of this one takes effect.
   */
  private async named(
    organization: OrganizationId,
    request: CommandRequest,
    input: Invitees,
  ): Promise<CommandRequest> {
    const { idempotency, dryRun } = request;
    if (idempotency === undefined || dryRun === true) return request;
    const key = await this.transactor.tagKey(organization);
    const named = { ...request, idempotency: { ...idempotency, body: digest(key, input) } };
    const rows = Array.from({ length: ROWS }, (_, index) => ofRow(named, index));
    const commands = [named, ...rows].map(({ idempotency: one = idempotency }) =>
      commandIdOf({ ...one, organization }),
    );
    const state = await this.transactor.latest(organization);
    const expected = digest(key, named.idempotency.body);
    requireSameBody(commands, expected, state, this.transactor.now());
    return named;
  }

  /** A dry run of `eachAlone`: every row upon those before it. */
  private async foreseen(
    organization: OrganizationId,
    rows: readonly Row[],
    request: CommandRequest,
  ): Promise<BatchOutcome> {
    const taken: (MembershipEvent[] | Refusal)[] = [];
    const asked = { ...request, inParts: true };
    const outcome = await this.transactor.transact(organization, asked, tolerant(rows, taken));
    return this.answer(organization, rows, taken, outcome);
  }

  /** @param taken what each row came to, unless an earlier command answers */
  private async answer(
    organization: OrganizationId,
    rows: readonly Row[],
    taken: readonly (MembershipEvent[] | Refusal)[],
    { revision, replayed, events, dryRun }: Outcome,
  ): Promise<BatchOutcome> {
    const preview = dryRun === undefined ? {} : { dryRun };
    if (!replayed) return { revision, rows: taken.map(rowResult), replayed, ...preview };
    // As it was then: what was sent again may have been accepted since.
    const { invitations } = await this.transactor.stateAt(organization, revision);
    const facts = events.map((one) => one.event);
    const results = byRow(rows, facts, (id) => invitations.get(id)?.tag);
    return { revision, rows: results, replayed, ...preview };
  }
}

/** Rows in one request. */
const ROWS = 1000;

function requireRows({ length }: readonly unknown[]): void {
  if (length > ROWS) refuse('batch.too_large', `${length} rows, at most ${ROWS} at a time.`);
}

/** The refusal where the work ends in one. */
function caught<T>(work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const caughtLater = <T>(work: () => Promise<T>): Promise<T | Refusal> =>
  work().catch((error: unknown) =>
    caught(() => {
      throw error;
    }),
  );

function orThrow(row: Row): Invite {
  if (row instanceof Refusal) throw row;
  return row;
}

/** Every row is known by itself, so that a repetition of the same batch goes on where one stopped. */
function ofRow(request: CommandRequest, index: number): CommandRequest {
  const { idempotency } = request;
  if (idempotency === undefined) return request;
  const operation = `${idempotency.operation}/${index}`;
  return { ...request, idempotency: { ...idempotency, operation } };
}

/** Decides row upon row, and goes on after one that is refused; `taken` says what each came to. */
const tolerant =
  (rows: readonly Row[], taken: (MembershipEvent[] | Refusal)[]): Decide =>
  (context) =>
  (organization) => {
    const ahead = overlay(organization);
    return rows.flatMap((row, index) => {
      const events = caught(() => invite(orThrow(row), context)(ahead));
      taken[index] = events;
      if (events instanceof Refusal) return [];
      goOn(ahead, events, context);
      return events;
    });
  };

const rowResult = (taken: readonly MembershipEvent[] | Refusal): RowResult =>
  taken instanceof Refusal ? { status: 'refused', refusal: taken } : resultOf(taken);

/** What the events of one row say. */
function resultOf(events: readonly MembershipEvent[]): RowResult {
  const invited = events.flatMap((one) => (one.type === 'member.invite' ? [one.invitation] : []));
  if (invited.length > 0) return { status: 'invited', invitations: invited };
  const resent = events.flatMap((one) =>
    one.type === 'member.invite_resend' ? [one.invitation] : [],
  );
  return { status: 'resent', invitations: resent };
}

/** Divides the events of an earlier append among its rows, by the address they are about. */
function byRow(
  rows: readonly Row[],
  events: readonly MembershipEvent[],
  tagOf: (invitation: InvitationId) => Tag | undefined,
): RowResult[] {
  const invites = new Map<Tag, MembershipEvent[]>();
  const resends = new Map<Tag, MembershipEvent[]>();
  for (const event of events) {
    if (event.type === 'member.invite') add(invites, event.tag, event);
    if (event.type !== 'member.invite_resend') continue;
    const tag = tagOf(event.invitation);
    if (tag !== undefined) add(resends, tag, event);
  }
  return rows.map((row) => {
    if (row instanceof Refusal) return { status: 'refused', refusal: row };
    const { tag } = row.address;
    const own = invites.get(tag)?.shift();
    return resultOf(own === undefined ? (resends.get(tag) ?? []) : [own]);
  });
}

const add = <K, V>(groups: Map<K, V[]>, key: K, value: V): void => {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
};
