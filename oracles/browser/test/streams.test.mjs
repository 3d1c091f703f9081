// Answers while they are being written.

import assert from 'node:assert/strict';

import { PAUSE, SERVER_GONE, story } from './support/story.mjs';

const says = (text, reply, times) => ({ when: { lastUserContains: text }, times, reply });
const LONG = { text: `It begins well, ${PAUSE} and it ends well.` };

story('an answer appears while it is written', { script: [says('Tell me', LONG)] }, async ({ person, smithers }) => {
  await person.open('/');
  await person.say('Tell me');

  await person.hears('It begins well');
  await person.has('stop');
  await person.seesNo('it ends well');
  smithers.model.goOn();
  await person.hears('and it ends well.');
  await person.answerIsComplete();
});

story('a reload in mid-answer shows all of it and goes on', { script: [says('Tell me', LONG)] }, async ({ person, smithers }) => {
  await person.open('/');
  await person.say('Tell me');
  await person.hears('It begins well');

  await person.reload();
  await person.hears('It begins well');
  await person.has('stop');
  smithers.model.goOn();
  await person.hears('and it ends well.');
  await person.answerIsComplete();
  assert.deepEqual(await person.texts('message-user'), ['Tell me']);
  assert.equal((await person.texts('message-assistant')).length, 1);
  assert.equal(smithers.model.requests.filter(asksFor('Tell me')).length, 1);
});

story('two tabs show the same answer', { script: [says('Tell me', LONG)] }, async ({ person, smithers, tab }) => {
  await person.open('/');
  await person.say('Tell me');
  await person.hears('It begins well');
  const other = await tab();
  await other.open(person.path());
  await other.hears('It begins well');

  smithers.model.goOn();
  await other.hears('and it ends well.');
  await person.hears('and it ends well.');
});

story('Stop keeps what was written, and the conversation goes on', {
  script: [says('Tell me', LONG), says('Something else', { text: 'With pleasure.' })],
}, async ({ person }) => {
  await person.open('/');
  await person.say('Tell me');
  await person.hears('It begins well');
  await person.click('stop');

  await person.hears('Stopped');
  await person.hears('It begins well');
  await person.say('Something else');
  await person.hears('With pleasure.');
  await person.reload();
  await person.sees('Stopped');
  await person.hears('With pleasure.');
});

story('an edited message gets a new answer in place of the old', {
  script: [says('Paris', { text: 'About Paris.' }), says('Rome', { text: 'About Rome.' })],
}, async ({ person }) => {
  await person.open('/');
  await person.say('Tell me of Paris');
  await person.hears('About Paris.');
  await person.answerIsComplete();
  await person.page.hover('[data-testid="message-user"]');
  await person.press('Edit message');
  await person.type('edit-input', 'Tell me of Rome');
  await person.press('Send');

  await person.hears('About Rome.');
  await person.seesNo('About Paris.');
  await person.answerIsComplete();
  await person.reload();
  await person.hears('About Rome.');
  assert.deepEqual(await person.texts('message-user'), ['Tell me of Rome\n\n2/2']);
});

story('older versions of a message are gone back to, and stay where one left', {
  script: [
    says('Paris', { text: 'About Paris.' }),
    says('Rome', { text: 'About Rome.' }, 1),
    says('Rome', { text: 'More about Rome.' }),
  ],
}, async ({ person }) => {
  await person.open('/');
  await person.say('Tell me of Paris');
  await person.hears('About Paris.');
  await person.answerIsComplete();
  await person.page.hover('[data-testid="message-user"]');
  await person.press('Edit message');
  await person.type('edit-input', 'Tell me of Rome');
  await person.press('Send');
  await person.hears('About Rome.');
  await person.sees('2/2', '[data-testid="message-user"]');
  await person.page.hover('[data-testid="message-assistant"]');
  await person.press('Answer again');
  await person.hears('More about Rome.');
  await person.sees('2/2', '[data-testid="message-assistant"]');

  const question = '[data-testid="message-user"] ';
  const answer = '[data-testid="message-assistant"] ';
  await person.page.locator(`${answer}[aria-label="Earlier version"]`).click();
  await person.hears('About Rome.');
  await person.sees('1/2', '[data-testid="message-assistant"]');
  await person.page.locator(`${question}[aria-label="Earlier version"]`).click();
  await person.hears('About Paris.');
  await person.reload();
  await person.hears('About Paris.');
  await person.page.locator(`${question}[aria-label="Later version"]`).click();
  await person.sees('Tell me of Rome', '[data-testid="message-user"]');
});

story('“Answer again” brings another answer to the same message', {
  script: [says('A joke', { text: 'The first one.' }, 1), says('A joke', { text: 'The second one.' })],
}, async ({ person }) => {
  await person.open('/');
  await person.say('A joke');
  await person.hears('The first one.');
  await person.answerIsComplete();
  await person.page.hover('[data-testid="message-assistant"]');
  await person.press('Answer again');

  await person.hears('The second one.');
  await person.seesNo('The first one.');
  await person.answerIsComplete();
  await person.reload();
  await person.hears('The second one.');
  assert.deepEqual(await person.texts('message-user'), ['A joke']);
});

story('thinking folds away, and markup cannot reach another host', {
  script: [says('Think', {
    thinking: 'Let me weigh this.',
    text: '**Done.** ![x](https://elsewhere.example/p.png?q=secret) <img src="https://elsewhere.example/q.png"> [here](https://elsewhere.example/r)',
  })],
}, async ({ person }) => {
  await person.open('/');
  await person.say('Think');

  await person.hears('Done.');
  await person.answerIsComplete();
  assert.equal(await person.page.$('main img'), null);
  await person.press('here');
  await person.sees('This link leads outside Smithers', '[role="dialog"]');
});

story('a failed answer says so and can be asked for again', {
  script: [
    says('Try', { error: { type: 'invalid_request_error' } }, 1),
    says('Try', { text: 'This time it worked.' }),
  ],
}, async ({ person }) => {
  await person.open('/');
  await person.say('Try');
  await person.press('Try again');

  await person.hears('This time it worked.');
  assert.deepEqual(await person.texts('message-user'), ['Try']);
});

story('a server that dies in mid-answer is waited for, and the answer ends', {
  script: [says('Tell me', LONG)],
  env: { SMITHERS_LEASE_TTL: '2s' },
  tolerated: [SERVER_GONE],
}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say('Tell me');
  await person.hears('It begins well');

  await smithers.crash();
  await person.sees('Connection lost');
  smithers.model.goOn();
  await smithers.startAgain();
  await person.hears('and it ends well.');
  await person.answerIsComplete();
  await person.seesNo('Connection lost');
  assert.equal((await person.texts('message-assistant')).length, 1);
});

function asksFor(text) {
  return ({ messages, tools }) => tools !== undefined && JSON.stringify(messages.at(-1)).includes(text);
}
