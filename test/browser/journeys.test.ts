import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser, openScreen, settled } from './support/browser.ts';
import { builtDashboard } from './support/built.ts';
import { type FixtureServer, startFixtureServer } from './support/fixture-server.ts';

let browser: Browser;
let directory: string;
let server: FixtureServer;
beforeAll(async () => {
  [browser, directory] = await Promise.all([launchBrowser(), builtDashboard()]);
});
beforeEach(async () => {
  await server?.close();
  server = await startFixtureServer('full', directory);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const ruled = () => server.posted.filter((one) => one.path.endsWith('/rule')).map((one) => one.body);

describe('a reviewer without a mouse', () => {
  it('goes to the queue, claims, overturns, confirms with a note, undoes and gives back', async () => {
    const { page, complaints, close } = await openScreen(browser);
    await page.goto(server.url);
    await settled(page);
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { level: 1, name: 'Review' }).waitFor();
    await settled(page);

    await page.keyboard.press('c');
    await page.getByRole('heading', { name: 'AA1000-ORD-20261122' }).waitFor();
    await page.keyboard.press('2');
    await page.getByRole('button', { name: 'It should have been hold', pressed: true }).waitFor();
    await page.keyboard.press('Enter');

    // The next case comes by itself.
    await page.getByRole('heading', { name: 'AA1001-DFW-20261121' }).waitFor();
    await page.keyboard.press('n');
    await page.keyboard.type('c 1 u: typed, not pressed');
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'AA1002-JFK-20261120' }).waitFor();
    expect(ruled()).toEqual([
      { reviewer: 'first-start', fence: 1, ruling: { kind: 'overturned', value: 'hold', note: '' } },
      { reviewer: 'first-start', fence: 1, ruling: { kind: 'confirmed', note: 'c 1 u: typed, not pressed' } },
    ]);

    await page.keyboard.press('z');
    await page.getByRole('heading', { name: 'AA1001-DFW-20261121' }).waitFor();
    await page.keyboard.press('q');
    await page.getByRole('button', { name: /Claim the next/ }).waitFor();
    expect(server.posted.filter((one) => /\/(undo|release)$/.test(one.path)).length).toBe(3);
    expect(complaints).toEqual([]);
    await close();
  });

  it('judges blind first when asked to: the machine is silent until a choice is made', async () => {
    const { page, close } = await openScreen(browser);
    await page.goto(`${server.url}/review`);
    await page.getByLabel('Hide the machine’s decision first').check();
    await page.getByRole('button', { name: /Claim the next/ }).click();
    await page.getByText('What the machine decided is hidden until you choose.').waitFor();
    expect(await page.getByText('It stands: let_go').count()).toBe(0);
    await page.keyboard.press('u');
    await page.getByText('It stands: let_go').waitFor();
    await close();
  });

  it('keeps what was typed when another took the case', async () => {
    const { page, close } = await openScreen(browser);
    await page.goto(`${server.url}/review`);
    await page.getByRole('button', { name: /Claim the next/ }).click();
    await page.getByRole('heading', { name: 'AA1000-ORD-20261122' }).waitFor();
    await page.getByLabel('Note').fill('late inbound');
    // A second claim of the same item raises its fence; the first one is then refused.
    const items = (await (await fetch(`${server.url}/api/v1/review/items`)).json()) as {
      rows: { id: string }[];
    };
    await fetch(`${server.url}/api/v1/review/items/${items.rows[0]?.id}/undo`, {
      method: 'POST',
      body: '{"reviewer":"jon"}',
    });
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    await page.keyboard.press('Enter');
    await page.getByText('This case is no longer yours').waitFor();
    await page.getByText('late inbound').waitFor();
    await close();
  });
});

