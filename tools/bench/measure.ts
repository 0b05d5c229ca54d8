/** Rates and memory of whatever is asked questions, and whether it answers as it should. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Loaded } from './peers/engine.js';
import { load, type Rate } from './load.js';
import type { Question } from './questions.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that this process holds on to, outside of its code. */
export function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Of each rate, in seconds. */
export interface Times {
  /** Before anything is measured: until then engines are still compiling what is called. */
  readonly warmUp: number;
  readonly seconds: number;
}

/** Calls with many questions that are under way at once: each takes the cores for itself. */
const BATCHES = 16;

/** Questions in one go, so that a loop of its own asks them. */
const BURST = 10_000;

/** How long a loop of calls goes on before the clock is looked at, in milliseconds. */
const GLANCE = 5;

/** Calls one after the other, as often as fit into the time; `count` questions in each. */
export async function repeated(
  { warmUp, seconds }: Times,
  count: number,
  call: (index: number) => unknown,
): Promise<Rate> {
  let index = 0;
  const burst = async (calls: number): Promise<void> => {
    for (const last = index + calls; index < last; index += 1) {
      const answer = call(index);
      if (answer instanceof Promise) await answer;
    }
  };
  let calls = 1;
  const warm = performance.now() + warmUp * 1000;
  do {
    const began = performance.now();
    await burst(calls);
    if (performance.now() - began < GLANCE) calls *= 2;
  } while (performance.now() < warm);
  index = 0;
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) await burst(calls);
  return { perSecond: (index * count) / ((performance.now() - began) / 1000) };
}

/** Questions that are answered at once, each of so many in turn. @param yes how many from one number up to
 * another are answered so: counted, so that no engine leaves out what nobody looks at. */
export function inTurn(
  { warmUp, seconds }: Times,
  count: number,
  yes: (from: number, to: number) => number,
): Rate & { readonly yes: number } {
  const during = (milliseconds: number) => {
    let [asked, answered] = [0, 0];
    const began = performance.now();
    let took = 0;
    do {
      for (let from = 0; from < count; from += BURST) {
        answered += yes(from, Math.min(from + BURST, count));
      }
      asked += count;
      took = performance.now() - began;
    } while (took < milliseconds);
    return { perSecond: asked / (took / 1000), yes: answered };
  };
  during(warmUp * 1000);
  return during(seconds * 1000);
}

/** Keeps so many calls under way at once; `count` questions in each. */
async function flooded(
  { warmUp, seconds }: Times,
  count: number,
  atOnce: number,
  call: (index: number) => unknown,
): Promise<Rate> {
  let index = 0;
  let took: number[] = [];
  const during = async (time: number): Promise<void> => {
    took = [];
    const end = performance.now() + time * 1000;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        const asked = performance.now();
        await call(index++);
        took.push(performance.now() - asked);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
  await during(warmUp);
  const began = performance.now();
  await during(seconds);
  const perSecond = (took.length * count) / ((performance.now() - began) / 1000);
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor((took.length - 1) * share)]!;
  return { perSecond, p50: at(0.5), p99: at(0.99) };
}

/** Questions a second, one in a call. */
export async function rateOfOne(
  { one, http, atOnce }: Loaded,
  questions: readonly Question[],
  times: Times,
): Promise<Rate> {
  const next = <T>(list: readonly T[], index: number): T => list[index % list.length]!;
  if (http !== undefined) {
    const sent = questions.map((question) => requestOf(http.one(question)));
    return load(http, times, (index) => next(sent, index));
  }
  const call = (index: number) => one(next(questions, index));
  return atOnce === undefined ? repeated(times, 1, call) : flooded(times, 1, atOnce, call);
}

/** Questions a second, as many in a call as it takes; `undefined` where it takes one. */
export async function rateOfMany(
  { many, http, atOnce }: Loaded,
  batches: readonly (readonly Question[])[],
  times: Times,
): Promise<Rate | undefined> {
  if (many === undefined || batches.length === 0) return undefined;
  const next = <T>(list: readonly T[], index: number): T => list[index % list.length]!;
  const size = batches[0]!.length;
  const call = (index: number) => many.ask(next(batches, index));
  // Waited for to the end: some engines take seconds for each.
  return http === undefined && atOnce === undefined
    ? repeated(times, size, call)
    : flooded(times, size, BATCHES, call);
}

const requestOf = ({ path, body }: { readonly path: string; readonly body: unknown }) =>
  ({ method: 'POST', path, body: JSON.stringify(body) }) as const;

/** Every answer, in order; some calls under way at once where they take their time. */
export async function answersOf(
  { one, many, http, atOnce }: Loaded,
  questions: readonly Question[],
): Promise<boolean[]> {
  const answers: boolean[] = [];
  let index = 0;
  const worker = async (): Promise<void> => {
    while (index < questions.length) {
      const place = index++;
      answers[place] = await one(questions[place]!);
    }
  };
  const workers = http === undefined && atOnce === undefined ? 1 : 16;
  await Promise.all(Array.from({ length: workers }, worker));
  if (many?.about !== 'anybody') return answers;
  // What is asked together is answered as what is asked alone, or one of them is wrong.
  for (let from = 0; from < questions.length; from += many.size) {
    const together = await many.ask(questions.slice(from, from + many.size));
    together.forEach((answer, n) => {
      if (answer !== answers[from + n]) {
        throw new Error(`in a batch it answers ${answer}: ${described(questions[from + n]!)}`);
      }
    });
  }
  return answers;
}

export const described = ({ kind, member, organization, space, permission }: Question): string =>
  `may ${member.id} ${permission} at ${space ?? 'the organization'} in ${organization.id}? (${kind})`;
