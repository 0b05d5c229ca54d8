/** Checks asked of the service: those of the same moment go together. */
import DataLoader from 'dataloader';
import type { components } from './api.js';
import type { Api, CallOptions } from './calls.js';
import { MembershipError } from './errors.js';

export type Question = components['schemas']['CheckBody'];
export type Reason = components['schemas']['CheckAnswer']['reason'];
type Asked = Omit<Question, 'at'>;

export interface Verdict {
  readonly allowed: boolean;
  /** As the service says it; `not_held`: a no of the cache, which keeps no reasons. */
  readonly reason: Reason | 'not_held';
  /** What it was answered from. */
  readonly revision: string;
  /** Answered by the cache, without asking. */
  readonly local: boolean;
}

/** As many as the service takes at once. */
const MOST = 1_000;

/**
 * A request waits for a check: it is answered soon, or not at all. The service itself waits 2 s for
 * a revision that it has not come to.
 */
const SOON: CallOptions = { patience: { retries: 2, timeout: 3_000, total: 6_000 } };

/** A question, and what its asker waits for. */
interface Waiting {
  readonly question: Asked;
  readonly settle: (answer: Verdict | Error) => void;
}

export class Checks {
  readonly #loader: DataLoader<Asked, Promise<Verdict>>;
  readonly #api: Api;

  /** @param window milliseconds to wait for more questions; 0: those of the same tick. */
  constructor(api: Api, window: number) {
    this.#api = api;
    this.#loader = new DataLoader((asked) => Promise.resolve(this.#each(asked)), {
      cache: false,
      maxBatchSize: MOST,
      ...(window > 0 && { batchScheduleFn: (send) => void setTimeout(send, window) }),
    });
  }

  /** One question as of then is one request; those about now go with others. */
  async ask(question: Question): Promise<Verdict> {
    return question.at === undefined ? this.#loader.load(question) : this.#alone(question);
  }

  async #alone(body: Question): Promise<Verdict> {
    return { ...(await this.#api.checkAccess({ body }, SOON)), local: false };
  }

  /** A promise for each: what goes together need not be answered together. */
  #each(asked: readonly Asked[]): Promise<Verdict>[] {
    const waiting: Waiting[] = [];
    const answers = asked.map(
      (question) =>
        new Promise<Verdict>((resolve, reject) => {
          const settle = (answer: Verdict | Error) =>
            answer instanceof Error ? reject(answer) : resolve(answer);
          waiting.push({ question, settle });
        }),
    );
    void this.#together(waiting);
    return answers;
  }

  /**
   * Settles each with a verdict or an error of its own, as soon as that is known. What can be asked
   * apart is not worth trying again together.
   */
  async #together(waiting: readonly Waiting[]): Promise<void> {
    const isFinal = (error: MembershipError) => apart(waiting, error).length > 1;
    try {
      const questions = waiting.map(({ question }) => question);
      const answers = await this.#answers(questions, { ...SOON, isFinal });
      for (const [index, { settle }] of waiting.entries()) settle(answers[index]!);
    } catch (error) {
      const parts = apart(waiting, error);
      if (parts.length > 1) for (const part of parts) void this.#together(part);
      else for (const { settle } of waiting) settle(asError(error));
    }
  }

  async #answers(
    asked: readonly Asked[],
    options: CallOptions,
  ): Promise<(Verdict | MembershipError)[]> {
    const [only] = asked;
    if (only !== undefined && asked.length === 1) return [await this.#alone(only)];
    const answer = await this.#api.checkAccessBatch({ body: { checks: [...asked] } }, options);
    return answer.results.map((result, index) => {
      if (result.reason === 'quarantined') return quarantined();
      const revision = answer.revisions[asked[index]!.organization]!;
      return { ...result, revision, local: false };
    });
  }
}

/**
 * The parts to ask anew where the refusal may be of some, and not of whoever asks or of the moment.
 * Only one: it is the answer to all of them.
 */
function apart(waiting: readonly Waiting[], error: unknown): Waiting[][] {
  if (!(error instanceof MembershipError)) return [[...waiting]];
  // The service waits before it says so: by halves all would wait again and again for what one wants.
  if (error.code === 'read.not_yet') return groups(waiting, freshness);
  if (error.code === 'organization.not_found') {
    // As long where a revision is wanted: who is nobody there yet may be by then.
    for (const by of [isPlain, freshness]) {
      const parts = groups(waiting, by);
      if (parts.length > 1) return parts;
    }
  }
  if ([400, 403, 404].includes(error.status ?? 0)) return halves(waiting);
  return [[...waiting]];
}

const isPlain = ({ atLeast }: Asked): string => String(atLeast === undefined);

/** Alike for those that are answered as soon as one of them can be. */
const freshness = ({ organization, atLeast }: Asked): string =>
  atLeast === undefined ? '' : `${organization} ${atLeast}`;

function groups(waiting: readonly Waiting[], by: (question: Asked) => string): Waiting[][] {
  const found = new Map<string, Waiting[]>();
  for (const one of waiting) {
    const key = by(one.question);
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return [...found.values()];
}

/** What is bad is found by halves: it costs some requests and no other answer. */
function halves<T>(all: readonly T[]): T[][] {
  const half = Math.ceil(all.length / 2);
  return [all.slice(0, half), all.slice(half)].filter(({ length }) => length > 0);
}

/** Of one in a batch, as the service refuses it alone: such a result has no revision. */
const quarantined = (): MembershipError =>
  new MembershipError({
    code: 'read.quarantined',
    status: 503,
    detail: 'This organization is being repaired; nothing is answered about it.',
  });

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
