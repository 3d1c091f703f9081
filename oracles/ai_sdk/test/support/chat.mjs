// The unmodified client: the `Chat` behind `useChat`, and what it has on the screen.

import assert from 'node:assert/strict';
import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, safeValidateUIMessages } from 'ai';

/** A client of a conversation, with every run's end in `ends` and every request in `sent`. */
export function open(smithers, { id = crypto.randomUUID(), ...init } = {}) {
  const ends = [];
  const data = [];
  const sent = [];
  const watchers = new Set();
  const transport = transportOf(smithers, sent);
  const chat = new Chat({
    id,
    transport,
    onFinish(end) {
      ends.push(end);
      for (const look of watchers) look();
    },
    onData: (part) => data.push(part),
    ...init,
  });
  return Object.assign(chat, { smithers, ends, data, sent, watchers });
}

export function transportOf(smithers, sent = []) {
  return new DefaultChatTransport({
    api: `${smithers.url}/api/agent`,
    fetch: (input, init = {}) => {
      const body = init.body === undefined ? undefined : JSON.parse(init.body);
      sent.push({ method: init.method ?? 'GET', url: String(input), body });
      return smithers.fetch(input, init);
    },
  });
}

/** Waits until the client shows what is described. */
export function until(chat, holds) {
  return new Promise((resolve) => {
    const undo = [];
    const look = () => {
      if (!holds(chat)) return;
      for (const step of undo) step();
      resolve();
    };
    chat.watchers.add(look);
    undo.push(
      () => chat.watchers.delete(look),
      chat['~registerMessagesCallback'](look),
      chat['~registerStatusCallback'](look),
    );
    look();
  });
}

/** Waits until so many runs have ended. */
export const runs = (chat, count) =>
  until(chat, () => chat.ends.length >= count && ['ready', 'error'].includes(chat.status));

export const last = (chat) => chat.messages.at(-1);
export const textOf = (message) =>
  (message?.parts ?? [])
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('|');
export const texts = (chat) => chat.messages.map(textOf);
export const tools = (message) =>
  (message?.parts ?? []).filter((part) => part.type === 'dynamic-tool');
export const states = (message) => tools(message).map((part) => part.state);
export const posts = (chat) => chat.sent.filter(({ method }) => method === 'POST');

/** The messages as a page that is loaded anew gets them. */
export async function load(chat) {
  const { items } = await chat.smithers.call('GET', `/api/conversations/${chat.id}/messages`);
  const checked = await safeValidateUIMessages({ messages: items });
  assert.ok(checked.success, `useChat would refuse the stored messages: ${checked.error}`);
  return items;
}

/** What is on the screen is what a reload shows: same messages, same parts. */
export async function assertSameAfterReload(chat, tidy = (part) => part) {
  const shown = chat.messages.map((message) => comparable(message, tidy));
  const stored = (await load(chat)).map((message) => comparable(message, tidy));
  assert.deepEqual(shown, stored);
}

function comparable({ id, role, parts }, tidy) {
  const plain = JSON.parse(JSON.stringify(parts));
  // Where a data part stands differs: live it is replaced in place, stored it comes last.
  const data = plain.filter(({ type }) => type.startsWith('data-'));
  const rest = plain.filter(({ type }) => !type.startsWith('data-'));
  data.sort((a, b) => `${a.type} ${a.id}`.localeCompare(`${b.type} ${b.id}`));
  return { id, role, parts: rest.map(tidy), data };
}
