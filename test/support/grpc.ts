/** A small client of gRPC for tests: plain objects in and out, one caller. */
import { join } from 'node:path';
import {
  Client,
  credentials,
  Metadata,
  status as STATUS,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { projectRoot } from '../../apps/membership/src/project-root.js';
import { protobuf, withTimes } from '../../apps/membership/src/grpc/well-known.js';

const root = new protobuf.Root();
root.resolvePath = (_, file) =>
  protobuf.common.get(file) ? file : join(projectRoot(), 'proto', file);
root.loadSync([
  ...['membership', 'access', 'audit'].map((name) => `membership/v1/${name}_service.proto`),
  'google/rpc/error_details.proto',
  'grpc/health/v1/health.proto',
]);
root.resolveAll();

type Plain = Record<string, unknown>;
const SHOWN = { longs: Number, enums: String, arrays: true, defaults: true };

export interface Told<T = Plain> {
  /** `ok`, or the code of the refusal. */
  readonly code: string;
  /** The name of the status. */
  readonly status: string;
  readonly message: string;
  readonly body: T;
  /** What is not valid: field → why. */
  readonly violations: Readonly<Record<string, string>>;
  readonly details: readonly Plain[];
  /** What came beside the answer, before it or after it. */
  readonly head: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly deadline?: number;
  /** Sent in the place of a message. */
  readonly bytes?: Buffer;
}

export const typeOf = (name: string): protobuf.Type => root.lookupType(name);

/** The messages of a method. */
export const typesAt = (path: string) => {
  const [service, name] = path.slice(1).split('/');
  return root.lookupService(service!).methods[name!]!.resolve() as unknown as {
    readonly resolvedRequestType: protobuf.Type;
    readonly resolvedResponseType: protobuf.Type;
  };
};

const encoded = (type: protobuf.Type, plain: object): Buffer =>
  Buffer.from(type.encode(type.fromObject(withTimes(type, plain))).finish());

/** A message as another make of client has it, in JSON, as this one shows it. */
export const shown = (type: protobuf.Type, plain: object, options: object = SHOWN): Plain =>
  type.toObject(type.fromObject(withTimes(type, plain)), options);

/** What a failure tells. */
export function toldOf(error: ServiceError): Told {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const status = typeOf('google.rpc.Status');
  const details = bytes === undefined ? [] : detailsOf(status.decode(bytes as Buffer));
  const of = (type: string): Plain => details.find((one) => one['type'] === type) ?? {};
  const violations = (of('BadRequest')['fieldViolations'] ?? []) as Record<string, string>[];
  return {
    code: String(of('ErrorInfo')['reason'] ?? STATUS[error.code]),
    status: STATUS[error.code],
    message: error.details,
    body: {},
    violations: Object.fromEntries(violations.map((one) => [one['field'], one['description']])),
    details,
    head: error.metadata?.getMap() ?? {},
  };
}

const detailsOf = (status: protobuf.Message): Plain[] =>
  (status as unknown as { details: { type_url: string; value: Uint8Array }[] }).details.map(
    ({ type_url: url, value }) => {
      const name = url.slice('type.googleapis.com/'.length);
      const type = typeOf(name);
      return { type: name.split('.').at(-1), ...type.toObject(type.decode(value), SHOWN) };
    },
  );

/** A server seen by one caller; without a token by nobody. */
export class GrpcClient {
  constructor(
    readonly address: string,
    readonly token?: string,
    readonly channel = new Client(address, credentials.createInsecure()),
  ) {}

  /** The same connection, another caller. */
  as(token: string): GrpcClient {
    return new GrpcClient(this.address, token, this.channel);
  }

  close(): void {
    this.channel.close();
  }

  /** Calls `/membership.v1.AccessService/Check`, or a method of the MembershipService by name. */
  call<T = Plain>(named: string, message: Plain = {}, options: CallOptions = {}): Promise<Told<T>> {
    const path = named.startsWith('/') ? named : `/membership.v1.MembershipService/${named}`;
    const { resolvedRequestType, resolvedResponseType } = typesAt(path);
    return new Promise((resolve) => {
      let head: Plain = {};
      const call = this.channel.makeUnaryRequest(
        path,
        (plain: Plain) => options.bytes ?? encoded(resolvedRequestType, plain),
        (bytes) => resolvedResponseType.toObject(resolvedResponseType.decode(bytes), SHOWN),
        message,
        this.#metadata(options),
        { deadline: Date.now() + (options.deadline ?? 20_000) },
        (error, body) => {
          if (error !== null) return resolve(toldOf(error) as Told<T>);
          const told = { code: 'ok', status: 'OK', message: '', violations: {}, details: [], head };
          resolve({ ...told, body: body as T });
        },
      );
      call.on('metadata', (metadata: Metadata) => (head = metadata.getMap()));
    });
  }

  /** A stream both ways. */
  converse(path: string, options: CallOptions = {}): ClientDuplexStream<Plain, Plain> {
    const { resolvedRequestType: request, resolvedResponseType: response } = typesAt(path);
    return this.channel.makeBidiStreamRequest(
      path,
      (plain: Plain) => encoded(request, plain),
      (bytes) => response.toObject(response.decode(bytes), SHOWN),
      this.#metadata(options),
      { deadline: Date.now() + (options.deadline ?? 20_000) },
    );
  }

  /** A stream that the server sends. */
  watch(path: string, message: Plain, options: CallOptions = {}): ClientReadableStream<Plain> {
    const { resolvedRequestType: request, resolvedResponseType: response } = typesAt(path);
    return this.channel.makeServerStreamRequest(
      path,
      (plain: Plain) => encoded(request, plain),
      (bytes) => response.toObject(response.decode(bytes), SHOWN),
      message,
      this.#metadata(options),
      { deadline: Date.now() + (options.deadline ?? 20_000) },
    );
  }

  #metadata({ headers = {} }: CallOptions): Metadata {
    const metadata = new Metadata();
    if (this.token !== undefined) metadata.set('authorization', `Bearer ${this.token}`);
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return metadata;
  }
}
