import {
  adjustPValues,
  countsEvidence,
  DEFAULT_SENSITIVITY,
  driftVerdict,
  type Evidence,
} from '../stats/index.ts';
import { evenMass } from './bins.ts';
import type { ColumnKind, Facts } from './facts.ts';
import type { Gathered, MoreCheck } from './gathered.ts';
import type { Judged, Limits } from './report.ts';

/** Few enough bins that a thousand rows can say something, enough to see a change of shape. */
const SHAPE_BINS = 10;

export type Check = Omit<MoreCheck & { readonly kind: 'counts' }, 'kind' | 'told'>;
/** Evidence that was found elsewhere, and is judged with the rest. */
type Found = Extract<MoreCheck, { kind: 'evidence' }>;

const isFound = (check: Check | Found): check is Found => 'evidence' in check;

/** Every check of a column; one that has a single category cannot find anything and is left out of the family. */
export function checksOf(column: Gathered): (Check | Found)[] {
  const all = [
    cellsCheck(column.kind, column.reference, column.current),
    ...valueChecks(column),
    ...column.more,
  ];
  return all.filter(
    (check) => isFound(check) || check.reference.filter((r, i) => r + (check.current[i] ?? 0) > 0).length > 1,
  );
}

function cellsCheck(kind: ColumnKind, reference: Facts, current: Facts): Check {
  const cells = (of: Facts): number[] =>
    kind === 'numeric' || kind === 'discrete'
      ? [of.numbers, of.missing, of.nan, of.infinite, of.texts + of.times]
      : kind === 'time'
        ? // Instants are numbers in some files; which of the two it is does not change from row to row.
          [of.times, of.numbers, of.missing, of.nan + of.infinite + of.texts]
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
  if (fine.length === 0 || kind === 'time') return [];
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
export function judgeAll(columns: readonly (readonly (Check | Found)[])[], limits: Limits): Judged[][] {
  const family = Math.max(1, columns.flat().length);
  const sensitivity = { ...DEFAULT_SENSITIVITY, alpha: limits.alpha / family };
  const evidence = columns.map((checks) => checks.map((check) => evidenceOf(check, sensitivity)));
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

const evidenceOf = (check: Check | Found, sensitivity = DEFAULT_SENSITIVITY): Evidence =>
  isFound(check)
    ? check.evidence
    : countsEvidence(check.reference, check.current, check.statistic, check.bins, sensitivity);

/**
 * One column's checks as if all others of a family of `checks` were quiet: what Holm's first step asks of the smallest p.
 */
export const judgeAlone = (column: readonly (Check | Found)[], limits: Limits, checks: number): Judged[] =>
  column.flatMap((check) => {
    const one = evidenceOf(check);
    if (one.kind !== 'value') return [];
    return [judgedOf(check, { ...one, pValue: Math.min(1, one.pValue * checks) }, limits)];
  });

function judgedOf(
  check: Check | Found,
  evidence: Extract<Evidence, { kind: 'value' }>,
  { alpha, limit: common }: Limits,
): Judged {
  const { effect, pValue, minimumDetectableEffect } = evidence;
  const limit = isFound(check) ? check.limit : common;
  const { verdict } = driftVerdict(evidence, { alpha, limit });
  const { what, statistic } = check;
  return { what, statistic, effect, pValue, minimumDetectableEffect, limit, verdict };
}
