// A process of its own, so that it can be stopped: lets the Temporal SDK download the CLI into the folder given as argument.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const { TestWorkflowEnvironment } = require('@temporalio/testing');

const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: process.argv[2] } },
});
await environment.teardown();
