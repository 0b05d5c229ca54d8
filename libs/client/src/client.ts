/** The service, as another service uses it. */
import { Calls, type Api, type CallsOptions } from './calls.js';
import { Checks, type Question, type Verdict } from './checks.js';
import { OwnWrites } from './revisions.js';

export interface ClientOptions extends CallsOptions {
  /** Milliseconds that a check waits for others to go with. Default 0: those of the same tick. */
  readonly checkWindow?: number;
}

export class MembershipClient {
  /** Every operation by its name: `api.inviteMember({ organization, body })`. */
  readonly api: Api;
  readonly #checks: Checks;
  readonly #own = new OwnWrites();

  constructor(options: ClientOptions) {
    this.api = new Calls(options, (answer) => this.#own.note(answer)).api;
    this.#checks = new Checks(this.api, options.checkWindow ?? 0);
  }

  /**
   * May the principal do this? Asked together with other questions of the same moment. Never answered
   * from before what this client wrote, nor before `atLeast`. Throws `MembershipError`.
   */
  async check(question: Question): Promise<Verdict> {
    const { at, organization } = question;
    if (at !== undefined) return this.#checks.ask(question);
    const atLeast = this.#own.atLeast(organization, question.atLeast);
    return this.#checks.ask({ ...question, ...(atLeast !== undefined && { atLeast }) });
  }
}
