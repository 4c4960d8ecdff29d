import type { Finding } from '../model/finding.ts';
import type { ProjectId } from '../model/ids.ts';
import type { AlertsDeps } from './deps.ts';

/** A finding becomes readable a little after it was stamped: so far back is read again. Marks make the repeats harmless. */
const OVERLAP_MS = 10_000;
const PAGE = 2_000;
/** More findings than this with one and the same stamp would be an error of the analyzers. */
const MAX_PAGE = 64_000;

export type Batch = {
  readonly bySystem: ReadonlyMap<string, readonly Finding[]>;
  /** Newest stamp of the batch; undefined when there was nothing. */
  readonly untilMs: number | undefined;
};

/** Remembers what this process took within the overlap, so that a quiet tick costs no transaction. */
export type Reader = {
  /** The next page of findings that this process has not taken. */
  next(project: ProjectId): Promise<Batch>;
  /** After the batch was taken: only then does the cursor move. */
  taken(project: ProjectId, batch: Batch): Promise<void>;
};

export function createReader(deps: Pick<AlertsDeps, 'findings' | 'incidents'>): Reader {
  const seen = new Map<ProjectId, Map<string, number>>();
  const position = new Map<ProjectId, number>();
  const seenOf = (project: ProjectId): Map<string, number> => {
    const known = seen.get(project) ?? new Map<string, number>();
    seen.set(project, known);
    return known;
  };

  return {
    async next(project) {
      const cursorMs = position.get(project) ?? (await deps.incidents.cursor(project)) ?? 0;
      const known = seenOf(project);
      let fromMs = Math.max(0, cursorMs - OVERLAP_MS);
      let limit = PAGE;
      for (;;) {
        const page = await deps.findings.since(project, fromMs, limit);
        const fresh = page.filter((finding) => !known.has(finding.id));
        if (fresh.length > 0 || page.length < limit) return batchOf(fresh);
        const lastMs = page.at(-1)?.evaluatedAtMs ?? fromMs;
        // A whole page of known findings: go on behind it, or read a larger one when all of it bears one stamp.
        if (lastMs > fromMs) fromMs = lastMs;
        else if (limit < MAX_PAGE) limit *= 2;
        else return batchOf([]);
      }
    },
    async taken(project, batch) {
      const { untilMs } = batch;
      if (untilMs === undefined) return;
      const known = seenOf(project);
      for (const findings of batch.bySystem.values())
        for (const finding of findings) known.set(finding.id, finding.evaluatedAtMs);
      const cursorMs = Math.max(untilMs, position.get(project) ?? 0);
      position.set(project, cursorMs);
      for (const [id, atMs] of known) if (atMs < cursorMs - OVERLAP_MS) known.delete(id);
      await deps.incidents.advanceCursor(project, cursorMs);
    },
  };
}

function batchOf(findings: readonly Finding[]): Batch {
  const bySystem = Map.groupBy(findings, (finding) => String(finding.system));
  const untilMs = findings.reduce<number | undefined>(
    (latest, finding) => Math.max(latest ?? 0, finding.evaluatedAtMs),
    undefined,
  );
  return { bySystem, untilMs };
}
