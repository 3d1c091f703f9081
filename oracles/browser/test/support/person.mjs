// What a person does in a tab, and what they wait to see. Nothing here sleeps.

import assert from 'node:assert/strict';

const byTestId = id => `[data-testid="${id}"]`;
const byName = (role, name) => `::-p-aria([name="${name}"][role="${role}"])`;

export class Person {
  constructor(page, smithers) {
    this.page = page;
    this.smithers = smithers;
  }

  async open(address) {
    await this.page.goto(new URL(address, this.smithers.url).href, { waitUntil: 'load' });
  }

  reload() {
    return this.page.reload({ waitUntil: 'load' });
  }

  path() {
    return new URL(this.page.url()).pathname;
  }

  async type(testId, text) {
    await this.page.locator(byTestId(testId)).fill(text);
  }

  /** Writes a message and sends it. */
  async say(text) {
    await this.type('composer', text);
    await this.click('send');
  }

  async click(testId) {
    await this.page.locator(byTestId(testId)).click();
  }

  async press(name, role = 'button') {
    await this.page.locator(byName(role, name)).click();
  }

  fillIn(label, text) {
    return this.page.locator(byName('textbox', label)).fill(text);
  }

  /** Sets a field for a day or a time, which would take keys in the order of its locale. */
  async setTime(label, value) {
    const field = await this.page.waitForFunction(
      wanted =>
        [...document.querySelectorAll('label')].find(one => one.innerText.trim() === wanted)?.control,
      {},
      label,
    );
    await field.evaluate((input, wanted) => {
      const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
      set.call(input, wanted);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);
  }

  /** Opens the menu of something and picks an entry. */
  async pick(thing, entry) {
    const handle = await this.page.waitForSelector(byName('button', `Options for ${thing}`));
    await handle.hover();
    await handle.click();
    await this.press(entry, 'menuitem');
  }

  has(testId) {
    return this.page.waitForSelector(byTestId(testId), { visible: true });
  }

  hasNo(testId) {
    return this.page.waitForSelector(byTestId(testId), { hidden: true });
  }

  /** The texts of all such elements, as they are read on the screen. */
  texts(testId) {
    return this.page.$$eval(byTestId(testId), all => all.map(one => one.innerText.trim()));
  }

  async sees(text, selector = 'body') {
    try {
      await this.page.waitForFunction(
        (wanted, where) =>
          [...document.querySelectorAll(where)].some(one => one.innerText.includes(wanted)),
        {},
        text,
        selector,
      );
    } catch (error) {
      const shown = await this.page.evaluate(() => document.body.innerText);
      throw new Error(`“${text}” is not on the page, but:\n${shown}`, { cause: error });
    }
  }

  seesNo(text) {
    return this.page.waitForFunction(
      unwanted => !document.body.innerText.includes(unwanted),
      {},
      text,
    );
  }

  /** Waits until the last answer contains the text. */
  hears(text) {
    return this.sees(text, `${byTestId('message-assistant')}:last-of-type`);
  }

  async isAt(path) {
    await this.page.waitForFunction(wanted => location.pathname === wanted, {}, path);
  }

  async answerIsComplete() {
    await this.hasNo('stop');
  }

  async fitsItsWidth() {
    const { wide, width } = await this.page.evaluate(() => ({
      wide: document.documentElement.scrollWidth,
      width: window.innerWidth,
    }));
    assert.ok(wide <= width, `the page is ${wide} px wide on a screen of ${width} px`);
  }
}
