import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { problem } from '../../api/contract/common.ts';
import { incidentDetail, incidentRow } from '../../api/contract/incidents.ts';
import { gate as gateSchema } from '../../api/contract/systems.ts';
import type { ApiEnv } from '../../api/http.ts';
import { gateRoutes } from '../../api/routes/gates.ts';
import { incidentRoutes } from '../../api/routes/incidents.ts';
import { falseAlarmsOf } from '../../api/views/false-alarms.ts';
import { DAY_MS } from '../../model/time.ts';
import type { Scope } from '../../store/ports/tokens.ts';
import { createOutbox } from '../../store/postgres/outbox.ts';
import { createReviewStore } from '../../store/postgres/review.ts';
import { freshPostgres } from '../support/stores.ts';
import { finding, minute } from './findings.ts';
import { buildHouse, judged, newTelemetry, PROJECT, policy, slo } from './house.ts';

const ALL: readonly Scope[] = ['read', 'operate'];

async function open(rollback: 'propose' | 'auto') {
  const db = await freshPostgres();
  const told = newTelemetry();
  const house = buildHouse(db, told);
  const review = createReviewStore(db);
  let scopes = ALL;
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    c.set('principal', { tokenId: 't', project: PROJECT, name: 'ann', scopes });
    await next();
  });
  const { gates, documents, commands } = house;
  app.route('/', gateRoutes({ gates, documents, commands, nowMs: Date.now }));
  app.route(
    '/',
    incidentRoutes({
      incidents: house.deps.incidents,
      actions: house.deps.actions,
      gates,
      commands,
      outbox: createOutbox(db),
      sloMinutes: house.deps.sloMinutes,
      countAffected: async (of) => (of.modelVersion === 'v2' && of.sinceMs === minute(10) ? 1_234 : 0),
      reviewCounts: review.incidentCounts,
    }),
  );
  await house.apply(slo(), policy(rollback, undefined));
  const call = async (method: string, path: string, body?: unknown) => {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await app.request(path, { method, ...init });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
  const as = async <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body);
    expect(answer).toMatchObject({ status: 200 });
    return schema.parse(answer.body);
  };
  const at = (ms: number) => new Date(ms).toISOString();
  await as(gateSchema, 'POST', '/systems/flights/deployments', {
    version: 'v1',
    at: at(minute(0) - 9 * DAY_MS),
  });
  await as(gateSchema, 'POST', '/systems/flights/deployments', {
    version: 'v2',
    at: at(minute(0)),
    note: 'new',
  });
  told.minutes.push(...judged('v1', -600, 0, 0), ...judged('v2', 0, 60, 0.4));
  await house.see(finding({ verdict: 'burning', at: 60, onsetMs: minute(10) }));
  return { house, call, as, withScopes: (next: readonly Scope[]) => (scopes = next) };
}

describe('false alarms', () => {
  it('are what people call them, when they resolve or long after, and are counted against the budget', async () => {
    const { as, call, house } = await open('propose');
    const body = { note: 'A test of the pager.', judged: 'false_alarm' };
    expect(await as(incidentDetail, 'POST', '/incidents/1/resolve', body)).toMatchObject({
      state: 'resolved',
      judged: 'false_alarm',
    });
    const incidents = await house.deps.incidents.list({ project: PROJECT, limit: 10 });
    // Three months hold three times 30 days.
    expect(falseAlarmsOf(undefined, incidents)[0]).toMatchObject({
      ...{ severity: 'page', allowed: 3, raised: 1, judged: 1, falseAlarms: 1 },
      sentence:
        'At most one false page in 30d. 1 page in 90d; of 1 that people judged, 1 was false: within the budget.',
    });
    const after = await as(incidentDetail, 'POST', '/incidents/1/judgement', { judged: 'real' });
    expect(after).toMatchObject({ state: 'resolved', judged: 'real' });
    expect(after.timeline.at(-1)?.sentence).toBe('ann: it was real.');
    expect(await call('POST', '/incidents/1/judgement', { judged: 'maybe' })).toMatchObject({ status: 400 });
    expect(await call('POST', '/incidents/7/judgement', { judged: 'real' })).toMatchObject({ status: 404 });
  });
});

