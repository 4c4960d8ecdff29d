import { forecastExhaustion } from '../../model/budget-forecast.ts';
import { type PairState, pairStates } from '../../model/burn-pairs.ts';
import { budgetRemaining, budgetShare, longestWindowMs } from '../../model/burn-rate.ts';
import type { SloSpec } from '../../model/documents/slo.ts';
import type { Severity, Verdict } from '../../model/finding.ts';
import { type GateTurn, routedSince } from '../../model/gate.ts';
import type { MinuteSums } from '../../model/minute-sums.ts';
import { HOUR_MS, startOf } from '../../model/time.ts';
import type { FindingDraft } from '../finding-draft.ts';
import { burnOnset } from './onset.ts';
import { sloSentence } from './sentence.ts';
import { versionSplit } from './versions.ts';

/** What must be remembered between steps, so that a restart neither repeats a telling nor forgets a start. */
export type SloState = {
  readonly verdict: Verdict | null;
  readonly severity: Severity | null;
  readonly onsetMs: number | null;
};
export const SLO_START: SloState = { verdict: null, severity: null, onsetMs: null };

/** A finding at least this often in event time, so that history can be drawn. */
export const HEARTBEAT_MS = HOUR_MS;

export type SloInput = {
  readonly name: string;
  readonly spec: SloSpec;
  readonly sums: MinuteSums;
  readonly versions: ReadonlyMap<string, MinuteSums>;
  /** Steps in (fromMs, toMs] are looked at; both lie in event time, toMs at or before the watermark. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: SloState;
  /** Since when the gate sends decisions to people by itself, newest first. */
  readonly turns?: readonly GateTurn[];
};

export type SloResult = {
  readonly drafts: readonly FindingDraft[];
  readonly state: SloState;
  readonly steps: number;
};

/** Every step up to `toMs`; a finding when verdict or severity changes, and at each heartbeat. */
export function evaluateSlo(input: SloInput): SloResult {
  const stepMs = input.spec.step;
  const drafts: FindingDraft[] = [];
  let state = input.state;
  let steps = 0;
  for (let atMs = startOf(input.fromMs, stepMs) + stepMs; atMs <= input.toMs; atMs += stepMs) {
    const pairs = pairStates(input.sums, input.spec, atMs);
    const judged = asMeant(input, judge(pairs), atMs);
    const onsetMs = onsetOf(input, pairs, judged, state, atMs);
    const changed = judged.verdict !== state.verdict || judged.severity !== state.severity;
    if (changed || atMs % HEARTBEAT_MS < stepMs)
      drafts.push(draft(input, pairs, judged.pair, { ...judged, onsetMs }, atMs));
    state = { verdict: judged.verdict, severity: judged.severity, onsetMs };
    steps += 1;
  }
  return { drafts, state, steps };
}

type Judged = {
  readonly verdict: Verdict;
  readonly severity: Severity;
  /** The pair that speaks for the SLO: of those that fire the most severe, the longest; else the one nearest its limit. */
  readonly pair: PairState | undefined;
  /** It burns because the gate sends decisions to people, since then. */
  readonly routedSinceMs?: number;
};

function judge(pairs: readonly PairState[]): Judged {
  const firing = pairs.filter((pair) => pair.firing);
  const worst = firing.filter((pair) => pair.severity === 'page').at(-1) ?? firing.at(-1);
  if (worst) return { verdict: 'burning', severity: worst.severity, pair: worst };
  const judged = pairs.filter((pair) => pair.verdict === 'ok');
  const nearest = judged.reduce<PairState | undefined>(
    (best, pair) => (best && (best.long ?? 0) / best.factor >= (pair.long ?? 0) / pair.factor ? best : pair),
    undefined,
  );
  if (nearest) return { verdict: 'ok', severity: 'log', pair: nearest };
  const longest = pairs.at(-1);
  const seen = longest !== undefined && longest.nLong > 0;
  return { verdict: seen ? 'not_enough_data' : 'blind', severity: 'log', pair: longest };
}

/** What the gate gives to people burns an automation budget by design: it is written down, and wakes nobody. */
function asMeant({ spec, turns = [] }: SloInput, judged: Judged, atMs: number): Judged {
  if (spec.sli.kind !== 'automation' || judged.verdict !== 'burning' || !judged.pair) return judged;
  const routedSinceMs = routedSince(turns, { startMs: atMs - judged.pair.shortMs, endMs: atMs });
  return routedSinceMs === null ? judged : { ...judged, severity: 'log', routedSinceMs };
}

function onsetOf(
  input: SloInput,
  pairs: readonly PairState[],
  judged: Judged,
  state: SloState,
  atMs: number,
): number | null {
  if (judged.verdict !== 'burning' || !judged.pair) return null;
  if (state.verdict === 'burning' && state.onsetMs !== null) return state.onsetMs;
  const quickest = pairs.find((pair) => pair.firing) ?? judged.pair;
  const budget = budgetShare(input.spec.target);
  // Factors below 1 (short periods) fire while the rate is within the budget.
  const allowedRate = budget * Math.min(1, quickest.factor);
  // Further back than the pair looks: it may have burned for hours before a window was full enough to say so.
  const window = { fromMs: atMs - longestWindowMs(input.spec), toMs: atMs };
  return burnOnset(input.sums, window, allowedRate, (quickest.long ?? 0) * budget) ?? atMs - quickest.shortMs;
}

function draft(
  input: SloInput,
  pairs: readonly PairState[],
  pair: PairState | undefined,
  state: {
    readonly verdict: Verdict;
    readonly severity: Severity;
    readonly onsetMs: number | null;
    readonly routedSinceMs?: number;
  },
  atMs: number,
): FindingDraft {
  const { spec, sums } = input;
  const windowMs = pair?.longMs ?? longestWindowMs(spec);
  const period = sums.window(atMs - spec.period, atMs);
  const forecast = forecastExhaustion(sums, spec.target, atMs, spec.period, windowMs);
  const versions = versionSplit(input.versions, atMs - windowMs, atMs);
  const told = state.verdict === 'burning' || state.verdict === 'ok';
  return {
    subject: input.name,
    modelVersion: '',
    segment: '',
    verdict: state.verdict,
    severity: state.severity,
    statistic: 'burn_rate',
    value: told ? (pair?.long ?? null) : null,
    limit: pair?.factor ?? null,
    n: pair?.nLong ?? 0,
    nReference: 0,
    onsetMs: state.onsetMs,
    windowStartMs: atMs - windowMs,
    windowEndMs: atMs,
    sentence: sloSentence({
      ...{ name: input.name, spec, pair, verdict: state.verdict, forecast, versions },
      routedSinceMs: state.routedSinceMs ?? null,
    }),
    evidence: {
      pairs: pairs.map(({ budgetBasisPoints: _, ...shown }) => shown),
      period: {
        periodMs: spec.period,
        good: period.total - period.bad,
        bad: period.bad,
        total: period.total,
        remaining: budgetRemaining(period, spec.target),
      },
      forecast,
      versions,
    },
  };
}
