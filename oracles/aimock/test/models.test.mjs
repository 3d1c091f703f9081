// Both clients of Smithers against a mock of the vendors that others wrote.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { LLMock } from '@copilotkit/aimock';

import { startSmithers } from '../../ai_sdk/test/support/smithers.mjs';

const clients = [
  [
    'the Messages API',
    (url) => ({ ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: url }),
  ],
  [
    'the chat interface',
    (url) => ({ OPENAI_BASE_URL: `${url}/v1`, SMITHERS_MODEL: 'gpt-5.5' }),
  ],
];

for (const [name, settings] of clients) {
  const mock = new LLMock({ port: 0, chunkSize: 7 });
  let smithers;

  before(async () => {
    await mock.start();
    smithers = await startSmithers({ env: settings(mock.url) });
  });
  after(async () => {
    await smithers?.stop();
    await mock.stop();
  });

  /** The chunks of the answer to one message. */
  async function say(text) {
    const response = await smithers.fetch(`${smithers.url}/api/agent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: text }),
    });
    assert.equal(response.status, 200);
    const lines = (await response.text()).split('\n');
    const data = lines.filter((line) => line.startsWith('data: {'));
    return data.map((line) => JSON.parse(line.slice('data: '.length)));
  }
  const joined = (chunks, type) =>
    chunks.filter((chunk) => chunk.type === type).map((chunk) => chunk.delta).join('');

  test(`${name}: text and reasoning`, async () => {
    mock.onMessage(/say hello/, { content: 'Hello, „Köln“ 👋', reasoning: 'A greeting is due.' });
    const chunks = await say('say hello');
    assert.equal(joined(chunks, 'text-delta'), 'Hello, „Köln“ 👋');
    assert.equal(joined(chunks, 'reasoning-delta'), 'A greeting is due.');
  });

  test(`${name}: two calls and their results`, async () => {
    const call = (q, id) => ({ id, name: 'list_tasks', arguments: JSON.stringify({ q }) });
    mock.on(
      { userMessage: /two lists/, hasToolResult: false },
      { content: 'Let me look.', toolCalls: [call('milk', 'call_1'), call('bread', 'call_2')] },
    );
    mock.on({ userMessage: /two lists/, hasToolResult: true }, { content: 'Nothing is open.' });
    const chunks = await say('two lists');
    const inputs = chunks.filter((chunk) => chunk.type === 'tool-input-available');
    assert.deepEqual(inputs.map((chunk) => chunk.input), [{ q: 'milk' }, { q: 'bread' }]);
    assert.equal(chunks.filter((chunk) => chunk.type === 'tool-output-available').length, 2);
    assert.equal(joined(chunks, 'text-delta'), 'Let me look.Nothing is open.');
  });

  test(`${name}: an error is tried again, and told if it stays`, async () => {
    mock.onMessage(/be patient/, { content: 'Here I am.' });
    mock.nextRequestError(503, { message: 'Busy', type: 'overloaded_error' });
    assert.equal(joined(await say('be patient'), 'text-delta'), 'Here I am.');

    const error = { message: 'No such thing', type: 'invalid_request_error' };
    mock.onMessage(/be refused/, { error, status: 400 });
    const told = (await say('be refused')).find((chunk) => chunk.type === 'error');
    assert.match(told.errorText, /refused the request/);
  });

  test(`${name}: a stream that breaks is told`, async () => {
    const content = 'This will never be said to its end, as long as it is.';
    mock.onMessage(/break off/, { content }, { truncateAfterChunks: 4, latency: 20 });
    const chunks = await say('break off');
    assert.equal(chunks.filter((chunk) => chunk.type === 'reset-step').length, 2);
    assert.match(chunks.find((chunk) => chunk.type === 'error').errorText, /Try again/);
  });
}
