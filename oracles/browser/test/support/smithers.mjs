// A Smithers of one's own, and what a script of its owner would see.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startModel } from './model.mjs';
import { SMITHERS, start } from './process.mjs';

export const ADA = {
  name: 'Ada Lindqvist',
  email: 'ada@example.org',
  password: 'correct horse battery staple',
};

/** With a script the stand-in model answers, else the built-in one. */
export async function startSmithers(database, { script, env = {} } = {}) {
  const undo = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'smithers-browser-'));
    undo.push(() => rm(folder, { recursive: true }));
    const { env: databaseEnv, drop } = await database.create();
    undo.push(drop);
    const model = script && (await startModel(script, folder));
    if (model) undo.push(model.stop);
    const settings = { folder, env: { ...databaseEnv, ...model?.env, ...env } };
    const serve = listen =>
      start(SMITHERS, ['serve', '--listen', listen, '--data-dir', join(folder, 'data')], settings);

    let server = await serve('127.0.0.1:0');
    undo.push(() => server.kill());
    const { url } = server.ready;
    const smithers = {
      url,
      model,
      stop,
      log: () => server.log.join('\n'),
      link: name => server.ready[name],
      /** As a power cut would. */
      crash: () => server.kill(),
      async startAgain() {
        server = await serve(new URL(url).host);
      },
    };
    return Object.assign(smithers, ownerOf(smithers));
  } catch (error) {
    await stop();
    throw error;
  }
}

function ownerOf(smithers) {
  let cookie;
  const call = async (method, path, body) => {
    const response = await fetch(smithers.url + path, {
      method,
      headers: {
        origin: smithers.url,
        ...(cookie && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    const [session] = response.headers.getSetCookie();
    if (session) cookie = session.split(';')[0];
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    call,
    /** Makes Ada's account without a browser, and says what her browser would keep. */
    async setUp(timezone) {
      const token = new URL(smithers.link('setupUrl')).searchParams.get('token');
      await call('POST', '/api/auth/setup', { ...ADA, token, timezone });
      const [name, value] = cookie.split('=');
      return { name, value };
    },
    logIn: () => call('POST', '/api/auth/login', { email: ADA.email, password: ADA.password }),
    tasks: async () => (await call('GET', '/api/tasks')).items,
    /** Resolves when the server has given up waiting for somebody. */
    async expired() {
      const count = async () => (await call('GET', '/api/approvals?status=expired')).items.length;
      while ((await count()) === 0) await pause(50);
    },
  };
}
