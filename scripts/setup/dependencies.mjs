import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from './command.mjs';
import { SetupError, step } from './progress.mjs';

const MINIMUM_NODE = [20, 19];

/** @throws {SetupError} if this Node is too old to run the product. */
export function checkNodeVersion(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const isOldEnough = major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
  if (!isOldEnough) {
    throw new SetupError(
      `Node ${MINIMUM_NODE.join('.')} or later is needed, this is ${version}. ` +
        'Install a current LTS version from https://nodejs.org or with "nvm install".',
    );
  }
}

/** True if everything package-lock.json asks for is in node_modules with the same version. */
export function isInstalled(root) {
  // npm's own record of what it installed. Comparing it needs no stamp, and sees a hand-made "npm install" too.
  const recordFile = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(recordFile)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(recordFile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([name, { version, optional, devOptional }]) =>
      name === '' || installed[name]?.version === version || (!installed[name] && (optional || devOptional)),
  );
}

/** Installs the dependencies if they are missing or differ from package-lock.json. */
export async function installDependencies(root) {
  if (isInstalled(root)) return;
  // --include=dev: the scripts compile TypeScript, also where NODE_ENV=production is set. --ignore-scripts: no package
  // here needs one, and their install scripts would run with the user's rights.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  await step('Installing dependencies', () => run(npmCommand(), args, { cwd: root, title: 'npm ci' }));
}

function npmCommand() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm';
}

/** The package of the fallback ffmpeg sets this in an install script, which does not run here. */
export function makeFfmpegExecutable(root) {
  const binary = path.join(root, 'node_modules/@ffmpeg-installer', `${process.platform}-${process.arch}`, 'ffmpeg');
  if (existsSync(binary) && (statSync(binary).mode & 0o100) === 0) chmodSync(binary, 0o755);
}
