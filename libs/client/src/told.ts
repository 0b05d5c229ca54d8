/** What the change stream has told so far, and what can be answered from it. */
import { MembershipError } from './errors.js';
import { Heard, SILENCE } from './heard.js';
import { Holdings, type Row, type SpaceRow } from './holdings.js';
import { readRevision } from './revisions.js';

export interface Asked {
  readonly principal: string;
  readonly organization: string;
  readonly space?: string;
  readonly permission: string;
  readonly atLeast?: string;
}

export interface LocalAnswer {
  readonly allowed: boolean;
  readonly revision: string;
}

export interface Change {
  readonly organization: string;
  readonly revision: string;
  /** Absent in the opening state. */
  readonly event?: { readonly id: string; readonly at: string };
  readonly changes?: readonly Row[];
  readonly spaces?: readonly SpaceRow[];
  /** The rest of the same event follows. */
  readonly more?: boolean;
}

/** Up to which revision of each organization everything is told. */
interface UpTo {
  readonly revisions: Readonly<Record<string, string>>;
}

interface Known {
  readonly holdings: Holdings;
  revision: string;
}

export class Told {
  readonly #heard = new Heard(SILENCE);
  readonly #known = new Map<string, Known>();
  /** Of these nothing more is told. */
  readonly #closed = new Set<string>();
  /** What was told of an event that is not told to its end. */
  #begun: Change[] = [];
  #cursor: string | undefined;
  #isSynced = false;

  /** Whether the opening state was told to its end. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** After which to go on; absent: begin with the opening state. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /**
   * Takes in one message of the stream; kinds it does not know it passes over. Throws the refusal
   * that ends the stream.
   */
  take(kind: string | undefined, data: string, cursor: string | undefined): void {
    const told: unknown = JSON.parse(data);
    switch (kind ?? '') {
      case 'change':
        this.#change(told as Change);
        break;
      case 'synced':
        this.#isSynced = true;
        this.#upTo(told as UpTo);
        break;
      case 'heartbeat':
        this.#upTo(told as UpTo);
        break;
      case 'closed':
        this.#close((told as { organization: string }).organization);
        break;
      case 'refusal':
        throw new MembershipError(told as ConstructorParameters<typeof MembershipError>[0]);
    }
    if (cursor !== undefined) this.#cursor = cursor;
  }

  /**
   * The answer, if it is known here: the opening state was told, within 5 s it was heard that all
   * is told, the revision asked for is reached. Times of grants are compared with this machine's clock.
   */
  answer({ organization, atLeast, ...asked }: Asked): LocalAnswer | undefined {
    const known = this.#known.get(organization);
    if (known === undefined || !this.#isSynced || !this.#heard.isRecent) return undefined;
    if (atLeast !== undefined && !hasReached(known.revision, atLeast)) return undefined;
    if (!/^(mem|svc|key|usr)_/.test(asked.principal)) return undefined;
    const allowed = known.holdings.answer(asked, Date.now());
    return allowed === undefined ? undefined : { allowed, revision: known.revision };
  }

  /**
   * A connection has ended: what of an event was not told to its end is told again, and all of it
   * where nothing can be gone on from.
   *
   * @param organization the only one it was about
   */
  interrupted(organization: string | undefined): void {
    this.#begun = [];
    const isClosed = organization !== undefined && this.#closed.has(organization);
    if (!this.#isSynced || isClosed) this.forget();
  }

  forget(): void {
    this.#known.clear();
    this.#closed.clear();
    this.#begun = [];
    this.#cursor = undefined;
    this.#isSynced = false;
  }

  /**
   * An event is taken in as a whole, so that no answer lies between what it took and gave. One of
   * the platform may be about many organizations.
   */
  #change(change: Change): void {
    this.#begun.push(change);
    if (change.more) return;
    for (const { organization, revision, changes = [], spaces = [] } of this.#begun) {
      if (this.#closed.has(organization)) continue;
      this.#of(organization, revision).holdings.apply(changes, spaces);
      this.#reached(organization, revision);
    }
    this.#begun = [];
  }

  /** Alone says that nothing else has happened since: an event may be told long after it. */
  #upTo({ revisions }: UpTo): void {
    for (const [organization, revision] of Object.entries(revisions)) {
      if (!this.#closed.has(organization)) this.#reached(organization, revision);
    }
    this.#heard.now();
  }

  #reached(organization: string, revision: string): void {
    this.#of(organization, revision).revision = revision;
  }

  #of(organization: string, revision: string): Known {
    const known = this.#known.get(organization) ?? { holdings: new Holdings(), revision };
    this.#known.set(organization, known);
    return known;
  }

  #close(organization: string): void {
    this.#known.delete(organization);
    this.#closed.add(organization);
  }
}

function hasReached(reached: string, wanted: string): boolean {
  const [here, there] = [readRevision(reached), readRevision(wanted)];
  if (here === undefined || there === undefined) return false;
  return here.organization === there.organization && there.place <= here.place;
}
