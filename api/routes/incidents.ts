import type { OpenAPIHono } from '@hono/zod-openapi';
import type { CommandResult, Target } from '../../alerts/commands/command.ts';
import type { IncidentCommands } from '../../alerts/commands/commands.ts';
import { affectedBy } from '../../model/affected.ts';
import type { Gate } from '../../model/gate.ts';
import { type IncidentId, incidentId, type ProjectId } from '../../model/ids.ts';
import { INCIDENT_STATES, type Incident, type IncidentState } from '../../model/incident.ts';
import type { ActionStore } from '../../store/ports/actions.ts';
import type { GateStore } from '../../store/ports/gates.ts';
import type { IncidentStore } from '../../store/ports/incidents.ts';
import type { OutboxStore } from '../../store/ports/outbox.ts';
import type { AffectedDecisions, IncidentReviewCounts } from '../../store/ports/review.ts';
import type { SloMinuteStore } from '../../store/ports/slo-minutes.ts';
import type { IncidentDetail } from '../contract/incidents.ts';
import { type ApiEnv, newRoutes, problemResponse } from '../http.ts';
import {
  acknowledgeIncident,
  actOnIncident,
  decideOnAction,
  judgeIncident,
  listIncidents,
  noteOnIncident,
  readIncident,
  resolveIncident,
} from './incidents/declare.ts';
import { evidenceOf } from './incidents/evidence.ts';
import { actionOf, allowedOf, deliveryOf, entryOf, incidentRowOf, signalOf } from './incidents/views.ts';

export type IncidentRouteDeps = {
  readonly incidents: Pick<IncidentStore, 'get' | 'list' | 'timeline'>;
  readonly actions: Pick<ActionStore, 'ofIncident'>;
  readonly gates: Pick<GateStore, 'get' | 'lastKnownGood'>;
  readonly outbox: Pick<OutboxStore, 'list'>;
  readonly sloMinutes: Pick<SloMinuteStore, 'series'>;
  /** `ReviewSource.countAffected` */
  readonly countAffected: (of: AffectedDecisions) => Promise<number>;
  /** `ReviewStore.incidentCounts` */
  readonly reviewCounts: (project: ProjectId, incident: IncidentId) => Promise<IncidentReviewCounts>;
  readonly commands: IncidentCommands;
};

const MAX_TIMELINE = 1_000;

export function incidentRoutes(deps: IncidentRouteDeps): OpenAPIHono<ApiEnv> {
  const target = (c: RouteContext, id: number): Target => {
    const { project, name } = c.get('principal');
    return { project, incident: incidentId.parse(id), by: name };
  };
  const answer = async (c: RouteContext, result: CommandResult) => {
    if (result.kind === 'done') return c.json(await detailOf(deps, result.incident), 200);
    return result.kind === 'not_found' ? notFound(c, result.what) : refused(c, result);
  };
  return newRoutes()
    .openapi(listIncidents, async (c) => {
      const { state, system, limit } = c.req.valid('query');
      const { project } = c.get('principal');
      const states = statesOf(state);
      const rows = await deps.incidents.list({
        project,
        limit,
        ...(states === undefined ? {} : { states }),
        ...(system === undefined ? {} : { system }),
      });
      return c.json({ rows: rows.map(incidentRowOf) }, 200);
    })
    .openapi(readIncident, async (c) => {
      const id = incidentId.parse(c.req.valid('param').id);
      const incident = await deps.incidents.get(c.get('principal').project, id);
      return incident ? c.json(await detailOf(deps, incident), 200) : notFound(c, 'incident');
    })
    .openapi(acknowledgeIncident, async (c) =>
      answer(c, await deps.commands.acknowledge(target(c, c.req.valid('param').id))),
    )
    .openapi(resolveIncident, async (c) => {
      const { note, judged } = c.req.valid('json');
      return answer(c, await deps.commands.resolve(target(c, c.req.valid('param').id), note, judged));
    })
    .openapi(judgeIncident, async (c) => {
      const { note, judged } = c.req.valid('json');
      const result = await deps.commands.judge(target(c, c.req.valid('param').id), judged, note);
      return result.kind === 'done'
        ? c.json(await detailOf(deps, result.incident), 200)
        : notFound(c, 'incident');
    })
    .openapi(noteOnIncident, async (c) => {
      const { note } = c.req.valid('json');
      const result = await deps.commands.note(target(c, c.req.valid('param').id), note);
      return result.kind === 'done'
        ? c.json(await detailOf(deps, result.incident), 200)
        : notFound(c, 'incident');
    })
    .openapi(actOnIncident, async (c) =>
      answer(c, await deps.commands.act(target(c, c.req.valid('param').id), c.req.valid('json'))),
    )
    .openapi(decideOnAction, async (c) => {
      const { id, action } = c.req.valid('param');
      const { approve, note } = c.req.valid('json');
      return answer(c, await deps.commands.decide(target(c, id), action, approve, note));
    });
}

type RouteContext = import('hono').Context<ApiEnv>;

function statesOf(state: IncidentState | 'unresolved' | undefined): IncidentState[] | undefined {
  if (state === undefined) return undefined;
  return state === 'unresolved' ? INCIDENT_STATES.filter((one) => one !== 'resolved') : [state];
}

async function detailOf(deps: IncidentRouteDeps, incident: Incident): Promise<IncidentDetail> {
  const { project, system, id } = incident;
  const [actions, timeline, deliveries, gate, evidence] = await Promise.all([
    deps.actions.ofIncident(project, id),
    deps.incidents.timeline(id, MAX_TIMELINE),
    deps.outbox.list(project, id),
    deps.gates.get(project, system),
    evidenceOf(deps.sloMinutes, incident),
  ]);
  const target = gate && (await deps.gates.lastKnownGood(project, system, gate.servingVersion));
  return {
    ...incidentRowOf(incident),
    revision: incident.revision,
    signalList: incident.signals.map(signalOf),
    actions: actions.map(actionOf),
    timeline: timeline.map(entryOf),
    deliveries: deliveries.map(deliveryOf),
    affected: await affectedOf(deps, incident, gate, actions),
    evidence,
    allowed: allowedOf(incident, gate, target),
  };
}

/** Decisions since the onset by the version at fault: the one that was rolled back, or else the one that serves. */
async function affectedOf(
  deps: IncidentRouteDeps,
  incident: Incident,
  gate: Gate | undefined,
  actions: Awaited<ReturnType<ActionStore['ofIncident']>>,
): Promise<IncidentDetail['affected']> {
  const { project, system, id, resolvedAtMs } = incident;
  const { modelVersion, sinceMs } = affectedBy(incident, gate, actions);
  const [decisions, counts] = await Promise.all([
    deps.countAffected({
      project,
      system,
      modelVersion,
      sinceMs,
      ...(resolvedAtMs === null ? {} : { untilMs: resolvedAtMs }),
    }),
    deps.reviewCounts(project, id),
  ]);
  return { decisions, since: new Date(sinceMs).toISOString(), ...counts };
}

const notFound = (c: RouteContext, what: 'incident' | 'action') =>
  problemResponse(c, { status: 404, code: 'not_found', detail: `There is no such ${what}.` });

function refused(c: RouteContext, result: Extract<CommandResult, { kind: 'refused' }>) {
  const code =
    result.reason === 'stale_plan'
      ? 'stale_plan'
      : result.reason === 'quarantined'
        ? 'version_quarantined'
        : 'refused';
  return problemResponse(c, { status: 409, code, detail: result.sentence });
}
