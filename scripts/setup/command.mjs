import { spawn } from 'node:child_process';
import { SetupError } from './progress.mjs';

/**
 * Runs a command to its end with its output kept back.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, title?: string}} options
 * @returns {Promise<string>} what it printed
 * @throws {SetupError} with the end of the output, when it cannot start, exits with another code than 0 or takes too long
 */
export function run(command, args, { cwd, env, timeoutMs, title = command } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => reject(new SetupError(`${title} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      process.off('exit', killWithUs);
      if (code === 0) return resolve(output);
      const end = output.trim().split('\n').slice(-40).join('\n');
      reject(new SetupError(`${title} failed (${signal ?? `exit code ${code}`})\n${end}`, output));
    });
  });
}
