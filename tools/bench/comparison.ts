/** Engines one after the other, asked the same questions about the same memberships. */
import type { Permission } from '#domain/ids.js';
import type { Rate } from './load.js';
import { answersOf, described, held, rateOfMany, rateOfOne, type Times } from './measure.js';
import type { Memberships } from './memberships.js';
import { NotHere, type Engine, type Loaded, type Many, type Where } from './peers/engine.js';
import { KINDS, OTHERS, type Question } from './questions.js';

export type Say = (line: string) => void;

const WAYS: readonly Where[] = ['in process', 'over HTTP', 'over gRPC'];

/** Differing answers that are printed, of each engine. */
const SHOWN = 10;

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const line = (say: Say, what: string, told: string): void =>
  say(`  ${what.padEnd(26)} ${told}`);

/** A rate, and the times of single answers where they were taken. */
export const rateTold = ({ perSecond, p50, p99 }: Rate): string =>
  p50 === undefined || perSecond === 0
    ? `${perSecond < 10 ? perSecond.toFixed(1) : whole(perSecond)}/s`
    : `${whole(perSecond)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99!.toFixed(1)} ms`;

interface Filled {
  readonly seconds: number;
  readonly bytes: number | undefined;
}
interface Ours {
  readonly filled: Filled;
  readonly one: Rate;
  readonly many: Rate | undefined;
}

/** The first engine measured is what the answers of the others are compared with; figures are, with our
 * first that is asked in the same way, and those of a process of its own with ours over gRPC as well. */
export class Comparison {
  #expected: readonly boolean[] | undefined;
  readonly #ours = new Map<Where, Ours>();

  constructor(
    readonly all: Memberships,
    readonly questions: readonly Question[],
    readonly times: Times,
    readonly say: Say,
  ) {}

  /** Fills an engine, asks it everything and says what came of it. One that is not on this machine,
   * or fails, is told with its reason. */
  async measure(engine: Engine): Promise<void> {
    this.say(`\n${engine.name}, ${engine.where}`);
    let loaded: Loaded | undefined;
    try {
      const before = held();
      const began = performance.now();
      loaded = await engine.load(this.all);
      const seconds = loaded.filled ?? (performance.now() - began) / 1000;
      const [bytes, of] = loaded.memory
        ? [loaded.memory(), 'its process']
        : [Math.max(0, held() - before), 'heap'];
      const memory = bytes === undefined ? '' : `, ${whole(bytes / 2 ** 20)} MiB of ${of}`;
      const filled = { seconds, bytes };
      const ours = engine.isOurs === true ? undefined : this.#ours.get(engine.where)?.filled;
      line(this.say, 'filled', `${seconds.toFixed(2)} s${memory}${beside(ours, filled)}`);
      if (engine.caller !== undefined) line(this.say, 'its caller', engine.caller);
      const asked = await this.#compare(engine, loaded);
      await this.#rates(engine, loaded, asked, filled);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      line(this.say, error instanceof NotHere ? 'SKIPPED' : 'FAILED', why);
    } finally {
      await loaded?.stop?.();
    }
  }

  /** Gives the questions that it could be asked. */
  async #compare({ cannot }: Engine, loaded: Loaded): Promise<Question[]> {
    const asked = this.questions.filter(({ kind }) => cannot[kind] === undefined);
    const answers = await answersOf(loaded, asked);
    if (this.#expected === undefined) {
      this.#expected = answers;
      const allowed = whole(answers.filter(Boolean).length);
      line(this.say, 'answers', `${whole(asked.length)}, of them ${allowed} yes: the reference`);
      return asked;
    }
    const expected = new Map(this.questions.map((one, n) => [one, this.#expected![n]]));
    const differing = asked.flatMap((one, n) => (answers[n] === expected.get(one) ? [] : [n]));
    const count = `${whole(asked.length - differing.length)} of ${whole(asked.length)}`;
    line(
      this.say,
      differing.length === 0 ? 'answers agree' : 'ANSWERS DIFFER',
      `${count} as expected`,
    );
    for (const n of differing.slice(0, SHOWN)) {
      line(this.say, '', `says ${answers[n] ? 'yes' : 'no'}: ${described(asked[n]!)}`);
    }
    for (const kind of KINDS) {
      const left = this.questions.filter((one) => one.kind === kind).length;
      const why = cannot[kind];
      if (why !== undefined) line(this.say, 'not expressible', `${kind} (${whole(left)}): ${why}`);
    }
    const reasons = new Set(OTHERS.flatMap((other) => cannot[other] ?? []));
    for (const why of reasons) {
      const alike = OTHERS.filter((other) => cannot[other] === why);
      line(this.say, 'cannot be asked', `${alike.join(', ')}: ${why}`);
    }
    return asked;
  }

  async #rates(
    { where, isOurs }: Engine,
    loaded: Loaded,
    asked: readonly Question[],
    filled: Filled,
  ): Promise<void> {
    const one = await rateOfOne(loaded, asked, this.times);
    const many = await rateOfMany(loaded, batches(this.all, asked, loaded.many), this.times);
    if (isOurs === true && !this.#ours.has(where)) this.#ours.set(where, { filled, one, many });
    const ours = (of: 'one' | 'many') =>
      isOurs === true
        ? []
        : WAYS.filter((way) => way === where || (way === 'over gRPC' && where === 'over HTTP')).map(
            (way) => [way === where ? '' : `, ${way}`, this.#ours.get(way)?.[of]] as const,
          );
    line(this.say, 'one in a call', rateTold(one) + ratio(ours('one'), one));
    if (loaded.many === undefined) {
      line(this.say, 'many in a call', 'it takes one');
    } else if (many !== undefined) {
      const { size, about } = loaded.many;
      const what = `${size} in a call${about === 'person' ? ', of one person' : ''}`;
      line(this.say, what, rateTold(many) + ratio(ours('many'), many));
    }
  }
}

const times = (ours: number, theirs: number): string => {
  const ratio = ours / theirs;
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)} ×`;
};

const ratio = (
  ours: readonly (readonly [way: string, rate: Rate | undefined])[],
  theirs: Rate,
): string =>
  ours
    .map(([way, rate]) =>
      rate === undefined || theirs.perSecond === 0
        ? ''
        : `; membership${way} ${times(rate.perSecond, theirs.perSecond)} that`,
    )
    .join('');

const beside = (ours: Filled | undefined, theirs: Filled): string => {
  if (ours === undefined) return '';
  const memory =
    ours.bytes && theirs.bytes ? `, ${times(ours.bytes, theirs.bytes)} that memory` : '';
  return `; membership ${times(ours.seconds, theirs.seconds)} that time${memory}`;
};

/** Questions as many in a call as it takes; made up where it takes those of one person alone. */
function batches(all: Memberships, asked: readonly Question[], many?: Many): Question[][] {
  if (many === undefined) return [];
  if (many.about === 'person') {
    const permissions: Permission[] = [...all.catalogue.permissions.keys()].slice(0, many.size);
    return asked
      .slice(0, 500)
      .map((one) => permissions.map((permission) => ({ ...one, permission })));
  }
  const whole = Math.max(1, Math.floor(asked.length / many.size));
  return Array.from({ length: whole }, (_, n) => asked.slice(n * many.size, (n + 1) * many.size));
}
