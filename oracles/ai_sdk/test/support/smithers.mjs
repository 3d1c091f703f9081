// A Smithers of one's own, with its owner signed in.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { record } from './recorder.mjs';
import { SMITHERS, STANDINS, start } from './process.mjs';

export const ZONE = 'Europe/Berlin';

/** With a script the stand-in model answers, else the built-in one. */
export async function startSmithers({ script, env = {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'smithers-ai-sdk-'));
  const undo = [() => rm(folder, { recursive: true })];
  const stop = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    let requests;
    if (script) {
      const file = join(folder, 'script.json');
      await writeFile(file, JSON.stringify(script));
      const model = await start(STANDINS, ['anthropic', '--script', file], { folder });
      undo.push(model.stop);
      const recorder = await record(model.ready.url);
      undo.push(recorder.stop);
      requests = recorder.requests;
      env = { ...env, ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: recorder.url, SMITHERS_TITLES: 'off' };
    }
    const args = ['serve', '--listen', '127.0.0.1:0', '--data-dir', join(folder, 'data')];
    const server = await start(SMITHERS, args, { folder, env });
    undo.push(server.stop);
    const { url, setupUrl } = server.ready;
    const cookie = await setUp(url, setupUrl);

    /** `fetch` as a signed-in page of our own does it. */
    const signedIn = (input, init = {}) =>
      fetch(input, { ...init, headers: { ...init.headers, cookie, origin: url } });
    const call = async (method, path, body) => {
      const response = await signedIn(`${url}${path}`, {
        method,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    };
    return { url, log: server.log, requests, fetch: signedIn, call, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function setUp(url, setupUrl) {
  const response = await fetch(`${url}/api/auth/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({
      token: new URL(setupUrl).searchParams.get('token'),
      email: 'ada@example.org',
      name: 'Ada',
      password: 'correct horse battery staple',
      timezone: ZONE,
    }),
  });
  assert.equal(response.status, 201, await response.text());
  return response.headers.getSetCookie()[0].split(';')[0];
}
