/** What can be made to go wrong in the double of EventStoreDB. */
import { status } from '@grpc/grpc-js';
import { failure } from './messages.js';

export type Operation = 'append' | 'batch' | 'read' | 'subscribe';

export type Fault =
  /** The call is taken and never answered; an append is written, or not. */
  | { readonly kind: 'never'; readonly written?: boolean }
  /** Each record of a page comes `by` milliseconds after the one before. */
  | { readonly kind: 'slow'; readonly by: number }
  /** Written, and answered after `by` milliseconds. */
  | { readonly kind: 'late'; readonly by: number }
  /** The server ends its side of the call, without an answer and without an error. */
  | { readonly kind: 'half_close'; readonly written?: boolean }
  /** The connection dies: after the write, or in the middle of the request. */
  | { readonly kind: 'cut'; readonly written?: boolean }
  /** Answers a batch under an id that nobody asked with. */
  | { readonly kind: 'unknown_correlation' }
  /** This node is not the leader; where the leader is. */
  | { readonly kind: 'not_leader'; readonly port: number }
  /** The node is starting. */
  | { readonly kind: 'not_ready' }
  /** It does not know the user, or the password is another. */
  | { readonly kind: 'unknown_user' }
  /** The user may not do this. */
  | { readonly kind: 'access_denied' }
  /** The node, or what is before it, takes no calls. */
  | { readonly kind: 'unavailable' };

/** What a consumer is told that did not keep up. */
export const tooSlow = () =>
  failure(status.ABORTED, 'Operation timed out: the consumer is too slow');

export class Faults {
  readonly #planned: { operation: Operation; fault: Fault; times: number }[] = [];
  /** Asked for every call that no plan is for: chance, in a proof. */
  chance: (operation: Operation) => Fault | undefined = () => undefined;
  /** Milliseconds until what is written is on disk; 0: with all that came in the same turn. It stays. */
  flushing = 0;
  /** Live consumers that were cut off, since they took nothing while others wrote. */
  cutOff = 0;
  /** Subscriptions say nothing while it is set, those that begin as well. */
  silent = false;
  /** Leaves a record out of every subscription, as servers with wrong checkpoints have done. */
  skips: (stream: string, revision: number) => boolean = () => false;
  /** Hands a record out twice. */
  repeats: (stream: string, revision: number) => boolean = () => false;
  /** Checkpoints run ahead of what was handed out: to the end of the log. */
  checkpointsAhead = false;

  /** Subscriptions that are live, and how each is ended. */
  readonly live = new Set<(error?: Error) => void>();

  /** Ends every live subscription: as the server ends one that is too slow, or without a word. */
  endSubscriptions(how: 'too_slow' | 'silently'): void {
    for (const end of [...this.live]) end(how === 'too_slow' ? tooSlow() : undefined);
  }

  /** The next `times` calls of `operation` go wrong like this. */
  plan(operation: Operation, fault: Fault, times = 1): void {
    this.#planned.push({ operation, fault, times });
  }

  take(operation: Operation): Fault | undefined {
    const at = this.#planned.findIndex((plan) => plan.operation === operation);
    const plan = this.#planned[at];
    if (plan === undefined) return this.chance(operation);
    if (--plan.times <= 0) this.#planned.splice(at, 1);
    return plan.fault;
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#planned.length = 0;
    this.chance = () => undefined;
    this.silent = false;
    this.checkpointsAhead = false;
    this.skips = this.repeats = () => false;
  }
}
