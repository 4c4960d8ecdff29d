import { createHash } from 'node:crypto';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type FeatureSummary, sketchOf } from '../../model/feature-summary.ts';
import type { ProjectId } from '../../model/ids.ts';
import { totalOf } from '../../model/numeric-bins.ts';
import { referenceText } from '../../model/reference-text.ts';
import { MINUTE_MS, startOf } from '../../model/time.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import type { ProfileStore } from '../../store/ports/profiles.ts';
import type { ProgressStore } from '../../store/ports/progress.ts';
import type {
  ReferenceBook,
  ReferenceOrigin,
  ReferenceProfiles,
  ReferenceVersion,
} from '../../store/ports/references.ts';
import type { SampleStore } from '../../store/ports/samples.ts';
import { referenceInput, referenceRow, type summaryInput } from '../contract/analysis.ts';
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
import { iso } from '../query/series.ts';

export type ReferenceRouteDeps = {
  readonly book: ReferenceBook;
  readonly numbers: ReferenceProfiles;
  readonly samples: Pick<SampleStore, 'keep'>;
  readonly profiles: Pick<ProfileStore, 'levels'>;
  readonly progress: Pick<ProgressStore, 'analysis'>;
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly nowMs: () => number;
  readonly newId: () => string;
};

const name = z.string().min(1).max(128);
const list = createRoute({
  method: 'get',
  path: '/references',
  tags: ['documents'],
  summary: 'Stored references: what each was made from, by whom, and which monitors use it',
  ...access('read'),
  request: { query: z.object({ system: name.optional() }) },
  responses: { 200: jsonResponse(z.object({ rows: z.array(referenceRow) }), 'The references.') },
});
const accept = createRoute({
  method: 'post',
  path: '/systems/{system}/references',
  tags: ['documents'],
  summary: 'Accept a window, or what a file holds, as the next version of a reference',
  description: 'A monitor of the same name compares with it from its next window on.',
  ...access('operate'),
  request: { params: z.object({ system: name }), body: jsonBody(referenceInput) },
  responses: { 200: jsonResponse(referenceRow, 'The new version.'), ...problems(400, 409, 415) },
});
const retire = createRoute({
  method: 'post',
  path: '/systems/{system}/references/{name}/{version}/retire',
  tags: ['documents'],
  summary: 'Use a version no longer; the one before it is used again, or what the monitor itself says',
  ...access('operate'),
  request: {
    params: z.object({ system: name, name, version: z.coerce.number().int().positive() }),
  },
  responses: { 200: jsonResponse(referenceRow, 'The retired version.'), ...problems(400, 404) },
});

type Monitors = Awaited<ReturnType<typeof monitorsOf>>;
const monitorsOf = async (deps: ReferenceRouteDeps, project: ProjectId) =>
  (await deps.documents.list(project, 'Monitor')).map(({ document }) => document);

function rowOf(reference: ReferenceVersion, monitors: Monitors): z.infer<typeof referenceRow> {
  const { system, version, state, origin, hash, features, values, by, note } = reference;
  const users = monitors.filter(({ metadata, spec }) => {
    if (spec.system !== system) return false;
    const asked = 'reference' in spec ? spec.reference : undefined;
    return metadata.name === reference.name || (asked?.kind === 'stored' && asked.name === reference.name);
  });
  return {
    ...{ system, name: reference.name, version, state, hash, features, values, by, note },
    origin:
      origin.kind === 'file'
        ? origin
        : {
            kind: 'window',
            from: iso(origin.fromMs),
            to: iso(origin.toMs),
            modelVersion: origin.modelVersion,
          },
    acceptedAt: iso(reference.acceptedAtMs),
    monitors: users.map(({ metadata }) => metadata.name),
  };
}

export function referenceRoutes(deps: ReferenceRouteDeps): OpenAPIHono<ApiEnv> {
  const app = newRoutes();
  app.openapi(list, async (c) => {
    const { project } = c.get('principal');
    const [references, monitors] = await Promise.all([
      deps.book.list(project, c.req.valid('query').system),
      monitorsOf(deps, project),
    ]);
    return c.json({ rows: references.map((reference) => rowOf(reference, monitors)) }, 200);
  });
  addAccept(app, deps);
  app.openapi(retire, async (c) => {
    const { project, name: by } = c.get('principal');
    const of = c.req.valid('param');
    const retired = await deps.book.retire(project, of.system, of.name, of.version, by, deps.nowMs());
    if (retired === undefined)
      return problemResponse(c, {
        status: 404,
        code: 'not_found',
        detail: `"${of.system}" has no reference "${of.name}" version ${of.version} in use.`,
      });
    return c.json(rowOf(retired, await monitorsOf(deps, project)), 200);
  });
  return app;
}

