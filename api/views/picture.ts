import type { DocumentOf } from '../../model/documents/document.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { AnalysisProgress } from '../../store/ports/progress.ts';
import type { JudgingRule } from '../../store/ports/reads.ts';
import type { Freshness } from '../contract/common.ts';
import type { ReadDeps } from '../deps.ts';
import type { Resolved } from '../query/range.ts';
import { iso, isoOrNull } from '../query/series.ts';

type Spec = DocumentOf<'System'>['spec'];
export type KnownSystem = {
  readonly system: string;
  readonly spec: Spec | undefined;
  /** null until its first decision is stored. */
  readonly firstMs: number | null;
  readonly newestMs: number | null;
  readonly watermarkMs: number | null;
};
/** Which systems there are, and how far each has come. */
export type Picture = {
  readonly systems: readonly KnownSystem[];
  readonly pendingRecords: number;
  readonly nowMs: number;
};

export async function loadPicture(deps: ReadDeps, project: ProjectId): Promise<Picture> {
  const [seen, documents, pendingRecords] = await Promise.all([
    deps.reads.systems(project),
    deps.documents.list(project, 'System'),
    deps.intake.pendingRecords(project),
  ]);
  const names = [
    ...new Set([...seen.map((one) => one.system), ...documents.map((d) => d.document.metadata.name)]),
  ].sort();
  const systems = await Promise.all(
    names.map(async (system): Promise<KnownSystem> => {
      const progress: AnalysisProgress = await deps.progress.analysis(project, system);
      const sent = seen.find((one) => one.system === system);
      return {
        system,
        spec: documents.find((d) => d.document.metadata.name === system)?.document.spec,
        firstMs: sent?.firstMs ?? null,
        newestMs: sent?.lastMs ?? null,
        watermarkMs: progress.watermarkMs,
      };
    }),
  );
  return { systems, pendingRecords, nowMs: deps.nowMs() };
}

/** The end of a range nobody asked for: just behind the newest decision, so that the decision is in it. */
export function newestMs(systems: readonly KnownSystem[]): number | null {
  const known = systems.flatMap((one) => (one.newestMs === null ? [] : [one.newestMs + 1]));
  return known.length === 0 ? null : Math.max(...known);
}

/** Of several systems the one that is furthest behind. */
export function freshnessOf(
  picture: Picture,
  systems: readonly KnownSystem[],
  range: Extract<Resolved, { kind: 'range' }>,
): Freshness {
  const marks = systems.flatMap((one) => (one.watermarkMs === null ? [] : [one.watermarkMs]));
  const watermark = marks.length === 0 ? null : Math.min(...marks);
  return {
    watermark: isoOrNull(watermark),
    lagMs: watermark === null ? null : Math.max(0, picture.nowMs - watermark),
    pendingRecords: picture.pendingRecords,
    range: { from: iso(range.fromMs), to: iso(range.toMs), anchoredOnData: range.anchoredOnData },
  };
}

export const rulesOf = (systems: readonly KnownSystem[]): JudgingRule[] =>
  systems.flatMap(({ system, spec }) =>
    spec === undefined ? [] : [{ system, correct: spec.correct, deferred: spec.deferred }],
  );
