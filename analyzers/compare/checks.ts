import {
  adjustPValues,
  type BinKind,
  countsEvidence,
  DEFAULT_SENSITIVITY,
  driftVerdict,
  type Evidence,
} from '../stats/index.ts';
import { evenMass } from './bins.ts';
import type { ColumnKind, Facts } from './facts.ts';
import type { Gathered } from './gather.ts';
import type { Judged, Limits } from './report.ts';

/** Few enough bins that a thousand rows can say something, enough to see a change of shape. */
const SHAPE_BINS = 10;

type Check = {
  readonly what: Judged['what'];
  readonly statistic: Judged['statistic'];
  readonly bins: BinKind;
  readonly reference: readonly number[];
  readonly current: readonly number[];
};

/** Every check of a column; one that has a single category cannot find anything and is left out of the family. */
export function checksOf(column: Gathered): Check[] {
  const all = [cellsCheck(column.kind, column.reference, column.current), ...valueChecks(column)];
  return all.filter((check) => check.reference.filter((r, i) => r + (check.current[i] ?? 0) > 0).length > 1);
}

function cellsCheck(kind: ColumnKind, reference: Facts, current: Facts): Check {
  const cells = (of: Facts): number[] =>
    kind === 'numeric' || kind === 'discrete'
      ? [of.numbers, of.missing, of.nan, of.infinite, of.texts + of.times]
      : kind === 'time'
        ? [of.times, of.missing, of.numbers + of.nan + of.infinite + of.texts]
        : [of.rows - of.missing, of.missing];
  return {
    what: 'cells',
    statistic: 'js_distance',
    bins: 'categories',
    reference: cells(reference),
    current: cells(current),
  };
}

function valueChecks({ kind, fine, categories, reference, current }: Gathered): Check[] {
  if (kind === 'categorical') {
    const r = categories.map((one) => one.reference);
    const c = categories.map((one) => one.current);
    // What the list of the largest leaves out stands together at its end.
    r.push(Math.max(0, reference.rows - reference.missing - sum(r)));
    c.push(Math.max(0, current.rows - current.missing - sum(c)));
    return [{ what: 'values', statistic: 'js_distance', bins: 'categories', reference: r, current: c }];
  }
  if (fine.length === 0) return [];
  const values = { reference: fine.map((bin) => bin.reference), current: fine.map((bin) => bin.current) };
  if (kind === 'discrete')
    return [{ what: 'values', statistic: 'js_distance', bins: 'categories', ...values }];
  return [
    { what: 'values', statistic: 'ks', bins: 'ordered', ...values },
    { what: 'values', statistic: 'js_distance', bins: 'ordered', ...evenMass(fine, SHAPE_BINS) },
  ];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Judges the checks of all columns as one family: the chance of any false drift in the whole comparison is at most
 * `alpha` (Holm). What could have been seen is computed at the level that the first rejection needs, alpha / checks.
 */
export function judgeAll(columns: readonly (readonly Check[])[], limits: Limits): Judged[][] {
  const family = Math.max(1, columns.flat().length);
  const sensitivity = { ...DEFAULT_SENSITIVITY, alpha: limits.alpha / family };
  const evidence = columns.map((checks) =>
    checks.map((check) =>
      countsEvidence(check.reference, check.current, check.statistic, check.bins, sensitivity),
    ),
  );
  const found = evidence.flat().flatMap((one) => (one.kind === 'value' ? [one.pValue] : []));
  const adjusted = adjustPValues(found, 'holm');
  let next = 0;
  return columns.map((checks, i) =>
    checks.flatMap((check, k) => {
      const one = evidence[i]?.[k];
      if (one === undefined || one.kind !== 'value') return [];
      const pValue = adjusted.kind === 'value' ? (adjusted.adjusted[next++] ?? 1) : 1;
      return [judgedOf(check, { ...one, pValue }, limits)];
    }),
  );
}

/**
 * One column's checks as if all others of a family of `checks` were quiet: what Holm's first step asks of the smallest p.
 */
export const judgeAlone = (column: readonly Check[], limits: Limits, checks: number): Judged[] =>
  column.flatMap((check) => {
    const one = countsEvidence(check.reference, check.current, check.statistic, check.bins);
    if (one.kind !== 'value') return [];
    return [judgedOf(check, { ...one, pValue: Math.min(1, one.pValue * checks) }, limits)];
  });

function judgedOf(check: Check, evidence: Extract<Evidence, { kind: 'value' }>, limits: Limits): Judged {
  const { effect, pValue, minimumDetectableEffect } = evidence;
  const { verdict } = driftVerdict(evidence, limits);
  return { what: check.what, statistic: check.statistic, effect, pValue, minimumDetectableEffect, verdict };
}
