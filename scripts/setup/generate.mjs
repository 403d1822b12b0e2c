import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from './command.mjs';
import { step } from './progress.mjs';
import { filesBelow, hashContents, unlessStamped } from './stamps.mjs';

/** Generates the Prisma client and the gRPC code, each only if its sources changed or its output is missing. */
export async function generateCode(root) {
  await generate(root, {
    title: 'Generating the database client',
    sources: [path.join(root, 'prisma/schema.prisma'), path.join(root, 'prisma.config.ts')],
    output: 'core/database/generated',
    commands: [['prisma/build/index.js', 'generate']],
    // Generating needs no engine, but Prisma looks for one and would try to download it. Any file satisfies it.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
  });
  if (!existsSync(path.join(root, 'buf.gen.yaml'))) return;
  const protoFiles = filesBelow(path.join(root, 'proto'), (file) => /\.(proto|yaml)$/.test(file));
  const bufFiles = ['buf.yaml', 'buf.gen.yaml'].map((name) => path.join(root, name)).filter((file) => existsSync(file));
  await generate(root, {
    title: 'Generating the gRPC code',
    sources: [...bufFiles, ...protoFiles],
    output: 'api/grpc/generated',
    commands: [
      ['@bufbuild/buf/bin/buf', 'generate'],
      // What server reflection answers with: our own protocol, and that of the health service.
      ...Object.entries({ ventros: 'proto', health: 'node_modules/grpc-health-check/proto' }).map(([name, input]) => [
        '@bufbuild/buf/bin/buf',
        'build',
        input,
        '--as-file-descriptor-set',
        '--output',
        `api/grpc/generated/${name}.binpb`,
      ]),
    ],
    // buf looks its plugin up on PATH.
    env: { PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}` },
  });
}

async function generate(root, { title, sources, output, commands, env }) {
  const outputFolder = path.join(root, output);
  const stamp = path.join(root, 'dist/.setup', output.replaceAll('/', '-'));
  if (filesBelow(outputFolder).length === 0) rmSync(stamp, { force: true });
  // The lock file is part of the value: another version of a generator may generate other code.
  const value = `${hashContents([...sources, path.join(root, 'package-lock.json')])} ${JSON.stringify(commands)}`;
  await unlessStamped(stamp, value, () =>
    step(title, async () => {
      for (const [script, ...args] of commands) {
        await run(process.execPath, [path.join(root, 'node_modules', script), ...args], { cwd: root, env, title });
      }
    }),
  );
}
