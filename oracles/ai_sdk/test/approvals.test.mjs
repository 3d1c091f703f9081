// Approvals through their endpoint and through the client, with the built-in model and its tasks.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';

import {
  assertSameAfterReload,
  last,
  load,
  open,
  posts,
  runs,
  states,
  textOf,
  tools,
} from './support/chat.mjs';
import { startSmithers, ZONE } from './support/smithers.mjs';

let smithers;
before(async () => {
  smithers = await startSmithers();
});
after(() => smithers?.stop());

/** A client that sends answers by itself, as the AI SDK's documentation shows it. */
const openAnswering = (server, init) =>
  open(server, {
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    ...init,
  });

const tasks = async (server, title) =>
  (await server.call('GET', `/api/tasks?q=${encodeURIComponent(title)}`)).items;

/** The next Friday after today, where Ada lives. */
function friday() {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(new Date());
  const day = new Date(`${today}T00:00:00Z`);
  do day.setUTCDate(day.getUTCDate() + 1);
  while (day.getUTCDay() !== 5);
  return day.toISOString().slice(0, 10);
}

test('a write waits for its approval, and nothing is done before', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'Add a task to send the offer by Friday' });

  assert.equal(chat.status, 'ready');
  assert.equal(chat.ends[0].finishReason, 'tool-calls');
  const [part] = tools(last(chat));
  assert.equal(part.state, 'approval-requested');
  assert.equal(part.toolName, 'create_task');
  assert.deepEqual(part.input, { title: 'Send the offer', dueOn: friday() });
  const { descriptor } = part.approval;
  assert.match(descriptor.digest, /^[0-9a-f]{64}$/);
  assert.ok(Date.parse(descriptor.expiresAt) > Date.now());
  assert.match(descriptor.summary, /Send the offer/);
  assert.deepEqual(await tasks(smithers, 'Send the offer'), []);
  await assertSameAfterReload(chat);
});

test('approved at its endpoint, the answer goes on in the same message', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Add a task to call Anna by Friday' });
  const { id } = last(chat);
  const [{ approval }] = tools(last(chat));

  await smithers.call('POST', `/api/approvals/${approval.id}`, {
    decision: 'approve',
    digest: approval.descriptor.digest,
  });
  await chat.resumeStream();

  assert.equal(chat.status, 'ready');
  assert.equal(chat.ends.at(-1).finishReason, 'stop');
  assert.equal(chat.messages.length, 2);
  assert.equal(last(chat).id, id);
  assert.deepEqual(states(last(chat)), ['output-available']);
  assert.match(textOf(last(chat)), /^I added “Call Anna”, due (on Friday|tomorrow)/);
  const [task] = await tasks(smithers, 'Call Anna');
  assert.equal(task.dueOn, friday());
  // No chunk says who decided, so only a reload does.
  await assertSameAfterReload(chat, withoutDecision);
});

test('denied at its endpoint with a reason, nothing is done and the reason is heard', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Add a task to paint the shed' });
  const [{ approval }] = tools(last(chat));

  await smithers.call('POST', `/api/approvals/${approval.id}`, {
    decision: 'deny',
    reason: 'It is painted already',
  });
  await chat.resumeStream();

  assert.deepEqual(states(last(chat)), ['output-denied']);
  assert.match(textOf(last(chat)), /It is painted already/);
  assert.deepEqual(await tasks(smithers, 'shed'), []);
  await assertSameAfterReload(chat, withoutDecision);
});

test('approved in the client, one post brings only what follows', async () => {
  const chat = openAnswering(smithers);
  await chat.sendMessage({ text: 'Add a task to water the plants by Friday' });
  const { id, parts } = last(chat);
  const [{ approval }] = tools(last(chat));

  await chat.addToolApprovalResponse({ id: approval.id, approved: true });
  await runs(chat, 2);

  assert.equal(chat.status, 'ready');
  assert.equal(posts(chat).length, 2);
  assert.equal(posts(chat)[1].body.messageId, id);
  assert.equal(last(chat).id, id);
  assert.equal(chat.messages.length, 2);
  const kinds = last(chat)
    .parts.map(({ type }) => type)
    .filter((type) => !type.startsWith('data-'));
  assert.deepEqual(kinds, ['step-start', 'dynamic-tool', 'step-start', 'text']);
  assert.equal(last(chat).parts.length, parts.length + 2);
  assert.deepEqual(states(last(chat)), ['output-available']);
  const [task] = await tasks(smithers, 'Water the plants');
  assert.equal(task.dueOn, friday());
  assert.equal(tools(last(chat))[0].output.id, task.id);
  await assertSameAfterReload(chat);
});

