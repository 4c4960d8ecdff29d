import type { PerformanceTask } from '../../model/documents/monitor/performance.ts';
import type { SystemSpec } from '../../model/documents/system.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import type { BinaryRow } from './binary.ts';
import type { ClassRow } from './multiclass.ts';
import type { ErrorSums } from './regression.ts';

type Rules = Pick<SystemSpec, 'correct' | 'deferred'>;
type BinaryTask = Extract<PerformanceTask, { kind: 'binary' }>;

/** Values that say the event is expected: as declared, or those that a positive label makes right. */
export function positiveValues(task: BinaryTask, { correct }: Rules): (value: string) => boolean {
  if (task.positiveValues) return (value) => task.positiveValues?.includes(value) ?? false;
  return (value) => (correct[value] ?? [value]).some((label) => task.positive.includes(label));
}

/** A decision handed to a person is not judged, here as in `judge` of model/correctness.ts. */
const decided = (cells: readonly Cell[], { deferred }: Rules): readonly Cell[] =>
  cells.filter((cell) => !deferred.includes(cell.value));

export function binaryRows(cells: readonly Cell[], task: BinaryTask, rules: Rules): readonly BinaryRow[] {
  const isPositive = positiveValues(task, rules);
  return decided(cells, rules).map((cell) => {
    const happened = cell.by === 'ruling' ? isPositive(cell.truth) : task.positive.includes(cell.truth);
    return {
      bin: cell.bin,
      predicted: isPositive(cell.value),
      n: cell.n,
      positive: happened ? cell.known : 0,
      negative: happened ? 0 : cell.known,
      p: cell.p,
      pSq: cell.pSq,
      logP: cell.logP,
      logQ: cell.logQ,
    };
  });
}

export const classRows = (cells: readonly Cell[], rules: Rules): readonly ClassRow[] =>
  decided(cells, rules).map((cell) => ({
    value: cell.value,
    truth: cell.known > 0 ? trueValue(cell, rules) : null,
    bin: cell.bin,
    n: cell.n,
    known: cell.known,
    p: cell.p,
  }));

/** What the value should have been. A label that no value stands for is a class of its own, which nobody decides. */
function trueValue({ value, truth, by }: Cell, { correct }: Rules): string {
  if (by === 'ruling') return truth;
  const own = correct[value];
  if (own ? own.includes(truth) : truth === value) return value;
  const other = Object.entries(correct).find(([name, labels]) => name !== value && labels.includes(truth));
  return other?.[0] ?? (truth === value ? `label ${truth}` : truth);
}

export function errorSums(cells: readonly Cell[]): ErrorSums {
  const sum = (part: (cell: Cell) => number): number => cells.reduce((total, cell) => total + part(cell), 0);
  return {
    n: sum((cell) => cell.n),
    known: sum((cell) => cell.known),
    errorSum: sum((cell) => cell.errorSum),
    errorAbs: sum((cell) => cell.errorAbs),
    errorSq: sum((cell) => cell.errorSq),
    errorQuad: sum((cell) => cell.errorQuad),
    apeN: sum((cell) => cell.apeN),
    apeSum: sum((cell) => cell.apeSum),
    apeSq: sum((cell) => cell.apeSq),
    truthSum: sum((cell) => cell.truthSum),
    truthSq: sum((cell) => cell.truthSq),
    truthCu: sum((cell) => cell.truthCu),
    truthQuad: sum((cell) => cell.truthQuad),
    errorSqTruth: sum((cell) => cell.errorSqTruth),
    errorSqTruthSq: sum((cell) => cell.errorSqTruthSq),
  };
}
