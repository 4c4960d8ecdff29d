import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../model/seeded-random.ts';
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

  it('a million categories', async () => {
    const column = await compareColumn(
      times(1_000_000, (i) => `user-${i}`),
      times(1_000_000, (i) => `user-${i + 500_000}`),
    );
    expect(column).toMatchObject({ verdict: 'not_compared', reason: 'identifier' });
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

const ANIMALS = 'ant bee cat dog eel fox gnu hen ibis jay kite lark mole newt owl pig'.split(' ');
const TOOLS = 'awl bit cup dye fan gas hoe ink jigs key logs maps nibs oars pin rod'.split(' ');
/** Six words of sixteen, drawn from a seed: texts that are mostly their own, of one vocabulary. */
function textsOf(words: readonly string[], seed: number): string[] {
  const random = seededRandom(seed);
  return times(1_200, () => times(6, () => words[Math.floor(random() * words.length)] ?? '').join(' '));
}

describe('free text', () => {
  it('of other words is told by the words, though it is as long and looks alike', async () => {
    const column = await compareColumn(textsOf(ANIMALS, 1), textsOf(TOOLS, 2));
    expect(column).toMatchObject({ kind: 'text', verdict: 'drift', reason: 'values_moved' });
    const effect = (what: string) => column.checks.find((check) => check.what === what)?.effect;
    // No word is in both: a classifier is never wrong, and every word is unknown.
    expect(effect('words')).toBeCloseTo(1, 2);
    expect(column.sentence).toMatch(/tells the new texts from those of the reference in 100 % of pairs/);
  });

  it('with words that the reference does not know is told how many', async () => {
    // Half of the new texts have one unknown word of six: 1/12 of the words of a text on average, and none before.
    const next = textsOf(ANIMALS, 2).map((text, i) => (i % 2 === 0 ? text : text.replace(/^\w+/, 'zebu')));
    const column = await compareColumn(textsOf(ANIMALS, 1), next);
    const vocabulary = column.checks.find(({ what }) => what === 'vocabulary');
    expect(vocabulary).toMatchObject({ verdict: 'drift', limit: 0.05 });
    expect(vocabulary?.effect).toBeCloseTo(1 / 12, 2);
  });

  it('of the same words is no drift; digits where letters were are', async () => {
    const same = await compareColumn(textsOf(ANIMALS, 1), textsOf(ANIMALS, 2));
    expect(same).toMatchObject({ kind: 'text', verdict: 'ok' });
    expect(same.checks.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['values', 'token_length', 'letters', 'words']),
    );
    const digits = await compareColumn(
      textsOf(ANIMALS, 1),
      textsOf(ANIMALS, 1).map((text) => text.replace(/^\w+/, (word) => '7'.repeat(word.length))),
    );
    const moved = digits.checks.find(({ what }) => what === 'digits');
    expect(moved).toMatchObject({ verdict: 'drift', statistic: 'ks' });
    // As many characters as before: the length alone would have seen nothing.
    expect(digits.checks.find(({ what }) => what === 'values')).toMatchObject({ effect: 0 });
  });
});

describe('times', () => {
  const start = Date.parse('2026-03-02T00:00:00Z');
  const HOUR = 3_600_000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  /** Ten rows an hour for so many days, from so many days after the start. */
  const hourly = (days: number, after = 0) =>
    times(days * 240, (i) => start + (after * 24 + Math.floor(i / 10)) * HOUR);

  it('a later stretch is coverage, and no drift: its hours and weekdays are as before', async () => {
    const column = await compareColumn(hourly(28).map(iso), hourly(28, 30).map(iso));
    expect(column).toMatchObject({ kind: 'time', verdict: 'ok', effect: 0 });
    expect(column.sentence).toContain('Covers 2026-04-01 00:00 to 2026-04-29 00:00');
    expect(column.sentence).toContain('2d after it.');
  });

  it('rows that moved from day to night are drift, at the hours they moved between', async () => {
    const column = await compareColumn(
      hourly(28).map(iso),
      hourly(28, 28).map((ms) => iso(new Date(ms).getUTCHours() === 12 ? ms - 9 * HOUR : ms)),
    );
    expect(column).toMatchObject({ verdict: 'drift', reason: 'values_moved' });
    const even = times(24, () => 1 / 24);
    const moved = even.map((share, hour) => (hour === 12 ? 0 : hour === 3 ? 2 * share : share));
    expect(column.effect).toBeCloseTo(jsDistance(even, moved), 12);
    expect(column.sentence).toMatch(
      /^Its hours of the day changed: (03|12):00 \(UTC\) went from 4.2 % to (8.3|0) %/,
    );
  });

  it('half a week more is no change of weekdays: whole weeks are compared', async () => {
    const column = await compareColumn(hourly(14).map(iso), hourly(17, 14).map(iso));
    expect(column.checks.find(({ what }) => what === 'weekdays')).toMatchObject({ effect: 0 });
    // 17 whole days, and each hour in each of them.
    expect(column.checks.find(({ what }) => what === 'hours')).toMatchObject({ effect: 0 });
  });

  it('weekends that vanished, in dates without a clock and in epoch seconds of a column that says so', async () => {
    const days = (all: number) => times(all * 40, (i) => start + Math.floor(i / 40) * 24 * HOUR);
    const workdays = (ms: number): boolean => ![0, 6].includes(new Date(ms).getUTCDay());
    const [before, after] = [days(28), days(28).filter(workdays)];
    const dates = (all: readonly number[]) => all.map((ms) => iso(ms).slice(0, 10));
    const effect = jsDistance(
      times(7, () => 1 / 7),
      times(7, (i) => (i < 5 ? 1 / 5 : 0)),
    );
    const column = await compareColumn(dates(before), dates(after));
    expect(column.checks.map(({ what }) => what)).toEqual(['weekdays']);
    expect(column.effect).toBeCloseTo(effect, 12);
    const csv = (all: readonly number[]) => `seen_at,id\n${all.map((ms) => `${ms / 1_000},1\n`).join('')}`;
    const report = await compareFiles(write('r.csv', csv(before)), write('c.csv', csv(after)));
    const epoch = report.columns.find(({ name }) => name === 'seen_at');
    expect(epoch).toMatchObject({ kind: 'time', verdict: 'drift' });
    expect(epoch?.checks.find(({ what }) => what === 'weekdays')?.effect).toBeCloseTo(effect, 12);
  });

  it('a reference that is newer than the current file is told, and gets no tick', async () => {
    const column = await compareColumn(hourly(28, 40).map(iso), hourly(28).map(iso));
    expect(column).toMatchObject({ verdict: 'not_compared', reason: 'reference_newer' });
    expect(column.sentence).toContain('Are the files in the right order?');
  });
});

describe('kinds', () => {
  it('are found by a rule that is told, and overruled by a person', async () => {
    const csv = (from: number) => `key,n\n${times(600, (i) => `k${from + i},${i % 30}\n`).join('')}`;
    const [r, c] = [write('r.csv', csv(0)), write('c.csv', csv(600))];
    const found = (await compareFiles(r, c)).columns.find(({ name }) => name === 'key');
    expect(found?.sentence).toMatch(/^Looks like an identifier \(nearly each row has a text of its own/);
    const said = new Map([
      ['key', 'categorical'],
      ['n', 'identifier'],
    ] as const);
    const columns = (await compareFiles(r, c, said)).columns;
    expect(columns.map(({ name, kind, because }) => [name, kind, because]).sort()).toEqual([
      ['key', 'categorical', 'as you say'],
      ['n', 'identifier', 'as you say'],
    ]);
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
