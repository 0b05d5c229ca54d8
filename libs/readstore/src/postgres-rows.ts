/** Statements of a script, as they go to PostgreSQL: as few messages as its questions allow. */
import type { Kysely } from 'kysely';
import type { Answered, Call } from '#database/postgres.js';
import { storable, type Bindable } from '#database/values.js';
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

/** Statements that are sent with the next question. */
export class RemoteRows extends Rows {
  readonly #known = new Map<object, CompiledStatement>();

  constructor(
    private readonly db: Kysely<Tables>,
    private readonly enqueue: (call: Call) => void,
  ) {
    super();
  }

  run<Values>(statement: Statement<Values>, values: Values): void {
    this.enqueue(this.#call(statement, values));
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
    let compiled = this.#known.get(statement);
    if (compiled === undefined) {
      compiled = statement.compile(this.db);
      this.#known.set(statement, compiled);
    }
    const parameters = compiled.bind(values as Record<string, Bindable>);
    // Here, where it is known what it is of, and not when it is sent with others.
    for (const one of parameters) if (typeof one === 'string') storable(one);
    return { sql: compiled.sql, parameters };
  }
}
