// False alarms and power of what the drift monitors do, printed against their gates: node bench/calibration/main.ts [--quick]
// Seeded, so a repeat prints the same numbers. Writes bench/results/calibration.json (not with --quick). Exit code 1 when a gate is missed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATORS, type Generator } from './generators.ts';
import { detectionDelay, falseAlarmsPer10k } from './rates.ts';
import { alarmShare, familyAlarms, intervalCoverage, NOMINAL } from './windows.ts';

const quick = process.argv.includes('--quick');
const SEED = 20_261_122;
const SIZES = [100, 500, 1_000, 5_000, 20_000] as const;
/** A share of 4 % is told from 5 % by 5,000 draws at three standard errors. */
const repeatsFor = (n: number): number => (quick ? 400 : n <= 1_000 ? 5_000 : n <= 5_000 ? 4_000 : 2_000);

type Gate = {
  readonly name: string;
  readonly met: boolean;
  readonly measured: number;
  readonly bound: number;
};
const gates: Gate[] = [];
const figures: Record<string, unknown> = {};
const gate = (name: string, measured: number, bound: number, met: boolean): void => {
  gates.push({ name, met, measured, bound });
  console.log(`  ${met ? 'met   ' : 'MISSED'} ${name}: ${measured.toFixed(4)}`);
};
const atMost = (name: string, measured: number, bound: number): void =>
  gate(`${name} ≤ ${bound}`, measured, bound, measured <= bound);
const atLeast = (name: string, measured: number, bound: number): void =>
  gate(`${name} ≥ ${bound}`, measured, bound, measured >= bound);
const find = (name: string): Generator => {
  const generator = GENERATORS.find((g) => g.name === name);
  if (!generator) throw new Error(`no generator ${name}`);
  return generator;
};

/** Twenty cells, each held to 5 % as it reads: no allowance for the luck of the draw. With --quick two standard errors are. */
function nullCalibration(): void {
  console.log(
    '\nA monitor on what did not change, nominal 5 %, reference and window both of size n: share that says drift',
  );
  console.log(`  ${''.padEnd(15)}${SIZES.map((n) => `n=${n}`.padStart(9)).join('')}`);
  const table: Record<string, Record<string, number>> = {};
  let worst = 0;
  for (const [g, generator] of GENERATORS.entries()) {
    const row: Record<string, number> = {};
    for (const n of SIZES) {
      const share = alarmShare(generator, n, 0, repeatsFor(n), SEED + n + g);
      row[`n=${n}`] = share;
      worst = Math.max(worst, share - (quick ? 2 * Math.sqrt((0.05 * 0.95) / repeatsFor(n)) : 0));
    }
    table[generator.name] = row;
    console.log(
      `  ${generator.name.padEnd(15)}${Object.values(row)
        .map((share) => share.toFixed(4).padStart(9))
        .join('')}`,
    );
  }
  figures['falseAlarmShares'] = table;
  atMost('per check, the worst of 20', worst, NOMINAL);
}

function familyWise(): void {
  console.log('\nAn unchanged system, 50 features × 24 hourly windows of 500, the default budget');
  const systems = quick ? 20 : 100;
  const { told, pageable } = familyAlarms(50, 24, 500, systems, SEED);
  figures['family'] = { systems, told, pageable, features: 50, windows: 24, n: 500 };
  atMost(`any drift told, of ${systems} systems`, told, 0.05);
  atMost('  of which a page would be within the budget', pageable, 0.05);
}

function power(): void {
  console.log('\nPower at nominal 5 %');
  const cases = [
    { feature: 'normal', shift: 0.25, n: 500, least: 0.9 },
    { feature: 'lognormal', shift: 0.25, n: 500, least: 0.9 },
    { feature: 'normal', shift: 0.1, n: 5_000, least: 0.95 },
    { feature: 'lognormal', shift: 0.1, n: 5_000, least: 0.95 },
    { feature: 'zipf-20', shift: 0.25, n: 1_000, least: 0.9 },
  ] as const;
  for (const { feature, shift, n, least } of cases) {
    const unit = feature === 'zipf-20' ? 'in exponent' : 'sd';
    const share = alarmShare(find(feature), n, shift, quick ? 400 : 2_000, SEED + n);
    atLeast(`${feature} + ${shift} ${unit}, n=${n}`, share, least);
  }
}

function intervals(): void {
  console.log('\nThe 95 % interval of the effect holds the true PSI (Zipf, 20 categories)');
  for (const [n, shift] of [
    [500, 0],
    [500, 0.25],
    [5_000, 0.25],
    [5_000, 0.5],
  ] as const)
    atLeast(
      `exponent + ${shift}, n=${n}`,
      intervalCoverage(n, shift, quick ? 400 : 4_000, SEED + n),
      quick ? 0.92 : 0.94,
    );
}

function rates(): void {
  const averageRunLength = 12_000;
  console.log(
    `\nE-detector, mean run length ≥ ${averageRunLength}, reference of 1,000 decisions drawn anew each time`,
  );
  const size = quick ? { references: 60, length: 20_000 } : { references: 200, length: 50_000 };
  for (const rate of [0.02, 0.1, 0.3])
    atMost(
      `no change at ${rate}: false alarms per 10,000`,
      falseAlarmsPer10k(rate, averageRunLength, size, SEED),
      0.4,
    );
  for (const after of [0.15, 0.2, 0.3]) {
    const found = detectionDelay(0.1, after, averageRunLength, quick ? 300 : 2_000, SEED);
    const { meanDelay, share, medianOnsetError } = found;
    figures[`rate 0.10 to ${after}`] = found;
    if (after === 0.2) {
      atMost('0.10 → 0.20: mean decisions until it is told', meanDelay, 175);
      atLeast('  share that is told', share, 0.999);
    } else
      console.log(
        `         0.10 → ${after}: mean ${meanDelay.toFixed(1)}, told ${share.toFixed(3)}, median onset error ${medianOnsetError}`,
      );
  }
}

nullCalibration();
familyWise();
power();
intervals();
rates();
const missed = gates.filter(({ met }) => !met);
console.log(missed.length === 0 ? '\nAll gates met.' : `\n${missed.length} gates missed.`);
if (!quick) {
  const directory = join(import.meta.dirname, '..', 'results');
  mkdirSync(directory, { recursive: true });
  const result = { command: 'node bench/calibration/main.ts', seed: SEED, gates, figures };
  writeFileSync(join(directory, 'calibration.json'), `${JSON.stringify(result, null, 2)}\n`);
}
process.exitCode = missed.length === 0 ? 0 : 1;
