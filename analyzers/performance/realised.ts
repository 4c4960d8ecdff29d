import type { Metric, PerformanceMonitorSpec } from '../../model/documents/monitor/performance.ts';
import type { SystemSpec } from '../../model/documents/system.ts';
import type { Severity } from '../../model/finding.ts';
import type { Window } from '../../model/time.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { sentenceCase } from '../words.ts';
import { brierParts, confusionOf, reliabilityOf } from './binary.ts';
import { type Comparison, compareBound, compareMeasures, judgeLoss, METRICS } from './compare.ts';
import { costChange, costOf, costWords } from './costs.ts';
import { FAIRNESS, type Fairness, fairnessGap } from './fairness.ts';
import type { Readiness } from './maturity.ts';
import { type Measure, measure } from './measure.ts';
import type { SegmentCells } from './strata.ts';
import { binaryRows, classRows, errorSums } from './truth.ts';
import {
  againstReference,
  cohortWords,
  FAIRNESS_WORDS,
  gapWords,
  intervalWords,
  labelWords,
  METRIC_WORDS,
  metricValue,
} from './words.ts';

export type ReferenceCells =
  | { readonly kind: 'none' }
  | { readonly kind: 'absent'; readonly because: string }
  | {
      readonly kind: 'ready';
      readonly window: Window;
      readonly cells: SegmentCells;
      /** The same decisions with the labels alone that were known at the judged window's age; left out when that is all. */
      readonly early?: SegmentCells;
    };

export type RealisedInput = {
  readonly spec: PerformanceMonitorSpec;
  readonly system: SystemSpec;
  /** The cohort: when the decisions were made. */
  readonly window: Window;
  /** When it is judged: labels known by then count. */
  readonly atMs: number;
  readonly readiness: Extract<Readiness, { kind: 'ready' }>;
  readonly current: SegmentCells;
  readonly reference: ReferenceCells;
  readonly random: () => number;
  /** Start of the first window of the present run of breaches, by `onsetKey`. */
  readonly onsetMs: (key: string) => number | null;
};

export const onsetKey = (draft: Pick<FindingDraft, 'statistic' | 'segment' | 'subject'>): string =>
  JSON.stringify([draft.subject, draft.statistic, draft.segment]);

const decisionsOf = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.n, 0);
const knownOf = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.known, 0);

/** Each metric of the whole and of every segment with labels enough, against reference and bounds; then the gaps between groups. */
export function evaluateRealised(input: RealisedInput): readonly FindingDraft[] {
  const { spec, current } = input;
  const segments = [...current]
    .filter(([segment, cells]) => segment === '' || knownOf(cells) >= spec.minimumN)
    .map(([segment]) => segment);
  const checks = segments.length * spec.task.metrics.length + spec.protected.length * FAIRNESS.length;
  const alpha = spec.alpha / Math.max(1, checks);
  const drafts = segments.flatMap((segment) =>
    spec.task.metrics.map((metric) => metricDraft(input, metric, segment, alpha)),
  );
  return [...drafts, ...smallDrafts(input), ...fairnessDrafts(input, alpha)].map((draft) => ({
    ...draft,
    onsetMs: draft.verdict === 'breach' ? (input.onsetMs(onsetKey(draft)) ?? input.window.startMs) : null,
  }));
}

/** Groups too small to be judged that are told of, the largest first: there may be thousands. */
const MOST_SMALL = 20;

/** A group that is not judged is said to be: silence reads as calm. */
function smallDrafts(input: RealisedInput): readonly FindingDraft[] {
  const { spec, current, window } = input;
  const metric = spec.task.metrics[0] ?? 'accuracy';
  return [...current]
    .filter(([segment, cells]) => segment !== '' && knownOf(cells) < spec.minimumN)
    .sort(([a, mine], [b, others]) => knownOf(others) - knownOf(mine) || (a < b ? -1 : 1))
    .slice(0, MOST_SMALL)
    .map(([segment, cells]) => ({
      ...draftBase(input, metric, segment),
      n: knownOf(cells),
      sentence: `${sentenceCase(METRIC_WORDS[metric])} in ${segment} is not judged for ${cohortWords(window.startMs, window.endMs)}: ${knownOf(cells)} labels are known, ${spec.minimumN} are asked for.`,
    }));
}

