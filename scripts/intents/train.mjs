// npm run train:intents [-- --encoder | --dry-run | --cross-validate | --measure]
//
// Makes a Python environment of its own with scikit-learn (once), and trains. The product and its tests need neither: they
// read core/agents/intents/weights.bin.gz.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, '.ventros/intents-venv');
const python = path.join(folder, 'bin/python');
const requirements = path.join(root, 'scripts/intents/requirements.txt');
const stamp = path.join(folder, 'installed.txt');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== readFileSync(requirements, 'utf8')) {
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, readFileSync(requirements));
}
run(python, [path.join(root, 'scripts/intents/train.py'), ...process.argv.slice(2)]);

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
