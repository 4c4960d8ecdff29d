import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { IncidentCommands } from '../../alerts/commands/commands.ts';
import type { Gate } from '../../model/gate.ts';
import { systemName } from '../../model/ids.ts';
import { DAY_MS } from '../../model/time.ts';
import type { DocumentStore } from '../../store/ports/documents.ts';
import type { GateChangeResult, GateStore } from '../../store/ports/gates.ts';
import { deploymentInput, type GateView, gate, gateInput } from '../contract/systems.ts';
import {
  type ApiEnv,
  access,
  jsonBody,
  jsonResponse,
  newRoutes,
  problemResponse,
  problems,
} from '../http.ts';

export type GateRouteDeps = {
  readonly gates: GateStore;
  readonly documents: Pick<DocumentStore, 'get'>;
  readonly commands: Pick<IncidentCommands, 'changeGate'>;
  readonly nowMs: () => number;
};

const ofSystem = z.object({ system: systemName });
const ofVersion = ofSystem.extend({ version: z.string().min(1).max(256) });
const answer = { 200: jsonResponse(gate, 'The gate as it is now.') };

const deploy = createRoute({
  method: 'post',
  path: '/systems/{system}/deployments',
  tags: ['gates'],
  summary: 'A version goes live',
  ...access('operate'),
  request: { params: ofSystem, body: jsonBody(deploymentInput) },
  responses: { ...answer, ...problems(400, 409) },
});
const read = createRoute({
  method: 'get',
  path: '/systems/{system}/gate',
  tags: ['gates'],
  summary: 'What the deciding service is told',
  ...access('read', 'ingest'),
  request: { params: ofSystem },
  responses: { ...answer, ...problems(404) },
});
const change = createRoute({
  method: 'post',
  path: '/systems/{system}/gate',
  tags: ['gates'],
  summary: 'Set the gate by hand',
  ...access('operate'),
  request: { params: ofSystem, body: jsonBody(gateInput) },
  responses: { ...answer, ...problems(400, 404, 409) },
});
const release = createRoute({
  method: 'post',
  path: '/systems/{system}/versions/{version}/release',
  tags: ['gates'],
  summary: 'Let a quarantined version serve again',
  ...access('operate'),
  request: { params: ofVersion },
  responses: { 204: { description: 'It is released.' }, ...problems(404, 409) },
});

/** Bake time of a system that has no document: the document's own default. */
const DEFAULT_BAKE_MS = DAY_MS;

export function gateRoutes(deps: GateRouteDeps): OpenAPIHono<ApiEnv> {
  return newRoutes()
    .openapi(deploy, async (c) => {
      const { project, name: by } = c.get('principal');
      const { system } = c.req.valid('param');
      const { version, note, at } = c.req.valid('json');
      const nowMs = deps.nowMs();
      const document = await deps.documents.get(project, 'System', system);
      const bakeTimeMs = document?.document.spec.bakeTime ?? DEFAULT_BAKE_MS;
      const atMs = at === undefined ? nowMs : Date.parse(at);
      const deployment = { project, system, version, note, atMs, by, bakeTimeMs };
      const result = await deps.gates.deploy(deployment, nowMs);
      return result.kind === 'refused' ? refusal(c, result) : c.json(gateView(result.gate), 200);
    })
    .openapi(read, async (c) => {
      const { system } = c.req.valid('param');
      const found = await deps.gates.get(c.get('principal').project, system);
      return found ? c.json(gateView(found), 200) : noGate(c, system);
    })
    .openapi(change, async (c) => {
      const { project, name: by } = c.get('principal');
      const { system } = c.req.valid('param');
      const result = await deps.commands.changeGate({ project, system, by, ...c.req.valid('json') });
      if (result.kind !== 'refused') return c.json(gateView(result.gate), 200);
      return result.reason === 'no_gate' ? noGate(c, system) : refusal(c, result);
    })
    .openapi(release, async (c) => {
      const { project, name: by } = c.get('principal');
      const { system, version } = c.req.valid('param');
      const found = (await deps.gates.versions(project, system)).find((one) => one.version === version);
      if (!found) {
        const detail = `${system} never had a version ${version}.`;
        return problemResponse(c, { status: 404, code: 'not_found', detail });
      }
      if (found.status !== 'quarantined') {
        const detail = `Version ${version} is ${found.status.replace('_', ' ')}, not quarantined.`;
        return problemResponse(c, { status: 409, code: 'refused', detail });
      }
      await deps.gates.release(project, system, version, by, deps.nowMs());
      return c.body(null, 204);
    });
}

type RouteContext = Parameters<typeof problemResponse>[0];

const noGate = (c: RouteContext, system: string) =>
  problemResponse(c, {
    status: 404,
    code: 'no_gate',
    detail: `${system} has no gate yet.`,
    help: `Tell Leeway which version serves: POST /api/v1/systems/${encodeURIComponent(system)}/deployments.`,
  });

function refusal(c: RouteContext, result: Extract<GateChangeResult, { kind: 'refused' }>) {
  const code = result.reason === 'no_gate' ? 'refused' : result.reason;
  return problemResponse(c, { status: 409, code, detail: result.sentence });
}

const gateView = (of: Gate): GateView => ({
  system: of.system,
  servingVersion: of.servingVersion,
  route: of.route,
  reason: of.reason,
  incident: of.incident,
  revision: of.revision,
  changedAt: new Date(of.changedAtMs).toISOString(),
  changedBy: of.changedBy,
});
