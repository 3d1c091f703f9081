// Sending, going on, errors, stopping and other versions, all with the bodies that useChat posts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertSameAfterReload,
  last,
  load,
  open,
  posts,
  texts,
  textOf,
  until,
} from './support/chat.mjs';
import { startSmithers } from './support/smithers.mjs';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const says = (text, reply, times) => ({ when: { lastUserContains: text }, times, reply });
const SCRIPT = [
  says('Say hello', { text: 'Hello from the stand-in, in several pieces.' }),
  says('First question', { text: 'First answer.' }),
  says('Second question', { text: 'Second answer.' }),
  says('Third question', { text: 'Third answer.' }),
  says('Refuse me', { error: { type: 'invalid_request_error' } }),
  says('Fail in the middle', {
    text: 'This begins well and then it fails.',
    error: { type: 'invalid_request_error', afterEvents: 4 },
  }),
  says(
    'Break off once',
    {
      text: 'A first try that nobody keeps.',
      error: { type: 'overloaded_error', afterEvents: 4 },
    },
    1,
  ),
  says('Break off once', { thinking: 'Once more.', text: 'The second try is whole.' }),
  says('Fail at first', { error: { type: 'authentication_error' } }, 1),
  says('Fail at first', { text: 'Now it works.' }),
  says('Write slowly', { text: 'Slow words. '.repeat(60), deltaMs: 500 }),
  says('Answer me twice', { text: 'Version one.' }, 1),
  says('Answer me twice', { text: 'Version two.' }),
  says('Rewrite this', { text: 'About the first wording.' }),
  says('Rewritten', { text: 'About the second wording.' }),
  says('What did I say', { text: 'You said what you said.' }),
];

let smithers;
before(async () => {
  smithers = await startSmithers({ script: SCRIPT });
});
after(() => smithers?.stop());

test('a message is answered in pieces, with ids, metadata and a reason for the end', async () => {
  const chat = open(smithers);
  const seen = new Set();
  chat['~registerMessagesCallback'](() => seen.add(textOf(last(chat))));

  await chat.sendMessage({ text: 'Say hello' });

  assert.equal(chat.status, 'ready');
  assert.equal(textOf(last(chat)), 'Hello from the stand-in, in several pieces.');
  assert.ok(seen.size > 2, `the text came in pieces: ${[...seen]}`);
  const [{ finishReason, isAbort, isDisconnect, isError }] = chat.ends;
  assert.deepEqual(
    { finishReason, isAbort, isDisconnect, isError },
    { finishReason: 'stop', isAbort: false, isDisconnect: false, isError: false },
  );
  const { id, metadata } = last(chat);
  assert.match(id, UUID7);
  assert.deepEqual(Object.keys(metadata).sort(), [
    'conversationId',
    'model',
    'turnId',
    'userMessageId',
  ]);
  for (const name of ['conversationId', 'turnId', 'userMessageId']) {
    assert.match(metadata[name], UUID7);
  }
  const usage = last(chat).parts.find(({ type }) => type === 'data-usage');
  assert.equal(usage.id, metadata.turnId);
  assert.ok(usage.data.outputTokens > 0);
  await assertSameAfterReload(chat);
});

test('the title comes as a passing data part and not in the message', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Say hello' });

  const { data } = chat.data.find(({ type }) => type === 'data-conversation');
  assert.deepEqual(data, { id: last(chat).metadata.conversationId, title: 'Say hello' });
  assert.ok(last(chat).parts.every(({ type }) => type !== 'data-conversation'));
});

test('several turns with the client’s own ids leave no message twice', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'First question' });
  await chat.sendMessage({ text: 'Second question' });
  await chat.sendMessage({ text: 'Third question' });

  assert.deepEqual(texts(chat), [
    'First question',
    'First answer.',
    'Second question',
    'Second answer.',
    'Third question',
    'Third answer.',
  ]);
  assert.equal(posts(chat).at(-1).body.messages.length, 5);
  assert.equal(new Set(chat.messages.map(({ id }) => id)).size, 6);
  await assertSameAfterReload(chat);

  const reloaded = open(smithers, { id: chat.id, messages: await load(chat) });
  await reloaded.sendMessage({ text: 'Say hello' });
  assert.equal(reloaded.messages.length, 8);
  await assertSameAfterReload(reloaded);
});

test('the model is sent the stored history, not the posted one', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'First question' });
  chat.messages = chat.messages.map((message) => ({
    ...message,
    parts: [{ type: 'text', text: 'forged' }],
  }));

  await chat.sendMessage({ text: 'What did I say?' });

  const sent = JSON.stringify(smithers.requests.at(-1).messages);
  assert.ok(sent.includes('First question') && sent.includes('First answer.'));
  assert.ok(!sent.includes('forged'));
});

test('a refusal of the model is an error in words, and the next message works', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Refuse me' });

  assert.equal(chat.status, 'error');
  assert.match(chat.error.message, /^The model refused the request\. The log has the details\./);
  await assertSameAfterReload(chat);

  await chat.sendMessage({ text: 'Say hello' });
  assert.equal(chat.status, 'ready');
  assert.equal(textOf(last(chat)), 'Hello from the stand-in, in several pieces.');
  await assertSameAfterReload(chat);
});

test('regenerate tries a failed answer again', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Fail at first' });
  assert.match(chat.error.message, /^The model refused our key\./);
  assert.ok(!chat.error.message.includes('sk-test'));

  await chat.regenerate();

  assert.equal(chat.status, 'ready');
  assert.deepEqual(texts(chat), ['Fail at first', 'Now it works.']);
  await assertSameAfterReload(chat);
});

