import type { DescFile, DescService } from '@bufbuild/protobuf';
import { toBinary } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { Code, type ConnectRouter } from '@connectrpc/connect';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.ts';

/** What the requests of both versions have in common. */
interface Request {
  readonly host: string;
  readonly messageRequest:
    | { readonly case: 'listServices'; readonly value: string }
    | { readonly case: 'fileByFilename'; readonly value: string }
    | { readonly case: 'fileContainingSymbol'; readonly value: string }
    | { readonly case: 'fileContainingExtension'; readonly value: object }
    | { readonly case: 'allExtensionNumbersOfType'; readonly value: string }
    | { readonly case: undefined };
}

type Response =
  | { readonly case: 'listServicesResponse'; readonly value: { service: { name: string }[] } }
  | { readonly case: 'fileDescriptorResponse'; readonly value: { fileDescriptorProto: Uint8Array[] } }
  | { readonly case: 'errorResponse'; readonly value: { errorCode: Code; errorMessage: string } };

/**
 * Adds gRPC server reflection, in both versions that tools ask for, over `services` and itself.
 *
 * @see https://grpc.io/docs/guides/reflection/
 */
export function addReflection(router: ConnectRouter, services: readonly DescService[]): void {
  const described = createDescriptions([...services, ServerReflection, ServerReflectionAlpha]);

  async function* serverReflectionInfo<R extends Request>(requests: AsyncIterable<R>) {
    for await (const request of requests) {
      const messageResponse = answer(request.messageRequest, described);
      yield { validHost: request.host, originalRequest: request, messageResponse };
    }
  }

  router.service(ServerReflection, { serverReflectionInfo });
  router.service(ServerReflectionAlpha, { serverReflectionInfo });
}

interface Descriptions {
  readonly serviceNames: readonly string[];
  readonly fileByName: ReadonlyMap<string, DescFile>;
  readonly fileBySymbol: ReadonlyMap<string, DescFile>;
}

function createDescriptions(services: readonly DescService[]): Descriptions {
  const files = withDependencies(services.map((service) => service.file));
  return {
    serviceNames: services.map((service) => service.typeName),
    fileByName: new Map(files.map((file) => [file.proto.name, file])),
    fileBySymbol: new Map(files.flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file]))),
  };
}

function withDependencies(files: readonly DescFile[]): readonly DescFile[] {
  const found = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (found.has(file)) return;
    for (const dependency of file.dependencies) add(dependency);
    found.add(file);
  };
  files.forEach(add);
  return [...found];
}

function symbolsOf(file: DescFile): readonly string[] {
  const types = [...nestedTypes(file)].map((type) => type.typeName);
  const methods = file.services.flatMap((service) =>
    service.methods.map((method) => `${service.typeName}.${method.name}`),
  );
  return [...types, ...methods];
}

function answer(request: Request['messageRequest'], described: Descriptions): Response {
  switch (request.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: { service: described.serviceNames.map((name) => ({ name })) },
      };
    case 'fileByFilename':
      return describeFile(described.fileByName.get(request.value));
    case 'fileContainingSymbol':
      return describeFile(described.fileBySymbol.get(request.value));
    case 'fileContainingExtension':
    case 'allExtensionNumbersOfType':
      return refusal(Code.NotFound, 'no extensions');
    case undefined:
      return refusal(Code.InvalidArgument, 'empty request');
  }
}

function describeFile(file: DescFile | undefined): Response {
  if (file === undefined) return refusal(Code.NotFound, 'not found');
  const files = withDependencies([file]).toReversed();
  return {
    case: 'fileDescriptorResponse',
    value: { fileDescriptorProto: files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)) },
  };
}

function refusal(errorCode: Code, errorMessage: string): Response {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}
