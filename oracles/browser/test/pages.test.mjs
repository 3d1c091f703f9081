// Getting around: the list of conversations, the tasks, the looks, a phone, the API reference.

import assert from 'node:assert/strict';

import { PHONE, story } from './support/story.mjs';

const item = '[data-testid="conversation-item"]';

async function startConversations(person, ...texts) {
  for (const text of texts) {
    await person.open('/');
    await person.say(text);
    await person.answerIsComplete();
    await person.has('message-assistant');
    await person.sees(text, item);
  }
}

story('conversations are listed, opened, and gone back to', {}, async ({ person }) => {
  await startConversations(person, 'What is on my list?', 'What is overdue?');
  const second = person.path();

  await person.press('What is on my list?', 'link');
  await person.sees('What is on my list?', '[data-testid="message-user"]');
  const first = person.path();
  assert.notEqual(first, second);
  await person.page.goBack();
  await person.isAt(second);
  await person.sees('What is overdue?', '[data-testid="message-user"]');
  await person.page.goForward();
  await person.isAt(first);
  await person.sees('What is on my list?', '[data-testid="message-user"]');
});

story('going from page to page keeps the app loaded', {}, async ({ person }) => {
  await startConversations(person, 'What is on my list?');
  await person.page.evaluate(() => {
    window.isStillLoaded = true;
  });
  for (const [name, shows] of [
    ['Tasks', 'Nothing is open'],
    ['Approvals', 'Nothing waits for you'],
    ['New chat', 'I ask before I change anything'],
    ['What is on my list?', 'You have no open tasks'],
  ]) {
    await person.press(name, 'link');
    await person.sees(shows, 'main');
  }
  await person.page.goBack();
  await person.sees('I ask before I change anything', 'main');
  assert.equal(await person.page.evaluate(() => window.isStillLoaded), true);
});

story('a conversation is renamed and deleted', {}, async ({ person, smithers }) => {
  await startConversations(person, 'What is on my list?');

  await person.pick('What is on my list?', 'Rename');
  await person.fillIn('Title', 'Monday round');
  await person.press('Rename');
  await person.sees('Monday round', item);
  await person.reload();
  await person.sees('Monday round', item);
  await person.pick('Monday round', 'Delete');
  await person.press('Delete');

  await person.isAt('/');
  await person.hasNo('conversation-item');
  assert.deepEqual((await smithers.call('GET', '/api/conversations')).items, []);
});

story('a long list of conversations goes on as it is scrolled', {}, async ({ person, smithers }) => {
  for (let number = 1; number <= 70; number += 1) {
    await smithers.call('POST', '/api/conversations', { title: `Round ${number}` });
  }
  await person.open('/');
  await person.sees('Round 70', item);

  await person.page.waitForFunction(() => {
    const list = document.querySelector('[data-testid="conversation-list"]');
    list.scrollTop = list.scrollHeight;
    return list.querySelectorAll('[data-testid="conversation-item"]').length === 70;
  });
  await person.sees('Round 1', item);
});

story('an address that is no conversation says so', { tolerated: [/status of 404 .*\/messages/] }, async ({ person }) => {
  await person.open('/c/nothing-here');
  await person.sees('This conversation is not here');
  await person.press('Start a new chat', 'link');
  await person.has('composer');
});

story('tasks are added, done, reopened and deleted', {}, async ({ person, smithers }) => {
  await person.open('/tasks');
  await person.sees('Nothing is open');
  await person.fillIn('New task', 'Book the room');
  await person.press('Add');
  await person.sees('Book the room', 'section[aria-label="Open"]');
  await person.press('Book the room', 'checkbox');
  await person.sees('Book the room', 'section[aria-label="Done"]');
  assert.equal((await smithers.tasks())[0].status, 'done');
  await person.press('Book the room', 'checkbox');
  await person.sees('Book the room', 'section[aria-label="Open"]');

  await person.press('Delete Book the room');
  await person.press('Delete');
  await person.hasNo('task');
  assert.deepEqual(await smithers.tasks(), []);
});

story('the dark look stays', {}, async ({ person }) => {
  const isDark = () => person.page.$eval('html', html => html.classList.contains('dark'));
  await person.open('/');
  assert.equal(await isDark(), false);
  await person.click('theme-toggle');
  assert.equal(await isDark(), true);
  await person.reload();
  assert.equal(await isDark(), true);
  await person.click('theme-toggle');
  await person.open('/tasks');
  assert.equal(await isDark(), false);
});

story('everything fits a phone', { viewport: PHONE }, async ({ person, smithers }) => {
  await person.open('/');
  await person.has('composer');
  await person.fitsItsWidth();
  await person.say('add a task to send the offer to the people at Hallström & Daughters by Friday');
  await person.has('approval-card');
  await person.fitsItsWidth();
  await person.click('approve');
  await person.hears('I added');
  await person.fitsItsWidth();

  await person.press('Open menu');
  await person.sees('Conversations', '[role="dialog"]');
  await person.fitsItsWidth();
  await person.press('Tasks', 'link');
  await person.hasNo('conversation-list');
  await person.sees('Send the offer to the people', '[data-testid="task"]');
  await person.fitsItsWidth();
  await person.open('/approvals');
  await person.sees('Nothing waits for you');
  await person.fitsItsWidth();
  assert.equal((await smithers.tasks()).length, 1);
});

story('the API reference is drawn from this server alone', { signedIn: false }, async ({ person }) => {
  await person.open('/api/docs');
  await person.sees('/api/agent');
  await person.sees('Smithers');
});
