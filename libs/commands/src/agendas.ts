/** What is due in each organization, and when: what the sweeper goes by, and keeps. */
import type { Due } from '#domain/decide/agenda.js';
import type { Instant, InvitationId, OrganizationId } from '#domain/ids.js';
import type { Form } from '#eventlog/keeping.js';

export interface Entry extends Due {
  /** Id of the event that has made it due at once; absent: time alone does. */
  readonly cause?: string;
}

/** What comes due in one organization. */
export class Agenda {
  readonly #items = new Map<Due['item'], Entry>();
  /** Invitations that have not ended, with whether one of the platform's people sent it. */
  readonly #pending = new Map<InvitationId, boolean>();
  /** Nothing is due before. */
  #earliest: Instant | undefined;

  /** Moments that it waits for. */
  get size(): number {
    return this.#items.size;
  }

  get hasInvitations(): boolean {
    return this.#pending.size > 0;
  }

  get restsOnPlatform(): boolean {
    return [...this.#pending.values()].includes(true);
  }

  sent(invitation: InvitationId, byPlatform: boolean): void {
    this.#pending.set(invitation, byPlatform);
  }

  add(due: Entry): void {
    this.#items.set(due.item, due);
    if (this.#earliest === undefined || due.at < this.#earliest) this.#earliest = due.at;
  }

  /** Nothing is due here any more. */
  clear(): void {
    this.#items.clear();
  }

  /** What it holds, of this organization. */
  copy(organization: OrganizationId): Pick<AgendasCopy, 'items' | 'pending'> {
    return {
      items: [...this.#items.values()].map((entry) => ({ organization, ...entry })),
      pending: [...this.#pending].map(([invitation, byPlatform]) => {
        return { organization, invitation, byPlatform };
      }),
    };
  }

  settle(item: Due['item']): void {
    this.#items.delete(item);
    this.#pending.delete(item as InvitationId);
  }

  /** What is due by now. All is looked at only when something may be. */
  passed(now: Instant): Entry[] {
    if (this.#earliest === undefined || this.#earliest > now) return [];
    const passed: Entry[] = [];
    this.#earliest = undefined;
    for (const due of this.#items.values()) {
      if (due.at <= now) passed.push(due);
      if (this.#earliest === undefined || due.at < this.#earliest) this.#earliest = due.at;
    }
    return passed;
  }

  /** What was noted anew meanwhile stays. */
  done(passed: readonly Entry[]): void {
    for (const due of passed) if (this.#items.get(due.item) === due) this.#items.delete(due.item);
  }
}

/** What is due, and what it takes to know what will be. */
export interface Agendas {
  readonly agendas: Map<OrganizationId, Agenda>;
  /** Whoever has had a place in the platform: power elsewhere can go with that place. */
  readonly operators: Set<string>;
}

export interface AgendasCopy {
  readonly operators: readonly string[];
  readonly items: readonly (Entry & { readonly organization: OrganizationId })[];
  readonly pending: readonly {
    readonly organization: OrganizationId;
    readonly invitation: InvitationId;
    readonly byPlatform: boolean;
  }[];
}

/** How it is kept. A change of what events make due, or of a row, needs a new number. */
export const AGENDAS: Form<Agendas, AgendasCopy> = {
  stream: 'sweeper',
  name: 'agendas@1',
  restored: ({ operators, items, pending }) => {
    const agendas = new Map<OrganizationId, Agenda>();
    const agendaOf = (organization: OrganizationId): Agenda => {
      const agenda = agendas.get(organization) ?? new Agenda();
      agendas.set(organization, agenda);
      return agenda;
    };
    for (const { organization, ...entry } of items) agendaOf(organization).add(entry);
    for (const { organization, invitation, byPlatform } of pending) {
      agendaOf(organization).sent(invitation, byPlatform);
    }
    return { agendas, operators: new Set(operators) };
  },
};
