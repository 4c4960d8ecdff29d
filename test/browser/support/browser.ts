import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

/** For a machine without internet and without a sandbox (tests run as root in containers). */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

export async function launchBrowser(): Promise<Browser> {
  const found = await findChromium();
  const home = mkdtempSync(join(tmpdir(), 'leeway-browser-'));
  const browser = await chromium.launch({
    executablePath: found.executablePath,
    headless: true,
    args: FLAGS,
    env: { ...process.env, HOME: home, ...found.env },
  });
  browser.on('disconnected', () => rmSync(home, { recursive: true, force: true }));
  return browser;
}

export type Screen = { readonly page: Page; readonly complaints: string[]; close(): Promise<void> };

/** A fresh visitor. What the console complains of is kept: a screen that works while it complains does not work. */
export async function openScreen(browser: Browser, options: BrowserContextOptions = {}): Promise<Screen> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    // The browser itself reports every refused request; tests of refusals look at the screen instead.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}

/** Nothing is loading any more: each panel has its picture, its emptiness or its refusal. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

export type Violation = { readonly id: string; readonly help: string; readonly targets: readonly string[] };

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
let axe: Promise<string> | undefined;

/** axe-core over the whole page. `colour`: only what a theme can change. */
export async function axeViolations(page: Page, which: 'all' | 'colour' = 'all'): Promise<Violation[]> {
  const require = createRequire(import.meta.url);
  axe ??= readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated over the protocol, so that the page's own content security policy stays in force.
  await page.evaluate(await axe);
  const only =
    which === 'all'
      ? { type: 'tag', values: RULES }
      : { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
  // Only what is wrong is told, and no rule of these looks at sheets or media that would have to be fetched again.
  const options = { runOnly: only, resultTypes: ['violations'], preload: false };
  const run = `axe.run(document, ${JSON.stringify(options)})
    .then((r) => r.violations.map((v) => ({ id: v.id, help: v.help, targets: v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary) })))`;
  return page.evaluate<Violation[]>(run);
}
