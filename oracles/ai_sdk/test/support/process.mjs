// Runs one of our binaries and waits for its line `ready {…}`.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const binary = (name, given) =>
  given
    ? resolve(given)
    : fileURLToPath(new URL(`../../../../target/debug/${name}`, import.meta.url));

export const SMITHERS = binary('smithers', process.env.SMITHERS_BIN);
export const STANDINS = binary('standins', process.env.STANDINS_BIN);

// A test file that runs out of time is ended with SIGTERM; nothing of it may stay.
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(1));

export async function start(program, args, { folder, env = {} }) {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, RUST_BACKTRACE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  const log = [];
  createInterface(child.stderr).on('line', (line) => log.push(line));
  const ended = new Promise((done) => child.once('close', done));
  const ready = await new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new Error(`${program} ended with ${code} before it was ready:\n${log.join('\n')}`)),
    );
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('ready ')) done(JSON.parse(line.slice('ready '.length)));
    });
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { ready, log, stop };
}
