import { z } from 'zod';
import type { Finding } from '../../model/finding.ts';
import { isFiring } from '../../model/finding.ts';
import type { MetricRow, PerformanceView } from '../contract/performance.ts';
import { performance as contract } from '../contract/performance.ts';
import { iso } from '../query/series.ts';

/** What a performance finding carries beside its numbers; one that carries less is shown with less. */
const measure = z.object({ value: z.number(), low: z.number(), high: z.number() });
const evidence = z.object({
  kind: z.enum(['realised', 'estimated', 'fairness', 'waiting']).catch('waiting'),
  task: z.string().catch(''),
  cohort: z.object({ fromMs: z.number(), toMs: z.number() }).optional().catch(undefined),
  measure: measure.optional().catch(undefined),
  reference: measure.nullish().catch(null),
  splitBy: z.string().nullable().catch(null),
  outside: z.object({ share: z.number() }).nullable().catch(null),
  assumption: z.enum(['not_refuted', 'broken']).catch('not_refuted'),
  gap: z.object({ low: z.number(), high: z.number() }).optional().catch(undefined),
  maturity: contract.shape.maturity.optional().catch(undefined),
  coverage: contract.shape.coverage.optional().catch(undefined),
  cost: z
    .object({
      unit: z.string(),
      change: z.object({ amount: z.number(), low: z.number(), high: z.number() }).nullable(),
    })
    .optional()
    .catch(undefined),
  picture: z
    .object({ reliability: contract.shape.reliability.optional(), brier: contract.shape.brier.optional() })
    .optional()
    .catch(undefined),
});
type Told = { readonly finding: Finding; readonly evidence: z.infer<typeof evidence> };

const told = (finding: Finding): Told => ({ finding, evidence: evidence.parse(finding.evidence) });

type Asked = {
  readonly system: string;
  readonly monitors: readonly string[];
  readonly monitor: string;
  /** Where the history begins that is drawn. */
  readonly fromMs: number;
};

/** `latest`: the newest finding of each metric; `earlier`: those of the range and of some weeks before it, any order. */
export function performanceOf(
  { system, monitors, monitor, fromMs }: Asked,
  latest: readonly Finding[],
  earlier: readonly Finding[],
): PerformanceView {
  const isOwn = (finding: Finding): boolean => finding.monitor === monitor && finding.kind === 'performance';
  const now = latest.filter(isOwn).map(told);
  const past = earlier.filter(isOwn).map(told);
  const realised = lastJudged([...now, ...past]);
  const whole = realised.filter(({ finding }) => finding.segment === '');
  const speaker = speakerOf(now);
  const metric = speaker?.finding.statistic ?? '';
  const main =
    whole.find(({ finding }) => finding.statistic === mainMetric(whole, metric))?.finding.statistic ?? metric;
  const isMain = ({ finding }: Told): boolean => finding.statistic === main;
  const picture = whole.find((one) => one.evidence.picture)?.evidence.picture;
  const money = whole.find((one) => one.evidence.cost?.change)?.evidence.cost;
  return {
    system,
    monitors: [...monitors],
    monitor,
    task: now[0]?.evidence.task ?? '',
    verdict: speaker?.finding.verdict ?? 'not_enough_data',
    sentence: speaker?.finding.sentence ?? 'Nothing was judged yet.',
    metrics: whole.toSorted((a, b) => Number(isMain(b)) - Number(isMain(a))).map(metricRowOf),
    history: historyOf(
      past.filter(({ finding }) => finding.windowEndMs >= fromMs),
      main,
    ),
    segments: realised
      .filter((one) => one.finding.segment !== '' && isMain(one))
      .map(({ finding, evidence: own }) => ({
        segment: finding.segment,
        metric: finding.statistic,
        verdict: finding.verdict,
        ...ends(finding, own.measure),
        n: finding.n,
        sentence: finding.sentence,
      }))
      .sort(
        (a, b) =>
          Number(isFiring(b.verdict)) - Number(isFiring(a.verdict)) ||
          (a.value ?? Number.MAX_VALUE) - (b.value ?? Number.MAX_VALUE),
      ),
    fairness: now
      .filter((one) => one.evidence.kind === 'fairness')
      .map(({ finding, evidence: own }) => ({
        key: finding.subject.replace('@fairness:', ''),
        kind: finding.statistic,
        verdict: finding.verdict,
        ...ends(finding, own.gap),
        limit: finding.limit,
        sentence: finding.sentence,
      })),
    reliability: picture?.reliability ?? [],
    brier: picture?.brier ?? null,
    maturity: now.find((one) => one.evidence.maturity)?.evidence.maturity ?? [],
    coverage: now.find(({ finding }) => finding.statistic === `estimated_${main}`)?.evidence.coverage ?? null,
    estimates: now.filter((one) => one.evidence.kind === 'estimated').map(estimateOf),
    cost: money?.change ? { unit: money.unit, ...money.change } : null,
  };
}

