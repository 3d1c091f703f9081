// Runs one of our binaries and waits for its line `ready {…}`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const built = name => fileURLToPath(new URL(`../../../../target/debug/${name}`, import.meta.url));

export const SMITHERS = process.env.SMITHERS_BIN ?? built('smithers');
export const STANDINS = process.env.STANDINS_BIN ?? built('standins');

const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(1));

export async function start(binary, args, { folder, env = {} }) {
  const child = spawn(binary, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, RUST_BACKTRACE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  const log = [];
  createInterface(child.stderr).on('line', line => log.push(line));
  const ended = once(child, 'close');
  const ready = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code =>
      reject(new Error(`${binary} ended with ${code} before it was ready:\n${log.join('\n')}`)),
    );
    createInterface(child.stdout).on('line', line => {
      if (line.startsWith('ready ')) resolve(JSON.parse(line.slice('ready '.length)));
    });
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { ready, log, kill };
}
