import type { DocumentOf } from '../../model/documents/document.ts';
import { type FeatureSummary, valuesOf } from '../../model/feature-summary.ts';
import { isFiring } from '../../model/finding.ts';
import type { ProjectId } from '../../model/ids.ts';
import { binKey } from '../../model/numeric-bins.ts';
import { HOUR_MS, startOf } from '../../model/time.ts';
import type { DecisionFull, DriftCell } from '../../store/ports/reads.ts';
import type { DecisionDetail } from '../contract/decisions.ts';
import type { ReadDeps } from '../deps.ts';
import { referenceNumbers } from './reference.ts';

type FeatureView = DecisionDetail['features'][number];
type Input = {
  readonly deps: Pick<ReadDeps, 'profiles' | 'references' | 'gateStore'>;
  readonly project: ProjectId;
  readonly decision: DecisionFull;
  readonly spec: DocumentOf<'System'>['spec'] | undefined;
  readonly monitors: readonly DocumentOf<'Monitor'>[];
  readonly contracts: readonly DocumentOf<'Contract'>[];
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
  const masks = masksOf(input);
  const view = (
    name: string,
    seen: Pick<FeatureView, 'kind' | 'value'> &
      Partial<Pick<FeatureView, 'referenceRank' | 'chars' | 'embedding'>>,
  ): FeatureView => ({
    ...{ name, referenceRank: null, chars: null, embedding: null, ...seen },
    unit: spec?.features[name]?.unit ?? '',
    drifted: drifted.has(name),
    masked: masks.get(name) ?? null,
  });
  const of = (name: string) => reference.get(name);
  return [
    ...Object.entries(decision.num).map(([name, value]) =>
      view(name, { kind: 'numeric', value, referenceRank: shareBelow(of(name), value) }),
    ),
    ...Object.entries(decision.cat).map(([name, value]) =>
      view(name, { kind: 'categorical', value, referenceRank: shareWith(of(name), value) }),
    ),
    ...Object.entries(decision.text).map(([name, text]) =>
      view(name, { kind: 'text', value: text.slice(0, TEXT_CHARS), chars: text.length }),
    ),
    ...Object.entries(decision.embedding).map(([name, vector]) =>
      view(name, { kind: 'embedding', value: null, embedding: embeddingOf(vector) }),
    ),
    ...decision.missing.map((name) => view(name, { kind: 'missing', value: null })),
  ].sort((a, b) => Number(b.drifted) - Number(a.drifted) || (a.name < b.name ? -1 : 1));
}

/** Of a text; who needs the rest asks the store. */
const TEXT_CHARS = 4_000;
const STRIP = 48;

/** What a person can see of a vector: how long, how far out, and its shape. */
function embeddingOf(vector: readonly number[]): FeatureView['embedding'] {
  const squares = vector.reduce((sum, one) => sum + one * one, 0);
  const bins = Math.min(STRIP, vector.length);
  const strip = Array.from({ length: bins }, (_, i) => {
    const part = vector.slice(
      Math.floor((i * vector.length) / bins),
      Math.floor(((i + 1) * vector.length) / bins),
    );
    const mean = part.reduce((sum, one) => sum + one, 0) / part.length;
    return Number.isFinite(mean) ? mean : 0;
  });
  return {
    dimensions: vector.length,
    norm: Number.isFinite(squares) ? Math.sqrt(squares) : null,
    strip,
  };
}

const masksOf = ({ contracts, decision }: Input): ReadonlyMap<string, FeatureView['masked']> =>
  new Map(
    contracts
      .filter(({ spec }) => spec.system === decision.system)
      .flatMap(({ spec }) =>
        Object.entries(spec.features).flatMap(([name, { mask }]) =>
          mask ? [[name, mask.kind] as const] : [],
        ),
      ),
  );

async function referenceSummaries(input: Input): Promise<ReadonlyMap<string, FeatureSummary>> {
  const { deps, project, decision, firstMs } = input;
  const monitor = input.monitors.find(({ spec }) => spec.kind === 'drift' && spec.system === decision.system);
  const features = [...Object.keys(decision.num), ...Object.keys(decision.cat)];
  if (monitor === undefined || features.length === 0) return new Map();
  const reference = 'reference' in monitor.spec ? monitor.spec.reference : undefined;
  const found = await referenceNumbers(deps, {
    ...{ project, system: decision.system, features, firstMs },
    monitor: { name: monitor.metadata.name, reference },
    window: { fromMs: startOf(decision.timeMs, HOUR_MS), toMs: startOf(decision.timeMs, HOUR_MS) + HOUR_MS },
  });
  return found.kind === 'none' ? new Map() : found.summaries;
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
