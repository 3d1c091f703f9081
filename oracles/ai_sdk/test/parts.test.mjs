// What the client builds from the stream is what it would load: reasoning, tools and their ends.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';

import {
  assertSameAfterReload,
  last,
  open,
  posts,
  runs,
  states,
  textOf,
  tools,
  until,
} from './support/chat.mjs';
import { startSmithers } from './support/smithers.mjs';

const rule = (text, reply, hasToolResult) => ({
  when: { lastUserContains: text, hasToolResult },
  reply,
});
const create = (title) => ({ name: 'create_task', input: { title } });
const search = (id, content) => [
  { type: 'server_tool_use', id, name: 'web_search', input: { query: id } },
  { type: 'web_search_tool_result', tool_use_id: id, content },
];
const SCRIPT = [
  rule('Search the web', {
    text: 'There is one page.',
    blocks: [
      ...search('srvtoolu_found', [
        { type: 'web_search_result', url: 'https://a.example', title: 'A', encrypted_content: 'x' },
      ]),
      ...search('srvtoolu_failed', {
        type: 'web_search_tool_result_error',
        error_code: 'max_uses_exceeded',
      }),
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_of_nobody', content: [] },
    ],
  }),
  rule('Think and look', { thinking: 'Now I know.', text: 'There is nothing.' }, true),
  rule('Think and look', {
    thinking: 'I had better look at the list.',
    text: 'Let me look.',
    tools: [{ name: 'list_tasks', input: { status: 'open' } }],
  }),
  rule('Think in silence', { thinking: '', text: 'Done thinking.' }),
  rule('Call it wrongly', { text: 'That was wrong.' }, true),
  rule('Call it wrongly', { tools: [{ name: 'get_task', input: { id: 7 } }] }),
  rule('Call what is not there', { text: 'There is no such tool.' }, true),
  rule('Call what is not there', { tools: [{ name: 'launch_rocket', input: {} }] }),
  rule('Two at once', { text: 'Both are settled.' }, true),
  rule('Two at once', { text: 'Two tasks.', tools: [create('Red'), create('Blue')] }),
  rule('One after the other', { text: 'Look, then write.', tools: [create('Green')] }, true),
  rule('One after the other', { tools: [{ name: 'list_tasks', input: {} }] }),
  rule('Try it anyway', { text: 'I may not.' }, true),
  rule('Try it anyway', { tools: [create('Forbidden')] }),
  rule('Run out of room', { text: 'This ends too ear', stop: 'max_tokens' }),
  rule('Decline this', { text: 'I would rather not.', stop: 'refusal' }),
  rule('Stop me while I think', { thinking: 'Hm, well. '.repeat(60), deltaMs: 500 }),
  rule('Stop me while I call', {
    text: 'I write it down.',
    tools: [create('A very long title. '.repeat(10))],
    deltaMs: 500,
  }),
];

let smithers;
before(async () => {
  smithers = await startSmithers({ script: SCRIPT });
});
after(() => smithers?.stop());

const openAnswering = () =>
  open(smithers, { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses });

const shape = (message) =>
  message.parts.map(({ type }) => type).filter((type) => !type.startsWith('data-'));

test('reasoning, text and the output of a tool', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Think and look' });

  assert.deepEqual(shape(last(chat)), [
    'step-start',
    'reasoning',
    'text',
    'dynamic-tool',
    'step-start',
    'reasoning',
    'text',
  ]);
  const [part] = tools(last(chat));
  assert.equal(part.state, 'output-available');
  assert.deepEqual(part.input, { status: 'open' });
  assert.ok(part.title, 'the tool has a name for people');
  assert.ok(Array.isArray(part.output.items));
  await assertSameAfterReload(chat);
});

test('thinking that is not shown leaves no empty part', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Think in silence' });

  assert.deepEqual(shape(last(chat)), ['step-start', 'text']);
  await assertSameAfterReload(chat);
});

test('a call with wrong arguments ends in an error', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Call it wrongly' });

  const [part] = tools(last(chat));
  assert.equal(part.state, 'output-error');
  assert.match(part.errorText, /do not fit/);
  assert.equal(textOf(last(chat)), 'That was wrong.');
  await assertSameAfterReload(chat);
});

test('a call of a tool that does not exist ends in an error', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Call what is not there' });

  assert.deepEqual(states(last(chat)), ['output-error']);
  await assertSameAfterReload(chat);
});

