import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createFileRegistry, fromBinary, fromJsonString, type FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { projectRoot } from '../../core/project-root';
import { codeBlocks, documentPaths, readTexts } from './documents';

const ANY_ID = '01a20630-35d0-7562-8948-23743a1a6e08';
const ANY_NUMBER = '1';

/** One call of a document: the method, and its request with something for each shell variable. */
interface Call {
  method: string;
  json: string;
}

/** A command up to the end of its line, a pipe or a semicolon; quoted texts may hold all of these. */
const COMMAND = /grpcurl ((?:'[^']*'|"[^"]*"|[^\n'"|;])*)/g;

function callsOf(block: string): Call[] {
  const variables = new Map(
    [...block.matchAll(/\b([A-Z]+)=([\w.]+)(?=\s|$)/g)].map(([, name, value]) => [name, value]),
  );
  return [...block.replaceAll('\\\n', ' ').matchAll(COMMAND)].flatMap(([, command = '']) => {
    const [, service = '', name] = / ([\w.$]+)\/(\w+)\s*$/.exec(command) ?? [];
    if (!name) return [];
    const [, request = '{}'] = /-d '((?:[^']|'\$\w+')*)'/.exec(command) ?? [];
    const json = request
      .replaceAll(/"'\$\w+'"/g, `"${ANY_ID}"`)
      .replaceAll(/'\$\w+'/g, ANY_NUMBER)
      // grpcurl reads a field mask as the message it is; in the JSON of protobuf it is a text.
      .replaceAll(/\{"paths": \["(\w+)"\]\}/g, '"$1"');
    return [{ method: `${service.replace(/^\$(\w+)$/, (all, of: string) => variables.get(of) ?? all)}/${name}`, json }];
  });
}

function requestProblem(registry: FileRegistry, { method, json }: Call): string | null {
  const [service = '', name = ''] = method.split('/');
  const found = registry.getService(service)?.methods.find((one) => one.name === name);
  if (!found) return `there is no ${method}`;
  try {
    fromJsonString(found.input, json, { registry });
    return null;
  } catch (error) {
    return `${method} does not take ${json}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

describe('the grpcurl lines of the documents fit the contract', () => {
  const file = path.join(projectRoot(), 'api/grpc/generated/ventros.binpb');
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(file)));
  const calls = readTexts(documentPaths())
    .flatMap((text) => [...codeBlocks(text, 'bash'), ...codeBlocks(text, 'sh')])
    .flatMap(callsOf);

  it('every method is there and takes the request', () => {
    assert.deepEqual(
      calls.map((call) => requestProblem(registry, call)).filter((problem) => problem !== null),
      [],
    );
  });

  it('each service is shown', () => {
    const shown = new Set(calls.map(({ method }) => method.split('/')[0]));
    const services = [...registry].flatMap((desc) => (desc.kind === 'service' ? [desc.typeName] : []));
    assert.deepEqual(
      services.filter((service) => !shown.has(service)),
      [],
    );
  });
});
