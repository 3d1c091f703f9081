// An answer that goes on and on is ended, and says so.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertSameAfterReload, last, open, states } from './support/chat.mjs';
import { startSmithers } from './support/smithers.mjs';

let smithers;
before(async () => {
  smithers = await startSmithers({
    script: [
      {
        when: { lastUserContains: 'On and on' },
        reply: { tools: [{ name: 'list_tasks', input: {} }] },
      },
    ],
    env: { AGENT_MAX_TURNS: '2' },
  });
});
after(() => smithers?.stop());

test('an answer that met its limit ends with a notice and `length`', async () => {
  const chat = open(smithers);

  await chat.sendMessage({ text: 'On and on' });

  assert.equal(chat.status, 'ready');
  assert.equal(chat.ends[0].finishReason, 'length');
  assert.deepEqual(states(last(chat)), ['output-available', 'output-available']);
  const notice = last(chat).parts.find(({ type }) => type === 'data-notice');
  assert.equal(notice.data.code, 'turn_limit');
  assert.ok(notice.data.text.length > 0);
  await assertSameAfterReload(chat);
});
