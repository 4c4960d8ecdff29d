import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { compareMeasures, judgeLoss } from '../../analyzers/performance/compare.ts';
import { expectedMeasures } from '../../analyzers/performance/expected.ts';
import { type Measure, measure } from '../../analyzers/performance/measure.ts';
import type { SegmentCells } from '../../analyzers/performance/strata.ts';
import { outsideOf } from '../../analyzers/performance/support.ts';
import { outsideWords } from '../../analyzers/performance/words.ts';
import { PROBABILITY_EDGES } from '../../model/score-bins.ts';
import { seededRandom } from '../../model/seeded-random.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import { NO_CELL, RULES, taskOf } from './known-truth.ts';
import { nannyml } from './nannyml.ts';

/**
 * Estimated against realised performance on files with scores, and what a monitor would say of each chunk:
 *   node bench/performance/main.ts REFERENCE.csv.gz ANALYSIS.csv.gz TARGET.csv.gz --label employed --segments RELP
 * The files have the columns id, prediction, predicted_probability; the label stands in the reference and in TARGET.
 * `--python PY`: an interpreter that has nannyml; its estimates of the same chunks stand beside.
 */
const CHUNKS = 10;
const LIMIT = 0.05;
const ALPHA = 0.01;

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    label: { type: 'string', default: 'label' },
    segments: { type: 'string', default: '' },
    python: { type: 'string' },
  },
});
const [referenceFile, analysisFile, targetFile] = positionals;
const { label } = options;
const segmentKeys = options.segments.split(',').filter((key) => key !== '');
if (!referenceFile || !analysisFile || !targetFile)
  throw new Error('three files are needed: reference, analysis, target');

const task = taskOf({ kind: 'binary', positive: ['1'], metrics: ['accuracy', 'roc_auc'] });

type Row = {
  readonly id: string;
  readonly p: number;
  readonly predicted: string;
  readonly truth: string | undefined;
  readonly segments: readonly string[];
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
  segments: segmentKeys.map((key) => `${key}=${row[key] ?? ''}`),
});

/** As the store splits them: the whole, and each group of each key. */
function bySegment(rows: readonly Row[]): SegmentCells {
  const groups = new Map<string, Row[]>([['', [...rows]]]);
  for (const row of rows)
    for (const segment of row.segments) {
      const own = groups.get(segment) ?? [];
      own.push(row);
      groups.set(segment, own);
    }
  return new Map([...groups].map(([segment, own]) => [segment, cellsOf(own)]));
}

function cellsOf(rows: readonly Row[]): readonly Cell[] {
  const groups = Map.groupBy(rows, (row) => {
    const bin = Math.round((PROBABILITY_EDGES.findLast((edge) => edge <= row.p) ?? 0) * 10_000);
    return JSON.stringify([bin, row.predicted, row.truth ?? '']);
  });
  return [...groups].map(([key, own]): Cell => {
    const [bin, value, truth] = JSON.parse(key) as [number, string, string];
    const mean = (part: (p: number) => number): number =>
      own.reduce((sum, row) => sum + part(row.p), 0) / own.length;
    return {
      ...NO_CELL,
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
    };
  });
}

const targets = new Map(rowsOf(targetFile).map((row) => [row['id'], row[label]]));
const reference = bySegment(rowsOf(referenceFile).map((row) => toRow(row, row[label])));
const analysis = rowsOf(analysisFile).map((row) => toRow(row, targets.get(row['id'] ?? '')));
const theirs = options.python
  ? await nannyml(options.python, { referenceFile, analysisFile, label, chunks: CHUNKS })
  : undefined;
const random = seededRandom(1);
const started = process.cpuUsage();
const size = Math.ceil(analysis.length / CHUNKS);
const misses = new Map<string, { ours: number[]; theirs: number[] }>();
const wholeOf = (cells: SegmentCells): readonly Cell[] => cells.get('') ?? [];
let [held, of, breaches] = [0, 0, 0];
for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
  const cells = bySegment(analysis.slice(chunk * size, (chunk + 1) * size));
  const estimates = expectedMeasures(task.metrics, task, reference, cells, RULES, random);
  const outside = outsideOf(reference, cells);
  for (const metric of task.metrics) {
    const estimate = estimates.measures.get(metric);
    const [came, then] = [cells, reference].map((side): Measure | null =>
      measure(metric, task, wholeOf(side), RULES, random),
    );
    if (!estimate || !came || !then) continue;
    const isHeld = came.value >= estimate.low && came.value <= estimate.high;
    const their = theirs?.get(metric)?.[chunk];
    const own = misses.get(metric) ?? { ours: [], theirs: [] };
    own.ours.push(Math.abs(estimate.value - came.value));
    if (their !== undefined) own.theirs.push(Math.abs(their - came.value));
    misses.set(metric, own);
    held += Number(isHeld);
    of += 1;
    const verdict = judgeLoss(compareMeasures(metric, came, then, 0, ALPHA), LIMIT, ALPHA);
    breaches += Number(verdict === 'breach');
    console.log(
      [
        `${chunk + 1} ${metric.padEnd(9)} estimated ${estimate.value.toFixed(4)} (${estimate.low.toFixed(4)}–${estimate.high.toFixed(4)})`,
        ...(their === undefined ? [] : [`nannyml ${their.toFixed(4)}`]),
        `came ${came.value.toFixed(4)} ${isHeld ? 'held' : 'MISSED'} reference ${then.value.toFixed(4)} ${verdict}`,
        ...(estimates.splitBy === null ? [] : [`by ${estimates.splitBy}`]),
        ...(outside === null ? [] : [outsideWords(outside, outside.share >= LIMIT)]),
      ].join(' '),
    );
  }
}
const cpu = process.cpuUsage(started);
const mean = (values: readonly number[]): string =>
  (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4);
for (const [metric, own] of misses)
  console.log(
    `${metric}: mean absolute difference of estimate and what came ${mean(own.ours)}${own.theirs.length > 0 ? `, nannyml ${mean(own.theirs)}` : ''}`,
  );
console.log(
  `intervals held ${held} of ${of}; breaches ${breaches}; ${analysis.length} decisions, ${Math.round((cpu.user + cpu.system) / 1000)} ms of CPU`,
);