describe('incidents over HTTP', () => {
  it('are listed, and told in full', async () => {
    const { as, call } = await open('auto');
    const { rows } = (await call('GET', '/incidents?state=unresolved&system=flights')).body as {
      rows: unknown[];
    };
    expect(rows.map((row) => incidentRow.parse(row))).toMatchObject([
      { id: 1, state: 'verifying', firing: 1 },
    ]);
    expect((await call('GET', '/incidents?state=resolved')).body).toEqual({ rows: [] });
    const detail = await as(incidentDetail, 'GET', '/incidents/1');
    expect(detail).toMatchObject({
      onset: new Date(minute(10)).toISOString(),
      affected: { decisions: 1_234, waiting: 0, reviewed: 0 },
      actions: [{ kind: 'rollback', state: 'done', plan: 'serve v1 instead of v2' }],
      signalList: [{ verdict: 'burning', firing: true }],
    });
    expect(detail.timeline.map(({ kind }) => kind)).toEqual(['opened', 'action_done']);
    expect(Object.fromEntries(detail.allowed.map((one) => [one.do, one.allowed]))).toEqual({
      acknowledge: true,
      resolve: true,
      rollback: false,
      route: true,
      release_gate: false,
      note: true,
    });
    // 60 minutes of version 2 with 20 judged events each, 8 of them bad; version 1's 600 minutes lie in the picture too.
    const sum = (name: string): number =>
      detail.evidence.columns
        .find((column) => column.name === name)
        ?.values.reduce<number>((total, value) => total + (value ?? 0), 0) ?? Number.NaN;
    expect(sum('bad')).toBe(60 * 8);
    expect(sum('good')).toBe(60 * 12 + 600 * 20);
  });

  it('are worked on by people', async () => {
    const { as, call, house } = await open('propose');
    expect(await as(incidentDetail, 'POST', '/incidents/1/acknowledge')).toMatchObject({
      owner: 'ann',
      state: 'acknowledged',
    });
    expect(await call('POST', '/incidents/1/acknowledge')).toMatchObject({
      status: 409,
      body: { code: 'refused' },
    });
    await as(incidentDetail, 'POST', '/incidents/1/notes', { note: 'Looking.' });
    const proposed = await as(incidentDetail, 'GET', '/incidents/1');
    expect(proposed.actions).toMatchObject([{ state: 'proposed', mode: 'propose' }]);
    const done = await as(incidentDetail, 'POST', `/incidents/1/actions/${proposed.actions[0]?.id}/decide`, {
      approve: true,
    });
    expect(done).toMatchObject({ state: 'verifying', actions: [{ state: 'done', decidedBy: 'ann' }] });
    const routed = await as(incidentDetail, 'POST', '/incidents/1/actions', {
      kind: 'route',
      reason: 'To be sure.',
    });
    expect(routed.actions).toMatchObject([{ kind: 'rollback' }, { kind: 'route', state: 'running' }]);
    expect((await house.gate())?.route).toBe('review');
    await house.alerts.tickOnce();
    // The version to blame is the one that was rolled back, not the one that serves now.
    expect(house.routed).toMatchObject([{ plan: { modelVersion: 'v2', sinceMs: minute(10) } }]);
    expect(await as(incidentDetail, 'POST', '/incidents/1/resolve', { note: 'Fixed.' })).toMatchObject({
      state: 'resolved',
    });
    expect(await house.gate()).toMatchObject({ route: 'auto', servingVersion: 'v1' });
  });

  it('refuse in the open', async () => {
    const { call, withScopes } = await open('auto');
    const cases: [string, string, unknown, number, string][] = [
      ['GET', '/incidents/99', undefined, 404, 'not_found'],
      ['GET', '/incidents/x', undefined, 400, 'validation_failed'],
      ['GET', '/incidents?state=odd', undefined, 400, 'validation_failed'],
      ['POST', '/incidents/99/acknowledge', undefined, 404, 'not_found'],
      ['POST', '/incidents/1/notes', { note: '' }, 400, 'validation_failed'],
      [
        'POST',
        '/incidents/1/actions',
        { kind: 'rollback', toVersion: 'v2', reason: 'again' },
        409,
        'version_quarantined',
      ],
      ['POST', '/incidents/1/actions/nothing/decide', { approve: true }, 404, 'not_found'],
    ];
    for (const [method, path, body, status, code] of cases) {
      const answer = await call(method, path, body);
      expect(answer).toMatchObject({ status, body: { code } });
      problem.partial({ requestId: true }).parse(answer.body);
    }
    withScopes(['read']);
    expect(await call('POST', '/incidents/1/acknowledge')).toMatchObject({
      status: 403,
      body: { code: 'missing_scope' },
    });
  });
});

describe('gates over HTTP', () => {
  it('are read, set and released', async () => {
    const { as, call, house } = await open('auto');
    expect(await as(gateSchema, 'GET', '/systems/flights/gate')).toMatchObject({
      servingVersion: 'v1',
      incident: 1,
    });
    expect(await call('GET', '/systems/nobody/gate')).toMatchObject({
      status: 404,
      body: { code: 'no_gate' },
    });
    const again = { version: 'v2' };
    expect(await call('POST', '/systems/flights/deployments', again)).toMatchObject({
      status: 409,
      body: { code: 'version_quarantined' },
    });
    expect((await call('POST', '/systems/flights/versions/v2/release')).status).toBe(204);
    expect((await call('POST', '/systems/flights/versions/v2/release')).status).toBe(409);
    expect((await call('POST', '/systems/flights/versions/v9/release')).status).toBe(404);
    const set = { route: 'review', reason: 'Audit today.' };
    expect(await as(gateSchema, 'POST', '/systems/flights/gate', set)).toMatchObject({
      route: 'review',
      changedBy: 'ann',
    });
    expect((await house.timeline(1 as never)).at(-1)).toBe('note');
    expect(await call('POST', '/systems/flights/gate', { reason: 'x' })).toMatchObject({ status: 400 });
    expect(await call('POST', '/systems/nobody/gate', set)).toMatchObject({
      status: 404,
      body: { code: 'no_gate' },
    });
  });
});
