import type { MulticlassMetric } from '../../model/documents/monitor/performance.ts';

/** Decisions that share a value, a truth (null: not known) and a bin of the chosen value's probability. */
export type ClassRow = {
  readonly value: string;
  readonly truth: string | null;
  readonly bin: number;
  readonly n: number;
  /** Known, or expected: then a fraction. */
  readonly known: number;
  readonly p: number;
};

type Counts = { right: number; decided: number; was: number };

function countsOf(rows: readonly ClassRow[]): { readonly classes: Map<string, Counts>; readonly n: number } {
  const classes = new Map<string, Counts>();
  const of = (name: string): Counts => {
    const counts = classes.get(name) ?? { right: 0, decided: 0, was: 0 };
    classes.set(name, counts);
    return counts;
  };
  let n = 0;
  for (const { value, truth, known } of rows) {
    if (truth === null || known === 0) continue;
    n += known;
    of(value).decided += known;
    of(truth).was += known;
    if (value === truth) of(value).right += known;
  }
  return { classes, n };
}

/** Mean over every class that was decided or was true; a class without a denominator counts 0, as in scikit-learn. */
const macro =
  (part: (counts: Counts) => number, whole: (counts: Counts) => number) =>
  (rows: readonly ClassRow[]): number | null => {
    const { classes } = countsOf(rows);
    if (classes.size === 0) return null;
    const each = [...classes.values()].map((counts) =>
      whole(counts) > 0 ? part(counts) / whole(counts) : 0,
    );
    return each.reduce((sum, share) => sum + share, 0) / each.length;
  };

export const MULTICLASS: {
  readonly [M in MulticlassMetric]: (rows: readonly ClassRow[]) => number | null;
} = {
  accuracy: (rows) => {
    const { classes, n } = countsOf(rows);
    return n > 0 ? [...classes.values()].reduce((sum, { right }) => sum + right, 0) / n : null;
  },
  precision: macro(
    ({ right }) => right,
    ({ decided }) => decided,
  ),
  recall: macro(
    ({ right }) => right,
    ({ was }) => was,
  ),
  f1: macro(
    ({ right }) => 2 * right,
    ({ decided, was }) => decided + was,
  ),
};
