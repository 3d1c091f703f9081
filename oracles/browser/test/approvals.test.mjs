// One question, one approved change: nothing is written before the person says so.

import assert from 'node:assert/strict';

import { dateIn, nextFriday } from './support/dates.mjs';
import { SERVER_GONE, story } from './support/story.mjs';

const OFFER = 'add a task to send the offer by Friday';

for (const timezone of ['America/Los_Angeles', 'Asia/Tokyo']) {
  story(`a task is added after Approve, on the right Friday in ${timezone}`, { timezone }, async ({ person, smithers }) => {
    const friday = nextFriday(timezone);
    await person.open('/');
    await person.say(OFFER);

    await person.has('approval-card');
    const [card] = await person.texts('approval-card');
    assert.match(card, /Add task/);
    assert.match(card, /Send the offer/);
    assert.ok(card.includes(inWords(friday)), card);
    assert.match(card, /Approve\s+Deny/);
    assert.ok(!card.includes('dueOn'), 'arguments stand in words');
    assert.deepEqual(await smithers.tasks(), []);

    await person.click('approve');
    await person.hears('I added “Send the offer”');
    await person.hasNo('approval-card');
    const [task, ...others] = await smithers.tasks();
    assert.equal(task.title, 'Send the offer');
    assert.equal(task.dueOn, friday);
    assert.deepEqual(others, []);
    assert.equal((await person.texts('message-assistant')).length, 1);
  });
}

for (const timezone of ['Pacific/Pago_Pago', 'Pacific/Kiritimati']) {
  story(`“tomorrow” is the person’s own, in ${timezone}`, { timezone }, async ({ person, smithers }) => {
    const tomorrow = dateIn(timezone, 1);
    await person.open('/');
    await person.say('add a task to call Anna tomorrow');
    await person.has('approval-card');
    assert.ok((await person.texts('approval-card'))[0].includes(inWords(tomorrow)));

    await person.click('approve');
    await person.hears('I added “Call Anna”');
    assert.equal((await smithers.tasks())[0].dueOn, tomorrow);
  });
}

story('reading the list asks for nothing', {}, async ({ person, smithers }) => {
  await smithers.call('POST', '/api/tasks', { title: 'Water the plants' });
  await person.open('/');
  await person.say('What is on my list?');

  await person.hears('Water the plants');
  await person.answerIsComplete();
  assert.deepEqual(await person.texts('approval-card'), []);
  assert.deepEqual((await smithers.call('GET', '/api/approvals')).items, []);
});

story('a denial’s reason reaches the answer, and stays to be read', {}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.click('deny');
  await person.type('deny-reason', 'Anna has sent it already');
  await person.click('deny-confirm');

  await person.hears('Anna has sent it already');
  await person.answerIsComplete();
  await person.sees('Denied', '[data-testid="tool-card"]');
  assert.deepEqual(await smithers.tasks(), []);

  await person.reload();
  await person.hears('Anna has sent it already');
  await person.sees('Denied', '[data-testid="tool-card"]');
});

story('a new message withdraws the open question', {}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.has('approval-card');
  await person.say('What is on my list?');

  await person.hears('You have no open tasks');
  await person.answerIsComplete();
  await person.hasNo('approval-card');
  await person.sees('Withdrawn', '[data-testid="tool-card"]');
  assert.deepEqual(await smithers.tasks(), []);
  await person.reload();
  await person.sees('Withdrawn', '[data-testid="tool-card"]');
});

story('the inbox shows what waits, and the conversation goes on after it', {}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.has('approval-card');
  await person.press('Approvals 1 waiting for your decision', 'link');
  await person.isAt('/approvals');
  await person.sees('Send the offer', '[data-testid="approval-card"]');

  await person.click('approve');
  await person.sees('Nothing waits for you');
  await person.hasNo('approval-card');
  await person.page.goBack();
  await person.hears('I added “Send the offer”');
  assert.equal((await smithers.tasks()).length, 1);
});

story('“Same answer always” is not asked again', {}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.has('approval-card');
  await person.page.select('[data-testid="remember"]', 'always');
  await person.click('approve');
  await person.hears('I added “Send the offer”');
  await person.answerIsComplete();

  await person.say('add a task to call Anna');
  await person.hears('I added “Call Anna”');
  assert.equal((await smithers.tasks()).length, 2);
});

story('a question that nobody answers expires', {
  env: { SMITHERS_APPROVAL_TTL: '3s' },
}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.has('approve');
  await person.hasNo('approve');
  await smithers.expired();

  await person.reload();
  await person.sees('Expired', '[data-testid="tool-card"]');
  await person.sees('Nobody decided in time');
  assert.deepEqual(await smithers.tasks(), []);
});

story('a question survives kill -9, and its answer counts once', {
  tolerated: [SERVER_GONE],
}, async ({ person, smithers, tab }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.has('approval-card');
  const other = await tab();
  await other.open(person.path());
  await other.has('approval-card');

  await smithers.crash();
  await person.page.bringToFront();
  await person.click('approve');
  await person.sees('The server could not be reached', '[data-testid="approval-card"]');
  await smithers.startAgain();
  await person.click('approve');
  await person.hears('I added “Send the offer”');

  // The other tab may have noticed by itself.
  await other.page.bringToFront();
  await other.page.$eval('[data-testid="approve"]', button => button.click()).catch(() => {});
  await other.hears('I added “Send the offer”');
  await other.reload();
  await other.hears('I added “Send the offer”');
  assert.equal((await smithers.tasks()).length, 1);
});

story('what is edited before Approve is what happens', {}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.click('edit');
  await person.fillIn('Title', 'Send the better offer');
  await person.setTime('Due', '2031-05-06');
  await person.click('add-notes');
  await person.fillIn('Notes', 'With the new prices');
  await person.click('approve-edited');

  await person.hasNo('approval-card');
  await person.answerIsComplete();
  const [task] = await smithers.tasks();
  assert.equal(task.title, 'Send the better offer');
  assert.equal(task.dueOn, '2031-05-06');
  assert.equal(task.notes, 'With the new prices');
});

story('an edit that the tool would refuse is complained about at its field', {
  tolerated: [/status of 422 .*\/api\/approvals\//],
}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say(OFFER);
  await person.click('edit');
  await person.fillIn('Title', ' ');
  await person.click('approve-edited');

  const title = await person.page.waitForSelector('[data-argument="title"][aria-invalid="true"]');
  const note = await title.evaluate(input => document.getElementById(input.getAttribute('aria-describedby')).innerText);
  assert.notEqual(note, '');
  assert.deepEqual(await smithers.tasks(), []);
  await person.fillIn('Title', 'Send it');
  await person.click('approve-edited');
  await person.hears('Send it');
});

story('several questions of one step are approved at once', {
  script: [
    {
      when: { lastUserContains: 'Two tasks', hasToolResult: false },
      reply: { tools: ['Milk', 'Bread\u202eknat'].map(title => ({ name: 'create_task', input: { title } })) },
    },
    { when: { lastUserContains: 'Two tasks' }, reply: { text: 'Both are there.' } },
  ],
}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say('Two tasks');
  await person.sees('Bread⟨U+202E⟩knat', '[data-testid="approval-card"]');
  await person.click('approve-all');

  await person.hears('Both are there.');
  await person.hasNo('approval-card');
  assert.equal((await smithers.tasks()).length, 2);
});

/** As the card writes a day. */
const inWords = day =>
  new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
