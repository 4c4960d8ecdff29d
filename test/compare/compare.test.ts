import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compareColumn, compareFiles, directory, engine, write } from './support.ts';
import { times } from './support-pure.ts';

/** Closed form of the Jensen-Shannon distance in base 2 between two lists of shares. */
const jsDistance = (p: readonly number[], q: readonly number[]): number => {
  const term = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log2(a / ((a + b) / 2)));
  return Math.sqrt(p.reduce((sum, a, i) => sum + term(a, q[i] ?? 0) / 2 + term(q[i] ?? 0, a) / 2, 0));
};

describe('numbers', () => {
  it('a shift by a quarter of the range: D is a quarter, and the sentence says where to', async () => {
    const column = await compareColumn(
      times(1_000, (i) => i + 0.5),
      times(1_000, (i) => i + 250.5),
    );
    expect(column).toMatchObject({ kind: 'numeric', verdict: 'drift', reason: 'values_moved' });
    const ks = column.checks.find(({ statistic }) => statistic === 'ks');
    expect(ks?.effect).toBeCloseTo(0.25, 12);
    // Standard deviation of 1,000 even steps, divisor n: √((n² − 1) / 12).
    const sd = Math.sqrt((1_000 ** 2 - 1) / 12);
    expect(column.numbers?.reference).toMatchObject({ mean: 500, low: 0.5, high: 999.5 });
    expect(column.numbers?.reference.sd).toBeCloseTo(sd, 9);
    expect(column.numbers?.moveSd).toBeCloseTo(250 / sd, 9);
    expect(column.sentence).toBe('It moved up: its mean went from 500 to 750 (0.866 standard deviations).');
  });

  it('many values: counted between quantiles, missing cells left out, D off by less than a bin', async () => {
    const column = await compareColumn(
      times(20_000, (i) => (i % 10 === 0 ? '' : i / 20_000)),
      times(20_000, (i) => (i % 10 === 0 ? '' : i / 20_000 + 0.2)),
    );
    const ks = column.checks.find(({ statistic }) => statistic === 'ks');
    expect(Math.abs((ks?.effect ?? 0) - 0.2)).toBeLessThan(1 / 256);
    const drawn = column.bins.reduce((sum, bin) => sum + bin.reference, 0);
    expect(drawn).toBeCloseTo(18_000, 6);
    expect(column.facts.reference).toMatchObject({ rows: 20_000, missing: 2_000, numbers: 18_000 });
  });

  it('the same numbers are no drift, and the report says what would have shown', async () => {
    const same = times(4_000, (i) => Math.sin(i) * 10);
    const column = await compareColumn(same, same);
    expect(column).toMatchObject({ verdict: 'ok', reason: 'no_evidence', effect: 0 });
    expect(column.checks[0]?.minimumDetectableEffect).toBeLessThan(0.1);
  });

  it('a shift that is real and too small to matter is no drift', async () => {
    const column = await compareColumn(
      times(20_000, (i) => i / 20_000),
      times(20_000, (i) => i / 20_000 + 0.05),
    );
    expect(column).toMatchObject({ verdict: 'ok', reason: 'too_small_to_matter' });
  });

  it('a change of spread around the same mean', async () => {
    const column = await compareColumn(
      times(3_000, (i) => i - 1_499.5),
      times(3_000, (i) => (i - 1_499.5) * 3),
    );
    expect(column.verdict).toBe('drift');
    expect(column.sentence).toMatch(/^It kept its mean and spread out: /);
  });

  it.each([
    [1.609344, 'miles and kilometres'],
    [0.01, 'shares and per cent'],
  ])('a change of unit, a factor of %d, is named', async (factor, of) => {
    const values = times(2_000, (i) => 100 + ((i * 37) % 997) + 0.25);
    const column = await compareColumn(
      values,
      values.map((value) => value * factor),
    );
    expect(column.sentence).toContain(of);
  });

  it('a sensor that got stuck, and one that woke up', async () => {
    const varied = times(1_000, (i) => ((i * 7) % 31) + 0.5);
    const stuck = times(1_000, () => 0.4229);
    expect((await compareColumn(varied, stuck)).sentence).toMatch(/^It is stuck: /);
    expect((await compareColumn(stuck, varied)).sentence).toMatch(/^It always was 0.4229, and now varies/);
  });
});

