import assert from 'node:assert/strict';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ReflectionService } from '@grpc/reflection';
import { reflectedTypes } from '../../api/grpc/reflection';

interface Reflection {
  v1: {
    fileContainingSymbol(symbol: string): { fileDescriptorProto: Uint8Array[] };
    listServices(filter: string): { service: { name: string }[] };
  };
}

describe('reflected types resolve', () => {
  // The service's answers as they go out; the Python client asks for them over the wire.
  const { v1 } = new ReflectionService(reflectedTypes()) as unknown as Reflection;

  it('every service with all the types it names, from the files of one answer', () => {
    const services = v1.listServices('*').service.map(({ name }) => name);
    assert.deepEqual(services.sort(), [
      'grpc.health.v1.Health',
      'ventros.agent.v1.AgentService',
      'ventros.analytics.v1.AnalyticsService',
      'ventros.crm.v1.CrmService',
      'ventros.memory.v1.MemoryService',
    ]);
    for (const service of services) {
      const { fileDescriptorProto } = v1.fileContainingSymbol(service);
      const file = fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
      // Throws for an import or a type that is missing.
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: inOrder(file) }));
      assert.ok(registry.getService(service));
    }
  });

  it('a time is a google.protobuf.Timestamp of the file it is imported from', () => {
    const files = v1
      .fileContainingSymbol('ventros.memory.v1.SearchResult')
      .fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    assert.deepEqual(files.map(({ name }) => name).sort(), [
      'google/protobuf/struct.proto',
      'google/protobuf/timestamp.proto',
      'ventros/memory/v1/memory.proto',
    ]);
    const memory = files.find(({ name }) => name.startsWith('ventros'));
    assert.deepEqual(memory?.dependency, ['google/protobuf/struct.proto', 'google/protobuf/timestamp.proto']);
    const result = memory?.messageType.find(({ name }) => name === 'SearchResult');
    assert.equal(result?.field.find(({ name }) => name === 'created_at')?.typeName, '.google.protobuf.Timestamp');
  });
});

/** An import before what imports it, as a set has to be. */
function inOrder<F extends { dependency: string[] }>(files: F[]): F[] {
  return files.toSorted((a, b) => a.dependency.length - b.dependency.length);
}
