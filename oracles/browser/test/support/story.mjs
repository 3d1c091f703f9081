// A story is one promise of the web app. It runs on every database, with a server, a browser
// session and nothing else of its own, and no tab may complain about anything.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { DESKTOP, openTab, startBrowser } from './browser.mjs';
import { DATABASES } from './database.mjs';
import { Person } from './person.mjs';
import { startSmithers } from './smithers.mjs';

export { PAUSE } from './model.mjs';
export { DESKTOP, PHONE } from './browser.mjs';

/** What the browser logs of requests to a server that is killed under them. */
export const SERVER_GONE =
  /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)/;

const { SCREENSHOTS } = process.env;
/** The runner's own limit would count a whole file as one test. */
const LONGEST_MS = 90_000;
let browser;
after(async () => (await browser)?.close());

/**
 * `tolerated` names complaints that belong to the story, such as a refused sign-in.
 * A story that is not `signedIn` begins before anybody has an account.
 */
export function story(promise, options, body) {
  for (const database of DATABASES) {
    test(`${promise} (${database.name})`, { skip: database.skip, timeout: LONGEST_MS }, () =>
      tell(database, options, body),
    );
  }
}

async function tell(database, options, body) {
  const { signedIn = true, timezone = 'Europe/Berlin', viewport = DESKTOP, tolerated = [] } = options;
  browser ??= startBrowser();
  const smithers = await startSmithers(database, options);
  const context = await (await browser).newContext();
  const complaints = [];
  const tabs = [];
  const tab = async () => {
    const opened = await openTab(context, smithers, { timezone, viewport, scheme: options.scheme });
    tabs.push(opened);
    return new Person(opened.page, smithers);
  };
  try {
    const person = await tab();
    if (signedIn) {
      const cookie = await smithers.setUp(timezone);
      await context.setCookie({ ...cookie, domain: '127.0.0.1', path: '/' });
    }
    const shoot = name => (database.name === 'SQLite' ? screenshot(person.page, name) : undefined);
    await body({ person, smithers, tab, shoot });
    for (const opened of tabs) complaints.push(...opened.complaints);
    const isUnexpected = text => !tolerated.some(pattern => pattern.test(text));
    assert.deepEqual(complaints.filter(isUnexpected), []);
  } catch (error) {
    const told = tabs.flatMap(opened => opened.complaints).join('\n');
    error.message += `\n\nthe tabs complained:\n${told}\n\nthe server said:\n${smithers.log()}`;
    throw error;
  } finally {
    await context.close();
    await smithers.stop();
  }
}

async function screenshot(page, name) {
  if (!SCREENSHOTS) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
