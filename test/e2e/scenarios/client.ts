/** How a scenario talks to the service, whatever the transport. */

export interface Said<T = Record<string, unknown>> {
  /** `ok`, or the code of the refusal. */
  readonly code: string;
  readonly body: T;
}

/** Somebody who uses the service. */
export interface Person {
  readonly email: string;
  /** Carries out or asks the operation of this name; `at` names what a path names. */
  call<T = Record<string, unknown>>(
    operation: string,
    at?: Readonly<Record<string, string>>,
    body?: unknown,
    options?: { readonly query?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Said<T>>;
}

/** What a scenario is played with. */
export interface Stage {
  person(email: string, options?: { readonly platformAdmin?: boolean }): Promise<Person>;
  /** Has this transport the operation of this name? */
  offers(operation: string): boolean;
  /** How an answer says of a value that it was erased. */
  readonly erased: null | undefined;
  /** Whoever brings this API key. */
  withKey(secret: string): Person;
  /** The token in the newest mail to this address, other than `not`. */
  linkOf(email: string, not?: string): Promise<string>;
}

export interface Scenario {
  readonly name: string;
  /** An operation it is about, where not every transport has it. */
  readonly about?: string;
  /** An organization id of its own. */
  readonly play: (stage: Stage, organization: string) => Promise<void>;
}