describe('categories', () => {
  it('a change of shares: the distance is the closed form', async () => {
    const column = await compareColumn(
      times(1_000, (i) => (i < 500 ? 'a' : 'b')),
      times(1_000, (i) => (i < 300 ? 'a' : 'b')),
    );
    expect(column).toMatchObject({ kind: 'categorical', verdict: 'drift' });
    expect(column.effect).toBeCloseTo(jsDistance([0.5, 0.5], [0.3, 0.7]), 12);
    expect(column.sentence).toBe('The share of a went from 50 % to 30 %.');
  });

  it('values that come and go are named', async () => {
    const column = await compareColumn(
      times(900, (i) => ['red', 'green', 'blue'][i % 3] ?? ''),
      times(900, (i) => ['red', 'green', 'violet'][i % 3] ?? ''),
    );
    expect(column).toMatchObject({ newValues: ['violet'], goneValues: ['blue'] });
    expect(column.sentence).toMatch(/New: violet\. Gone: blue\.$/);
  });

  it('numbers with few values are compared value by value', async () => {
    const column = await compareColumn(
      times(1_000, (i) => i % 2),
      times(1_000, (i) => (i % 10 < 3 ? 0 : 1)),
    );
    expect(column.kind).toBe('discrete');
    expect(column.effect).toBeCloseTo(jsDistance([0.5, 0.5], [0.3, 0.7]), 12);
  });
});

describe('what is no ordinary column has a verdict of its own, and a sentence', () => {
  const numbers = times(1_000, (i) => ((i * 7) % 311) + 0.5);
  it.each([
    [
      'all missing',
      times(500, () => ''),
      times(500, () => 'NA'),
      'not_enough_data',
      'all_missing',
      'Every cell is missing',
    ],
    [
      'nothing in the current file',
      numbers,
      times(1_000, () => ''),
      'drift',
      'cells_changed',
      'Missing cells went from 0 % to 100 %',
    ],
    ['constant', times(2_000, () => 5), times(2_000, () => 5), 'ok', 'constant', 'Always 5, in both files'],
    [
      'constant, few rows',
      times(20, () => 5),
      times(20, () => 5),
      'not_enough_data',
      'could_not_have_seen_it',
      'Too few rows',
    ],
    [
      'few rows',
      times(30, (i) => i * 1.7),
      times(30, (i) => i * 1.7 + 4),
      'not_enough_data',
      'could_not_have_seen_it',
      'Too few rows to tell',
    ],
    [
      'row numbers',
      times(500, (i) => i),
      times(500, (i) => i + 500),
      'not_compared',
      'identifier',
      'an identifier',
    ],
    [
      'keys',
      times(500, (i) => `k-${i}`),
      times(500, (i) => `k-${i + 500}`),
      'not_compared',
      'identifier',
      'an identifier',
    ],
    [
      'times',
      times(500, (i) => `2026-01-01T00:${10 + (i % 50)}:00`),
      times(500, (i) => `2026-02-01T00:${10 + (i % 50)}:00`),
      'not_compared',
      'time',
      '2026-02-01',
    ],
    [
      'missing',
      numbers,
      numbers.map((x, i) => (i % 5 === 0 ? '' : x)),
      'drift',
      'cells_changed',
      'Missing cells went from 0 % to 20 %',
    ],
    [
      'NaN',
      numbers,
      numbers.map((x, i) => (i % 5 === 0 ? 'nan' : x)),
      'drift',
      'cells_changed',
      'NaN went from 0 % to 20 %',
    ],
    [
      'infinities',
      numbers,
      numbers.map((x, i) => (i % 5 === 0 ? '-inf' : x)),
      'drift',
      'cells_changed',
      'Infinite values went from 0 % to 20 %',
    ],
    [
      'mixed types',
      numbers,
      numbers.map((x, i) => (i % 5 === 0 ? 'broken' : x)),
      'drift',
      'cells_changed',
      'Cells that are no number went from 0 % to 20 %',
    ],
    [
      'type changed',
      numbers,
      numbers.map((_, i) => `code ${i % 7}`),
      'drift',
      'type_changed',
      'numbers in the reference, texts in the current',
    ],
    [
      'only NaN',
      times(500, () => 'nan'),
      times(500, () => 'nan'),
      'not_enough_data',
      'not_finite',
      'No finite number',
    ],
  ] as const)('%s', async (_name, reference, current, verdict, reason, sentence) => {
    const column = await compareColumn(reference, current);
    expect({ verdict: column.verdict, reason: column.reason }).toEqual({ verdict, reason });
    expect(column.sentence).toContain(sentence);
    expect(JSON.stringify(column)).not.toMatch(/NaN,|undefined/);
  });

  it('a million categories', { timeout: 120_000 }, async () => {
    const column = await compareColumn(
      times(1_000_000, (i) => `user-${i}`),
      times(1_000_000, (i) => `user-${i + 500_000}`),
    );
    expect(column).toMatchObject({ verdict: 'not_compared', reason: 'identifier' });
  });

  it('free text, compared by its length', async () => {
    const column = await compareColumn(
      times(3_000, (i) => `note ${i} ${'x'.repeat(i % 40)}`),
      times(3_000, (i) => `note ${i} ${'x'.repeat(20 + (i % 40))}`),
    );
    expect(column).toMatchObject({ kind: 'text', verdict: 'drift' });
    expect(column.sentence).toMatch(/^The length of its texts moved up/);
  });

  it('columns of one file only, and files without rows', async () => {
    const report = await compareFiles(
      write('r.csv', `a,gone\n${'1,2\n'.repeat(100)}`),
      write('c.csv', `a,new\n${'1,2\n'.repeat(100)}`),
    );
    const of = (name: string) => report.columns.find((column) => column.name === name);
    expect(of('gone')).toMatchObject({ verdict: 'drift', reason: 'column_gone' });
    expect(of('new')).toMatchObject({ verdict: 'not_compared', reason: 'column_new' });
    const empty = await compareFiles(write('r.csv', 'a,b\n'), write('c.csv', 'a,b\n1,2\n'));
    expect(empty).toMatchObject({
      verdict: 'not_enough_data',
      sentence: 'The reference has no rows: nothing can be said.',
    });
    expect(empty.columns.map(({ reason }) => reason)).toEqual(['reference_empty', 'reference_empty']);
  });
});

