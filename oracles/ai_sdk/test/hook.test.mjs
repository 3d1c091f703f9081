// The hook itself, in a page: what the documentation tells people to write works as it stands.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Window } from 'happy-dom';
import { lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai';

import { load, textOf, tools, transportOf } from './support/chat.mjs';
import { startSmithers } from './support/smithers.mjs';

const page = new Window();
Object.assign(globalThis, { window: page, document: page.document });
globalThis.navigator ??= page.navigator;
const { createElement, StrictMode, useEffect } = await import('react');
const { createRoot } = await import('react-dom/client');
const { useChat } = await import('@ai-sdk/react');

const LONG = 'One word after the other. '.repeat(30);
const SCRIPT = [
  { when: { lastUserContains: 'Write a while' }, reply: { text: LONG, deltaMs: 30 } },
  { when: { lastUserContains: 'Add it', hasToolResult: true }, reply: { text: 'It is added.' } },
  {
    when: { lastUserContains: 'Add it' },
    reply: { tools: [{ name: 'create_task', input: { title: 'It' } }] },
  },
];

let smithers;
before(async () => {
  smithers = await startSmithers({ script: SCRIPT });
});
after(() => smithers?.stop());

let pages;
beforeEach(() => {
  pages = [];
});
afterEach(() => {
  for (const { unmount } of pages) unmount();
});

function Page({ options, onShown }) {
  const chat = useChat(options);
  useEffect(() => onShown(chat));
  return createElement('main', null, chat.messages.map(textOf).join('\n'));
}

/** A page with one chat; `chat()` is what the hook returned for what is shown. */
function show(options) {
  const watchers = new Set();
  let chat;
  const onShown = (shown) => {
    chat = shown;
    for (const look of watchers) look();
  };
  const element = page.document.createElement('div');
  const root = createRoot(element);
  root.render(createElement(StrictMode, null, createElement(Page, { options, onShown })));
  const shown = {
    chat: () => chat,
    text: () => element.textContent,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!chat || !holds(chat)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    unmount: () => root.unmount(),
  };
  pages.push(shown);
  return shown;
}

test('a message is sent, streamed into the page and answered', async () => {
  const { chat, text, until } = show({ transport: transportOf(smithers) });
  await until(({ status }) => status === 'ready');

  chat().sendMessage({ text: 'Write a while' });
  await until(({ messages }) => textOf(messages.at(-1)).includes('One word'));
  assert.ok(text().includes('One word'));
  assert.ok(text().length < LONG.length, 'the answer was still being written');
  await until(({ status }) => status === 'ready');

  assert.equal(text(), `Write a while\n${LONG}`);
});

test('a page that is reloaded with `resume` goes on where the answer is', async () => {
  const id = crypto.randomUUID();
  const transport = transportOf(smithers);
  const first = show({ id, transport });
  await first.until(({ status }) => status === 'ready');
  first.chat().sendMessage({ text: 'Write a while' });
  await first.until(({ messages }) => textOf(messages.at(-1)).includes('One word'));
  first.unmount();

  const messages = await load({ smithers, id });
  const second = show({ id, transport, messages, resume: true });
  await second.until((chat) => chat.status === 'streaming');
  await second.until((chat) => chat.status === 'ready');

  assert.equal(second.text(), `Write a while\n${LONG}`);
  assert.equal(second.chat().messages.length, 2);
});

test('an approval is given in the page and the answer goes on', async () => {
  const { chat, text, until } = show({
    transport: transportOf(smithers),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  await until(({ status }) => status === 'ready');
  chat().sendMessage({ text: 'Add it' });
  const states = (messages) => tools(messages.at(-1)).map(({ state }) => state);
  await until(
    ({ messages, status }) => status === 'ready' && states(messages)[0] === 'approval-requested',
  );

  const [{ approval }] = tools(chat().messages.at(-1));
  chat().addToolApprovalResponse({ id: approval.id, approved: true });
  await until(
    ({ messages, status }) => status === 'ready' && states(messages)[0] === 'output-available',
  );

  assert.equal(text(), 'Add it\nIt is added.');
  assert.equal(chat().messages.length, 2);
});
