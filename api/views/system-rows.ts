import { isFiring } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { SystemRow } from '../contract/overview.ts';
import type { FeatureRow } from '../contract/systems.ts';
import type { ReadDeps } from '../deps.ts';
import { bucketFor } from '../query/range.ts';
import { countSeries, isoOrNull, totalOfPoints } from '../query/series.ts';
import { countDrifted, featureRows } from './features.ts';
import type { KnownSystem, Picture } from './picture.ts';
import { type SloState, sloRow } from './slo.ts';

export type SloWithSince = { readonly state: SloState; readonly sinceMs: number | null };
/** A sparkline has no room for more. */
const SPARK_POINTS = 60;

export type FeaturesOf = ReadonlyMap<string, readonly FeatureRow[]>;

/** What was last said about each system's features. */
export async function loadFeatures(
  deps: ReadDeps,
  project: ProjectId,
  { systems }: Picture,
): Promise<FeaturesOf> {
  const latest = await Promise.all(
    systems.map(async (known) => {
      const findings = await deps.findings.latest(project, known.system);
      return [known.system, featureRows(findings, known)] as const;
    }),
  );
  return new Map(latest);
}

/** One row per system; those in trouble first. */
export async function systemRows(
  deps: ReadDeps,
  project: ProjectId,
  picture: Picture,
  range: TimeRange,
  slos: readonly SloWithSince[],
  features: FeaturesOf,
): Promise<SystemRow[]> {
  const bucketMs = bucketFor(range, SPARK_POINTS);
  const [volume, gates, incidents] = await Promise.all([
    deps.reads.volume({ project, ...range }, bucketMs, 'route'),
    deps.gateStore.list(project),
    deps.incidentStore.list({
      project,
      states: ['open', 'acknowledged', 'mitigating', 'verifying'],
      limit: 500,
    }),
  ]);
  const rows = picture.systems.map((known): SystemRow => {
    const points = volume.filter((point) => point.system === known.system);
    const gate = gates.find((one) => one.system === known.system);
    const decisions = totalOfPoints(points);
    const reviewed = totalOfPoints(points.filter((point) => point.key === 'review'));
    const { drifted, watched } = countDrifted(features.get(known.system) ?? []);
    return {
      system: known.system,
      description: known.spec?.description ?? '',
      owner: known.spec?.owner ?? '',
      servingVersion: gate?.servingVersion ?? '',
      route: gate?.route ?? 'auto',
      decisions,
      perMinute: perMinute(points, range, bucketMs),
      reviewShare: decisions === 0 ? null : reviewed / decisions,
      ...worstSlo(known, slos),
      driftedFeatures: drifted,
      watchedFeatures: watched,
      openIncident: incidents.find((one) => one.system === known.system)?.id ?? null,
      lastSeen: isoOrNull(known.newestMs),
    };
  });
  const trouble = (row: SystemRow) => (row.openIncident === null ? 0 : 2) + (isBad(row.sloVerdict) ? 1 : 0);
  return rows.sort(
    (a, b) =>
      trouble(b) - trouble(a) ||
      (a.budgetRemaining ?? 2) - (b.budgetRemaining ?? 2) ||
      (a.system < b.system ? -1 : 1),
  );
}

const isBad = (verdict: string): boolean => verdict === 'burning' || verdict === 'breach';

/** Decisions per minute, whatever the bucket is. */
export function perMinute(
  points: readonly { readonly tMs: number; readonly n: number }[],
  range: TimeRange,
  bucketMs: number,
) {
  const series = countSeries(
    points.map(({ tMs, n }) => ({ tMs, key: 'decisions', n: n / (bucketMs / 60_000) })),
    range,
    bucketMs,
  );
  return series.columns.length > 0
    ? series
    : { ...series, columns: [{ name: 'decisions', values: series.t.map(() => 0) }] };
}

function worstSlo(known: KnownSystem, slos: readonly SloWithSince[]) {
  const rows = slos
    .filter(({ state }) => state.slo.spec.system === known.system)
    .map(({ state, sinceMs }) => sloRow(state, sinceMs));
  const left = rows.flatMap((row) => (row.budgetRemaining === null ? [] : [row.budgetRemaining]));
  const worst =
    rows.find((row) => isFiring(row.verdict)) ?? rows.find((row) => row.verdict !== 'ok') ?? rows[0];
  return {
    budgetRemaining: left.length === 0 ? null : Math.min(...left),
    sloVerdict: worst?.verdict ?? 'none',
  };
}
