import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { axeViolations, launchBrowser, openScreen, type Screen, settled } from './support/browser.ts';
import { builtDashboard } from './support/built.ts';
import { type FixtureServer, type Scenario, startFixtureServer } from './support/fixture-server.ts';

const PAGES = [
  ['/', 'Overview · Leeway'],
  ['/systems', 'Systems · Leeway'],
  ['/systems/flights', 'flights · Systems · Leeway'],
  ['/systems/flights?feature=carrier', 'flights · Systems · Leeway'],
  ['/slos', 'SLOs · Leeway'],
  ['/slos/flights-correct', 'flights-correct · SLOs · Leeway'],
  ['/slos/fraud-screen-correct', 'fraud-screen-correct · SLOs · Leeway'],
  ['/decisions', 'Decisions · Leeway'],
  ['/decisions/AA1006-JFK-20261122', 'AA1006-JFK-20261122 · Decisions · Leeway'],
  ['/incidents', 'Incidents · Leeway'],
  ['/incidents/12', 'Incident 12 · Incidents · Leeway'],
  ['/review', 'Review · Leeway'],
  ['/settings/ingest', 'Ingest · Leeway'],
  ['/settings/documents', 'Configuration · Leeway'],
  ['/nowhere', 'Not found · Leeway'],
] as const;

let browser: Browser;
let server: FixtureServer;
/** One visitor for all: what is loaded once is not loaded again. */
let screen: Screen;
beforeAll(async () => {
  browser = await launchBrowser();
  server = await startFixtureServer('full', await builtDashboard());
  screen = await openScreen(browser);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** One visit for each screen, seen three ways: a page load costs more than a look. */
it.each(PAGES)(
  'axe finds nothing on %s: light, dark, and on a phone, where nothing scrolls sideways',
  async (path, title) => {
    const { page, complaints } = screen;
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(server.url + path);
    await settled(page);
    expect(await page.title()).toBe(title);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await axeViolations(page, 'colour')).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    // Charts measure themselves after the resize: wait for the width, and fail when it never comes.
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints.splice(0)).toEqual([]);
  },
);

const STATES: readonly (readonly [Scenario, string])[] = [
  ['empty', '/'],
  ['empty', '/systems/flights'],
  ['empty', '/review'],
  ['broken', '/'],
  ['broken', '/systems/flights'],
  ['broken', '/decisions'],
  ['signed_out', '/'],
  // Last: a visitor whose requests are never answered has no connection left for another page.
  ['slow', '/systems/flights'],
];
it.each(STATES)('axe finds nothing when everything is %s, on %s', async (scenario, path) => {
  server.turn(scenario);
  const { page, complaints } = screen;
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(server.url + path);
  await (scenario === 'slow' ? page.locator('.skeleton').first().waitFor() : settled(page));
  expect(await axeViolations(page)).toEqual([]);
  expect(complaints.splice(0)).toEqual([]);
});
