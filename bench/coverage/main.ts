import { BINARY_METRICS } from '../../model/documents/monitor/performance.ts';
import { type BinaryWorld, coverageOfEstimates, drawBinary, taskOf } from '../performance/known-truth.ts';

/**
 * How often 95 % intervals of estimates hold what the labels then say, where the assumptions hold:
 *   node bench/coverage/main.ts [runs] [labels of the reference] [decisions of the window,…]
 * P(yes | s) = s^1.3, so that scores are not calibrated; scores of the window lie higher than those of the reference.
 */
const RUNS = 1_000;
const LEAST_COVERAGE = 0.93;

const [runs = RUNS, labels = 10_000] = process.argv.slice(2, 4).map(Number);
const sizes = (process.argv[4] ?? '100,500,1000,5000').split(',').map(Number);
const world = (a: number): BinaryWorld => ({
  density: (s) => s ** (a - 1) * (1 - s) ** 1.2,
  truth: (s) => s ** 1.3,
});
const task = taskOf({ kind: 'binary', positive: ['yes'], metrics: BINARY_METRICS });
for (const n of sizes) {
  const told = coverageOfEstimates(
    BINARY_METRICS,
    task,
    (random) => ({
      reference: drawBinary(labels, world(1.2), random),
      current: drawBinary(n, world(2), random),
    }),
    runs,
    n,
  );
  for (const [metric, { held, of, meanWidth }] of told)
    console.log(
      `${n} decisions, ${labels} labels: ${metric.padEnd(17)} held ${((100 * held) / of).toFixed(1)} % of ${of}, mean width ${meanWidth.toFixed(4)}${held / of < LEAST_COVERAGE ? ' BELOW 93 %' : ''}`,
    );
}