const ends = (finding: Finding, of: { low: number; high: number } | undefined) => ({
  value: finding.value,
  low: of?.low ?? null,
  high: of?.high ?? null,
});

const RANK: Readonly<Record<string, number>> = { realised: 0, waiting: 1, estimated: 2, fairness: 3 };

/** Of each metric and segment the newest judgement: a newer finding may only say that labels are waited for. */
function lastJudged(all: readonly Told[]): Told[] {
  const newest = new Map<string, Told>();
  for (const one of all.filter(({ evidence: own }) => own.kind === 'realised')) {
    const key = JSON.stringify([one.finding.statistic, one.finding.segment]);
    const known = newest.get(key);
    if (!known || known.finding.windowEndMs < one.finding.windowEndMs) newest.set(key, one);
  }
  return [...newest.values()];
}

/** What fires; else that labels have stopped; else what was judged; else why nothing could be. The newest of a kind. */
function speakerOf(now: readonly Told[]): Told | undefined {
  const rank = ({ finding, evidence: own }: Told): number =>
    (isFiring(finding.verdict) ? -20 : finding.verdict === 'blind' ? -10 : 0) +
    (finding.segment === '' ? 0 : 5) +
    (RANK[own.kind] ?? 4);
  return now.toSorted((a, b) => rank(a) - rank(b) || b.finding.windowEndMs - a.finding.windowEndMs)[0];
}

/** The one that carries the picture is the monitor's first. */
const mainMetric = (whole: readonly Told[], spoken: string): string =>
  whole.find((one) => one.evidence.picture)?.finding.statistic ?? spoken;

const metricRowOf = ({ finding, evidence: own }: Told): MetricRow => ({
  metric: finding.statistic,
  verdict: finding.verdict,
  ...ends(finding, own.measure),
  reference: own.reference?.value ?? null,
  limit: finding.limit,
  n: finding.n,
  from: iso(own.cohort?.fromMs ?? finding.windowStartMs),
  to: iso(own.cohort?.toMs ?? finding.windowEndMs),
  sentence: finding.sentence,
});

const estimateOf = ({ finding, evidence: own }: Told): PerformanceView['estimates'][number] => ({
  metric: finding.statistic.replace('estimated_', ''),
  verdict: finding.verdict,
  ...ends(finding, own.measure),
  from: iso(own.cohort?.fromMs ?? finding.windowStartMs),
  to: iso(own.cohort?.toMs ?? finding.windowEndMs),
  coverage: own.coverage ?? null,
  splitBy: own.splitBy,
  outsideShare: own.outside?.share ?? 0,
  assumption: own.assumption,
  sentence: finding.sentence,
});

const COLUMNS = ['realised', 'low', 'high', 'estimated', 'estimated low', 'estimated high', 'limit'] as const;

function historyOf(found: readonly Told[], metric: string): PerformanceView['history'] {
  const points = new Map<number, Partial<Record<(typeof COLUMNS)[number], number | null>>>();
  let bucketMs = 0;
  for (const { finding, evidence: own } of found) {
    const { cohort, measure: seen } = own;
    if (cohort === undefined || seen === undefined || finding.segment !== '') continue;
    const point = points.get(cohort.fromMs) ?? {};
    if (finding.statistic === metric && own.kind === 'realised')
      Object.assign(point, { realised: finding.value, low: seen.low, high: seen.high, limit: finding.limit });
    else if (finding.statistic === `estimated_${metric}`)
      Object.assign(point, { estimated: seen.value, 'estimated low': seen.low, 'estimated high': seen.high });
    else continue;
    points.set(cohort.fromMs, point);
    bucketMs = cohort.toMs - cohort.fromMs;
  }
  const t = [...points.keys()].sort((a, b) => a - b);
  return {
    t,
    bucketMs: Math.max(1, Math.min(bucketMs, ...t.slice(1).map((at, i) => at - (t[i] ?? 0)))),
    columns: COLUMNS.map((name) => ({ name, values: t.map((at) => points.get(at)?.[name] ?? null) })),
  };
}
