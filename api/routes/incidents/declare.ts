import { createRoute, z } from '@hono/zod-openapi';
import { INCIDENT_STATES } from '../../../model/incident.ts';
import {
  decideActionInput,
  incidentDetail,
  incidentRow,
  judgementInput,
  manualActionInput,
  noteInput,
  resolveInput,
} from '../../contract/incidents.ts';
import { access, jsonBody, jsonResponse, problems } from '../../http.ts';

const MAX_LIST = 500;
const ofIncident = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });
const ofAction = ofIncident.extend({ action: z.string().min(1).max(64) });
const filter = z.object({
  /** `unresolved` is every state but `resolved`. */
  state: z.enum([...INCIDENT_STATES, 'unresolved']).optional(),
  system: z.string().min(1).max(128).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIST).default(100),
});
const changed = { 200: jsonResponse(incidentDetail, 'The incident as it is now.') };
const tags = ['incidents'];

export const listIncidents = createRoute({
  method: 'get',
  path: '/incidents',
  tags,
  summary: 'Incidents, the newest first',
  ...access('read'),
  request: { query: filter },
  responses: {
    200: jsonResponse(z.object({ rows: z.array(incidentRow) }), 'The incidents.'),
    ...problems(400),
  },
});
export const readIncident = createRoute({
  method: 'get',
  path: '/incidents/{id}',
  tags,
  summary: 'One incident: signals, actions, timeline, and what may be done',
  ...access('read'),
  request: { params: ofIncident },
  responses: { ...changed, ...problems(400, 404) },
});
export const acknowledgeIncident = createRoute({
  method: 'post',
  path: '/incidents/{id}/acknowledge',
  tags,
  summary: 'Take it',
  ...access('operate'),
  request: { params: ofIncident },
  responses: { ...changed, ...problems(400, 404, 409) },
});
export const resolveIncident = createRoute({
  method: 'post',
  path: '/incidents/{id}/resolve',
  tags,
  summary: 'Close it; refused while Leeway cannot see whether it is over',
  ...access('operate'),
  request: { params: ofIncident, body: jsonBody(resolveInput) },
  responses: { ...changed, ...problems(400, 404, 409) },
});
export const judgeIncident = createRoute({
  method: 'post',
  path: '/incidents/{id}/judgement',
  tags,
  summary: 'Say whether it was a false alarm, also after its end',
  ...access('operate', 'review'),
  request: { params: ofIncident, body: jsonBody(judgementInput) },
  responses: { ...changed, ...problems(400, 404) },
});
export const noteOnIncident = createRoute({
  method: 'post',
  path: '/incidents/{id}/notes',
  tags,
  summary: 'Write a line on the timeline',
  ...access('operate', 'review'),
  request: { params: ofIncident, body: jsonBody(noteInput) },
  responses: { ...changed, ...problems(400, 404) },
});
export const actOnIncident = createRoute({
  method: 'post',
  path: '/incidents/{id}/actions',
  tags,
  summary: 'Roll back, or send decisions to people, by hand',
  ...access('operate'),
  request: { params: ofIncident, body: jsonBody(manualActionInput) },
  responses: { ...changed, ...problems(400, 404, 409) },
});
export const decideOnAction = createRoute({
  method: 'post',
  path: '/incidents/{id}/actions/{action}/decide',
  tags,
  summary: 'Approve or reject what Leeway proposes',
  ...access('operate'),
  request: { params: ofAction, body: jsonBody(decideActionInput) },
  responses: { ...changed, ...problems(400, 404, 409) },
});
