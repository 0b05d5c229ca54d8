/** Scenarios over gRPC: the methods of the protos, by the names of the operations. */
import type { Person, Said, Stage } from '../e2e/scenarios/client.js';
import type { Told } from './grpc.js';
import type { TestService } from './service.js';

/** Methods that are called otherwise than their operation. */
const NAMES: Readonly<Record<string, string>> = {
  explainAccess: 'Explain',
  listWhereabouts: 'ListOrganizations',
  checkAccess: 'Check',
  checkAccessBatch: 'BatchCheck',
  listAudit: 'Query',
};

/** A make of client. */
export interface Calls {
  as(token: string): Calls;
  call<T>(
    path: string,
    message: Record<string, unknown>,
    options: { readonly headers: Readonly<Record<string, string>> },
  ): Promise<Told<T>>;
  close(): void;
}

export class GrpcStage implements Stage {
  readonly #people = new Map<string, Person>();
  /** Method → how it is called. */
  readonly #paths: ReadonlyMap<string, string>;
  readonly called = new Set<string>();
  readonly erased = undefined;

  constructor(
    private readonly service: TestService,
    private readonly anybody: Calls = service.grpc,
  ) {
    const { methods } = service.service.grpc;
    this.#paths = new Map(methods.map((path) => [path.split('/')[2]!, path]));
  }

  close(): void {
    this.anybody.close();
  }

  offers(operation: string): boolean {
    return this.#paths.has(nameOf(operation));
  }

  async person(email: string, options: { platformAdmin?: boolean } = {}): Promise<Person> {
    const known = this.#people.get(email);
    if (known !== undefined) return known;
    const name = email.split('@')[0]!;
    const { token } = await this.service.signIn(email, { name, ...options });
    const person = this.#as(email, this.anybody.as(token!));
    this.#people.set(email, person);
    return person;
  }

  withKey(secret: string): Person {
    return this.#as('', this.anybody.as(secret));
  }

  linkOf(email: string, not?: string): Promise<string> {
    return this.service.linkOf(
      email,
      ({ link }) => link !== undefined && !link.endsWith(`#${not}`),
    );
  }

  #as(email: string, client: Calls): Person {
    return {
      email,
      call: async <T>(
        operation: string,
        at: Readonly<Record<string, string>> = {},
        body: unknown = {},
        { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
      ): Promise<Said<T>> => {
        const path = this.#paths.get(nameOf(operation));
        if (path === undefined) throw new Error(`there is no method for ${operation}`);
        this.called.add(path);
        const asked = Object.fromEntries(new URLSearchParams(query));
        const message = { ...at, ...(body as object), ...asked };
        const told = await client.call<Record<string, unknown>>(path, message, { headers });
        if (told.code === 'ok') return { code: 'ok', body: resourceIn(told.body) as T };
        const { code, message: detail, violations } = told;
        return { code, body: { code, detail, violations } as T };
      },
    };
  }
}

const nameOf = (operation: string): string =>
  NAMES[operation] ?? operation.charAt(0).toUpperCase() + operation.slice(1);

/** The one resource that was answered; else the answer itself. */
function resourceIn(answer: Record<string, unknown>): object {
  const given = Object.values(answer);
  const [only] = given;
  const isOne = typeof only === 'object' && only !== null && !Array.isArray(only);
  return given.length === 1 && isOne ? only : answer;
}
