/** A small HTTP client for tests: JSON in, JSON out, one caller. */
import { Contract } from './contract.js';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let contract: Contract | undefined;

/** Whatever is answered in a test is as the document says, or the test fails. */
function holdTo(method: string, where: string, { status, headers }: Response, body: unknown): void {
  contract ??= new Contract();
  const operation = contract.find(method, where.split('?')[0]!);
  // Of a fault of its own the document says nothing.
  if (operation === undefined || status === 500) return;
  const type = headers.get('content-type') ?? '';
  const troubles = contract.troubles(operation.operationId, status, type, body);
  if (troubles.length > 0) throw new Error(`${method} ${where}: ${troubles.join('; ')}`);
}

/** A server seen by one caller; without a token by nobody. */
export class HttpClient {
  constructor(
    readonly url: string,
    readonly token?: string,
  ) {}

  as(token: string): HttpClient {
    return new HttpClient(this.url, token);
  }

  /** `path` below `/api/v1`, or absolute when it begins with `//`. */
  async call<T = Record<string, unknown>>(path: string, call: Call = {}): Promise<Answer<T>> {
    const { method = 'GET', body, headers = {} } = call;
    const where = path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;
    const response = await fetch(`${this.url}${where}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    const answer = isJson && !/ndjson/.test(response.headers.get('content-type') ?? '');
    const read = (answer ? JSON.parse(text) : text) as T;
    holdTo(method, where, response, read);
    return { status: response.status, body: read, headers: response.headers };
  }

  get = <T = Record<string, unknown>>(path: string, headers?: Call['headers']) =>
    this.call<T>(path, headers === undefined ? {} : { headers });
  post = <T = Record<string, unknown>>(path: string, body?: unknown, headers?: Call['headers']) =>
    this.call<T>(path, { method: 'POST', body, ...(headers && { headers }) });
  put = <T = Record<string, unknown>>(path: string, body?: unknown, headers?: Call['headers']) =>
    this.call<T>(path, { method: 'PUT', body, ...(headers && { headers }) });
  patch = <T = Record<string, unknown>>(path: string, body?: unknown, headers?: Call['headers']) =>
    this.call<T>(path, { method: 'PATCH', body, ...(headers && { headers }) });
  delete = <T = Record<string, unknown>>(path: string, body?: unknown, headers?: Call['headers']) =>
    this.call<T>(path, { method: 'DELETE', body, ...(headers && { headers }) });
}
