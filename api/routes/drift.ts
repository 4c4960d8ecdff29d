import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { DocumentOf } from '../../model/documents/document.ts';
import { emptySummary, type FeatureSummary } from '../../model/feature-summary.ts';
import type { ProjectId } from '../../model/ids.ts';
import { DAY_MS, MINUTE_MS, startOf } from '../../model/time.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import { distribution, heatmap } from '../contract/systems.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { rangeQuery, resolveRange } from '../query/range.ts';
import { distributionOf } from '../views/distribution.ts';
import { heatmapOf } from '../views/heatmap.ts';
import { loadPicture, newestMs } from '../views/picture.ts';
import { referenceNumbers } from '../views/reference.ts';

const ofSystem = z.object({ system: z.string().min(1).max(128) });
const monitorQuery = rangeQuery.extend({
  monitor: z
    .string()
    .max(63)
    .optional()
    .openapi({ description: 'Name of a drift monitor; default: the one that watches most.' }),
});

const heat = createRoute({
  method: 'get',
  path: '/systems/{system}/heatmap',
  tags: ['systems'],
  summary: 'Drift of features over time',
  ...access('read'),
  request: { params: ofSystem, query: monitorQuery },
  responses: { 200: jsonResponse(heatmap, 'Features × time.'), ...problems(400, 404) },
});
const compare = createRoute({
  method: 'get',
  path: '/systems/{system}/features/{feature}/distribution',
  tags: ['systems'],
  summary: 'A feature now against its reference, over the same bins',
  ...access('read'),
  request: { params: ofSystem.extend({ feature: z.string().min(1).max(128) }), query: monitorQuery },
  responses: { 200: jsonResponse(distribution, 'Both distributions.'), ...problems(400, 404) },
});

type DriftMonitor = DocumentOf<'Monitor'> & { readonly spec: { readonly kind: 'drift' } };
const isDrift = (monitor: DocumentOf<'Monitor'>): monitor is DriftMonitor => monitor.spec.kind === 'drift';

/** Without a name the system's drift monitor that watches most features; undefined when there is none, or none of that name. */
async function findMonitor(
  deps: ReadDeps,
  project: ProjectId,
  system: string,
  name: string | undefined,
): Promise<DriftMonitor | undefined> {
  const monitors = await driftMonitors(deps, project, system);
  return monitors.find((monitor) => name === undefined || monitor.metadata.name === name);
}

/** The one that watches most first. */
async function driftMonitors(deps: ReadDeps, project: ProjectId, system: string): Promise<DriftMonitor[]> {
  const monitors = (await deps.documents.list(project, 'Monitor')).map((stored) => stored.document);
  return monitors
    .filter(isDrift)
    .filter((monitor) => monitor.spec.system === system)
    .sort((a, b) => breadthOf(b) - breadthOf(a));
}

const breadthOf = ({ spec }: DriftMonitor): number =>
  spec.features === 'all' ? Number.POSITIVE_INFINITY : spec.features.length;

/** A heat map without a range shows this many steps. */
const HEATMAP_STEPS = 30;
const stepOf = (monitor: DriftMonitor | undefined): number => monitor?.spec.step ?? monitor?.spec.window ?? 1;