describe('the address', () => {
  it('restores filters, search and range in another browser, and Back takes one step back', async () => {
    const first = await openScreen(browser);
    await first.page.goto(`${server.url}/decisions?from=now-7d&to=now`);
    await settled(first.page);
    await first.page.getByRole('link', { name: /^hold/ }).click();
    await first.page.getByRole('heading', { name: '35 decisions' }).waitFor();
    await first.page.getByRole('searchbox').fill('DFW');
    await first.page.keyboard.press('Enter');
    await first.page.getByRole('heading', { name: /^\d decisions$|^1\d decisions$/ }).waitFor();
    const address = first.page.url();
    const rows = await first.page.locator('tbody th a').allTextContents();
    expect(new URL(address).search).toBe('?from=now-7d&to=now&value=hold&q=DFW');
    expect(rows.every((id) => id.includes('DFW'))).toBe(true);

    const second = await openScreen(browser);
    await second.page.goto(address);
    await settled(second.page);
    expect(await second.page.locator('tbody th a').allTextContents()).toEqual(rows);
    expect(await second.page.getByRole('searchbox').inputValue()).toBe('DFW');
    await second.page.getByRole('button', { name: /Time range: Last 7 days/ }).waitFor();

    await first.page.goBack();
    await first.page.getByRole('heading', { name: '35 decisions' }).waitFor();
    await first.close();
    await second.close();
  });

  it('goes anywhere by name, from the keyboard alone', async () => {
    const { page, complaints, close } = await openScreen(browser);
    await page.goto(`${server.url}/`);
    await settled(page);
    await page.keyboard.press('Control+k');
    const input = page.getByRole('combobox', { name: /System, SLO, incident/ });
    await input.waitFor();
    await input.fill('flig');
    await page.getByRole('option', { name: 'System flights', exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const chosen = page.locator(`#${await input.getAttribute('aria-activedescendant')}`);
    expect(await chosen.getAttribute('aria-selected')).toBe('true');
    expect(await chosen.textContent()).toMatch(/flights/);
    await input.fill('some-id-of-a-decision');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'some-id-of-a-decision' }).waitFor();
    expect(page.url()).toBe(`${server.url}/decisions/some-id-of-a-decision`);
    await page.keyboard.press('Control+k');
    await input.waitFor();
    await page.keyboard.press('Escape');
    await input.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  it('takes the range along to other screens, and a chosen feature stands in it', async () => {
    const { page, close } = await openScreen(browser);
    await page.goto(`${server.url}/?from=now-28d&to=now`);
    await settled(page);
    await page.getByRole('link', { name: 'flights', exact: true }).click();
    await page.getByRole('application', { name: /Drift by feature and time/ }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'carrier' }).waitFor();
    expect(page.url()).toBe(`${server.url}/systems/flights?from=now-28d&to=now&feature=carrier`);
    expect(server.asked).toContain('GET /systems/flights/features/carrier/distribution?from=now-28d&to=now');
    await close();
  });
});

describe('live', () => {
  it('the first-run page turns into the overview when the first decision lands', async () => {
    server.turn('empty');
    const { page, complaints, close } = await openScreen(browser);
    await page.goto(server.url);
    await page.getByRole('heading', { name: 'Send your first decision' }).waitFor();
    await page.getByText('http://127.0.0.1:4318/v1/decisions').first().waitFor();
    await page.getByText('Updates: Live').waitFor({ state: 'attached' });
    server.turn('full', 'ingest');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('keeps the last picture and says that it is stale when a refresh fails', async () => {
    const { page, close } = await openScreen(browser);
    await page.goto(server.url);
    await settled(page);
    await page.getByText('Updates: Live').waitFor({ state: 'attached' });
    server.turn('broken', 'slo');
    await page.getByText('Refresh failed: The store cannot be reached').first().waitFor();
    await page.getByText('Rolled back from v2 to v1').waitFor();
    await close();
  });
});

describe('who may look', () => {
  it('swaps the token of the printed link for a session, and takes it out of the address', async () => {
    server.turn('signed_out');
    const { page, close } = await openScreen(browser);
    await page.goto(`${server.url}/slos?token=right`);
    await page.getByRole('heading', { level: 1, name: 'SLOs' }).waitFor();
    expect(page.url()).toBe(`${server.url}/slos`);
    await close();
  });

  it('asks for a token without one, and says what to do when it is wrong', async () => {
    server.turn('signed_out');
    const { page, close } = await openScreen(browser);
    await page.goto(server.url);
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The token is unknown.').waitFor();
    await page.getByLabel('Token').fill('right');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await close();
  });
});

it('an action with consequences is asked for by key, carries its reason, and Escape leaves it', async () => {
  const { page, close } = await openScreen(browser);
  await page.goto(`${server.url}/incidents/12`);
  await settled(page);
  await page.keyboard.press('h');
  const dialog = page.getByRole('dialog', { name: 'Send to people' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.keyboard.press('h');
  await page.getByLabel('Reason').fill('v2 read kilometres as miles');
  await dialog.getByRole('button', { name: 'Send to people' }).click();
  await page.getByText('Decisions are being sent to people').waitFor();
  expect(server.posted.at(-1)).toEqual({
    path: '/incidents/12/actions',
    body: {
      kind: 'route',
      queue: 'default',
      maxItems: 200,
      future: true,
      reason: 'v2 read kilometres as miles',
    },
  });
  await close();
});
