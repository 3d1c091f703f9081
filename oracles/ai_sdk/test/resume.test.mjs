// Reloading and looking on while an answer is written.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertSameAfterReload, last, load, open, posts, textOf, until } from './support/chat.mjs';
import { startSmithers } from './support/smithers.mjs';

const LONG = 'One word after the other. '.repeat(30);
const slow = (text, deltaMs) => ({
  when: { lastUserContains: text },
  reply: { text: LONG, deltaMs },
});

let smithers;
before(async () => {
  smithers = await startSmithers({
    script: [
      slow('Write a while', 30),
      {
        when: { lastUserContains: 'Look and write', hasToolResult: true },
        reply: { text: LONG, deltaMs: 30 },
      },
      {
        when: { lastUserContains: 'Look and write' },
        reply: {
          thinking: 'I look first.',
          text: 'Let me look.',
          tools: [{ name: 'list_tasks', input: {} }],
        },
      },
    ],
  });
});
after(() => smithers?.stop());

const hasBegun = (chat) => textOf(last(chat)).includes('One word');

test('a page that is reloaded in the middle gets the whole answer once and its rest', async () => {
  const first = open(smithers);
  const sending = first.sendMessage({ text: 'Write a while' });
  await until(first, hasBegun);

  const second = open(smithers, { id: first.id, messages: await load(first) });
  const resuming = second.resumeStream();
  await until(second, hasBegun);
  assert.equal(second.status, 'streaming');
  assert.ok(textOf(last(second)).length < LONG.length, 'the answer was still being written');
  await Promise.all([sending, resuming]);

  assert.equal(second.status, 'ready');
  assert.equal(second.ends[0].finishReason, 'stop');
  assert.equal(textOf(last(second)), LONG);
  assert.deepEqual(
    second.messages.map(({ id }) => id),
    first.messages.map(({ id }) => id),
  );
  await assertSameAfterReload(first);
  await assertSameAfterReload(second);
});

test('a viewer without any messages gets the whole answer too', async () => {
  const first = open(smithers);
  const sending = first.sendMessage({ text: 'Look and write' });
  await until(first, hasBegun);

  const viewer = open(smithers, { id: first.id });
  await viewer.resumeStream();
  await sending;

  assert.equal(viewer.messages.length, 1);
  assert.deepEqual(
    last(viewer).parts.map(({ type }) => type),
    last(first).parts.map(({ type }) => type),
  );
  assert.deepEqual(last(viewer).metadata, last(first).metadata);
  assert.equal(textOf(last(viewer)), `Let me look.|${LONG}`);
});

test('a client that leaves does not end the answer', async () => {
  const chat = open(smithers);
  const sending = chat.sendMessage({ text: 'Write a while' });
  await until(chat, hasBegun);
  await chat.stop();
  await sending;
  assert.ok(textOf(last(chat)).length < LONG.length);

  await chat.resumeStream();

  assert.equal(chat.ends.at(-1).finishReason, 'stop');
  assert.equal(textOf(last(chat)), LONG);
  await assertSameAfterReload(chat);
});

test('the same post again while it is answered joins the answer', async () => {
  const chat = open(smithers);
  const message = {
    id: crypto.randomUUID(),
    role: 'user',
    parts: [{ type: 'text', text: 'Write a while' }],
  };
  const sending = chat.sendMessage(message);
  await until(chat, hasBegun);

  const again = open(smithers, { id: chat.id });
  await again.sendMessage(message);
  await sending;

  assert.equal(posts(again).length, 1);
  assert.deepEqual(
    again.messages.map(({ id }) => id),
    chat.messages.map(({ id }) => id),
  );
  assert.equal(textOf(last(again)), LONG);
});

test('there is nothing to resume when nothing runs', async () => {
  const unknown = open(smithers);

  await unknown.resumeStream();

  assert.equal(unknown.status, 'ready');
  assert.deepEqual(unknown.messages, []);
});
