/** What is said to EventStoreDB and heard of it, without its client: events, answers, times. */

/** An event as the store hands it out. */
export interface StoredEvent {
  readonly stream: string;
  readonly revision: number;
  /** Its commit position, which is its prepare position as well. */
  readonly position: bigint;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: object;
}

export type AppendAnswer =
  | { readonly answer: 'written'; readonly revision: number; readonly position: bigint }
  /** The stream is at `actual` (-1: there is none), not where it was expected. */
  | { readonly answer: 'wrong_revision'; readonly actual: number }
  | { readonly answer: 'unknown'; readonly reason: string };

/** In milliseconds. */
export interface Times {
  /** What an append of few events may take, as the server is told; our own timer ends it `GRACE`
   * later. */
  readonly append: number;
  /** For how long nothing of a read may come; a client that answers nothing for so long is replaced
   * where a call fails. */
  readonly read: number;
  /** For how long a read is tried again before it fails. */
  readonly patience: number;
  /** For how long a subscription may say nothing before the store is asked whether it should. */
  readonly silence: number;
  /** Between two audits of what followers were handed. */
  readonly audit: number;
}

export const TIMES: Times = {
  append: 2000,
  read: 2000,
  patience: 5000,
  silence: 2000,
  audit: 60_000,
};

/** Milliseconds that each event of an append adds: the one-call append sends them one by one. */
const EACH = 3;

/** Milliseconds that an append may take. */
export const deadlineOf = (times: Times, events: number): number => times.append + EACH * events;

/** What a running subscription is told to do. */
export interface Running {
  pause(): void;
  resume(): void;
  stop(): void;
}

export interface Listener {
  event(event: StoredEvent): void;
  /** It lives. */
  sign(): void;
  /** It has ended; nothing starts it again. */
  ended(reason: string): void;
}

/** A position at which the store has no record: it is not one of its own. */
export class NoRecord extends Error {}
