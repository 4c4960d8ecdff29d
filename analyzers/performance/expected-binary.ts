import type { PerformanceTask } from '../../model/documents/monitor/performance.ts';
import { type BinaryRow, mergedRows } from './binary.ts';
import { fitCalibration, type Scored } from './calibrate.ts';
import { resampleBinary } from './resample.ts';
import { binaryRows } from './truth.ts';
import type { Rules, Workings } from './workings.ts';

const scored = (rows: readonly BinaryRow[]): readonly Scored[] =>
  rows.map((row) => ({ bin: row.bin, p: row.p, n: row.positive + row.negative, events: row.positive }));

/** The score, calibrated, is the chance of the event. */
export const binaryWorkings = (
  task: Extract<PerformanceTask, { kind: 'binary' }>,
  rules: Rules,
): Workings<BinaryRow> => ({
  rows: (cells) => mergedRows(binaryRows(cells, task, rules)),
  scored,
  resample: resampleBinary,
  calibrate: (known) => {
    const calibrated = fitCalibration(scored(known));
    if (calibrated === null) return null;
    return (rows, draw) =>
      rows.map((row) => {
        const probability = calibrated(row.bin, row.p);
        if (probability === null) return { ...row, positive: 0, negative: 0 };
        const positive = draw(row.n, probability);
        return { ...row, positive, negative: row.n - positive };
      });
  },
});
