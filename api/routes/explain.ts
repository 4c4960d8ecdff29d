import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import type { ExplainQuery, Explanation, KnownChange, Side, Target } from '../../model/explanation.ts';
import { type IncidentId, incidentId, type ProjectId } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import { DAY_MS, HOUR_MS } from '../../model/time.ts';
import type { JudgingRule } from '../../store/ports/reads.ts';
import { type ExplanationView, explanation } from '../contract/explain.ts';
import type { ReadDeps } from '../deps.ts';
import { type ApiEnv, access, jsonResponse, newRoutes, problemResponse, problems } from '../http.ts';
import { iso } from '../query/series.ts';
import { parseSide, parseTarget } from '../query/side.ts';
import { knownChanges } from '../views/known-changes.ts';
import { loadPicture, newestMs, rulesOf } from '../views/picture.ts';

export type Progress = (step: string, done: number, of: number) => void;
export type ExplainRouteDeps = ReadDeps & {
  readonly incident: (project: ProjectId, id: IncidentId) => Promise<Incident | undefined>;
  /** `explain` of analyzers/explain, on this process's connection. */
  readonly explain: (
    query: ExplainQuery,
    about: {
      readonly rule: JudgingRule;
      readonly changes: (
        fromMs: number,
        toMs: number,
        upstream: readonly string[],
      ) => Promise<readonly KnownChange[]>;
      readonly progress: Progress;
    },
  ) => Promise<Explanation>;
};

const sideText = z
  .string()
  .max(1_000)
  .regex(/^\S*\.\.\S*( +\S+)*$/, 'a stretch of time and filters, for example now-1d..now version=v2');
const explainSystem = createRoute({
  method: 'get',
  path: '/systems/{system}/explain',
  tags: ['systems'],
  summary: 'What moved between two sets of decisions, since when, where and why',
  description:
    'With `accept: application/x-ndjson` each step of the work comes as a line `{"progress":…}`, and the answer as the last one, `{"result":…}`.',
  ...access('read'),
  request: {
    params: z.object({ system: z.string().min(1).max(128) }),
    query: z.object({
      where: sideText.openapi({ description: 'For example `now-1d..now version=v2 region=north`.' }),
      baseline: sideText.openapi({ description: 'What it is compared with, written alike.' }),
      of: z
        .string()
        .max(300)
        .regex(/^(score|wrong|value=.+)$/, 'score, wrong or value=…')
        .optional()
        .openapi({
          description:
            '`score`, `wrong` or `value=hold`. Default: the score, else the value that moved most.',
        }),
    }),
  },
  responses: { 200: jsonResponse(explanation, 'The explanation.'), ...problems(400, 404) },
});
const explainIncident = createRoute({
  method: 'get',
  path: '/incidents/{id}/explain',
  tags: ['incidents'],
  summary: 'What moved at the onset of an incident',
  ...access('read'),
  request: { params: z.object({ id: z.coerce.number().int().positive() }) },
  responses: { 200: jsonResponse(explanation, 'The explanation.'), ...problems(404) },
});

/** A day after the onset is enough to see what changed; the baseline is as long again, at least a day. */
const AFTER_MS = DAY_MS;
const BEFORE_MS = 2 * DAY_MS;

export function explainRoutes(deps: ExplainRouteDeps): OpenAPIHono<ApiEnv> {
  const run = async (query: ExplainQuery, progress: Progress): Promise<ExplanationView> => {
    const picture = await loadPicture(deps, query.project);
    const known = picture.systems.filter((one) => one.system === query.system);
    const [rule = { system: query.system, correct: {}, deferred: [] }] = rulesOf(known);
    const changes = (fromMs: number, toMs: number, upstream: readonly string[]) =>
      knownChanges(deps, query, { fromMs, toMs }, upstream);
    return viewOf(query, await deps.explain(query, { rule, changes, progress }));
  };
  return newRoutes()
    .openapi(explainSystem, async (c) => {
      const { project } = c.get('principal');
      const { system } = c.req.valid('param');
      const asked = c.req.valid('query');
      const picture = await loadPicture(deps, project);
      const clock = {
        nowMs: picture.nowMs,
        newestMs: newestMs(picture.systems.filter((one) => one.system === system)),
      };
      const [where, baseline] = [parseSide(asked.where, clock), parseSide(asked.baseline, clock)];
      const target = parseTarget(asked.of);
      if (where.kind === 'wrong')
        return problemResponse(c, { status: 400, code: 'range_invalid', detail: where.sentence });
      if (baseline.kind === 'wrong')
        return problemResponse(c, { status: 400, code: 'range_invalid', detail: baseline.sentence });
      const query: ExplainQuery = {
        project,
        system,
        where: where.side,
        baseline: baseline.side,
        ...(target === undefined ? {} : { target }),
      };
      if (!(c.req.header('accept') ?? '').includes('application/x-ndjson'))
        return c.json(await run(query, () => undefined), 200);
      c.header('content-type', 'application/x-ndjson');
      return stream(c, async (out) => {
        const line = (value: unknown) => out.write(`${JSON.stringify(value)}\n`);
        const result = await run(query, (step, done, of) => {
          line({ progress: { step, done, of } }).catch(() => undefined);
        });
        await line({ result });
      }) as never;
    })
    .openapi(explainIncident, async (c) => {
      const { project } = c.get('principal');
      const incident = await deps.incident(project, incidentId.parse(c.req.valid('param').id));
      if (incident === undefined)
        return problemResponse(c, { status: 404, code: 'not_found', detail: 'There is no such incident.' });
      return c.json(await run(aroundOnset(incident), () => undefined), 200);
    });
}

function aroundOnset(incident: Incident): ExplainQuery {
  const seenMs = Math.max(incident.openedAtMs, ...incident.signals.map((signal) => signal.lastWindowEndMs));
  const endMs = Math.min(incident.resolvedAtMs ?? seenMs, incident.onsetMs + AFTER_MS);
  const side = (fromMs: number, toMs: number): Side => ({ fromMs: Math.max(0, fromMs), toMs, segments: {} });
  return {
    project: incident.project,
    system: incident.system,
    where: side(incident.onsetMs, Math.max(endMs, incident.onsetMs + HOUR_MS)),
    baseline: side(incident.onsetMs - BEFORE_MS, incident.onsetMs),
  };
}

const targetText = (target: Target): string =>
  target.kind === 'value' ? `value=${target.value}` : target.kind;
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function viewOf(query: ExplainQuery, found: Explanation): ExplanationView {
  const side = (asked: Side, facts: Explanation['where']) => ({
    from: iso(asked.fromMs),
    to: iso(asked.toMs),
    version: asked.version ?? '',
    segments: { ...asked.segments },
    ...facts,
  });
  return {
    system: found.system,
    target: targetText(found.target),
    where: side(query.where, found.where),
    baseline: side(query.baseline, found.baseline),
    change: found.change,
    onset: found.onset && {
      at: iso(found.onset.atMs),
      from: iso(found.onset.fromMs),
      to: iso(found.onset.toMs),
    },
    segments: found.segments.map((one) => ({
      ...one,
      mean: finite(one.mean),
      baselineMean: finite(one.baselineMean),
    })),
    features: [...found.features],
    parts: found.parts,
    causes: found.causes.map(({ atMs, ...cause }) => ({ at: iso(atMs), ...cause })),
    sentences: [...found.sentences],
  };
}
