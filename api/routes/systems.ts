import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Gate } from '../../model/gate.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { TimeRange } from '../../store/ports/reads.ts';
import { systemRow } from '../contract/overview.ts';
import { type GateView, systemDetail, type VersionRow } from '../contract/systems.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { bucketFor, rangeQuery, resolveRange } from '../query/range.ts';
import { countSeries, iso, isoOrNull } from '../query/series.ts';
import { FALSE_ALARMS_OVER_MS, falseAlarmsOf } from '../views/false-alarms.ts';
import { featureRows } from '../views/features.ts';
import { chartMark, marksOf } from '../views/marks.ts';
import { freshnessOf, type KnownSystem, loadPicture, newestMs, rulesOf } from '../views/picture.ts';
import { loadFeatures, systemRows } from '../views/system-rows.ts';
import { togetherRows } from '../views/together.ts';
import { loadSlos } from './slos.ts';

const ofSystem = z.object({ system: z.string().min(1).max(128) });
const list = createRoute({
  method: 'get',
  path: '/systems',
  tags: ['systems'],
  summary: 'Every deciding system, the one in most trouble first',
  ...access('read'),
  request: { query: rangeQuery },
  responses: { 200: jsonResponse(z.object({ rows: z.array(systemRow) }), 'The systems.'), ...problems(400) },
});
const detail = createRoute({
  method: 'get',
  path: '/systems/{system}',
  tags: ['systems'],
  summary: 'One system: gate, versions, features and volume',
  ...access('read'),
  request: { params: ofSystem, query: rangeQuery },
  responses: { 200: jsonResponse(systemDetail, 'The system.'), ...problems(400, 404) },
});
const gateView = (gate: Gate): GateView => ({
  system: gate.system,
  servingVersion: gate.servingVersion,
  route: gate.route,
  reason: gate.reason,
  incident: gate.incident,
  revision: gate.revision,
  changedAt: iso(gate.changedAtMs),
  changedBy: gate.changedBy,
});

async function versionRows(
  deps: ReadDeps,
  project: ProjectId,
  known: KnownSystem,
  range: TimeRange,
): Promise<VersionRow[]> {
  const [registered, counted] = await Promise.all([
    deps.gateStore.versions(project, known.system),
    deps.reads.versions({ project, system: known.system, ...range }, rulesOf([known])),
  ]);
  const names = new Set([...registered.map((one) => one.version), ...counted.map((one) => one.version)]);
  const rows = [...names].map((version): VersionRow => {
    const facts = registered.find((one) => one.version === version);
    const counts = counted.find((one) => one.version === version);
    const judged = counts?.judged ?? 0;
    return {
      version,
      // Seen in decisions before anyone registered it.
      status: facts?.status ?? 'candidate',
      firstSeen: iso(facts?.firstSeenMs ?? counts?.firstMs ?? range.fromMs),
      liveSince: isoOrNull(facts?.liveSinceMs),
      decisions: counts?.decisions ?? 0,
      correctness: judged === 0 ? null : (counts?.right ?? 0) / judged,
      judged,
      note: facts?.note ?? '',
    };
  });
  return rows.sort((a, b) => (a.firstSeen < b.firstSeen ? 1 : -1));
}

/** One column per value, and one per version, in one picture. */
async function volumeOf(deps: ReadDeps, project: ProjectId, system: string, range: TimeRange) {
  const bucketMs = bucketFor(range);
  const [byValue, byVersion] = await Promise.all([
    deps.reads.volume({ project, system, ...range }, bucketMs, 'value'),
    deps.reads.volume({ project, system, ...range }, bucketMs, 'version'),
  ]);
  const versions = byVersion.map((point) => ({ ...point, key: `version:${point.key}` }));
  return countSeries([...byValue, ...versions], range, bucketMs);
}

/** Incidents that are counted against a budget of false alarms. */
const MOST_ALARMS = 500;

export function systemRoutes(deps: ReadDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(list, async (c) => {
    const { project } = c.get('principal');
    const picture = await loadPicture(deps, project);
    const range = resolveRange(c.req.valid('query'), {
      nowMs: picture.nowMs,
      newestMs: newestMs(picture.systems),
    });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const slos = await loadSlos(deps, project, picture);
    const features = await loadFeatures(deps, project, picture);
    return c.json({ rows: await systemRows(deps, project, picture, range, slos, features) }, 200);
  });

  app.openapi(detail, async (c) => {
    const { project } = c.get('principal');
    const { system } = c.req.valid('param');
    const picture = await loadPicture(deps, project);
    const known = picture.systems.find((one) => one.system === system);
    if (known === undefined) {
      return problemResponse(c, {
        status: 404,
        code: 'not_found',
        detail: `No system "${system}" ever sent a decision.`,
      });
    }
    const range = resolveRange(c.req.valid('query'), { nowMs: picture.nowMs, newestMs: newestMs([known]) });
    if (range.kind === 'invalid')
      return problemResponse(c, { status: 400, code: 'range_invalid', detail: range.detail });
    const endMs = known.newestMs ?? range.toMs;
    const [gate, versions, latest, volume, incident, marks, alarms] = await Promise.all([
      deps.gateStore.get(project, system),
      versionRows(deps, project, known, range),
      deps.findings.latest(project, system),
      volumeOf(deps, project, system, range),
      deps.incidentStore.openOf(project, system),
      marksOf(deps, project, system, range),
      deps.incidentStore.list({ project, system, fromMs: endMs - FALSE_ALARMS_OVER_MS, limit: MOST_ALARMS }),
    ]);
    return c.json(
      {
        system,
        description: known.spec?.description ?? '',
        owner: known.spec?.owner ?? '',
        freshness: freshnessOf(picture, [known], range),
        gate: gate === undefined ? null : gateView(gate),
        versions,
        features: featureRows(latest, known),
        together: togetherRows(latest),
        volume,
        openIncident: incident?.id ?? null,
        falseAlarms: falseAlarmsOf(known.spec, alarms),
        marks: marks.map(chartMark),
      },
      200,
    );
  });

  return app;
}
