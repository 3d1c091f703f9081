// Files as useChat sends them: data URLs in the message, and what was uploaded before.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { load, open, posts, texts } from './support/chat.mjs';
import { startSmithers } from './support/smithers.mjs';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const SCRIPT = [
  { when: { lastUserContains: 'What is on it' }, reply: { text: 'One dot.' } },
  { when: { lastUserContains: 'Read this' }, reply: { text: 'I have read it.' } },
  { when: { lastUserContains: 'And its colour' }, reply: { text: 'Blue.' } },
];

let smithers;
before(async () => {
  smithers = await startSmithers({ script: SCRIPT });
});
after(() => smithers?.stop());

const picture = {
  type: 'file',
  mediaType: 'image/png',
  filename: 'dot.png',
  url: `data:image/png;base64,${PNG.toString('base64')}`,
};

/** The files among the blocks of the first message of the newest request. */
const sent = () =>
  smithers.requests
    .at(-1)
    .messages[0].content.filter(({ type }) => type !== 'text')
    .map(({ cache_control: mark, ...block }) => block);

const bytes = async (url) =>
  Buffer.from(await (await smithers.fetch(smithers.url + url)).arrayBuffer());

test('a data URL becomes a file that the model sees and a reload shows', async () => {
  const chat = open(smithers);
  const image = { type: 'base64', media_type: 'image/png', data: PNG.toString('base64') };

  await chat.sendMessage({ text: 'What is on it?', files: [picture] });

  assert.equal(chat.status, 'ready');
  assert.equal(texts(chat).at(-1), 'One dot.');
  assert.deepEqual(posts(chat)[0].body.messages[0].parts[0], picture);
  assert.deepEqual(sent(), [{ type: 'image', source: image }]);
  const [message] = await load(chat);
  const { url, ...part } = message.parts[0];
  assert.deepEqual(part, { type: 'file', mediaType: 'image/png', filename: 'dot.png' });
  assert.match(url, /^\/api\/files\//);
  assert.deepEqual(await bytes(url), PNG);

  await chat.sendMessage({ text: 'And its colour?' });
  assert.deepEqual(sent(), [{ type: 'image', source: image }]);
  assert.equal((await load(chat)).length, 4);
});

test('an uploaded file is sent by its address, also by a client that loaded the message', async () => {
  const form = new FormData();
  form.append('file', new Blob(['# Notes'], { type: 'text/markdown' }), 'notes.md');
  const response = await smithers.fetch(`${smithers.url}/api/files`, {
    method: 'POST',
    body: form,
  });
  assert.equal(response.status, 201);
  const { url, mediaType, name } = await response.json();
  const first = open(smithers);

  const file = { type: 'file', mediaType, filename: name, url };
  await first.sendMessage({ text: 'Read this', files: [file] });
  const messages = await load(first);
  assert.deepEqual(messages[0].parts[0], file);

  const second = open(smithers, { id: first.id, messages });
  await second.regenerate();
  assert.equal(second.status, 'ready');
  const source = { type: 'text', media_type: 'text/plain', data: '# Notes' };
  assert.deepEqual(sent(), [{ type: 'document', source, title: 'notes.md' }]);
});

test('a file that cannot be taken is an error, and nothing is kept', async () => {
  const errors = [];
  const chat = open(smithers, { onError: (error) => errors.push(error.message) });
  const url = `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}`;

  await chat.sendMessage({ text: 'Look', files: [{ ...picture, mediaType: 'image/svg+xml', url }] });

  assert.equal(chat.status, 'error');
  assert.match(errors[0], /\/messages\/0\/parts\/0\/url/);
  const { items } = await smithers.call('GET', '/api/conversations');
  assert.ok(items.every(({ clientId }) => clientId !== chat.id));
});
