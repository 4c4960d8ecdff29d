import type { DocumentOf } from '../../model/documents/document.ts';
import { type FeatureSummary, valuesOf } from '../../model/feature-summary.ts';
import { isFiring } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';
import { binKey } from '../../model/numeric-bins.ts';
import type { DecisionFull, DriftCell } from '../../store/ports/reads.ts';
import type { DecisionDetail } from '../contract/decisions.ts';
import type { ReadDeps } from '../deps.ts';
import { referenceRange } from './reference.ts';

type FeatureView = DecisionDetail['features'][number];
type Input = {
  readonly deps: Pick<ReadDeps, 'profiles'>;
  readonly project: ProjectId;
  readonly decision: DecisionFull;
  readonly spec: DocumentOf<'System'>['spec'] | undefined;
  readonly monitors: readonly DocumentOf<'Monitor'>[];
  readonly cells: readonly DriftCell[];
  readonly firstMs: number | null;
};

/** What the decision was made from, each value beside the reference of the system's first drift monitor. */
export async function featuresOf(input: Input): Promise<FeatureView[]> {
  const { decision, spec, cells } = input;
  const reference = await referenceSummaries(input);
  const drifted = new Set(
    cells
      .filter((cell) => cell.windowStartMs <= decision.timeMs && isFiring(cell.verdict))
      .map((cell) => cell.subject),
  );
  const view = (
    name: string,
    kind: FeatureView['kind'],
    value: FeatureView['value'],
    rank: number | null,
  ) => ({
    name,
    kind,
    value,
    unit: spec?.features[name]?.unit ?? '',
    referenceRank: rank,
    drifted: drifted.has(name),
  });
  const of = (name: string) => reference.get(name);
  return [
    ...Object.entries(decision.num).map(([name, value]) =>
      view(name, 'numeric', value, shareBelow(of(name), value)),
    ),
    ...Object.entries(decision.cat).map(([name, value]) =>
      view(name, 'categorical', value, shareWith(of(name), value)),
    ),
    ...decision.missing.map((name) => view(name, 'missing', null, null)),
  ].sort((a, b) => Number(b.drifted) - Number(a.drifted) || (a.name < b.name ? -1 : 1));
}

async function referenceSummaries(input: Input): Promise<ReadonlyMap<string, FeatureSummary>> {
  const { deps, project, decision, firstMs } = input;
  const monitor = input.monitors.find(({ spec }) => spec.kind === 'drift' && spec.system === decision.system);
  if (monitor === undefined) return new Map();
  const range = referenceRange(
    monitor.spec.reference,
    { fromMs: decision.timeMs, toMs: decision.timeMs },
    firstMs,
  );
  const features = [...Object.keys(decision.num), ...Object.keys(decision.cat)];
  if (range.kind === 'none' || features.length === 0) return new Map();
  const { fromMs, toMs } = range;
  const merged = await deps.profiles.merged({ project, system: decision.system, features, fromMs, toMs });
  return new Map(merged.map((summary) => [summary.feature, summary]));
}

/** Share 0..1 of the reference below the value; half of what shares its bin counts as below. */
export function shareBelow(reference: FeatureSummary | undefined, value: number): number | null {
  const key = binKey(value);
  const n = reference === undefined ? 0 : valuesOf(reference, 'numeric');
  if (reference === undefined || key === undefined || n === 0) return null;
  let below = 0;
  for (const [other, count] of reference.bins) {
    if (other < key) below += count;
    else if (other === key) below += count / 2;
  }
  return below / n;
}

/** Share 0..1 of the reference that had this value. */
export function shareWith(reference: FeatureSummary | undefined, value: string): number | null {
  const n = reference === undefined ? 0 : valuesOf(reference, 'categorical');
  return reference === undefined || n === 0 ? null : (reference.categories.get(value) ?? 0) / n;
}
