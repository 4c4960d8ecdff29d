import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../analyzers/compare/compare.ts';
import { countSide, pairUp } from '../../analyzers/compare/selftest/count.ts';
import { type OwnColumn, selftest } from '../../analyzers/compare/selftest/run.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import { freshDirectory } from '../support/stores.ts';
import { times } from './support-pure.ts';

const random = seededRandom(7);
/** Sum of twelve uniforms less six: mean 0, standard deviation 1, near enough a normal. */
const normal = () => times(12, () => random()).reduce((sum, value) => sum + value, -6);
const ROWS = 6_000;
const COLUMNS: readonly OwnColumn[] = [
  { name: 'amount', kind: 'numeric', cells: times(ROWS, () => 100 + 15 * normal()) },
  {
    name: 'region',
    kind: 'categorical',
    cells: times(ROWS, () => ['n', 'n', 's', 'e', 'w'][Math.floor(random() * 5)] ?? ''),
  },
  { name: 'code', kind: 'discrete', cells: times(ROWS, () => Math.floor(random() * 4)) },
];
const run = (repeats: number, columns = COLUMNS) =>
  selftest(columns, { limits: DEFAULT_LIMITS, repeats, random: seededRandom(1), progress: () => undefined });

describe('the selftest', () => {
  const made = run(60);
  const of = (injection: string) => made.found.find((one) => one.injection === injection);

  it('takes windows of several sizes, and each change only to the columns it fits', () => {
    expect(made.sizes).toEqual([100, 300, 1_000, 3_000]);
    expect(made.found.map(({ injection, columns }) => [injection, columns])).toEqual([
      ['shift_0.25', 1],
      ['shift_0.5', 1],
      ['scale', 1],
      ['unit', 1],
      ['mix', 2],
      ['new_value', 2],
      ['missing', 3],
    ]);
  });

  it('finds what theory says it can: D of a shift by d standard deviations is 2Φ(d/2) − 1', () => {
    // 0.5: D = 0.197, far above the limit of 0.1 and what 1,000 against 3,000 rows can see.
    expect(of('shift_0.5')?.power.at(-1)).toBe(1);
    // 0.25: D = 0.0995, just below the limit: found about as often as noise lifts it over.
    const quarter = of('shift_0.25')?.power.at(-1) ?? 0;
    expect(quarter).toBeGreaterThan(0.2);
    expect(quarter).toBeLessThan(0.95);
    expect(of('unit')).toMatchObject({ rowsNeeded: 100, blind: [] });
    expect(of('missing')?.rowsNeeded).toBeLessThanOrEqual(300);
  });

  it('raises false alarms no more often than promised', () => {
    for (const alarms of made.falseAlarms)
      expect(alarms / made.repeats).toBeLessThanOrEqual(0.05 + 2.58 * Math.sqrt((0.05 * 0.95) / 60));
  });

  it('says the same again for the same seed', () => {
    expect(run(3)).toEqual(run(3));
  });

  it('names the columns that it is blind in', () => {
    // Three rows in a hundred missing more is less than the limit anywhere.
    const constantish: OwnColumn = {
      name: 'rare',
      kind: 'categorical',
      cells: times(200, (i) => (i === 0 ? 'b' : 'a')),
    };
    const small = run(10, [constantish]);
    expect(small.sizes).toEqual([100]);
    for (const { power, rowsNeeded, blind } of small.found) {
      expect(rowsNeeded === null).toBe((power.at(-1) ?? 0) < 0.8);
      expect(blind).toEqual((power.at(-1) ?? 0) < 0.8 ? ['rare'] : []);
    }
  });

  it('counts as the engine does: each value once, ascending, missing cells aside', () => {
    const side = (cells: (number | null)[]) => countSide('numeric', cells);
    expect(pairUp('x', 'numeric', side([3, 1, 1, null]), side([2, 3, null])).fine).toEqual([
      { from: 1, to: 1, reference: 2, current: 0 },
      { from: 2, to: 2, reference: 0, current: 1 },
      { from: 3, to: 3, reference: 1, current: 1 },
    ]);
  });
});

describe('leeway drift selftest', () => {
  const directory = freshDirectory('selftest');
  const leeway = (...args: string[]) => {
    const main = join(import.meta.dirname, '../../app/main.ts');
    return spawnSync(process.execPath, [main, 'drift', ...args], { encoding: 'utf8' });
  };

  it('tries a file of one’s own and reports on standard output alone', () => {
    const file = join(directory, 'own.csv');
    const lines = times(2_000, (i) => `${(i * 7) % 997},${i % 3 === 0 ? 'a' : 'b'},row-${i}\n`);
    writeFileSync(file, `amount,kind,key\n${lines.join('')}`);
    const { status, stdout, stderr } = leeway('selftest', '--reference', file, '--repeats', '10');
    expect({ status, first: stdout.split('\n')[0] }).toEqual({
      status: 0,
      first: `${file}: 2,000 rows drawn, 2 columns tried, 10 times.`,
    });
    expect(stdout).toContain('Not tried: key (identifier).');
    expect(stdout).toMatch(/nothing changed \(false alarms\)/);
    expect(stderr).toContain('trying 0 of 10');
  });

  it('is told what it needs', () => {
    writeFileSync(join(directory, 'short.csv'), 'a,b\n1,2\n');
    expect(leeway('selftest', '--reference', join(directory, 'short.csv')).status).toBe(1);
    expect(leeway('selftest', '--reference', join(directory, 'none.csv')).status).toBe(3);
    expect(leeway('selftest')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--reference FILE'),
    });
    expect(leeway('selftset').status).toBe(2);
  });
});