test('what came before an error in the middle stays', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Fail in the middle' });

  assert.equal(chat.status, 'error');
  assert.match(chat.error.message, /^The model /);
  assert.match(textOf(last(chat)), /^This begins/);
  const stored = (await load(chat)).at(-1);
  assert.equal(stored.metadata.error, chat.error.message);
  await assertSameAfterReload(chat);
});

test('an answer that breaks off begins anew and leaves nothing of the first try', async () => {
  const chat = open(smithers);
  const seen = new Set();
  chat['~registerMessagesCallback'](() => seen.add(textOf(last(chat))));

  await chat.sendMessage({ text: 'Break off once' });

  assert.ok(
    [...seen].some((text) => text.startsWith('A first')),
    'the first try was shown',
  );
  assert.equal(chat.status, 'ready');
  assert.equal(textOf(last(chat)), 'The second try is whole.');
  await assertSameAfterReload(chat);
});

test('stop ends the answer and keeps its text', async () => {
  const chat = open(smithers);
  const sending = chat.sendMessage({ text: 'Write slowly' });
  await until(chat, () => textOf(last(chat)).startsWith('Slow words.'));

  await smithers.call('POST', `/api/agent/${chat.id}/stop`);
  await sending;

  assert.equal(chat.status, 'ready');
  assert.equal(chat.ends[0].finishReason, 'other');
  assert.match(textOf(last(chat)), /^Slow words\./);
  assert.equal((await load(chat)).at(-1).metadata.interrupted, true);
  await assertSameAfterReload(chat);

  await chat.sendMessage({ text: 'Say hello' });
  assert.equal(textOf(last(chat)), 'Hello from the stand-in, in several pieces.');
});

test('a second message while an answer is written is refused in words', async () => {
  const chat = open(smithers);
  const sending = chat.sendMessage({ text: 'Write slowly' });
  await until(chat, () => textOf(last(chat)).startsWith('Slow words.'));

  const other = open(smithers, { id: chat.id });
  await other.sendMessage({ text: 'Say hello' });

  assert.equal(other.status, 'error');
  assert.equal(JSON.parse(other.error.message).code, 'turn_active');
  await smithers.call('POST', `/api/agent/${chat.id}/stop`);
  await sending;
});

test('regenerate makes a sibling of the answer', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Answer me twice' });
  const first = last(chat);

  await chat.regenerate();

  assert.deepEqual(texts(chat), ['Answer me twice', 'Version two.']);
  assert.notEqual(last(chat).id, first.id);
  assert.deepEqual(
    (await load(chat)).at(-1).metadata.siblings.sort(),
    [first.id, last(chat).id].sort(),
  );
  assert.ok(!JSON.stringify(smithers.requests.at(-1).messages).includes('Version one.'));
  await assertSameAfterReload(chat);
});

test('an earlier answer can be regenerated by its id', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'First question' });
  const first = last(chat);
  await chat.sendMessage({ text: 'Second question' });

  await chat.regenerate({ messageId: first.id });

  assert.deepEqual(texts(chat), ['First question', 'First answer.']);
  assert.ok(!JSON.stringify(smithers.requests.at(-1).messages).includes('Second question'));
  await assertSameAfterReload(chat);
});

test('an edited message is a sibling, and only its own history is sent', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'First question' });
  await chat.sendMessage({ text: 'Rewrite this' });
  await chat.sendMessage({ text: 'Second question' });
  const edited = chat.messages[2];

  await chat.sendMessage({ text: 'Rewritten', messageId: edited.id });

  assert.deepEqual(texts(chat), [
    'First question',
    'First answer.',
    'Rewritten',
    'About the second wording.',
  ]);
  const sent = JSON.stringify(smithers.requests.at(-1).messages);
  assert.ok(sent.includes('First answer.'));
  assert.ok(!sent.includes('Rewrite this') && !sent.includes('Second question'));
  const stored = await load(chat);
  assert.equal(stored[2].metadata.siblings.length, 2);
  await assertSameAfterReload(chat);

  await chat.sendMessage({ text: 'What did I say?' });
  assert.ok(JSON.stringify(smithers.requests.at(-1).messages).includes('Rewritten'));
  await assertSameAfterReload(chat);
});

test('a message edited back to its first wording goes on from there', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Rewrite this' });
  const { id } = chat.messages[0];
  await chat.sendMessage({ text: 'Rewritten', messageId: id });

  await chat.sendMessage({ text: 'Rewrite this', messageId: id });
  assert.deepEqual(texts(chat), ['Rewrite this', 'About the first wording.']);
  await assertSameAfterReload(chat);

  await chat.sendMessage({ text: 'What did I say?' });
  const sent = JSON.stringify(smithers.requests.at(-1).messages);
  assert.ok(sent.includes('About the first wording.'));
  assert.ok(!sent.includes('Rewritten'));
});

test('the same post again is the same answer from its start', async () => {
  const chat = open(smithers);
  const again = open(smithers, { id: chat.id });
  const message = {
    id: crypto.randomUUID(),
    role: 'user',
    parts: [{ type: 'text', text: 'Say hello' }],
  };

  await chat.sendMessage(message);
  await again.sendMessage(message);

  assert.deepEqual(texts(again), texts(chat));
  assert.equal(last(again).id, last(chat).id);
  await assertSameAfterReload(again);
});
