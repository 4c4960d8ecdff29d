import { unreachable } from '../../model/brand.ts';
import type { Reference } from '../../model/documents/reference.ts';
import { type FeatureSummary, mergeSummaries } from '../../model/feature-summary.ts';
import type { ProjectId } from '../../model/ids.ts';
import { DAY_MS, formatDuration, MINUTE_MS, startOf } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import type { ReferenceVersion } from '../../store/ports/references.ts';
import type { ReadDeps } from '../deps.ts';

const WEEK_MS = 7 * DAY_MS;

/** What a window is compared with, as it is drawn. */
export type ReferenceNumbers =
  | {
      readonly kind: 'numbers';
      /** "the first 14d", "baseline, version 3": for people. */
      readonly source: string;
      readonly range: TimeRange;
      readonly summaries: ReadonlyMap<string, FeatureSummary>;
    }
  | { readonly kind: 'none'; readonly reason: string };

type Asked = {
  readonly project: ProjectId;
  readonly system: string;
  readonly features: readonly string[];
  /** Left out: nobody watches the system. */
  readonly monitor: { readonly name: string; readonly reference: Reference | undefined } | undefined;
  readonly window: TimeRange;
  readonly firstMs: number | null;
};
type Deps = Pick<ReadDeps, 'profiles' | 'references' | 'gateStore'>;

type Place =
  | { readonly kind: 'stored'; readonly version: ReferenceVersion }
  | {
      readonly kind: 'history';
      readonly source: string;
      readonly stretches: readonly TimeRange[];
      readonly modelVersion?: string;
    }
  | { readonly kind: 'none'; readonly reason: string };

/** The reference as the monitor has it: what was accepted under its name, or what its document says. */
export async function referenceNumbers(deps: Deps, asked: Asked): Promise<ReferenceNumbers> {
  const place = await placeOf(deps, asked);
  if (place.kind === 'none') return place;
  const { project, system } = asked;
  const features = [...asked.features];
  if (place.kind === 'stored') {
    const { id, name, version, origin, acceptedAtMs } = place.version;
    const rows = await deps.references.numbers.read(project, id);
    const range =
      origin.kind === 'window'
        ? { fromMs: origin.fromMs, toMs: origin.toMs }
        : { fromMs: acceptedAtMs, toMs: acceptedAtMs };
    const from = origin.kind === 'file' ? `, from ${origin.file}` : '';
    return {
      ...{ kind: 'numbers', range, source: `${name}, version ${version}${from}` },
      summaries: byFeature(rows.filter(({ feature }) => features.includes(feature))),
    };
  }
  const { stretches, modelVersion, source } = place;
  const of = { project, system, features, ...(modelVersion === undefined ? {} : { modelVersion }) };
  const parts = await Promise.all(
    stretches
      .filter(({ fromMs, toMs }) => toMs > fromMs)
      .map((stretch) => deps.profiles.merged({ ...of, ...stretch })),
  );
  return {
    ...{ kind: 'numbers', source },
    range: {
      fromMs: Math.min(...stretches.map(({ fromMs }) => fromMs)),
      toMs: Math.max(...stretches.map(({ toMs }) => toMs)),
    },
    summaries: mergedByFeature(parts.flat()),
  };
}

const byFeature = (rows: readonly FeatureSummary[]): ReadonlyMap<string, FeatureSummary> =>
  new Map(rows.map((row) => [row.feature, row]));

const mergedByFeature = (rows: readonly FeatureSummary[]): ReadonlyMap<string, FeatureSummary> =>
  byFeature([...Map.groupBy(rows, ({ feature }) => feature)].map(([name, own]) => mergeSummaries(name, own)));

async function placeOf(deps: Deps, { project, system, monitor, window, firstMs }: Asked): Promise<Place> {
  if (monitor === undefined) return { kind: 'none', reason: 'No drift monitor watches the system.' };
  const accepted = await deps.references.book.active(project, system);
  const own = accepted.find(({ name }) => name === monitor.name);
  if (own !== undefined) return { kind: 'stored', version: own };
  const { reference } = monitor;
  if (reference === undefined) return { kind: 'none', reason: 'The monitor names no reference.' };
  switch (reference.kind) {
    case 'stored': {
      const found =
        reference.version === undefined
          ? accepted.find(({ name }) => name === reference.name)
          : await deps.references.book.get(project, system, reference.name, reference.version);
      return found === undefined
        ? { kind: 'none', reason: `No reference "${reference.name}" is stored.` }
        : { kind: 'stored', version: found };
    }
    case 'version': {
      const version = reference.version ?? (await versionBefore(deps, project, system, window.toMs));
      const stretches = [{ fromMs: window.fromMs - reference.length, toMs: window.fromMs }];
      return version === undefined
        ? { kind: 'none', reason: 'No model version served before the one in the window.' }
        : { kind: 'history', source: `version ${version}`, stretches, modelVersion: version };
    }
    default:
      return inHistory(reference, window, firstMs);
  }
}

function inHistory(
  reference: Exclude<Reference, { kind: 'stored' | 'version' }>,
  window: TimeRange,
  firstMs: number | null,
): Place {
  const history = (source: string, ...stretches: TimeRange[]): Place => ({
    kind: 'history',
    source,
    stretches,
  });
  switch (reference.kind) {
    case 'fixed':
      return history('a fixed stretch', { fromMs: reference.from, toMs: reference.to });
    case 'previous':
      return history(`the ${formatDuration(reference.length)} before`, {
        fromMs: window.fromMs - reference.length,
        toMs: window.fromMs,
      });
    case 'first': {
      if (firstMs === null) return { kind: 'none', reason: 'The system has sent nothing yet.' };
      const fromMs = startOf(firstMs, MINUTE_MS);
      return history(`the first ${formatDuration(reference.length)}`, {
        fromMs,
        toMs: fromMs + reference.length,
      });
    }
    case 'seasonal': {
      const weeks = Array.from({ length: reference.weeks }, (_, i) => ({
        fromMs: window.fromMs - (i + 1) * WEEK_MS,
        toMs: window.toMs - (i + 1) * WEEK_MS,
      })).filter(({ fromMs }) => firstMs !== null && fromMs >= startOf(firstMs, MINUTE_MS));
      return weeks.length === 0
        ? { kind: 'none', reason: 'There is no full week before the window yet.' }
        : history(
            weeks.length === 1 ? 'the same hours a week before' : `the same hours of ${weeks.length} weeks`,
            ...weeks,
          );
    }
    default:
      return unreachable(reference);
  }
}

async function versionBefore(
  deps: Deps,
  project: ProjectId,
  system: string,
  toMs: number,
): Promise<string | undefined> {
  const seen = (await deps.gateStore.versions(project, system))
    .filter(({ firstSeenMs }) => firstSeenMs < toMs)
    .sort((a, b) => a.firstSeenMs - b.firstSeenMs);
  return seen.at(-2)?.version;
}
