import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ProjectId } from '../../model/ids.ts';
import { MINUTE_MS, startOf } from '../../model/time.ts';
import type { Backfill, BackfillStore } from '../../store/ports/backfills.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import type { ProfileStore } from '../../store/ports/profiles.ts';
import type { EvaluationProgress, ProgressStore } from '../../store/ports/progress.ts';
import { analysisRow, backfillRow } from '../contract/analysis.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problemResponse,
  problems,
} from '../http.ts';
import { resolveRange } from '../query/range.ts';
import { iso, isoOrNull } from '../query/series.ts';

export type AnalysisRouteDeps = {
  readonly backfills: BackfillStore;
  readonly profiles: Pick<ProfileStore, 'levels'>;
  readonly progress: Pick<ProgressStore, 'analysis' | 'systems' | 'evaluations' | 'ticks'>;
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly nowMs: () => number;
  readonly newId: () => string;
};

const MOST_BACKFILLS = 50;
const ofSystem = z.object({ system: z.string().min(1).max(128) });

const status = createRoute({
  method: 'get',
  path: '/analysis',
  tags: ['operate'],
  summary: 'How far the analyzers have come with each system, and how late they are with each monitor',
  ...access('read'),
  responses: { 200: jsonResponse(z.object({ rows: z.array(analysisRow) }), 'The systems.') },
});
const ask = createRoute({
  method: 'post',
  path: '/systems/{system}/backfills',
  tags: ['operate'],
  summary: 'Make the profiles of a stretch again from its decisions',
  ...access('operate'),
  request: {
    params: ofSystem,
    body: jsonBody(z.strictObject({ from: z.string().min(1), to: z.string().min(1) })),
  },
  responses: { 200: jsonResponse(backfillRow, 'The backfill, waiting.'), ...problems(400, 409, 415) },
});
const list = createRoute({
  method: 'get',
  path: '/systems/{system}/backfills',
  tags: ['operate'],
  summary: 'Backfills of a system, newest first',
  ...access('read'),
  request: { params: ofSystem },
  responses: { 200: jsonResponse(z.object({ rows: z.array(backfillRow) }), 'The backfills.') },
});
const one = createRoute({
  method: 'get',
  path: '/backfills/{id}',
  tags: ['operate'],
  summary: 'How far a backfill has come',
  ...access('read'),
  request: { params: z.object({ id: z.uuid() }) },
  responses: { 200: jsonResponse(backfillRow, 'The backfill.'), ...problems(400, 404) },
});

const rowOf = (backfill: Backfill): z.infer<typeof backfillRow> => ({
  id: backfill.id,
  system: backfill.system,
  from: iso(backfill.fromMs),
  to: iso(backfill.toMs),
  doneUntil: iso(backfill.doneUntilMs),
  doneShare: (backfill.doneUntilMs - backfill.fromMs) / (backfill.toMs - backfill.fromMs),
  state: backfill.state,
  lastError: backfill.lastError,
  by: backfill.by,
  askedAt: iso(backfill.askedAtMs),
});

export function analysisRoutes(deps: AnalysisRouteDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(status, async (c) => c.json({ rows: await statusRows(deps, c.get('principal').project) }, 200));
  app.openapi(ask, async (c) => {
    const { project, name: by } = c.get('principal');
    const { system } = c.req.valid('param');
    const { profiledUntilMs } = await deps.progress.analysis(project, system);
    if (profiledUntilMs === null)
      return problemResponse(c, {
        status: 409,
        code: 'refused',
        detail: `Nothing of "${system}" was summarised yet, so there is nothing to make again.`,
        help: 'Check the name of the system; its first profiles are made without being asked for.',
      });
    const range = resolveRange(c.req.valid('json'), { nowMs: deps.nowMs(), newestMs: profiledUntilMs });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const fromMs = startOf(range.fromMs, MINUTE_MS);
    const toMs = startOf(range.toMs + MINUTE_MS - 1, MINUTE_MS);
    const asked = { id: deps.newId(), project, system, fromMs, toMs, by, askedAtMs: deps.nowMs() };
    return c.json(rowOf(await deps.backfills.ask(asked)), 200);
  });
  app.openapi(list, async (c) => {
    const { project } = c.get('principal');
    const rows = await deps.backfills.list(project, c.req.valid('param').system, MOST_BACKFILLS);
    return c.json({ rows: rows.map(rowOf) }, 200);
  });
  app.openapi(one, async (c) => {
    const found = await deps.backfills.get(c.get('principal').project, c.req.valid('param').id);
    if (found === undefined)
      return problemResponse(c, { status: 404, code: 'not_found', detail: 'There is no such backfill.' });
    return c.json(rowOf(found), 200);
  });
  return app;
}

async function statusRows(
  deps: AnalysisRouteDeps,
  project: ProjectId,
): Promise<z.infer<typeof analysisRow>[]> {
  const [systems, evaluations, ticks, monitors, slos] = await Promise.all([
    deps.progress.systems(),
    deps.progress.evaluations(project),
    deps.progress.ticks(project),
    deps.documents.list(project, 'Monitor'),
    deps.documents.list(project, 'SLO'),
  ]);
  const asked = [
    ...monitors.map(({ document }) => ({ key: document.metadata.name, ...document })),
    ...slos.map(({ document }) => ({ key: `slo/${document.metadata.name}`, ...document })),
  ];
  const own = systems.filter((one) => one.project === project);
  return Promise.all(
    own.map(async ({ system }) => {
      const progress = await deps.progress.analysis(project, system);
      const levels = await deps.profiles.levels(project, system);
      const tick = ticks.find((one) => one.system === system);
      return {
        system,
        firstEvent: isoOrNull(progress.firstEventMs),
        watermark: isoOrNull(progress.watermarkMs),
        profiledUntil: isoOrNull(progress.profiledUntilMs),
        levels: levels
          ? {
              rolledUntil: iso(levels.rolledUntilMs),
              minutesFrom: iso(Math.max(levels.minutesFromMs, levels.firstEventMs)),
              hoursFrom: iso(Math.max(levels.hoursFromMs, levels.firstEventMs)),
              daysFrom: iso(Math.max(levels.daysFromMs, levels.firstEventMs)),
            }
          : null,
        tickedAt: tick ? iso(tick.atMs) : null,
        tickedBy: tick?.by ?? '',
        lateMs: tick ? Math.max(0, deps.nowMs() - tick.atMs) : null,
        monitors: asked
          .filter(({ spec }) => spec.system === system)
          .map(({ key, kind, metadata }) => ({
            name: metadata.name,
            kind,
            ...monitorStatus(
              evaluations.find(({ monitor }) => monitor === key),
              progress.profiledUntilMs,
            ),
          })),
      };
    }),
  );
}

const monitorStatus = (evaluation: EvaluationProgress | undefined, profiledUntilMs: number | null) => ({
  evaluatedUntil: isoOrNull(evaluation?.evaluatedUntilMs ?? null),
  behindMs:
    evaluation === undefined || profiledUntilMs === null
      ? null
      : Math.max(0, profiledUntilMs - evaluation.evaluatedUntilMs),
  lastError: evaluation?.lastError ?? '',
});
