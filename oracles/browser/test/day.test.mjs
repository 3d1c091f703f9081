// What a day with it takes: files, memories, meetings, search, settings, a second tab.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dateIn } from './support/dates.mjs';
import { PHONE, story } from './support/story.mjs';

const says = (text, reply) => ({ when: { lastUserContains: text }, reply });
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Lets go of a file over an element, as a hand or a clipboard would. */
async function give(person, event, selector, name, type, text) {
  await person.page.$eval(
    selector,
    (target, ...[kind, fileName, fileType, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], fileName, { type: fileType }));
      const happened =
        kind === 'paste'
          ? new ClipboardEvent(kind, { bubbles: true, cancelable: true, clipboardData: data })
          : new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data });
      target.dispatchEvent(happened);
    },
    event,
    name,
    type,
    text,
  );
}

story('files are picked, dropped and pasted, sent, and seen again', {
  script: [says('Look', { text: 'A dot and two notes.' })],
}, async ({ person, smithers }) => {
  const folder = await mkdtemp(join(tmpdir(), 'smithers-files-'));
  try {
    await writeFile(join(folder, 'dot.png'), DOT);
    await person.open('/');
    await person.has('composer');
    const input = await person.page.$('[data-testid="attach"]');
    await input.uploadFile(join(folder, 'dot.png'));
    await give(person, 'drop', '[data-testid="composer"]', 'notes.txt', 'text/plain', 'Milk, bread');
    await give(person, 'paste', '[data-testid="composer"]', 'more.md', 'text/markdown', '# Cheese');
    await person.sees('more.md', '[data-testid="attachment"]');
    await person.say('Look');

    await person.hears('A dot and two notes.');
    await person.hasNo('attachment');
    await person.reload();
    await person.has('message-file');
    await person.page.waitForFunction(
      () => document.querySelector('[data-testid="message-file"] img')?.naturalWidth === 1,
    );
    assert.deepEqual((await person.texts('message-file')).slice(1), ['notes.txt', 'more.md']);
    const sent = JSON.stringify(smithers.model.requests);
    assert.ok(sent.includes('"type":"image"') && sent.includes('Milk, bread'), 'the model read them');
  } finally {
    await rm(folder, { recursive: true });
  }
});

story('a file that is refused says why, and the rest can be sent', {
  script: [says('Look', { text: 'Fine.' })],
  tolerated: [/status of 422 .*\/api\/files/],
}, async ({ person }) => {
  await person.open('/');
  await person.has('composer');
  await give(person, 'drop', '[data-testid="composer"]', 'a.png', 'image/png', 'no picture at all');
  await person.page.waitForSelector('[data-testid="attachment"] [role="alert"]');
  await person.press('Remove a.png');
  await person.hasNo('attachment');
  await person.say('Look');
  await person.hears('Fine.');
});

story('memories are kept, changed, forgotten, and brought back', {}, async ({ person, smithers }) => {
  const texts = async () => (await smithers.call('GET', '/api/memories')).items.map(({ text }) => text);
  await person.open('/memories');
  await person.fillIn('New memory', 'I like tea');
  await person.press('Remember');
  await person.sees('I like tea', '[data-testid="memory"]');

  await person.press('Edit I like tea');
  await person.fillIn('Edit memory', 'I like green tea');
  await person.press('Save');
  await person.sees('I like green tea', '[data-testid="memory"]');
  assert.deepEqual(await texts(), ['I like green tea']);
  await person.press('Forget I like green tea');
  await person.hasNo('memory');
  await person.press('Undo');
  await person.sees('I like green tea', '[data-testid="memory"]');
});

story('what is remembered in a chat can be undone on its card', {
  script: [
    {
      when: { lastUserContains: 'Fridays', hasToolResult: false },
      reply: { tools: [{ name: 'remember', input: { text: 'At home on Fridays' } }] },
    },
    says('Fridays', { text: 'I will keep that in mind.' }),
  ],
}, async ({ person, smithers }) => {
  await person.open('/');
  await person.say('I am at home on Fridays');
  await person.hears('I will keep that in mind.');
  await person.click('undo');
  await person.sees('Undone', '[data-testid="tool-card"]');
  assert.deepEqual((await smithers.call('GET', '/api/memories')).items, []);
});

story('a meeting is added, moved, cancelled and deleted, by the person’s clocks', {
  timezone: 'America/New_York',
}, async ({ person, smithers }) => {
  const day = dateIn('America/New_York', 3);
  const meetings = async () => (await smithers.call('GET', `/api/meetings?from=${day}`)).items;
  await person.open('/meetings');
  await person.press('Add meeting');
  await person.fillIn('Title', 'Monday round');
  await person.setTime('Starts', `${day}T09:00`);
  await person.press('Add');
  await person.sees('Monday round', `section[aria-label="${day}"]`);
  await person.sees('9:00', '[data-testid="meeting"]');
  const [made] = await meetings();
  assert.equal(Date.parse(made.endsAt) - Date.parse(made.startsAt), 30 * 60_000);

  await person.pick('Monday round', 'Edit');
  await person.setTime('Starts', `${day}T14:15`);
  await person.press('Save');
  await person.sees('2:15', '[data-testid="meeting"]');
  await person.pick('Monday round', 'Cancel meeting');
  await person.sees('Cancelled', '[data-testid="meeting"]');
  assert.equal((await meetings())[0].status, 'cancelled');
  await person.pick('Monday round', 'Delete');
  await person.press('Delete');
  await person.hasNo('meeting');
});

