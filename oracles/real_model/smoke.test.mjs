// The whole server with a real model, which llama.cpp runs on this machine, in both forms that it
// speaks. What the model says is its own affair; that it is said, piece by piece, is ours.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';

import { start } from '../ai_sdk/test/support/process.mjs';
import { startSmithers } from '../ai_sdk/test/support/smithers.mjs';

const PIECES = 8;

let model;
before(async () => {
  const file = (path) => fileURLToPath(new URL(path, import.meta.url));
  const python = file('../../.cache/real_model/bin/python');
  model = await start(python, [file('serve.py')], { folder: '/tmp' });
});
after(() => model?.stop());

const forms = {
  'the Messages API': (url) => ({ ANTHROPIC_API_KEY: 'none', ANTHROPIC_BASE_URL: url }),
  'the chat interface': (url) => ({ OPENAI_BASE_URL: `${url}/v1` }),
};

for (const [form, settings] of Object.entries(forms)) {
  test(form, async () => {
    const env = { SMITHERS_MODEL: 'smollm2', ...settings(model.ready.url) };
    const smithers = await startSmithers({ env });
    try {
      const body = JSON.stringify({ conversationId: 'real', message: 'Tell me about the sea.' });
      const headers = { 'content-type': 'application/json' };
      const url = `${smithers.url}/api/agent`;
      const response = await smithers.fetch(url, { method: 'POST', headers, body });
      assert.equal(response.status, 200);
      const chunks = [];
      let stopped = false;
      for await (const chunk of parts(response.body)) {
        chunks.push(chunk);
        const said = chunks.filter((each) => each.type === 'text-delta').length;
        if (said >= PIECES && !stopped) {
          stopped = true;
          await smithers.call('POST', '/api/agent/real/stop', {});
        }
      }
      const errors = chunks.filter((chunk) => chunk.type === 'error');
      assert.deepEqual(errors, [], smithers.log.join('\n'));
      const text = chunks.filter((chunk) => chunk.type === 'text-delta').map((c) => c.delta);
      console.log(`${form}: ${text.join('').trim()} …`);
      assert.ok(text.join('').trim().length > 0);
      const usage = chunks.find((chunk) => chunk.type === 'data-usage').data;
      assert.ok(usage.inputTokens + usage.cacheReadTokens > 100, JSON.stringify(usage));
      assert.ok(usage.outputTokens > 0, JSON.stringify(usage));
      assert.equal(chunks.at(-1).type, 'finish');
    } finally {
      await smithers.stop();
    }
  });
}

/** The chunks of a UI message stream, each as it comes. */
async function* parts(body) {
  let rest = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: {')) yield JSON.parse(line.slice('data: '.length));
    }
  }
}
