/** Scenarios through the published client: the operations as it has them. */
import { MembershipClient, MembershipError, type Operation } from '@membership/client';
import type { Person, Said, Stage } from '../e2e/scenarios/client.js';
import type { TestService } from './service.js';

type Call = (input: object, options: object) => Promise<unknown>;

export class ClientStage implements Stage {
  readonly #people = new Map<string, Person>();
  readonly called = new Set<string>();
  readonly operations: readonly string[];
  readonly erased = null;

  constructor(private readonly service: TestService) {
    this.operations = Object.keys(this.#client('').api);
  }

  offers(operation: string): boolean {
    return this.operations.includes(operation);
  }

  async person(email: string, options: { platformAdmin?: boolean } = {}): Promise<Person> {
    const known = this.#people.get(email);
    if (known !== undefined) return known;
    const name = email.split('@')[0]!;
    const { token } = await this.service.signIn(email, { name, ...options });
    const person = this.#as(email, this.#client(token!));
    this.#people.set(email, person);
    return person;
  }

  withKey(secret: string): Person {
    return this.#as('', this.#client(secret));
  }

  linkOf(email: string, not?: string): Promise<string> {
    return this.service.linkOf(
      email,
      ({ link }) => link !== undefined && !link.endsWith(`#${not}`),
    );
  }

  /** The first answer counts: a scenario may be about what another attempt would get past. */
  #client(token: string): MembershipClient {
    // One who is nobody has none.
    const given = token === '' ? () => '' : token;
    const { url: baseUrl } = this.service;
    return new MembershipClient({ baseUrl, token: given, patience: { retries: 0 } });
  }

  #as(email: string, client: MembershipClient): Person {
    return {
      email,
      call: async <T>(
        operation: string,
        at: Readonly<Record<string, string>> = {},
        body?: unknown,
        { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
      ): Promise<Said<T>> => {
        this.called.add(operation);
        const call = client.api[operation as Operation] as Call;
        const asked = Object.fromEntries(new URLSearchParams(query));
        try {
          const answer = await call(
            { ...at, ...asked, ...(body !== undefined && { body }) },
            { headers },
          );
          return { code: 'ok', body: (await readable(answer)) as T };
        } catch (error) {
          if (!(error instanceof MembershipError)) throw error;
          const { code, message: detail, errors } = error;
          return { code, body: { code, detail, errors } as T };
        }
      },
    };
  }
}

/** What comes as it is made, as a whole. */
const readable = (answer: unknown): unknown =>
  answer instanceof ReadableStream ? new Response(answer).text() : (answer ?? '');