test('denied in the client with a reason, the part and the answer say so', async () => {
  const chat = openAnswering(smithers);
  await chat.sendMessage({ text: 'Add a task to sell the car' });
  const [{ approval }] = tools(last(chat));

  await chat.addToolApprovalResponse({ id: approval.id, approved: false, reason: 'I need it' });
  await runs(chat, 2);

  const [part] = tools(last(chat));
  assert.equal(part.state, 'output-denied');
  assert.deepEqual(part.approval, { ...approval, approved: false, reason: 'I need it' });
  assert.match(textOf(last(chat)), /I need it/);
  assert.deepEqual(await tasks(smithers, 'car'), []);
  await assertSameAfterReload(chat);
});

test('an approval survives a reload of the page', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Add a task to mend the fence' });

  const reloaded = openAnswering(smithers, { id: chat.id, messages: await load(chat) });
  await reloaded.resumeStream();
  assert.equal(reloaded.status, 'ready');
  const [{ approval }] = tools(last(reloaded));
  await reloaded.addToolApprovalResponse({ id: approval.id, approved: true });
  await runs(reloaded, 1);

  assert.deepEqual(states(last(reloaded)), ['output-available']);
  assert.equal((await tasks(smithers, 'Mend the fence')).length, 1);
  await assertSameAfterReload(reloaded);
});

test('a new message supersedes an open approval, whose old part then does not matter', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Add a task to buy a boat' });
  const [{ approval }] = tools(last(chat));

  await chat.sendMessage({ text: 'hello' });
  assert.equal(chat.status, 'ready');
  assert.match(textOf(last(chat)), /^Hello!/);
  const decided = await smithers.call('GET', `/api/approvals/${approval.id}`);
  assert.equal(decided.status, 'superseded');

  // Answered late, it is posted along as an answered part of an earlier message.
  await chat.addToolApprovalResponse({ id: approval.id, approved: true });
  await chat.sendMessage({ text: 'thanks' });
  assert.equal(chat.status, 'ready');
  assert.equal(posts(chat).at(-1).body.messages[1].parts.at(-1).type, 'data-usage');
  assert.ok(JSON.stringify(posts(chat).at(-1).body.messages[1]).includes('approval-responded'));
  assert.deepEqual(await tasks(smithers, 'boat'), []);
  assert.deepEqual(states((await load(chat))[1]), ['output-error']);
});

test('an answer to a superseded approval is refused with a problem that can be read', async () => {
  const chat = openAnswering(smithers);
  await chat.sendMessage({ text: 'Add a task to buy a horse' });
  const [{ approval }] = tools(last(chat));
  await open(smithers, { id: chat.id }).sendMessage({ text: 'hello' });

  await chat.addToolApprovalResponse({ id: approval.id, approved: true });
  await runs(chat, 2);

  assert.equal(chat.status, 'error');
  const problem = JSON.parse(chat.error.message);
  assert.equal(problem.status, 409);
  assert.equal(problem.code, 'approval_decided');
  assert.match(problem.detail, /no longer counts/);
  assert.deepEqual(await tasks(smithers, 'horse'), []);
});

test('an approval that another page denied cannot be approved', async () => {
  const chat = openAnswering(smithers);
  await chat.sendMessage({ text: 'Add a task to buy a piano' });
  const [{ approval }] = tools(last(chat));
  await smithers.call('POST', `/api/approvals/${approval.id}`, { decision: 'deny' });

  await chat.addToolApprovalResponse({ id: approval.id, approved: true });
  await runs(chat, 2);

  assert.equal(JSON.parse(chat.error.message).code, 'approval_decided');
  assert.deepEqual(await tasks(smithers, 'piano'), []);
});

test('the same answer from two pages is carried out once and streamed to both', async () => {
  const chat = openAnswering(smithers);
  await chat.sendMessage({ text: 'Add a task to feed the cat' });
  const other = openAnswering(smithers, { id: chat.id, messages: await load(chat) });
  const [{ approval }] = tools(last(chat));

  await chat.addToolApprovalResponse({ id: approval.id, approved: true });
  await other.addToolApprovalResponse({ id: approval.id, approved: true });
  await Promise.all([runs(chat, 2), runs(other, 1)]);

  assert.equal((await tasks(smithers, 'Feed the cat')).length, 1);
  await assertSameAfterReload(chat);
  await assertSameAfterReload(other);
});

test('stopping a conversation that waits ends its open approval', async () => {
  const chat = open(smithers);
  await chat.sendMessage({ text: 'Add a task to rent a van' });
  const [{ approval }] = tools(last(chat));

  await smithers.call('POST', `/api/agent/${chat.id}/stop`);

  const { status } = await smithers.call('GET', `/api/approvals/${approval.id}`);
  assert.equal(status, 'superseded');
  await chat.sendMessage({ text: 'hello' });
  assert.equal(chat.status, 'ready');
});

/** A tool's part without what a person answered. */
function withoutDecision(part) {
  if (!part.approval) return part;
  const { approved, reason, ...approval } = part.approval;
  return { ...part, approval };
}
