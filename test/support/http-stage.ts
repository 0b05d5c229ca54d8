/** Scenarios over HTTP: operations by name, as the OpenAPI document has them. */
import { Contract } from './contract.js';
import { HttpClient } from './http.js';
import type { Person, Said, Stage } from '../e2e/scenarios/client.js';
import type { TestService } from './service.js';

interface Route {
  readonly method: string;
  readonly path: string;
}

export class HttpStage implements Stage {
  readonly #people = new Map<string, Person>();
  /** Operations that were called: what a scenario covers. */
  readonly called = new Set<string>();
  /** Where answers were not as the OpenAPI document says. */
  readonly troubles: string[] = [];
  readonly #contract = new Contract();

  private constructor(
    private readonly service: TestService,
    readonly routes: ReadonlyMap<string, Route>,
  ) {}

  static async open(service: TestService): Promise<HttpStage> {
    const { body } = await service.anybody.get<{
      paths: Record<string, Record<string, { operationId: string }>>;
    }>('//openapi.json');
    const routes = Object.entries(body.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId }]): [string, Route] => [
        operationId,
        { method: method.toUpperCase(), path },
      ]),
    );
    return new HttpStage(service, new Map(routes));
  }

  async person(email: string, options: { platformAdmin?: boolean } = {}): Promise<Person> {
    const known = this.#people.get(email);
    if (known !== undefined) return known;
    const name = email.split('@')[0]!;
    const person = this.#as(email, await this.service.signIn(email, { name, ...options }));
    this.#people.set(email, person);
    return person;
  }

  readonly erased = null;

  offers(operation: string): boolean {
    return this.routes.has(operation);
  }

  withKey(secret: string): Person {
    return this.#as('', this.service.anybody.as(secret));
  }

  linkOf(email: string, not?: string): Promise<string> {
    return this.service.linkOf(
      email,
      ({ link }) => link !== undefined && !link.endsWith(`#${not}`),
    );
  }

  #as(email: string, client: HttpClient): Person {
    return {
      email,
      call: async <T>(
        operation: string,
        at: Readonly<Record<string, string>> = {},
        body?: unknown,
        options: { query?: string; headers?: Readonly<Record<string, string>> } = {},
      ): Promise<Said<T>> => {
        const route = this.routes.get(operation);
        if (route === undefined) throw new Error(`there is no operation ${operation}`);
        this.called.add(operation);
        const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => at[name] ?? 'missing');
        const where = path.startsWith('/api/v1') ? path.slice('/api/v1'.length) : `/${path}`;
        const { method } = route;
        const sent = body ?? (method === 'POST' || method === 'PUT' ? {} : undefined);
        const answer = await client.call<T>(`${where}${options.query ?? ''}`, {
          method,
          ...(sent === undefined ? {} : { body: sent }),
          ...(options.headers === undefined ? {} : { headers: options.headers }),
        });
        const type = answer.headers.get('content-type') ?? '';
        this.troubles.push(...this.#contract.troubles(operation, answer.status, type, answer.body));
        const problem = answer.body as { code?: string };
        const code = answer.status < 400 ? 'ok' : (problem.code ?? String(answer.status));
        return { code, body: answer.body };
      },
    };
  }
}
