// Coming in: the set-up link, the sign-in link, the password.

import assert from 'node:assert/strict';

import { ADA } from './support/smithers.mjs';
import { story } from './support/story.mjs';

/** The page asks who is there before it shows the sign-in; the browser logs that answer. */
const NOBODY_YET = /status of 401 .*\/api\/(me|auth\/)/;

async function makeAccount(person, { name, email, password }) {
  await person.fillIn('Your name', name);
  await person.fillIn('Email', email);
  await person.fillIn('Password', password);
  await person.press('Create account');
}

story(
  'the set-up link makes the account and leads into the chat, once',
  { signedIn: false, timezone: 'Asia/Tokyo', tolerated: [NOBODY_YET] },
  async ({ person, smithers, tab }) => {
    await person.open(smithers.link('setupUrl'));
    await makeAccount(person, ADA);

    await person.has('composer');
    await person.isAt('/');
    await person.sees(ADA.name.split(' ')[0], 'h1');
    await smithers.logIn();
    const me = await smithers.call('GET', '/api/me');
    assert.equal(me.role, 'owner');
    assert.equal(me.preferences.timezone, 'Asia/Tokyo');

    const later = await tab();
    await later.open(smithers.link('setupUrl'));
    await makeAccount(later, { ...ADA, email: 'eve@example.org' });
    await later.sees('This link does not work any more');
    await later.press('Sign in', 'link');
    await later.isAt('/sign-in');
  },
);

story(
  'after a restart the sign-in link signs in, once',
  { signedIn: false, tolerated: [NOBODY_YET] },
  async ({ person, smithers }) => {
    await smithers.setUp('Europe/Berlin');
    await smithers.crash();
    await smithers.startAgain();
    assert.equal(smithers.link('setupUrl'), null);

    await person.open(smithers.link('signInUrl'));
    await person.has('composer');
    await person.isAt('/');
    assert.ok(!person.page.url().includes('token'));

    await person.press(`Account of ${ADA.name}`);
    await person.press('Sign out', 'menuitem');
    await person.isAt('/sign-in');
    await person.open(smithers.link('signInUrl'));
    await person.sees('This sign-in link does not work any more');
    await person.press('Sign in with email and password', 'link');
    await person.fillIn('Email', ADA.email);
    await person.fillIn('Password', 'not this one');
    await person.press('Sign in');
    await person.sees('do not belong together');
    await person.fillIn('Password', ADA.password);
    await person.press('Sign in');
    await person.has('composer');
  },
);

story(
  'without a session every page leads to the sign-in and back',
  { signedIn: false, tolerated: [NOBODY_YET] },
  async ({ person, smithers }) => {
    await smithers.setUp('Europe/Berlin');

    await person.open('/tasks');
    await person.isAt('/sign-in');
    await person.fillIn('Email', ADA.email);
    await person.fillIn('Password', ADA.password);
    await person.press('Sign in');

    await person.isAt('/tasks');
    await person.sees('Nothing is open');
  },
);
