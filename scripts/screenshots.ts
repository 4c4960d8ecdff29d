// Makes the pictures of README.md from the demo: npm run screenshots
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { incidentRow } from '../api/contract/incidents.ts';
import { launchBrowser, settled } from '../test/browser/support/browser.ts';
import { startLeeway } from '../test/scenario/leeway-process.ts';

const IMAGES = join(import.meta.dirname, '../docs/images');
/** The replay stops a day after the rollback, so that the incident is still being watched. */
const REPLAY = { FLIGHTS_SECONDS: '60', FLIGHTS_UNTIL: '2001-03-08T00:00:00Z' };

const directory = mkdtempSync(join(tmpdir(), 'leeway-screenshots-'));
const leeway = await startLeeway('demo', directory, REPLAY);
await leeway.until('The replay is over', 300_000);
const answer = await fetch(`${leeway.webUrl}/api/v1/incidents?limit=1`, {
  headers: { authorization: `Bearer ${leeway.token}` },
});
const { rows } = z.object({ rows: z.array(incidentRow) }).parse(await answer.json());

const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
await page.goto(`${leeway.webUrl}/?token=${leeway.token}`);
for (const [name, path] of [
  ['overview', '/'],
  ['system', '/systems/flights'],
  ['slo', '/slos/right-call'],
  ['incident', `/incidents/${rows[0]?.id}`],
] as const) {
  await page.goto(`${leeway.webUrl}${path}`);
  await settled(page);
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: name !== 'overview' });
}
await browser.close();
await leeway.stop();
rmSync(directory, { recursive: true, force: true });
process.exit(0);
