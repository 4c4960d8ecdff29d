import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, launchBrowser, openScreen, settled } from './support/browser.ts';
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
beforeAll(async () => {
  browser = await launchBrowser();
  server = await startFixtureServer('full', await builtDashboard());
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  it.each(PAGES)('axe finds nothing on %s', async (path, title) => {
    const { page, complaints, close } = await openScreen(browser, {
      colorScheme,
      viewport: { width: 1440, height: 900 },
    });
    await page.goto(server.url + path);
    await settled(page);
    expect(await page.title()).toBe(title);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('on a phone of 390 px', () => {
  it.each(PAGES)('%s does not scroll sideways, and axe finds nothing', async (path) => {
    const { page, complaints, close } = await openScreen(browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    });
    await page.goto(server.url + path);
    await settled(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

describe.each(['empty', 'broken', 'slow', 'signed_out'] satisfies Scenario[])(
  'when everything is %s',
  (scenario) => {
    it.each(['/', '/systems/flights', '/slos', '/decisions', '/incidents', '/review', '/settings/ingest'])(
      'axe finds nothing on %s',
      async (path) => {
        server.turn(scenario);
        const { page, complaints, close } = await openScreen(browser, { colorScheme: 'light' });
        await page.goto(server.url + path);
        await (scenario === 'slow' ? page.locator('.skeleton').first().waitFor() : settled(page));
        expect(await axeViolations(page)).toEqual([]);
        expect(complaints).toEqual([]);
        await close();
        server.turn('full');
      },
    );
  },
);