function metricDraft(input: RealisedInput, metric: Metric, segment: string, alpha: number): FindingDraft {
  const { spec, system, window } = input;
  const cells = input.current.get(segment) ?? [];
  const now = measure(metric, spec.task, cells, system, input.random);
  const base = draftBase(input, metric, segment);
  const where = segment === '' ? '' : ` in ${segment}`;
  const what = `${METRIC_WORDS[metric]}${where}`;
  if (now === null)
    return {
      ...base,
      n: knownOf(cells),
      sentence: `${sentenceCase(what)} has no value for ${cohortWords(window.startMs, window.endMs)}: what it is made of did not occur.`,
    };
  const then = referenceMeasure(input, metric, segment);
  const compared = compareAll(spec, metric, now, then, alpha);
  const limitValue = limitOf(spec, metric, then);
  const isFirst = segment === '' && metric === spec.task.metrics[0];
  const money = isFirst ? moneyOf(input, cells) : undefined;
  return {
    ...base,
    verdict: compared.verdict,
    severity: compared.verdict === 'breach' ? spec.severity : 'log',
    value: now.value,
    limit: limitValue,
    n: now.n,
    nReference: then?.final.n ?? 0,
    sentence: sentenceOf(input, { what, metric, now, then, compared, cells, money: money?.words ?? '' }),
    evidence: {
      ...base.evidence,
      measure: now,
      reference: then?.final ?? null,
      comparison: compared.reference ?? null,
      boundComparison: compared.bound ?? null,
      effect: compared.reference?.loss ?? compared.bound?.loss ?? null,
      pValue: Math.min(compared.reference?.pValue ?? 1, compared.bound?.pValue ?? 1),
      minimumDetectableEffect: compared.reference?.minimumDetectableLoss ?? null,
      alpha,
      ...(money ? { cost: money.cost } : {}),
      ...(isFirst ? { picture: pictureOf(input, cells) } : {}),
    },
  };
}

type Said = {
  readonly what: string;
  readonly metric: Metric;
  readonly now: Measure;
  readonly then: Then | null;
  readonly compared: Compared;
  readonly cells: readonly Cell[];
  readonly money: string;
};

function sentenceOf({ spec, window, reference, readiness }: RealisedInput, said: Said): string {
  const { metric, now, then, compared } = said;
  const bound = spec.bounds[metric];
  const parts = [
    `${said.what} is ${metricValue(metric, now.value)} (95 % interval ${intervalWords(metric, now)}) for ${cohortWords(window.startMs, window.endMs)}`,
    then && compared.reference ? againstReference(metric, then.final, compared.reference, spec.loss) : '',
    compared.boundVerdict === 'breach' && bound !== undefined
      ? `beyond the promised ${metricValue(metric, bound)}`
      : '',
    reference.kind === 'absent' ? `no comparison: ${reference.because}` : '',
    compared.verdict === 'not_enough_data' ? 'too few labels to tell whether it lost that much' : '',
    labelWords(knownOf(said.cells), readiness.knownShare, readiness.ofExpected),
    said.money,
  ];
  return `${sentenceCase(parts.filter((part) => part !== '').join('; '))}.`;
}

function draftBase(
  { spec, window, atMs, readiness }: RealisedInput,
  metric: Metric,
  segment: string,
): FindingDraft {
  const severity: Severity = 'log';
  return {
    subject: `@${metric}`,
    modelVersion: '',
    segment,
    verdict: 'not_enough_data',
    severity,
    statistic: metric,
    value: null,
    limit: null,
    n: 0,
    nReference: 0,
    onsetMs: null,
    windowStartMs: window.startMs,
    windowEndMs: atMs,
    sentence: '',
    evidence: {
      kind: 'realised',
      task: spec.task.kind,
      cohort: { fromMs: window.startMs, toMs: window.endMs },
      knownShare: readiness.knownShare,
      ofExpected: readiness.ofExpected,
    },
  };
}

type Then = { readonly final: Measure; readonly drift: number };

function referenceMeasure(input: RealisedInput, metric: Metric, segment: string): Then | null {
  const { reference, spec, system, random } = input;
  if (reference.kind !== 'ready') return null;
  const of = (cells: SegmentCells): Measure | null =>
    measure(metric, spec.task, cells.get(segment) ?? [], system, random);
  const final = of(reference.cells);
  if (final === null) return null;
  const early = reference.early ? of(reference.early) : null;
  return { final, drift: early === null ? 0 : final.value - early.value };
}

type Compared = {
  readonly verdict: 'breach' | 'ok' | 'not_enough_data';
  readonly reference?: Comparison;
  readonly bound?: Comparison;
  readonly boundVerdict?: 'breach' | 'ok' | 'not_enough_data';
};

/** The worse of the two verdicts; with nothing to compare with it cannot be told. */
function compareAll(
  spec: PerformanceMonitorSpec,
  metric: Metric,
  now: Measure,
  then: Then | null,
  alpha: number,
): Compared {
  const bound = spec.bounds[metric];
  const beyond = bound === undefined ? undefined : compareBound(metric, now, bound, alpha);
  const worse = then ? compareMeasures(metric, now, then.final, then.drift, alpha) : undefined;
  const boundVerdict = beyond && boundJudgement(beyond, alpha);
  const verdicts = [worse && judgeLoss(worse, spec.loss, alpha), boundVerdict].filter(
    (one) => one !== undefined,
  );
  const verdict = verdicts.includes('breach')
    ? 'breach'
    : verdicts.length === 0 || verdicts.includes('not_enough_data')
      ? 'not_enough_data'
      : 'ok';
  return {
    verdict,
    ...(worse ? { reference: worse } : {}),
    ...(beyond && boundVerdict ? { bound: beyond, boundVerdict } : {}),
  };
}

