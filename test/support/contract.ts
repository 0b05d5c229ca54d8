/** The recorded OpenAPI document as a judge of answers. */
import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  /** The body that the document gives as an example. */
  readonly example?: object;
  readonly hasBody: boolean;
  /** It can be tried without effect. */
  readonly takesDryRun: boolean;
  /** Anybody may ask, signed in or not. */
  readonly isOpen: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** Where something is in the document: a JSON pointer, as a fragment. */
const pointer = (...steps: readonly string[]): string =>
  `api#/${steps.map((one) => encodeURIComponent(one.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/** Every object says all of its fields: what is answered besides is not documented. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, closed(one)]);
  const result = Object.fromEntries(entries) as Record<string, unknown>;
  const isObject = result['type'] === 'object' && 'properties' in result;
  return isObject && !('additionalProperties' in result) && !OPEN.test(JSON.stringify(value))
    ? { ...result, additionalProperties: false }
    : result;
}

/** An event in a preview is said to have more fields. */
const OPEN = /and beside it what the event says/;

export class Contract {
  readonly operations: readonly Operation[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #document: Json;
  readonly #found = new Map<string, Operation>();

  constructor(file = 'docs/openapi.json') {
    this.#document = closed(JSON.parse(readFileSync(file, 'utf8'))) as Json;
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    this.#ajv.addSchema(this.#document, 'api');
    const paths = this.#document['paths'] as Record<string, Record<string, Json>>;
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => described(path, method, operation)),
    );
  }

  /** The operation that a request is, by its path without the query. */
  find(method: string, path: string): Operation | undefined {
    const known = this.#found.get(`${method} ${path}`);
    if (known !== undefined) return known;
    const steps = path.split('/');
    const [first] = this.operations
      .filter((one) => one.method === method && fits(one.path.split('/'), steps))
      // `/invitations/accept` before `/invitations/{invitation}`.
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
    if (first !== undefined) this.#found.set(`${method} ${path}`, first);
    return first;
  }

  /** What is wrong with this answer; empty: it is as the document says. */
  troubles(operationId: string, status: number, contentType: string, body: unknown): string[] {
    const { method, path } = this.operations.find((one) => one.operationId === operationId)!;
    const paths = this.#document['paths'] as Record<string, Record<string, Json>>;
    const responses = paths[path]![method.toLowerCase()]!['responses'] as Record<string, Json>;
    const response = responses[String(status)];
    if (response === undefined) return [`${operationId} answers ${status}, which is not said`];
    const { $ref } = response as { $ref?: string };
    const steps =
      $ref === undefined
        ? ['paths', path, method.toLowerCase(), 'responses', String(status)]
        : $ref.slice(2).split('/');
    const { content } = ($ref === undefined ? response : this.#at(steps)) as {
      content?: Record<string, object>;
    };
    const type = contentType.split(';')[0]!;
    if (content === undefined) return body === '' ? [] : [`${operationId} ${status}: a body`];
    if (!(type in content)) return [`${operationId} ${status}: ${type} is not said`];
    const validate = this.#ajv.getSchema(
      pointer(...steps, 'content', type, 'schema'),
    ) as ValidateFunction;
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${operationId} ${status}: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  #at(steps: readonly string[]): unknown {
    return steps.reduce<unknown>((one, step) => (one as Json)[step], this.#document);
  }
}

const fits = (template: readonly string[], steps: readonly string[]): boolean =>
  template.length === steps.length &&
  template.every((one, n) => (one.startsWith('{') ? steps[n] !== '' : one === steps[n]));

function described(path: string, method: string, operation: Json): Operation {
  const parameters = (operation['parameters'] ?? []) as readonly { readonly name: string }[];
  const body = operation['requestBody'] as { content: Record<string, { example?: object }> };
  const example = body?.content['application/json']?.example;
  return {
    operationId: operation['operationId'] as string,
    method: method.toUpperCase(),
    path,
    hasBody: body !== undefined,
    takesDryRun: parameters.some(({ name }) => name === 'dryRun'),
    isOpen: (operation['security'] as unknown[] | undefined)?.length === 0,
    ...(example === undefined ? {} : { example }),
  };
}
