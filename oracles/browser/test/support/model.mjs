// A scripted model that stops in mid-answer at every PAUSE, until it is told to go on.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { STANDINS, start } from './process.mjs';

/** One character, so that no delta can cut it. */
export const PAUSE = '¶';

export async function startModel(script, folder) {
  const file = join(folder, 'script.json');
  await writeFile(file, JSON.stringify(script));
  const model = await start(STANDINS, ['anthropic', '--script', file], { folder });
  const gate = await startGate(model.ready.url);
  return {
    env: { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: gate.url, SMITHERS_TITLES: 'off' },
    requests: gate.requests,
    goOn: gate.open,
    async stop() {
      gate.stop();
      await model.kill();
    },
  };
}

async function startGate(target) {
  const requests = [];
  let open;
  let isOpen = new Promise(resolve => (open = resolve));

  async function* held(body) {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of body) {
      text += decoder.decode(bytes, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end + 2);
        text = text.slice(end + 2);
        yield event;
        if (event.includes(PAUSE)) await isOpen;
      }
    }
    yield text;
  }
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    if (body.length > 0) requests.push(JSON.parse(body));
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    try {
      const { host, connection, 'content-length': length, ...headers } = request.headers;
      const answer = await fetch(target + request.url, {
        method: request.method,
        headers,
        body: body.length > 0 ? body : undefined,
        signal: hungUp.signal,
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') });
      await pipeline(Readable.from(held(answer.body)), response);
    } catch {
      response.destroy();
    }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    url: `http://127.0.0.1:${server.address().port}`,
    /** Lets the answers that are paused go on, and all later ones run through. */
    open: () => open(),
    stop() {
      open();
      server.close();
      server.closeAllConnections();
    },
  };
}
