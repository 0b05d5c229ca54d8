/** Statements of a script, as they go to PostgreSQL: as few messages as its questions allow. */
import type { Kysely } from 'kysely';
import type { Answered, Call } from '#database/postgres.js';
import { storable, type Bindable } from '#database/values.js';
import { POSTGRES } from './builds.js';
import { Questions, type Gatherable, type Gathered, type Lane } from './gathered.js';
import type { Tables } from './rows.js';
import { isScript, type Asked, type Script } from './script.js';
import type { CompiledStatement, Statement } from './statement.js';
import { Rows } from './store.js';

/**
 * What a script comes to, or what was no script and has only left statements to be run.
 * @param ask runs what waits, and then what is asked; answers that.
 */
export async function resultOf<T>(
  begun: T | Script<T>,
  ask: (asked: readonly Asked[]) => Promise<readonly Answered[]>,
): Promise<T> {
  if (!isScript(begun)) {
    await ask([]);
    return begun;
  }
  let answers: readonly Answered[] = [];
  let failure: { error: unknown } | undefined;
  for (;;) {
    const { done, value } = failure ? begun.throw(failure.error) : begun.next(answers);
    if (done === true) {
      await ask([]);
      return value;
    }
    try {
      answers = await ask(value);
    } catch (error) {
      failure = { error };
    }
  }
}

/** Runs what waits, and then asks; the answers to what was asked. */
export async function ask(
  waiting: Gathered,
  asked: readonly Asked[],
  run: (calls: readonly Call[]) => Promise<readonly Answered[]>,
): Promise<readonly Answered[]> {
  const before = waiting.take();
  const questions = new Questions(asked);
  const calls = [...before, ...questions.calls];
  if (calls.length === 0) return [];
  return questions.answersIn((await run(calls)).slice(before.length));
}

/** Statements that are sent with the next question. */
export class RemoteRows extends Rows {
  readonly #known = new Map<object, { one: CompiledStatement; many: string | undefined }>();

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly enqueue: (call: Gatherable, lane?: Lane) => void,
  ) {
    super();
  }

  run<Values>(statement: Statement<Values>, values: Values, lane?: Lane): void {
    this.enqueue(this.#call(statement, values), lane);
  }

  *count<Values>(statement: Statement<Values>, values: Values): Script<number> {
    const [answer] = yield [this.#call(statement, values)];
    return answer?.changes ?? 0;
  }

  *all<Values, Row>(question: Statement<Values, Row>, values: Values): Script<Row[]> {
    const [answer] = yield [this.#call(question, values)];
    return (answer?.rows ?? []) as Row[];
  }

  *settled(): Script<void> {
    yield [];
  }

  #call<Values, Row>(statement: Statement<Values, Row>, values: Values): Asked {
    let known = this.#known.get(statement);
    if (known === undefined) {
      const { given, givenMany } = POSTGRES;
      const many = statement.isForMany ? statement.compile(this.db, givenMany).sql : undefined;
      known = { one: statement.compile(this.db, given), many };
      this.#known.set(statement, known);
    }
    const parameters = known.one.bind(values as Record<string, Bindable>);
    // Here, where it is known what it is of, and not when it is sent with others.
    for (const one of parameters) if (typeof one === 'string') storable(one);
    return { sql: known.one.sql, parameters, forMany: known.many };
  }
}
