// The databases that every story runs on. Postgres is the one that TEST_DATABASE_URL names, as a
// user who may make databases.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const ADMIN = process.env.TEST_DATABASE_URL;
const isRequired = process.env.SMITHERS_REQUIRE_POSTGRES === '1';

const run = promisify(execFile);
const sql = text => run('psql', [ADMIN, '--quiet', '--no-psqlrc', '-v', 'ON_ERROR_STOP=1', '-c', text]);

async function postgres() {
  if (!ADMIN) throw new Error('SMITHERS_REQUIRE_POSTGRES=1, but TEST_DATABASE_URL is not set');
  const name = `browser_${randomBytes(8).toString('hex')}`;
  await sql(`CREATE DATABASE ${name}`);
  const url = new URL(ADMIN);
  url.pathname = `/${name}`;
  return {
    env: { DATABASE_URL: url.href, SMITHERS_SECRET_KEY: randomBytes(32).toString('base64') },
    drop: () => sql(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** Each with the way to a fresh one: what the server is told, and how it goes away. */
export const DATABASES = [
  { name: 'SQLite', create: async () => ({ env: {}, drop: async () => {} }) },
  {
    name: 'Postgres',
    create: postgres,
    skip: ADMIN || isRequired ? false : 'TEST_DATABASE_URL is not set',
  },
];
