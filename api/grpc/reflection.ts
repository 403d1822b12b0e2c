import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { EnumTypeDefinition, PackageDefinition } from '@grpc/proto-loader';
import { projectRoot } from '../../core/project-root';

/** Made by buf: every file of the protocol with its imports, under its own name. */
const DESCRIPTOR_SETS = ['api/grpc/generated/ventros.binpb', 'api/grpc/generated/health.binpb'];

/**
 * What server reflection answers with. proto-loader's descriptors merge the files of a package and lose their imports, so
 * that strict clients (grpcurl) cannot resolve google.protobuf.Timestamp; those of the compiler are served instead.
 */
export function reflectedTypes(): PackageDefinition {
  const fileDescriptorProtos = DESCRIPTOR_SETS.flatMap((file) => {
    const set = fromBinary(FileDescriptorSetSchema, readFileSync(path.join(projectRoot(), file)));
    return set.file.map((descriptor) => Buffer.from(toBinary(FileDescriptorProtoSchema, descriptor)));
  });
  // Reflection reads the descriptors of an entry and nothing else of it, so the simplest kind will do.
  const compiled: EnumTypeDefinition = {
    format: 'Protocol Buffer 3 EnumDescriptorProto',
    type: {},
    fileDescriptorProtos,
  };
  return { compiled };
}