/** A bound is kept when the value is on its good side: how near it may come is no loss. */
const boundJudgement = (beyond: Comparison, alpha: number): 'breach' | 'ok' | 'not_enough_data' =>
  beyond.loss > 0 ? (beyond.pValue <= alpha ? 'breach' : 'not_enough_data') : 'ok';

/** The value at which it would be too bad. */
function limitOf(spec: PerformanceMonitorSpec, metric: Metric, then: Then | null): number | null {
  const { better, loss } = METRICS[metric];
  const sign = better === 'higher' ? -1 : 1;
  const bound = spec.bounds[metric];
  if (then === null) return bound ?? null;
  const scale = loss === 'relative' ? then.final.value : 1;
  const limit = then.final.value + sign * spec.loss * scale;
  if (bound === undefined) return limit;
  return better === 'higher' ? Math.max(limit, bound) : Math.min(limit, bound);
}

function moneyOf({ system, reference }: RealisedInput, cells: readonly Cell[]) {
  if (!system.costs) return undefined;
  const own = costOf(cells, system.costs);
  if (own === null) return undefined;
  const before = reference.kind === 'ready' ? costOf(reference.cells.get('') ?? [], system.costs) : null;
  const change = before && costChange(own, before, decisionsOf(cells));
  return {
    words: change ? costWords(change, system.costs.unit) : '',
    cost: { unit: system.costs.unit, own, before, change },
  };
}

/** What a screen draws, from the same cells. */
function pictureOf(
  { spec, system, reference }: RealisedInput,
  cells: readonly Cell[],
): Record<string, unknown> {
  switch (spec.task.kind) {
    case 'binary': {
      const rows = binaryRows(cells, spec.task, system);
      const before = reference.kind === 'ready' ? reference.cells.get('') : undefined;
      return {
        confusion: confusionOf(rows),
        reliability: reliabilityOf(rows),
        brier: brierParts(rows),
        ...(before ? { referenceReliability: reliabilityOf(binaryRows(before, spec.task, system)) } : {}),
      };
    }
    case 'multiclass': {
      const known = classRows(cells, system).filter((row) => row.truth !== null && row.known > 0);
      const pairs = Map.groupBy(known, (row) => JSON.stringify([row.value, row.truth]));
      const confused = [...pairs.values()].map((rows) => ({
        value: rows[0]?.value,
        truth: rows[0]?.truth,
        n: rows.reduce((sum, row) => sum + row.known, 0),
      }));
      return { confused: confused.sort((a, b) => b.n - a.n).slice(0, MOST_PAIRS) };
    }
    case 'regression': {
      const { known, errorSum } = errorSums(cells);
      return { bias: known > 0 ? errorSum / known : null };
    }
  }
}
const MOST_PAIRS = 100;

function fairnessDrafts(input: RealisedInput, alpha: number): FindingDraft[] {
  const { spec, system, current } = input;
  const { task } = spec;
  if (task.kind !== 'binary') return [];
  return spec.protected.flatMap((key) => {
    const groups = [...current]
      .filter(([segment]) => segment.startsWith(`${key}=`))
      .map(([segment, cells]) => ({
        group: segment.slice(key.length + 1),
        rows: binaryRows(cells, task, system),
      }));
    return FAIRNESS.flatMap((kind): FindingDraft[] => {
      const least = Math.max(10, Math.round(spec.minimumN / 4));
      const gap = fairnessGap(kind, groups, least, alpha);
      const limit = spec.fairnessGap;
      if (gap === null)
        return groups.length < 2 ? [] : [tooSmallToCompare(input, key, kind, groups.length, least)];
      const verdict = gap.low > limit ? 'breach' : gap.high <= limit ? 'ok' : 'not_enough_data';
      const base = draftBase(input, 'accuracy', '');
      return [
        {
          ...base,
          subject: `@fairness:${key}`,
          statistic: kind,
          verdict,
          severity: verdict === 'breach' ? quieter(spec.severity) : 'log',
          value: gap.value,
          limit,
          n: gap.rates.reduce((sum, rate) => sum + rate.n, 0),
          sentence: `${sentenceCase(gapWords(key, gap, limit))}${verdict === 'not_enough_data' ? '; too few cases to tell' : ''}.`,
          evidence: { ...base.evidence, kind: 'fairness', gap },
        },
      ];
    });
  });
}

const tooSmallToCompare = (
  input: RealisedInput,
  key: string,
  kind: Fairness,
  groups: number,
  least: number,
): FindingDraft => {
  const base = draftBase(input, 'accuracy', '');
  return {
    ...base,
    subject: `@fairness:${key}`,
    statistic: kind,
    limit: input.spec.fairnessGap,
    sentence: `${sentenceCase(FAIRNESS_WORDS[kind])} by ${key} cannot be compared: fewer than two of ${groups} groups have ${least} cases.`,
    evidence: { ...base.evidence, kind: 'fairness', gap: null },
  };
};

/** An unfair gap is for working hours: it did not begin tonight. */
const quieter = (severity: Severity): Severity => (severity === 'page' ? 'ticket' : severity);
