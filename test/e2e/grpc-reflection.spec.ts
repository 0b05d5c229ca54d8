/** What a client that knows no protos is told of them by the server itself. */
import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import protobuf from 'protobufjs';
import { projectRoot } from '../../apps/membership/src/project-root.js';
import { TestService } from '../support/service.js';

interface File {
  readonly name: string;
  readonly package: string;
  readonly service?: readonly { readonly name: string; readonly method: readonly Named[] }[];
}
interface Named {
  readonly name: string;
}
interface Answer {
  readonly listServicesResponse?: { readonly service: readonly Named[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
  readonly errorResponse?: { readonly errorCode: number };
}

/** The messages of a proto that a package has. */
const protoOf = (path: string): protobuf.Root =>
  protobuf.parse(readFileSync(`${projectRoot()}/node_modules/${path}`, 'utf8')).root;
const descriptor = protoOf('protobufjs/google/protobuf/descriptor.proto');
const fileIn = (bytes: Uint8Array): File =>
  descriptor.lookupType('google.protobuf.FileDescriptorProto').decode(bytes) as unknown as File;

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  const root = protoOf(`@grpc/reflection/build/proto/grpc/reflection/${version}/reflection.proto`);
  const typeNamed = (name: string) => root.lookupType(`grpc.reflection.${version}.${name}`);
  let service: TestService;
  let client: Client;
  beforeAll(async () => {
    service = await TestService.start();
    client = new Client(service.service.grpc.address, credentials.createInsecure());
  });
  afterAll(async () => {
    client.close();
    await service.stop();
  });

  /** One question, by nobody in particular. */
  const ask = (question: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const [asked, answered] = ['Request', 'Response'].map((one) =>
        typeNamed(`ServerReflection${one}`),
      );
      const call = client.makeBidiStreamRequest(
        `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
        (plain: object) => Buffer.from(asked!.encode(asked!.fromObject(plain)).finish()),
        (bytes) => answered!.decode(bytes) as unknown as Answer,
      );
      call.on('data', resolve).on('error', reject);
      call.write(question);
      call.end();
    });

  test('names every service, and each with all of its methods', async () => {
    const { listServicesResponse: listed } = await ask({ listServices: '' });
    const names = listed!.service.map(({ name }) => name).sort();
    expect(names).toEqual([
      'grpc.health.v1.Health',
      'membership.v1.AccessService',
      'membership.v1.AuditService',
      'membership.v1.MembershipService',
    ]);
    const methods: string[] = [];
    for (const named of names.filter((one) => one.startsWith('membership'))) {
      const { fileDescriptorResponse: told } = await ask({ fileContainingSymbol: named });
      const files = told!.fileDescriptorProto.map(fileIn);
      const found = files
        .flatMap((file) => (file.service ?? []).map((one) => ({ ...one, in: file.package })))
        .find((one) => `${one.in}.${one.name}` === named);
      methods.push(...found!.method.map(({ name }) => `/${named}/${name}`));
    }
    expect(methods.sort()).toEqual([...service.service.grpc.methods].sort());
  });

  test('has the file of a message, with all that it imports', async () => {
    const symbol = 'membership.v1.InviteMemberRequest';
    const { fileDescriptorResponse: told } = await ask({ fileContainingSymbol: symbol });
    const names = told!.fileDescriptorProto.map((bytes) => fileIn(bytes).name);
    expect(names).toEqual(
      expect.arrayContaining(['membership/v1/invitations.proto', 'google/protobuf/duration.proto']),
    );
    const none = await ask({ fileContainingSymbol: 'membership.v1.Nothing' });
    expect(none.errorResponse?.errorCode).toBe(5);
  });
});
