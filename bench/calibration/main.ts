// False alarms and power of the drift checks, printed against their gates: node bench/calibration/main.ts [--quick]
// Seeded, so a repeat prints the same numbers. Exit code 1 when a gate is missed.
import { CHECKS } from './checks.ts';
import { GENERATORS, type Generator } from './generators.ts';
import { detectionDelay, falseAlarmsPer10k } from './rates.ts';
import { alarmShare, familyAlarmShare } from './windows.ts';

const quick = process.argv.includes('--quick');
const SEED = 20_261_122;
const SIZES = [100, 500, 1_000, 5_000, 20_000] as const;
const REPEATS = quick ? { small: 400, large: 100 } : { small: 2_000, large: 1_000 };
const repeatsFor = (n: number): number => (n <= 1_000 ? REPEATS.small : REPEATS.large);
/** A measured share may exceed its gate by 2.58 standard errors: one check in 200 would by luck alone. */
const slack = (share: number, repeats: number): number => 2.58 * Math.sqrt((share * (1 - share)) / repeats);

let missed = 0;
const gate = (name: string, holds: boolean, figure: string): void => {
  if (!holds) missed += 1;
  console.log(`  ${holds ? 'met   ' : 'MISSED'} ${name}: ${figure}`);
};
const find = (name: string): Generator => {
  const generator = GENERATORS.find((g) => g.name === name);
  if (!generator) throw new Error(`no generator ${name}`);
  return generator;
};

function nullCalibration(): void {
  console.log('\nFalse alarms at nominal 5 %, reference and current both of size n');
  console.log(
    `  ${'check'.padEnd(18)}${'feature'.padEnd(15)}${SIZES.map((n) => `n=${n}`.padStart(9)).join('')}`,
  );
  let worst = 0;
  let holds = true;
  for (const check of CHECKS) {
    for (const [g, generator] of GENERATORS.entries()) {
      const cells: string[] = [];
      for (const n of SIZES) {
        const repeats = repeatsFor(n);
        const share = alarmShare(check, generator, n, 0, repeats, SEED + n + g);
        if (share === null) break;
        worst = Math.max(worst, share);
        holds &&= share <= 0.05 + slack(0.05, repeats);
        cells.push(share.toFixed(3).padStart(9));
      }
      if (cells.length) console.log(`  ${check.padEnd(18)}${generator.name.padEnd(15)}${cells.join('')}`);
    }
  }
  gate('per check ≤ 5 % (within Monte Carlo error)', holds, `worst ${worst.toFixed(4)}`);
}

function familyWise(): void {
  console.log('\nFamily-wise, 50 features × 24 windows of 500, Holm');
  const systems = quick ? 40 : 200;
  const share = familyAlarmShare(50, 24, 500, systems, SEED);
  gate(
    '≤ 5 % of unchanged systems alarm',
    share <= 0.05 + slack(0.05, systems),
    `${share.toFixed(4)} of ${systems}`,
  );
}

function power(): void {
  console.log('\nPower at nominal 5 %');
  const cases = [
    { feature: 'normal', shift: 0.25, n: 500, least: 0.9 },
    { feature: 'lognormal', shift: 0.25, n: 500, least: 0.9 },
    { feature: 'normal', shift: 0.1, n: 5_000, least: 0.95 },
    { feature: 'lognormal', shift: 0.1, n: 5_000, least: 0.95 },
  ] as const;
  for (const { feature, shift, n, least } of cases) {
    for (const check of ['ks on values', 'ks on bins'] as const) {
      const share = alarmShare(check, find(feature), n, shift, repeatsFor(n), SEED + n) ?? 0;
      gate(`${check}, ${feature} + ${shift} sd, n=${n} ≥ ${least}`, share >= least, share.toFixed(4));
    }
  }
  const zipf = alarmShare('psi + chi-square', find('zipf-20'), 1_000, 0.25, REPEATS.small, SEED) ?? 0;
  gate('psi + chi-square, Zipf exponent + 0.25, n=1000 ≥ 0.9', zipf >= 0.9, zipf.toFixed(4));
}

function rates(): void {
  const averageRunLength = 12_000;
  console.log(
    `\nE-detector, mean run length ≥ ${averageRunLength}, reference of 1,000 decisions drawn anew each time`,
  );
  const size = quick ? { references: 60, length: 20_000 } : { references: 200, length: 50_000 };
  for (const rate of [0.02, 0.1, 0.3]) {
    const perTenThousand = falseAlarmsPer10k(rate, averageRunLength, size, SEED);
    gate(
      `no change at ${rate}: ≤ 0.4 false alarms per 10k`,
      perTenThousand <= 0.4,
      perTenThousand.toFixed(3),
    );
    if (rate === 0.1) {
      const nominal = 10_000 / averageRunLength;
      gate(
        `  and below the promised ${nominal.toFixed(2)}`,
        perTenThousand <= nominal,
        perTenThousand.toFixed(3),
      );
    }
  }
  const streams = quick ? 300 : 2_000;
  for (const after of [0.15, 0.2, 0.3]) {
    const { meanDelay, share, medianOnsetError } = detectionDelay(
      0.1,
      after,
      averageRunLength,
      streams,
      SEED,
    );
    const figure = `mean ${meanDelay.toFixed(1)} points, found ${share.toFixed(3)}, median onset error ${medianOnsetError}`;
    if (after === 0.2) gate('0.10 → 0.20 in ≤ 175 points', meanDelay <= 175 && share > 0.999, figure);
    else console.log(`         0.10 → ${after.toFixed(2)}: ${figure}`);
  }
}

nullCalibration();
familyWise();
power();
rates();
console.log(missed === 0 ? '\nAll gates met.' : `\n${missed} gates missed.`);
process.exitCode = missed === 0 ? 0 : 1;