story('Ctrl+K finds what was said, and opens it', {
  script: [says('elephant', { text: 'The <b>blue</b> elephant is called Émile.' })],
}, async ({ person, smithers }) => {
  await smithers.call('POST', '/api/conversations', { title: 'Something else' });
  await person.open('/');
  await person.say('Who is the elephant?');
  await person.hears('called Émile');
  await person.answerIsComplete();
  await person.open('/tasks');
  await person.has('conversation-item');
  await person.page.keyboard.down('Control');
  await person.page.keyboard.press('k');
  await person.page.keyboard.up('Control');
  await person.type('search', 'emil blue');

  await person.sees('Émile', '[data-testid="search-hit"] mark');
  await person.page.focus('[data-testid="search"]');
  await person.page.keyboard.press('ArrowDown');
  await person.page.keyboard.press('Enter');
  await person.hears('called Émile');
  await person.hasNo('search');
});

story('a second tab is true without asking', {
  script: [
    says('Hello', { text: 'Good day.' }),
    says('Once more', { text: 'Good day again.' }),
    {
      when: { lastUserContains: 'task', hasToolResult: false },
      reply: { tools: [{ name: 'create_task', input: { title: 'Milk' } }] },
    },
    says('task', { text: 'It is there.' }),
  ],
}, async ({ person, tab }) => {
  const [list, other] = [await tab(), await tab()];
  // As if each stood in a window of its own: none is hidden, so only events can tell it.
  for (const one of [person, list, other]) await one.page.emulateFocusedPage(true);
  await list.open('/tasks');
  await list.has('conversation-list');
  await person.open('/');
  await person.say('Hello');
  await person.hears('Good day.');
  await list.sees('Hello', '[data-testid="conversation-item"]');

  await other.open(person.path());
  await other.hears('Good day.');
  await person.page.bringToFront();
  await person.say('Once more');
  await other.sees('Once more', '[data-testid="message-user"]');
  await other.hears('Good day again.');

  await other.page.bringToFront();
  await other.say('A task, please');
  await person.has('approval-card');
  await list.page.bringToFront();
  await list.press('Approvals 1 waiting for your decision', 'link');
  await list.has('approval-card');
  await person.page.bringToFront();
  await person.click('approve');
  await other.hears('It is there.');
  await list.sees('Nothing waits for you');
  await list.page.bringToFront();
  await list.press('Tasks', 'link');
  await list.sees('Milk', '[data-testid="task"]');
});

story('settings are kept: profile, mode, rules', {}, async ({ person, smithers }) => {
  await person.open('/settings');
  await person.fillIn('Name', 'Ada L.');
  await person.page.locator('::-p-aria([name="Time zone"])').fill('Asia/Tokyo');
  await person.fillIn('Instructions', 'Be brief.');
  await person.press('Save profile');
  await person.sees('Saved.');
  const me = await smithers.call('GET', '/api/me');
  assert.equal(me.name, 'Ada L.');
  assert.equal(me.preferences.timezone, 'Asia/Tokyo');
  assert.equal(me.preferences.instructions, 'Be brief.');

  const section = 'section[aria-label="Permissions"] ';
  const mode = await person.page.waitForSelector(`${section}select`);
  await mode.select('plan');
  await person.sees('Nothing is changed.', section);
  await person.page.locator(`${section}input[required]`).fill('create_*');
  await person.page.locator(`${section}form button`).click();
  await person.sees('create_*', `${section}[data-testid="rule"]`);
  const { rules } = await smithers.call('GET', '/api/permissions');
  assert.deepEqual(rules.map(({ verdict, tool }) => [verdict, tool]), [['allow', 'create_*']]);
  await person.page.locator(`${section}[data-testid="rule"] button`).click();
  await person.page.waitForSelector(`${section}[data-testid="rule"]`, { hidden: true });
  const kept = await smithers.call('GET', '/api/permissions');
  assert.deepEqual(kept, { mode: 'plan', rules: [] });
});

story('a conversation that was exported is imported again, and is known', {
  script: [says('Hello', { text: 'Good day.' })],
}, async ({ person, smithers }) => {
  const folder = await mkdtemp(join(tmpdir(), 'smithers-import-'));
  try {
    await person.open('/');
    await person.say('Hello');
    await person.hears('Good day.');
    // What is read on the screen is stored when the answer is over.
    await person.answerIsComplete();
    const [{ id }] = (await smithers.call('GET', '/api/conversations')).items;
    const file = join(folder, 'hello.json');
    const exported = await smithers.call('GET', `/api/conversations/${id}/export?format=json`);
    await writeFile(file, JSON.stringify(exported));
    await smithers.call('DELETE', `/api/conversations/${id}`);

    await person.open('/settings');
    const input = await person.page.waitForSelector('section[aria-label="Import"] input');
    await input.uploadFile(file);
    await person.sees('1 imported', '[data-testid="import"]');
    await person.press('Hello', 'link');
    await person.hears('Good day.');
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const [path, shows] of [
  ['/memories', 'Memories'],
  ['/meetings', 'Meetings'],
  ['/settings', 'Import'],
  ['/usage', 'Tokens read'],
]) {
  story(`${path} fits a phone`, { viewport: PHONE }, async ({ person, shoot }) => {
    await person.open(path);
    await person.sees(shows, 'main');
    await person.page.waitForSelector('main .animate-spin', { hidden: true });
    await person.fitsItsWidth();
    await shoot(`phone${path.replace('/', '-')}`);
  });
}
