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
/** Several are not worth waiting for what one of them wants: that one is asked alone. */
const TOGETHER: CallOptions = { ...SOON, isFinal: ({ code }) => code === 'read.not_yet' };

export class Checks {
  readonly #loader: DataLoader<Asked, Verdict>;
  readonly #api: Api;

  /** @param window milliseconds to wait for more questions; 0: those of the same tick. */
  constructor(api: Api, window: number) {
    this.#api = api;
    this.#loader = new DataLoader((asked) => this.#together(asked), {
      cache: false,
      maxBatchSize: MOST,
      ...(window > 0 && { batchScheduleFn: (send) => void setTimeout(send, window) }),
    });
  }

  /** One question as of then is one request; those about now go with others. */
  ask(question: Question): Promise<Verdict> {
    return question.at === undefined ? this.#loader.load(question) : this.#alone(question);
  }

  async #alone(body: Question): Promise<Verdict> {
    return { ...(await this.#api.checkAccess({ body }, SOON)), local: false };
  }

  /**
   * A result or an error of its own for each. What refuses the whole of them is looked for by
   * halves: a bad question costs some requests and no other answer.
   */
  async #together(asked: readonly Asked[]): Promise<(Verdict | Error)[]> {
    const [only] = asked;
    if (only !== undefined && asked.length === 1) return [await this.#alone(only).catch(asError)];
    try {
      const checks = [...asked];
      const answer = await this.#api.checkAccessBatch({ body: { checks } }, TOGETHER);
      return answer.results.map((result, index) => {
        const revision = answer.revisions[asked[index]!.organization]!;
        return { ...result, revision, local: false };
      });
    } catch (error) {
      if (!isOfOne(error)) return asked.map(() => asError(error));
      const half = Math.ceil(asked.length / 2);
      const parts = [asked.slice(0, half), asked.slice(half)];
      return (await Promise.all(parts.map((part) => this.#together(part)))).flat();
    }
  }
}

/** Might it be one question that is refused, and not whoever asks or the moment? */
const isOfOne = (error: unknown): boolean =>
  error instanceof MembershipError &&
  ([400, 403, 404].includes(error.status ?? 0) || error.code === 'read.not_yet');

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
