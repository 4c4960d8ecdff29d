import { type Forecast, forecastExhaustion } from '../../model/budget-forecast.ts';
import { pairStates } from '../../model/burn-pairs.ts';
import { budgetRemaining, burnRate, isBudgetSpent, longestWindowMs } from '../../model/burn-rate.ts';
import type { DocumentOf } from '../../model/documents/document.ts';
import type { Severity, Verdict } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';
import { type MinuteSums, minuteSums } from '../../model/minute-sums.ts';
import { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { SloBucket, TelemetryReads, TimeRange } from '../../store/ports/reads.ts';
import type { Series } from '../contract/common.ts';
import type { BurnPair, SloRow } from '../contract/slos.ts';
import { bucketStarts, iso } from '../query/series.ts';

export type Slo = DocumentOf<'SLO'>;
/** What an SLO has seen up to an instant: minutes for the burn windows, hours for the rest of its period. */
export type SloState = { readonly slo: Slo; readonly endMs: number; readonly sums: MinuteSums };

const toCounts = (bucket: SloBucket) => ({
  minuteMs: bucket.tMs,
  bad: bucket.total - bucket.good,
  total: bucket.total,
});

/** `endMs` is the watermark: later minutes are not counted yet, and an empty minute is no good one. */
export async function loadSlo(
  reads: TelemetryReads,
  project: ProjectId,
  slo: Slo,
  endMs: number,
): Promise<SloState> {
  const of = { project, slo: slo.metadata.name };
  const recentMs = startOf(endMs - longestWindowMs(slo.spec), HOUR_MS);
  const [recent, older] = await Promise.all([
    reads.sloBuckets({ ...of, fromMs: recentMs, toMs: endMs }, MINUTE_MS),
    reads.sloBuckets({ ...of, fromMs: endMs - slo.spec.period, toMs: recentMs }, HOUR_MS),
  ]);
  // The oldest hour may begin before the period; its minutes are cut by the query, so its start is moved inside.
  const startMs = endMs - slo.spec.period;
  const inside = older.map((bucket) => ({ ...bucket, tMs: Math.max(bucket.tMs, startMs) }));
  return { slo, endMs, sums: minuteSums([...inside, ...recent].map(toCounts)) };
}

export const burnPairs = ({ slo, endMs, sums }: SloState): BurnPair[] =>
  pairStates(sums, slo.spec, endMs).map((pair) => {
    const isJudged = pair.verdict !== 'not_enough_data';
    return {
      severity: pair.severity,
      longMs: pair.longMs,
      shortMs: pair.shortMs,
      factor: pair.factor,
      long: isJudged ? pair.long : null,
      short: isJudged ? pair.short : null,
      nLong: pair.nLong,
      nShort: pair.nShort,
      budgetShare: pair.budgetShare,
      firing: pair.firing,
      verdict: !isJudged && pair.nLong === 0 ? 'blind' : pair.verdict,
    };
  });

/** The state of the whole: a burn is more urgent than a spent budget; no events at all is not health. */
export function sloVerdict(state: SloState): {
  readonly verdict: Verdict;
  readonly severity: Severity | null;
} {
  const burning = burnPairs(state).find((pair) => pair.firing);
  if (burning !== undefined) return { verdict: 'burning', severity: burning.severity };
  const all = state.sums.window(state.endMs - state.slo.spec.period, state.endMs);
  if (all.total === 0) return { verdict: 'blind', severity: null };
  if (all.total < state.slo.spec.minimumN) return { verdict: 'not_enough_data', severity: null };
  return isBudgetSpent(all, state.slo.spec.target)
    ? { verdict: 'breach', severity: 'ticket' }
    : { verdict: 'ok', severity: null };
}

export function forecastOf({ slo, endMs, sums }: SloState): Forecast {
  return forecastExhaustion(sums, slo.spec.target, endMs, slo.spec.period, HOUR_MS);
}

export function sloRow(state: SloState, since: number | null): SloRow {
  const { slo, endMs, sums } = state;
  const { target, period } = slo.spec;
  const all = sums.window(endMs - period, endMs);
  const burn = (ms: number) => burnRate(sums.window(endMs - ms, endMs), target);
  const forecast = forecastOf(state);
  return {
    name: slo.metadata.name,
    system: slo.spec.system,
    description: slo.spec.description,
    sli: slo.spec.sli.kind,
    inWords: inWords(slo),
    target: Number(target.good) / Number(target.of),
    periodMs: period,
    attained: all.total === 0 ? null : (all.total - all.bad) / all.total,
    good: all.total - all.bad,
    total: all.total,
    badAllowed: Number((BigInt(all.total) * (target.of - target.good)) / target.of),
    badSpent: all.bad,
    budgetRemaining: budgetRemaining(all, target),
    burn: { h1: burn(HOUR_MS), h6: burn(6 * HOUR_MS), d3: burn(3 * DAY_MS) },
    exhaustionMs: forecast.kind === 'exhausted' ? 0 : forecast.kind === 'exhausts' ? forecast.inMs : null,
    verdict: sloVerdict(state).verdict,
    since: since === null ? null : iso(since),
    spark: burnSeries(state, { fromMs: endMs - longestWindowMs(slo.spec), toMs: endMs }, HOUR_MS, ['burn']),
  };
}

const SUBJECT = {
  correctness: () => 'judged decisions are correct',
  latency: (sli: { readonly thresholdMs: number }) =>
    `decisions are made within ${formatDuration(sli.thresholdMs)}`,
  automation: () => 'decisions are made without asking a person',
} as const;

function inWords({ spec }: Slo): string {
  const percent = Number(((Number(spec.target.good) / Number(spec.target.of)) * 100).toPrecision(10));
  const what = spec.sli.kind === 'latency' ? SUBJECT.latency(spec.sli) : SUBJECT[spec.sli.kind]();
  return `${percent} % of ${what} over ${formatDuration(spec.period)}`;
}

/** Burn rate per bucket: null where nothing happened. */
export function burnSeries(
  { slo, sums }: Pick<SloState, 'slo' | 'sums'>,
  range: TimeRange,
  bucketMs: number,
  names: readonly ('burn' | 'bad' | 'total')[],
): Series {
  const t = bucketStarts(range, bucketMs);
  const counts = t.map((start) => sums.window(start, start + bucketMs));
  const values = {
    burn: counts.map((one) => burnRate(one, slo.spec.target)),
    bad: counts.map((one) => one.bad),
    total: counts.map((one) => one.total),
  };
  return { t, bucketMs, columns: names.map((name) => ({ name, values: values[name] })) };
}

/**
 * What was left of the budget at the end of each bucket, over the period that ended there. `ideal` spends it evenly
 * over one period from the start of the range.
 */
export function burnDown(slo: Slo, sums: MinuteSums, range: TimeRange, bucketMs: number): Series {
  const t = bucketStarts(range, bucketMs);
  const remaining = t.map((start) => {
    const endMs = start + bucketMs;
    return budgetRemaining(sums.window(endMs - slo.spec.period, endMs), slo.spec.target);
  });
  const ideal = t.map((start) => Math.max(0, 1 - Math.max(0, start - range.fromMs) / slo.spec.period));
  return {
    t,
    bucketMs,
    columns: [
      { name: 'remaining', values: remaining },
      { name: 'ideal', values: ideal },
    ],
  };
}

export function forecastSentence(state: SloState): string {
  const { slo, endMs, sums } = state;
  const rate = burnRate(sums.window(endMs - HOUR_MS, endMs), slo.spec.target);
  const forecast = forecastOf(state);
  const pace = rate === null ? '' : ` (${rate.toFixed(1)}× the budgeted rate)`;
  if (forecast.kind === 'exhausted')
    return `The budget is spent${pace}; every further bad event adds to the debt.`;
  if (forecast.kind === 'exhausts')
    return `At the pace of the last hour${pace} the budget is gone in ${formatDuration(forecast.inMs)}.`;
  if (forecast.kind === 'lasts')
    return `At the pace of the last hour${pace} the budget lasts the whole period.`;
  return 'Nothing was counted in the last hour, so there is no pace to go by.';
}
