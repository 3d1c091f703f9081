// The moment that everything is about, in every look. SCREENSHOTS names a folder to keep it in.

import assert from 'node:assert/strict';

import { dateIn, nextFriday } from './support/dates.mjs';
import { DESKTOP, PHONE, story } from './support/story.mjs';

const timezone = 'Europe/Berlin';
const ASKS = 'Remind me to send Hallström the revised offer by Friday';
const script = [
  {
    when: { lastUserContains: ASKS, hasToolResult: false },
    reply: { tools: [{ name: 'list_tasks', input: { status: 'open', q: 'offer' } }] },
  },
  {
    when: { lastUserContains: ASKS },
    reply: {
      text: 'Nothing on your list is about the offer yet, so I would add this:',
      tools: [
        {
          name: 'create_task',
          input: {
            title: 'Send Hallström the revised offer',
            dueOn: nextFriday(timezone),
            notes: 'With the new delivery dates',
          },
        },
      ],
    },
  },
];

const LOOKS = [
  { name: 'desktop-light', viewport: DESKTOP, scheme: 'light' },
  { name: 'desktop-dark', viewport: DESKTOP, scheme: 'dark' },
  { name: 'phone-light', viewport: PHONE, scheme: 'light' },
  { name: 'phone-dark', viewport: PHONE, scheme: 'dark' },
];

for (const { name, ...look } of LOOKS) {
  story(`a question can be read and answered: ${name}`, { ...look, timezone, script }, async ({ person, smithers, shoot }) => {
    for (const title of ['Notes for the quarterly review', 'Who is away in December?', 'Monday round']) {
      await smithers.call('POST', '/api/conversations', { title });
    }
    await smithers.call('POST', '/api/tasks', { title: 'Water the plants', dueOn: dateIn(timezone, 1) });
    await smithers.call('POST', '/api/tasks', { title: 'Book the room' });
    await person.open('/');
    await person.has('composer');
    await shoot(`${name}-empty`);
    await person.say(ASKS);
    await person.has('approval-card');
    await person.answerIsComplete();
    await person.fitsItsWidth();
    await shoot(`${name}-card`);

    await person.click('deny');
    await person.has('deny-reason');
    await shoot(`${name}-denying`);
    await person.press('Back');
    await isOnScreen(person, 'approve');
    await person.open('/approvals');
    await person.has('approval-card');
    await shoot(`${name}-inbox`);
    await person.open('/tasks');
    await person.has('task');
    await shoot(`${name}-tasks`);
    assert.equal((await smithers.tasks()).length, 2);
  });
}

async function isOnScreen(person, testId) {
  await person.page.waitForFunction(
    id => {
      const { top, bottom } = document.querySelector(`[data-testid="${id}"]`).getBoundingClientRect();
      return top >= 0 && bottom <= window.innerHeight;
    },
    {},
    testId,
  );
}
