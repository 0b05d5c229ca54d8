/** The service, as another service uses it. */
import { Calls, type Api, type CallsOptions } from './calls.js';

export type ClientOptions = CallsOptions;

export class MembershipClient {
  /** Every operation by its name: `api.inviteMember({ organization, body })`. */
  readonly api: Api;

  constructor(options: ClientOptions) {
    this.api = new Calls(options, () => {}).api;
  }
}