type Numbers =
  | { readonly kind: 'written'; readonly origin: ReferenceOrigin }
  | {
      readonly kind: 'refused';
      readonly code: 'range_invalid' | 'refused';
      readonly detail: string;
      readonly help?: string;
    };

function addAccept(app: OpenAPIHono<ApiEnv>, deps: ReferenceRouteDeps): void {
  app.openapi(accept, async (c) => {
    const { project, name: by } = c.get('principal');
    const { system } = c.req.valid('param');
    const input = c.req.valid('json');
    const id = deps.newId();
    const { source } = input;
    const written =
      source.kind === 'file'
        ? await writeFile(deps, project, id, source)
        : await writeWindow(deps, { project, system, id }, source);
    if (written.kind === 'refused') {
      const { code, detail } = written;
      const more = written.help === undefined ? {} : { help: written.help };
      return code === 'range_invalid'
        ? problemResponse(c, { status: 400, code, detail, ...more })
        : problemResponse(c, { status: 409, code, detail, ...more });
    }
    const segments = await deps.numbers.segments(project, id);
    const parts = await Promise.all(
      segments.map(async (segment) => ({
        segment,
        summaries: await deps.numbers.read(project, id, { segment }),
      })),
    );
    const whole = parts.find(({ segment }) => segment === '')?.summaries ?? [];
    if (whole.length === 0)
      return problemResponse(c, {
        status: 409,
        code: 'refused',
        detail: `${system} has no values in that stretch, so nothing could be compared with it.`,
        help: 'Choose a stretch in which the system decided; GET /api/v1/analysis says how far its profiles reach.',
      });
    const accepted = await deps.book.accept({
      ...{ project, system, name: input.name, id, origin: written.origin, by, note: input.note },
      hash: createHash('sha256').update(referenceText(parts)).digest('hex'),
      features: whole.length,
      values: Math.max(...whole.map(({ bins, categories }) => totalOf(bins) + totalOf(categories))),
      acceptedAtMs: deps.nowMs(),
    });
    return c.json(rowOf(accepted, await monitorsOf(deps, project)), 200);
  });
}

type Source = z.output<typeof referenceInput>['source'];
/** As many as a multivariate monitor may ask for. */
const KEPT_ROWS = 10_000;

async function writeFile(
  deps: ReferenceRouteDeps,
  project: ProjectId,
  id: string,
  { file, rows, sha256, summaries }: Extract<Source, { kind: 'file' }>,
): Promise<Numbers> {
  await deps.numbers.fromSummaries(project, id, summaries.map(toSummary));
  return { kind: 'written', origin: { kind: 'file', file, rows, sha256 } };
}

function toSummary(input: z.output<typeof summaryInput>): FeatureSummary {
  const { binStep, bins, categories, ...sums } = input;
  const counted = new Map(categories);
  return {
    ...sums,
    bins: new Map(bins),
    categories: counted,
    versions: new Map(),
    sketch: sketchOf(binStep, counted),
  };
}

async function writeWindow(
  deps: ReferenceRouteDeps,
  of: { readonly project: ProjectId; readonly system: string; readonly id: string },
  source: Extract<Source, { kind: 'window' }>,
): Promise<Numbers> {
  const { project, system, id } = of;
  const { profiledUntilMs } = await deps.progress.analysis(project, system);
  const range = resolveRange(source, { nowMs: deps.nowMs(), newestMs: profiledUntilMs });
  if (range.kind === 'invalid') return { kind: 'refused', code: 'range_invalid', detail: range.detail };
  const [fromMs, toMs] = [startOf(range.fromMs, MINUTE_MS), startOf(range.toMs, MINUTE_MS)];
  if (profiledUntilMs === null || toMs > profiledUntilMs)
    return {
      kind: 'refused',
      code: 'refused',
      detail:
        profiledUntilMs === null
          ? `${system} has no profiles yet: nothing of it was summarised.`
          : `The stretch ends ${iso(toMs)}, but ${system} is summarised until ${iso(profiledUntilMs)} only.`,
      help: 'End the stretch there, or wait: a reference that is still being filled would move under its monitors.',
    };
  const modelVersion = source.modelVersion ?? null;
  const levels = await deps.profiles.levels(project, system);
  await deps.numbers.fromWindow({ project, system, modelVersion, fromMs, toMs }, id, levels);
  await deps.samples.keep(id, {
    ...{ project, system, stretches: [{ startMs: fromMs, endMs: toMs }], rows: KEPT_ROWS, seed: 1 },
    ...{ modelVersion: source.modelVersion, with: { text: true, embedding: true } },
  });
  return { kind: 'written', origin: { kind: 'window', modelVersion, fromMs, toMs } };
}