test('two approvals in one step are answered with one post after the second', async () => {
  const chat = openAnswering();
  await chat.sendMessage({ text: 'Two at once' });
  const [red, blue] = tools(last(chat)).map(({ approval }) => approval.id);

  await chat.addToolApprovalResponse({ id: red, approved: true });
  assert.equal(posts(chat).length, 1);
  await chat.addToolApprovalResponse({ id: blue, approved: false, reason: 'Not blue' });
  await runs(chat, 2);

  assert.equal(posts(chat).length, 2);
  assert.deepEqual(states(last(chat)), ['output-available', 'output-denied']);
  assert.equal(textOf(last(chat)), 'Two tasks.|Both are settled.');
  const { items } = await smithers.call('GET', '/api/tasks');
  assert.deepEqual(
    items.map(({ title }) => title),
    ['Red'],
  );
  await assertSameAfterReload(chat);
});

test('an approval in a later step continues from there', async () => {
  const chat = openAnswering();
  await chat.sendMessage({ text: 'One after the other' });
  assert.deepEqual(states(last(chat)), ['output-available', 'approval-requested']);
  await assertSameAfterReload(chat);
  const { approval } = tools(last(chat))[1];

  // The script asks for the same task again and again; once is enough.
  await chat.addToolApprovalResponse({ id: approval.id, approved: true });
  await runs(chat, 2);

  assert.deepEqual(states(last(chat)), [
    'output-available',
    'output-available',
    'approval-requested',
  ]);
  assert.deepEqual(shape(last(chat)), [
    'step-start',
    'dynamic-tool',
    'step-start',
    'text',
    'dynamic-tool',
    'step-start',
    'text',
    'dynamic-tool',
  ]);
  await assertSameAfterReload(chat);
});

test('a call that a rule refuses is shown as denied', async () => {
  const before = await smithers.call('GET', '/api/permissions');
  await smithers.call('PUT', '/api/permissions', {
    ...before,
    rules: [{ verdict: 'deny', tool: 'create_task' }],
  });
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Try it anyway' });
  await smithers.call('PUT', '/api/permissions', before);

  assert.deepEqual(states(last(chat)), ['output-denied']);
  assert.equal(textOf(last(chat)), 'I may not.');
  // Nobody was asked, so live there is no approval; stored, the client's schema wants one.
  await assertSameAfterReload(chat, ({ approval, ...part }) => part);
});

test('an answer that met the token limit ends with `length`', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Run out of room' });

  assert.equal(chat.ends[0].finishReason, 'length');
  await assertSameAfterReload(chat);
});

test('a refusal ends with `content-filter`', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Decline this' });

  assert.equal(chat.ends[0].finishReason, 'content-filter');
  await assertSameAfterReload(chat);
});

test('stopped while it thinks, live and stored agree', async () => {
  const chat = open(smithers);
  const sending = chat.sendMessage({ text: 'Stop me while I think' });
  await until(chat, () => last(chat)?.parts.some(({ type }) => type === 'reasoning'));

  await smithers.call('POST', `/api/agent/${chat.id}/stop`);
  await sending;

  assert.equal(chat.ends[0].finishReason, 'other');
  await assertSameAfterReload(chat);
});

test('stopped while it writes a call, no unfinished call is left', async () => {
  const chat = open(smithers);
  const sending = chat.sendMessage({ text: 'Stop me while I call' });
  await until(chat, () => states(last(chat)).includes('input-streaming'));

  await smithers.call('POST', `/api/agent/${chat.id}/stop`);
  await sending;

  assert.equal(chat.ends[0].finishReason, 'other');
  assert.equal(textOf(last(chat)), 'I write it down.');
  assert.deepEqual(states(last(chat)), []);
  await assertSameAfterReload(chat);
});

test('a search that the vendor runs is a call with its result, and nobody is asked', async () => {
  const chat = openAnswering();

  await chat.sendMessage({ text: 'Search the web' });
  await runs(chat, 1);

  assert.equal(chat.status, 'ready');
  assert.equal(textOf(last(chat)), 'There is one page.');
  const [found, failed, ...more] = tools(last(chat));
  assert.deepEqual(more, []);
  assert.ok(found.providerExecuted && failed.providerExecuted);
  assert.deepEqual(found.input, { query: 'srvtoolu_found' });
  assert.deepEqual(found.output, [
    { type: 'web_search_result', url: 'https://a.example', title: 'A' },
  ]);
  assert.equal(failed.errorText, 'max uses exceeded');
  assert.equal(posts(chat).length, 1);
  await assertSameAfterReload(chat);
});
