/** The service, as another service uses it. */
import { Calls, type Api, type CallsOptions } from './calls.js';
import { Checks, type Question, type Verdict } from './checks.js';
import { MembershipError, serviceAt, unreachable } from './errors.js';
import { identify } from './identity.js';
import { requireOptions } from './options.js';
import { personId } from './person.js';
import { OwnWrites } from './revisions.js';
import type { Asked, LocalAnswer } from './told.js';
import { Watch, type Open } from './watch.js';

export interface ClientOptions extends CallsOptions {
  /** Milliseconds that a check waits for others to go with. Default 0: those of the same tick. */
  readonly checkWindow?: number;
  /**
   * The issuer, where the service trusts one alone. With it, `user:<subject>` is known here by its
   * id, and answered from the cache.
   */
  readonly issuer?: string;
  /** Is told why a watched stream ended; it is opened anew all the same. */
  readonly onTrouble?: (error: MembershipError) => void;
}

export class MembershipClient {
  /** Every operation by its name: `api.inviteMember({ organization, body })`. */
  readonly api: Api;
  readonly #checks: Checks;
  readonly #options: ClientOptions;
  readonly #own = new OwnWrites();
  readonly #watches = new Map<string | undefined, Watch>();

  /** @throws TypeError for an address that is none, or no token. */
  constructor(options: ClientOptions) {
    requireOptions(options);
    this.#options = options;
    this.api = new Calls(options, (answer) => this.#own.note(answer)).api;
    this.#checks = new Checks(this.api, options.checkWindow ?? 0);
  }

  /**
   * May the principal do this? From the cache of a watched organization where it knows, else of the
   * service, together with other questions of the same moment. Never from before what this client
   * wrote, nor before `atLeast`. Throws `MembershipError`.
   */
  async check(question: Question): Promise<Verdict> {
    if (question.at !== undefined) return this.#checks.ask(question);
    const local = this.#own.isPlatformFresh ? undefined : this.#local(question);
    if (local !== undefined) {
      return { ...local, reason: local.allowed ? 'granted' : 'not_held', local: true };
    }
    const asked = this.#afterOwn(question);
    return this.#checks.ask(asked).catch(this.#orLost(question, asked));
  }

  #afterOwn(question: Question): Question {
    const atLeast = this.#own.atLeast(question.organization, question.atLeast);
    return { ...question, ...(atLeast !== undefined && { atLeast }) };
  }

  /**
   * Follows who may do what in the organization (absent: in all, which is for services of the
   * platform), so that checks are answered here. Until it has synced, and whenever it is not sure,
   * the watch of all is asked, and else the service, as before.
   */
  watch(organization?: string): Watch {
    const known = this.#watches.get(organization);
    if (known !== undefined) return known;
    const trouble = this.#options.onTrouble ?? (() => {});
    const watch = new Watch(this.#open, organization, trouble, () =>
      this.#watches.delete(organization),
    );
    this.#watches.set(organization, watch);
    return watch;
  }

  /** From the watch of the organization, or else from that of all. */
  #local(question: Asked): LocalAnswer | undefined {
    const atLeast = this.#own.toldAtLeast(question.organization, question.atLeast);
    const principal = this.#named(question.principal);
    const asked = { ...question, principal, ...(atLeast !== undefined && { atLeast }) };
    const of = (organization?: string) => this.#watches.get(organization)?.answer(asked);
    return of(asked.organization) ?? of();
  }

  /** Asks without what was written and the service, restored from an older backup, has lost. */
  #orLost(question: Question, { organization, atLeast }: Question) {
    return (error: unknown): Promise<Verdict> => {
      const isNotYet = error instanceof MembershipError && error.code === 'read.not_yet';
      if (!isNotYet || atLeast === question.atLeast || !this.#own.isLost(organization)) throw error;
      return this.#checks.ask(this.#afterOwn(question));
    };
  }

  /** Ends what follows. */
  close(): void {
    for (const watch of this.#watches.values()) watch.stop();
  }

  #named(principal: string): string {
    const { issuer } = this.#options;
    if (issuer === undefined || !principal.startsWith('user:')) return principal;
    const named = principal.slice('user:'.length);
    const full = `${issuer}|`;
    return personId(issuer, named.startsWith(full) ? named.slice(full.length) : named);
  }

  readonly #open: Open = async (query, signal) => {
    const { baseUrl, token, fetch = globalThis.fetch } = this.#options;
    const url = `${baseUrl.replace(/\/$/, '')}/api/v1/access/changes`;
    const headers = { ...(await identify(token, signal)), accept: 'text/event-stream' };
    return fetch(`${url}?${new URLSearchParams(query).toString()}`, { headers, signal }).catch(
      (cause: unknown) => {
        throw unreachable(cause, serviceAt(baseUrl));
      },
    );
  };
}
