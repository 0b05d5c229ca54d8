/** What is asked the same questions: this project, spoken to in several ways, and what somebody
 * would use in its place. */
import type { Kind, Other, Question } from '../questions.js';
import type { Memberships } from '../memberships.js';

/** Rates are compared between engines that are reached alike. */
export type Where = 'in process' | 'over HTTP' | 'over gRPC';

export type Answers = readonly boolean[] | Promise<readonly boolean[]>;

export interface Engine {
  readonly name: string;
  readonly where: Where;
  readonly isOurs?: true;
  /** What can't be asked of it, and why. Questions of these kinds are counted and left out. */
  readonly cannot: Readonly<Partial<Record<Kind | Other, string>>>;
  /** What whoever calls it has to work out and send with every question; counted in its time. */
  readonly caller?: string;
  /** Fills it. Throws `NotHere` where this machine has it not. */
  load(all: Memberships): Promise<Loaded>;
}

export interface Loaded {
  one(question: Question): boolean | Promise<boolean>;
  readonly many?: Many;
  /** Absent: it is called, one question after the other. */
  readonly http?: Spoken;
  /** Calls that are kept under way at once, where it is called; absent: 1. */
  readonly atOnce?: number;
  /** How long filling it took, in seconds, where it was filled before. */
  readonly filled?: number;
  /** Bytes it takes with everything in it. */
  memory?(): number | undefined;
  stop?(): Promise<void> | void;
}

/** Several questions in one call. */
export interface Many {
  readonly size: number;
  /** `person`: what one person may do at one place; there is no batch over people. */
  readonly about: 'anybody' | 'person';
  ask(questions: readonly Question[]): Answers;
}

/** How it is asked over HTTP; what a load generator sends. */
export interface Spoken {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  one(question: Question): Sent;
  many(questions: readonly Question[]): Sent;
}

export interface Sent {
  readonly path: string;
  readonly body: unknown;
}

/** Not on this machine, and why. */
export class NotHere extends Error {}
