import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, launchBrowser } from '../browser/support/browser.ts';
import { freshDirectory } from '../support/stores.ts';
import { times } from './support-pure.ts';

const ROOT = join(import.meta.dirname, '../..');
const directory = freshDirectory('compare-command');
const at = (name: string): string => join(directory, name);
const rows = (shift: number): string =>
  `amount,"<img src=x onerror=alert(1)>",when\n${times(
    1_200,
    (i) =>
      `${((i * 7) % 1_000) + shift + 0.5},${i % 3 === 0 ? '"</style><script>alert(1)</script>"' : 'b'},2026-01-01\n`,
  ).join('')}`;
writeFileSync(at('a.csv'), rows(0));
writeFileSync(at('b.csv'), rows(400));
writeFileSync(at('header.csv'), 'amount\n');
writeFileSync(at('empty.csv'), '');
writeFileSync(at('broken.parquet'), 'PAR1 this is none');
writeFileSync(at('letter.docx'), 'x');

const compare = (...args: string[]) => {
  const ran = spawnSync(process.execPath, [join(ROOT, 'app/main.ts'), 'compare', ...args], {
    encoding: 'utf8',
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
};

describe('leeway compare', () => {
  it('ends with 6 where something drifted, says what, and keeps progress out of the answer', () => {
    const { code, out, err } = compare(at('a.csv'), at('b.csv'), '--json');
    expect(code).toBe(6);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ schemaVersion: 1, verdict: 'drift' });
    expect(report.columns[0]).toMatchObject({ name: 'amount', verdict: 'drift' });
    expect(err).toMatch(/^reading .*a\.csv\nreading .*b\.csv\ncolumns 0 of 3\n/);
    expect(err).not.toContain('\u001b');
  });

  it('ends with 0 where nothing drifted, as a table for Markdown too', () => {
    const { code, out } = compare(at('a.csv'), at('a.csv'), '--md');
    expect(code).toBe(0);
    expect(out).toMatch(/^\*\*None of 2 compared columns drifted\.\*\*/);
    // A name from a file stays a name.
    expect(out).toContain('\\<img src=x onerror=alert(1)\\>');
  });

  it.each([
    [['a.csv', 'absent.csv'], 3, 'absent.csv: there is no such file.'],
    [['a.csv', 'empty.csv'], 1, 'empty.csv is empty'],
    [['a.csv', 'letter.docx'], 2, 'its name ends in none of .csv'],
    [['a.csv', 'broken.parquet'], 2, 'broken.parquet cannot be read: '],
    [['a.csv', '.'], 2, 'is not a file'],
  ] as const)('%s: exit %d and a sentence', (files, code, sentence) => {
    const ran = compare(...files.map(at));
    expect(ran.code).toBe(code);
    expect(ran.out).toBe('');
    expect(ran.err).toContain(sentence);
    expect(ran.err).not.toMatch(/\n\s+at /);
  });

  it('a wrong call is told how, and nothing to judge is no health', () => {
    expect(compare(at('a.csv'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('leeway compare REFERENCE CURRENT'),
    });
    expect(compare(at('a.csv'), at('b.csv'), '--limit', '5')).toMatchObject({ code: 2 });
    const nothing = compare(at('header.csv'), at('header.csv'));
    expect(nothing).toMatchObject({ code: 1, out: expect.stringContaining('The reference has no rows') });
  });

  it('leaves nothing behind', () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('leeway-compare-')).length;
    compare(at('a.csv'), at('b.csv'));
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith('leeway-compare-')).length;
    expect(after).toBeLessThanOrEqual(before);
  });
});

describe('the HTML report', () => {
  let browser: Browser;
  beforeAll(async () => {
    expect(compare(at('a.csv'), at('b.csv'), '--html', at('report.html')).code).toBe(6);
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('holds no script, fetches nothing, and shows hostile names as text', () => {
    const html = readFileSync(at('report.html'), 'utf8');
    expect(html).not.toMatch(/<script|<img|<link|https?:/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  it.each(['light', 'dark'] as const)(
    'is accessible in the %s theme, all folds open',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 1_000, height: 800 } });
      const page = await context.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const url = pathToFileURL(at('report.html')).href;
      await page.goto(url);
      for (const fold of await page.locator('details > summary').all())
        if (await fold.isVisible()) await fold.click();
      expect(await axeViolations(page)).toEqual([]);
      expect(asked).toEqual([url]);
      await expect(page.locator('h1').textContent()).resolves.toBe('1 of 2 compared columns drifted.');
      const wide = await page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      expect(wide).toBe(false);
      await context.close();
    },
  );
});
