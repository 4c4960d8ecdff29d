import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { compareMeasures, judgeLoss } from '../../analyzers/performance/compare.ts';
import { expectedMeasures } from '../../analyzers/performance/expected.ts';
import { type Measure, measure } from '../../analyzers/performance/measure.ts';
import { performanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import { PROBABILITY_EDGES } from '../../model/score-bins.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { Cell } from '../../store/ports/cohorts.ts';

/**
 * Estimated against realised performance on files with scores, and what a monitor would say of each chunk:
 *   node bench/performance/main.ts REFERENCE.csv.gz ANALYSIS.csv.gz TARGET.csv.gz --label employed
 * The files have the columns id, prediction, predicted_probability; the label stands in the reference and in TARGET.
 */
const CHUNKS = 10;
const LIMIT = 0.05;
const ALPHA = 0.01;

const [referenceFile, analysisFile, targetFile] = process.argv.slice(2);
const label = process.argv[process.argv.indexOf('--label') + 1] ?? 'label';
if (!referenceFile || !analysisFile || !targetFile)
  throw new Error('three files are needed: reference, analysis, target');

const { task } = performanceMonitorSpec.parse({
  kind: 'performance',
  system: 'bench',
  window: '1d',
  bounds: { accuracy: 0 },
  task: { kind: 'binary', positive: ['1'], metrics: ['accuracy', 'roc_auc'] },
});
const rules = { correct: {}, deferred: [] };

type Row = {
  readonly id: string;
  readonly p: number;
  readonly predicted: string;
  readonly truth: string | undefined;
};

function rowsOf(file: string): Record<string, string>[] {
  const bytes = readFileSync(file);
  const [head = '', ...lines] = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString('utf8')
    .trim()
    .split('\n');
  const names = head.trim().split(',');
  return lines.map((line) =>
    Object.fromEntries(
      line
        .trim()
        .split(',')
        .map((value, i) => [names[i] ?? '', value]),
    ),
  );
}

const toRow = (row: Record<string, string>, truth: string | undefined): Row => ({
  id: row['id'] ?? '',
  p: Number(row['predicted_probability']),
  predicted: row['prediction'] ?? '',
  truth,
});

function cellsOf(rows: readonly Row[]): readonly Cell[] {
  const groups = Map.groupBy(rows, (row) => {
    const bin = Math.round((PROBABILITY_EDGES.findLast((edge) => edge <= row.p) ?? 0) * 10_000);
    return JSON.stringify([bin, row.predicted, row.truth ?? '']);
  });
  return [...groups].map(([key, own]): Cell => {
    const [bin, value, truth] = JSON.parse(key) as [number, string, string];
    const mean = (part: (p: number) => number): number =>
      own.reduce((sum, row) => sum + part(row.p), 0) / own.length;
    const none = {
      errorSum: 0,
      errorAbs: 0,
      errorSq: 0,
      errorQuad: 0,
      apeN: 0,
      apeSum: 0,
      apeSq: 0,
      truthSum: 0,
      truthSq: 0,
    };
    return {
      slotMs: 0,
      segment: '',
      value,
      truth,
      by: 'label',
      bin,
      n: own.length,
      known: truth === '' ? 0 : own.length,
      p: mean((p) => p),
      pSq: mean((p) => p * p),
      logP: mean(Math.log),
      logQ: mean((p) => Math.log(1 - p)),
      ...none,
    };
  });
}

const targets = new Map(rowsOf(targetFile).map((row) => [row['id'], row[label]]));
const reference = cellsOf(rowsOf(referenceFile).map((row) => toRow(row, row[label])));
const analysis = rowsOf(analysisFile).map((row) => toRow(row, targets.get(row['id'] ?? '')));
const random = seededRandom(1);
const started = process.cpuUsage();
const size = Math.ceil(analysis.length / CHUNKS);
const misses: Record<string, number[]> = {};
let [held, of, breaches] = [0, 0, 0];
for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
  const cells = cellsOf(analysis.slice(chunk * size, (chunk + 1) * size));
  const estimates = expectedMeasures(task.metrics, task, reference, cells, rules, random);
  for (const metric of task.metrics) {
    const [estimate, came, then] = [
      estimates.get(metric),
      ...[cells, reference].map((side): Measure | null => measure(metric, task, side, rules, random)),
    ];
    if (!estimate || !came || !then) continue;
    misses[metric] = [...(misses[metric] ?? []), Math.abs(estimate.value - came.value)];
    held += Number(came.value >= estimate.low && came.value <= estimate.high);
    of += 1;
    const verdict = judgeLoss(compareMeasures(metric, came, then, 0, ALPHA), LIMIT, ALPHA);
    breaches += Number(verdict === 'breach');
    console.log(
      `${chunk + 1} ${metric.padEnd(9)} estimated ${estimate.value.toFixed(4)} (${estimate.low.toFixed(4)}–${estimate.high.toFixed(4)}) came ${came.value.toFixed(4)} reference ${then.value.toFixed(4)} ${verdict}`,
    );
  }
}
const cpu = process.cpuUsage(started);
for (const [metric, own] of Object.entries(misses))
  console.log(
    `${metric}: mean absolute difference of estimate and what came ${(own.reduce((a, b) => a + b, 0) / own.length).toFixed(4)}`,
  );
console.log(
  `intervals held ${held} of ${of}; breaches ${breaches}; ${analysis.length} decisions, ${Math.round((cpu.user + cpu.system) / 1000)} ms of CPU`,
);
