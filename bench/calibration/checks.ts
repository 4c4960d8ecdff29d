import {
  type DriftInput,
  type DriftLook,
  decideDrift,
  lookAtDrift,
  pValueOf,
} from '../../analyzers/drift/evaluate.ts';
import type { DriftMonitorSpec } from '../../model/documents/monitor/drift.ts';
import { monitorSpec } from '../../model/documents/monitor.ts';
import { emptySummary, type FeatureSummary } from '../../model/feature-summary.ts';
import { binKey } from '../../model/numeric-bins.ts';
import { HOUR_MS } from '../../model/time.ts';
import type { Generator } from './generators.ts';

/** Any effect counts: what is judged here is whether it is told from chance. */
const ANY_EFFECT = 1e-9;

/** A monitor as its author would write it. */
export function monitor(more: Readonly<Record<string, unknown>> = {}): DriftMonitorSpec {
  const spec = monitorSpec.parse({
    kind: 'drift',
    system: 'calibration',
    window: '1h',
    minimumN: 100,
    limit: ANY_EFFECT,
    severity: 'page',
    reference: { kind: 'first', length: '1h' },
    ...more,
  });
  if (spec.kind !== 'drift') throw new Error('not a drift monitor');
  return spec;
}

/** A sample as the engine's profile of it: bins of 2 %, or counts by category. */
export function profileOf({ kind, name }: Generator, sample: Float64Array): FeatureSummary {
  const counts = new Map<number, number>();
  for (const value of sample) {
    const key = kind === 'numeric' ? (binKey(value) ?? 0) : value;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const empty = emptySummary(name);
  if (kind === 'category')
    return { ...empty, categories: new Map([...counts].map(([key, count]) => [`c${key}`, count])) };
  return { ...empty, bins: counts, min: Math.min(...sample), max: Math.max(...sample) };
}

const WINDOW = { startMs: HOUR_MS, endMs: 2 * HOUR_MS };

export const inputOf = (
  spec: DriftMonitorSpec,
  reference: FeatureSummary,
  current: FeatureSummary,
): DriftInput => ({
  spec,
  window: WINDOW,
  modelVersion: '',
  segment: '',
  current,
  reference: { kind: 'ready', window: { startMs: 0, endMs: HOUR_MS }, summary: reference },
});

export type Looked = { readonly input: DriftInput; readonly look: DriftLook };

export function lookOf(input: DriftInput): Looked {
  const look = lookAtDrift(input);
  if (look.kind === 'unable') throw new Error(`${input.current.feature}: ${look.sentence}`);
  return { input, look };
}

export { pValueOf };

/** What the monitor's finding would say at this level. */
export const draftAt = ({ input, look }: Looked, alpha: number) =>
  decideDrift(input, look, { alpha, isStanding: false }, () => null);
