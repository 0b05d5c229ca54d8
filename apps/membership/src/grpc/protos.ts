/** The protos of this service: its methods, and how their messages are read and written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { protobuf, withTimes } from './well-known.js';

const FOLDER = join(projectRoot(), 'proto');
const FILES = ['membership_service', 'access_service', 'audit_service'].map(
  (name) => `membership/v1/${name}.proto`,
);

const root = new protobuf.Root();
root.resolvePath = (_, file) => (protobuf.common.get(file) ? file : join(FOLDER, file));
root.loadSync([...FILES, 'google/rpc/error_details.proto']).resolveAll();

/** A message that is read: what is not in it is absent. */
type Plain = { readonly [field: string]: unknown };

/** One method of a service. */
export interface Method {
  /** `/membership.v1.MembershipService/InviteMember` */
  readonly path: string;
  readonly name: string;
  /** The operation of the API that it is. */
  readonly operation: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** @throws Error for what is no such message. */
  readonly read: (bytes: Buffer) => Plain;
  /** Writes what it answers with. */
  readonly write: (answer: object) => Buffer;
  /** The answer of the operation as what it answers with. */
  readonly answer: (answer: object) => object;
}

/** Methods that are called otherwise than the operation they are. */
const OPERATIONS: Readonly<Record<string, string>> = {
  Check: 'checkAccess',
  BatchCheck: 'checkAccessBatch',
  CheckStream: 'checkAccess',
  Explain: 'explainAccess',
  ListOrganizations: 'listWhereabouts',
  Query: 'listAudit',
  Tail: 'listAudit',
};

/** Full name of a service → its methods. */
export const SERVICES: ReadonlyMap<string, readonly Method[]> = new Map(
  (root.lookup('membership.v1') as protobuf.Namespace).nestedArray
    .filter((one) => one instanceof protobuf.Service)
    .map((service) => [service.fullName.slice(1), service.methodsArray.map(methodOf)]),
);

function methodOf(method: protobuf.Method): Method {
  const { name, parent, resolvedRequestType, resolvedResponseType } = method;
  const [request, response] = [resolvedRequestType!, resolvedResponseType!];
  const holder = holderIn(response);
  return {
    path: `/${parent!.fullName.slice(1)}/${name}`,
    name,
    operation: OPERATIONS[name] ?? name.charAt(0).toLowerCase() + name.slice(1),
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    read: (bytes) => request.toObject(request.decode(bytes), { longs: Number, enums: String }),
    write: (answer) => encoded(response, answer),
    answer: (answer) => {
      if (holder === undefined) return answer;
      return 'dryRun' in answer ? { preview: answer } : { [holder]: answer };
    },
  };
}

/** The field that holds the one resource answered; none: what is answered is plain. */
function holderIn({ fieldsArray: [first] }: protobuf.Type): string | undefined {
  return first?.resolvedType instanceof protobuf.Type && !first.repeated ? first.name : undefined;
}

const encoded = (type: protobuf.Type, plain: object): Buffer =>
  Buffer.from(type.encode(type.fromObject(withTimes(type, plain))).finish());

/** A detail of `google.rpc.Status`, of this type of `google.rpc`. */
export const detailOf = (type: string, fields: object) => ({
  type_url: `type.googleapis.com/google.rpc.${type}`,
  value: encoded(root.lookupType(`google.rpc.${type}`), fields),
});

/** The bytes of a `google.rpc.Status`. */
export const statusOf = (status: object): Buffer =>
  encoded(root.lookupType('google.rpc.Status'), status);

/** What reflection tells: the protos as they are recorded, one `FileDescriptorProto` each. */
export function descriptors(): Uint8Array[] {
  const files = new protobuf.Type('Files').add(new protobuf.Field('file', 1, 'bytes', 'repeated'));
  const bytes = readFileSync(join(FOLDER, 'recorded.binpb'));
  return (files.decode(bytes) as unknown as { file: Uint8Array[] }).file;
}
