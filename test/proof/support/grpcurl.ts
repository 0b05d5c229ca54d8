/** A client of another make: grpcurl, from its Go module. It knows a service by reflection alone. */
import { spawn } from 'node:child_process';
import { shown, typesAt, type Told } from '../../support/grpc.js';
import type { Calls } from '../../support/grpc-stage.js';

type Plain = Record<string, unknown>;

interface Said {
  readonly failed: boolean;
  readonly out: string;
  readonly error: string;
}

/** One address seen by one caller. */
export class Grpcurl implements Calls {
  constructor(
    private readonly program: string,
    private readonly address: string,
    /** Methods that were answered. */
    readonly answered = new Set<string>(),
    private readonly token = '',
  ) {}

  as(token: string): Grpcurl {
    return new Grpcurl(this.program, this.address, this.answered, token);
  }

  close(): void {
    // Each call has a connection of its own.
  }

  /** What it writes, with these parameters and this input. */
  run(parameters: readonly string[], input = ''): Promise<Said> {
    const options = ['-plaintext', '-H', `authorization: Bearer ${this.token}`];
    const child = spawn(this.program, [...options, ...parameters]);
    const said = { out: '', error: '' };
    child.stdout.on('data', (text: Buffer) => (said.out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said.error += text.toString()));
    child.stdin.on('error', () => undefined).end(input);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ failed: code !== 0, ...said }));
    });
  }

  /** The services that are there; with a name, its methods. */
  async list(named?: string): Promise<string[]> {
    const { out } = await this.run([this.address, 'list', ...(named === undefined ? [] : [named])]);
    return out.trim().split('\n').sort();
  }

  /** Calls `/membership.v1.AccessService/Check`. */
  async call<T>(
    path: string,
    message: Plain,
    { headers }: { readonly headers: Readonly<Record<string, string>> } = { headers: {} },
  ): Promise<Told<T>> {
    const { resolvedRequestType: request, resolvedResponseType: response } = typesAt(path);
    const more = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const options = [...more, '-max-time', '20', '-emit-defaults', '-format-error', '-d', '@'];
    const input = JSON.stringify(shown(request, message, { longs: Number, enums: String }), asJson);
    const said = await this.run([...options, this.address, path.slice(1)], input);
    if (said.failed) return refusalIn(said.error) as Told<T>;
    this.answered.add(path);
    const body = shown(response, JSON.parse(said.out) as object) as T;
    return { ...NOTHING, code: 'ok', status: 'OK', body };
  }

  /** What a call that goes on tells within 3 s, asked with these messages. */
  async hear(path: string, messages: readonly object[]): Promise<object[]> {
    const input = messages.map((one) => JSON.stringify(one)).join('\n');
    const { out } = await this.run(
      ['-max-time', '3', '-d', '@', this.address, path.slice(1)],
      input,
    );
    const heard = JSON.parse(`[${out.replaceAll(/^}\s*{/gm, '},{')}]`) as object[];
    if (heard.length > 0) this.answered.add(path);
    return heard;
  }
}

const NOTHING = { message: '', violations: {}, details: [], head: {}, body: {} };

/** Durations are the one type that JSON has otherwise. */
const asJson = (name: string, value: unknown): unknown =>
  name === 'expiresIn' ? String(value).replace(/^PT(.*)S$/, '$1s') : value;

interface Status {
  readonly code: number;
  readonly message: string;
  readonly details?: readonly Plain[];
}

function refusalIn(text: string): Told {
  const { code, message, details = [] } = JSON.parse(text) as Status;
  const of = (type: string): Plain =>
    details.find((one) => one['@type'] === `type.googleapis.com/google.rpc.${type}`) ?? {};
  const violations = (of('BadRequest')['fieldViolations'] ?? []) as Record<string, string>[];
  return {
    ...NOTHING,
    code: String(of('ErrorInfo')['reason'] ?? code),
    status: String(code),
    message,
    violations: Object.fromEntries(violations.map((one) => [one['field'], one['description']])),
  };
}