describe('every format tells the same', () => {
  const rows = (shift: number) =>
    times(800, (i) => ({
      amount: i + 0.5 + shift,
      region: i % 4 === 0 ? 'north' : 'south',
      gap: i % 9 === 0 ? null : 'x',
    }));
  const text = (shift: number, delimiter: string) =>
    `\uFEFFamount${delimiter}region${delimiter}gap\n${rows(shift)
      .map((row) => `${row.amount}${delimiter}"${row.region}"${delimiter}${row.gap ?? ''}\n`)
      .join('')}`;
  const ndjson = (shift: number) =>
    rows(shift)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('');
  const verdicts = async (reference: string, current: string) =>
    (await compareFiles(reference, current)).columns.map(({ name, kind, effect, sentence }) => ({
      name,
      kind,
      effect,
      sentence,
    }));

  it('CSV, semicolons, tabs and gzip, lines of JSON, Parquet', async () => {
    const expected = await verdicts(write('r.csv', text(0, ',')), write('c.csv', text(300, ',')));
    expect(expected.map(({ name }) => name)).toEqual(['amount', 'gap', 'region']);
    expect(await verdicts(write('r2.csv', text(0, ';')), write('c2.csv', text(300, ';')))).toEqual(expected);
    expect(
      await verdicts(
        write('r.tsv.gz', gzipSync(text(0, '\t'))),
        write('c.tsv.gz', gzipSync(text(300, '\t'))),
      ),
    ).toEqual(expected);
    const [r, c] = [write('r.ndjson', ndjson(0)), write('c.jsonl', ndjson(300))];
    expect(await verdicts(r, c)).toEqual(expected);
    for (const [from, to] of [[r, 'r.parquet'] as const, [c, 'c.parquet'] as const]) {
      await engine.db.command({
        sql: `INSERT INTO FUNCTION file('${directory}/${to}', 'Parquet') SELECT * FROM file('${from}', 'JSONEachRow')`,
      });
    }
    expect(await verdicts(`${directory}/r.parquet`, `${directory}/c.parquet`)).toEqual(expected);
  });
});

describe('names are data', () => {
  it('of files and of columns, whatever they hold', async () => {
    const evil = "it's `a` {glob}*?[1]; DROP TABLE reference --\\";
    const header = `"${evil}","<script>alert(1)</script>"\n`;
    const reference = write(`${evil.replaceAll('/', '')}.csv`, header + '1.5,a\n2.5,b\n'.repeat(300));
    const report = await compareFiles(reference, reference);
    expect(report.columns.map(({ name }) => name).sort()).toEqual(['<script>alert(1)</script>', evil].sort());
    expect(report.verdict).toBe('ok');
    expect(report.reference).toMatchObject({ rows: 600, columns: 2 });
  });
});