function addHeatmap(app: OpenAPIHono<ApiEnv>, deps: ReadDeps): void {
  app.openapi(heat, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const { monitor: name, ...query } = c.req.valid('query');
    const monitor = await findMonitor(deps, project, system, name);
    if (monitor === undefined && name !== undefined) {
      return problemResponse(c, {
        status: 404,
        code: 'not_found',
        detail: `"${system}" has no drift monitor "${name}".`,
      });
    }
    const picture = await loadPicture(deps, project);
    const stepMs = monitor?.spec.step ?? monitor?.spec.window ?? DAY_MS;
    const range = resolveRange(query, {
      nowMs: picture.nowMs,
      newestMs: newestMs(picture.systems.filter((one) => one.system === system)),
      defaultMs: Math.max(DAY_MS, HEATMAP_STEPS * stepMs),
    });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    if (monitor === undefined)
      return c.json(heatmapOf({ name: '', statistic: '', limit: 0, stepMs, monitors: [] }, []), 200);
    // A cell stands over the step that ends its window, and is shown when that step touches the range.
    const toMs = range.toMs + stepMs - 1;
    const of = { project, system, monitor: monitor.metadata.name };
    const cells = await deps.reads.driftCells({ ...of, fromMs: range.fromMs, toMs });
    const { statistic, limit } = monitor.spec;
    const monitors = (await driftMonitors(deps, project, system)).map(({ metadata }) => metadata.name);
    return c.json(heatmapOf({ name: monitor.metadata.name, statistic, limit, stepMs, monitors }, cells), 200);
  });
}

/** Profiles are kept by the minute: both ends move up to the next one, so that the length stays what was asked for. */
function wholeMinutes({ fromMs, toMs }: TimeRange): TimeRange {
  const up = (ms: number) => startOf(ms + MINUTE_MS - 1, MINUTE_MS);
  return { fromMs: Math.min(up(fromMs), up(toMs) - MINUTE_MS), toMs: up(toMs) };
}

/** A feature over a stretch of time; empty when nothing was profiled there. */
async function summaryOf(
  deps: ReadDeps,
  of: { readonly project: ProjectId; readonly system: string; readonly feature: string },
  { fromMs, toMs }: TimeRange,
): Promise<FeatureSummary> {
  if (toMs <= fromMs) return emptySummary(of.feature);
  const { project, system, feature } = of;
  const [merged] = await deps.profiles.merged({ project, system, features: [feature], fromMs, toMs });
  return merged ?? emptySummary(feature);
}

function addDistribution(app: OpenAPIHono<ApiEnv>, deps: ReadDeps): void {
  app.openapi(compare, async (c) => {
    const { project } = c.get('principal');
    const { system, feature } = c.req.valid('param');
    const { monitor: name, ...query } = c.req.valid('query');
    const monitor = await findMonitor(deps, project, system, name);
    if (monitor === undefined && name !== undefined) {
      return problemResponse(c, {
        status: 404,
        code: 'not_found',
        detail: `"${system}" has no drift monitor "${name}".`,
      });
    }
    const picture = await loadPicture(deps, project);
    const known = picture.systems.find((one) => one.system === system);
    const resolved = resolveRange(query, {
      nowMs: picture.nowMs,
      newestMs: newestMs(known === undefined ? [] : [known]),
      defaultMs: monitor?.spec.window ?? DAY_MS,
    });
    if (resolved.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: resolved.detail });
    const range = wholeMinutes(resolved);
    const of = { project, system, feature };
    const [before, now, findings] = await Promise.all([
      referenceNumbers(deps, {
        ...{ project, system, features: [feature], window: range, firstMs: known?.firstMs ?? null },
        monitor: monitor && { name: monitor.metadata.name, reference: monitor.spec.reference },
      }),
      summaryOf(deps, of, range),
      deps.findings.list({
        project,
        system,
        subject: feature,
        kind: 'drift',
        ...(monitor === undefined ? {} : { monitor: monitor.metadata.name }),
        toMs: range.toMs + stepOf(monitor),
        limit: 1,
      }),
    ]);
    const reference =
      before.kind === 'numbers'
        ? { ...before, summary: before.summaries.get(feature) ?? emptySummary(feature) }
        : {
            range: { fromMs: range.fromMs, toMs: range.fromMs },
            source: before.reason,
            summary: emptySummary(feature),
          };
    const unit = known?.spec?.features[feature]?.unit ?? '';
    return c.json(distributionOf(feature, unit, reference, { range, summary: now }, findings), 200);
  });
}

export function driftRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  addHeatmap(app, deps);
  addDistribution(app, deps);
  return app;
}
