// Debian's Chromium, and a page that keeps every complaint it makes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A mouse that can hover, which a machine without a screen does not have.
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4',
];

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 375, height: 740, isMobile: true, hasTouch: true };

export async function startBrowser() {
  const profile = await mkdtemp(join(tmpdir(), 'smithers-chromium-'));
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    userDataDir: profile,
    // Ends with us, however we end.
    pipe: true,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  return {
    newContext: () => browser.createBrowserContext(),
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A tab in which whatever must not happen is written down in `complaints`. */
export async function openTab(context, smithers, { timezone, viewport, scheme = 'light' }) {
  const page = await context.newPage();
  const complaints = [];
  page.setDefaultTimeout(20_000);
  await page.setViewport(viewport);
  await page.emulateTimezone(timezone);
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
  page.on('console', message => {
    if (['error', 'warn'].includes(message.type())) {
      complaints.push(`console: ${message.text()} ${message.location().url ?? ''}`);
    }
  });
  page.on('pageerror', error => complaints.push(`uncaught: ${error.stack ?? error}`));
  page.on('request', request => {
    const { protocol, host } = new URL(request.url());
    const isOurs = host === new URL(smithers.url).host || ['data:', 'blob:'].includes(protocol);
    if (!isOurs) complaints.push(`another host: ${request.url()}`);
  });
  await page.exposeFunction('reportViolation', text => complaints.push(`policy: ${text}`));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', event => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, complaints };
}
