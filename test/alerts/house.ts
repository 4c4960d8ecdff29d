import { randomUUID } from 'node:crypto';
import type { AlertsDeps } from '../../alerts/deps.ts';
import type { AlertEvent } from '../../alerts/events.ts';
import type { News } from '../../alerts/outbox/notifications.ts';
import type { RouteRequest } from '../../alerts/review/route.ts';
import { type Alerts, createAlerts } from '../../alerts/run.ts';
import type { DocumentInput } from '../../model/documents/document.ts';
import type { Finding } from '../../model/finding.ts';
import { DEFAULT_PROJECT, type IncidentId, incidentId } from '../../model/ids.ts';
import { DAY_MS } from '../../model/time.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import type { SloMinute } from '../../store/ports/slo-minutes.ts';
import { createActionStore } from '../../store/postgres/actions.ts';
import { createAuditLog } from '../../store/postgres/audit.ts';
import { createDocumentStore } from '../../store/postgres/documents.ts';
import { createGateStore } from '../../store/postgres/gates.ts';
import { createIncidentStore } from '../../store/postgres/incidents.ts';
import { createLiveBus } from '../../store/postgres/live.ts';
import { minute } from './findings.ts';

export const PROJECT = DEFAULT_PROJECT;

/** What analysis has written: the telemetry side of the seam, in memory. Several houses may stand on one. */
export type Telemetry = {
  readonly findings: Finding[];
  readonly minutes: SloMinute[];
  watermarkMs: number;
};
export const newTelemetry = (): Telemetry => ({ findings: [], minutes: [], watermarkMs: minute(0) });

/** The alerts room on a real control store. */
export function buildHouse(db: PostgresDb, telemetry: Telemetry, options: { tickEveryMs?: number } = {}) {
  const audit = createAuditLog(db);
  const live = createLiveBus(db);
  const documents = createDocumentStore(db, audit, live);
  const gates = createGateStore(db, { audit, live });
  const incidents = createIncidentStore(db);
  const actions = createActionStore(db);
  const news: News[] = [];
  const routed: RouteRequest[] = [];
  const events: AlertEvent[] = [];
  const deps: AlertsDeps = {
    db,
    incidents,
    actions,
    gates,
    documents,
    audit,
    live,
    findings: {
      since: async (_project, evaluatedAtMs, limit) =>
        telemetry.findings
          .filter((one) => one.evaluatedAtMs >= evaluatedAtMs)
          .toSorted((a, b) => a.evaluatedAtMs - b.evaluatedAtMs || a.windowEndMs - b.windowEndMs)
          .slice(0, limit),
    },
    progress: {
      analysis: async () => ({ watermarkMs: telemetry.watermarkMs }),
    },
    sloMinutes: {
      series: async (_project, _slo, fromMs, toMs) =>
        telemetry.minutes.filter(({ minuteMs }) => minuteMs >= fromMs && minuteMs < toMs),
    },
    enqueueNotifications: async (_tx, one) => {
      news.push(one);
      return { queued: 0, addressing: [] };
    },
    routeToReview: async (_tx, request) => {
      routed.push(request);
      const counts = { affected: 3, added: 3, linked: 0, leftOut: 0, gaveWay: 0, inclusionProbability: 1 };
      return { ...counts, sentence: '3 of 3 decisions wait for a person.' };
    },
    projects: async () => [PROJECT],
    nowMs: Date.now,
    newId: randomUUID,
    emit: (event) => events.push(event),
    ...options,
  };
  const alerts: Alerts = createAlerts(deps);

  return {
    deps,
    alerts,
    commands: alerts.commands,
    news,
    routed,
    events,
    gates,
    documents,
    audit,
    live,
    apply: (...sources: DocumentInput[]) => documents.apply(PROJECT, sources, 'test', Date.now()),
    deploy: (version: string, atMs: number, system = 'flights') =>
      gates.deploy(
        { project: PROJECT, system, version, note: '', atMs, by: 'test', bakeTimeMs: DAY_MS },
        Date.now(),
      ),
    /** Writes findings, moves the watermark to their newest window, and ticks. */
    async see(...findings: Finding[]): Promise<void> {
      telemetry.findings.push(...findings);
      telemetry.watermarkMs = Math.max(telemetry.watermarkMs, ...findings.map((one) => one.windowEndMs));
      await alerts.tickOnce();
    },
    open: async (system = 'flights') => incidents.openOf(PROJECT, system),
    incident: (id: number) => incidents.get(PROJECT, incidentId.parse(id)),
    list: () => incidents.list({ project: PROJECT, limit: 100 }),
    actionsOf: (id: IncidentId) => actions.ofIncident(PROJECT, id),
    timeline: async (id: IncidentId) => (await incidents.timeline(id, 1_000)).map(({ kind }) => kind),
    gate: (system = 'flights') => gates.get(PROJECT, system),
    statusOf: async (version: string, system = 'flights') =>
      (await gates.versions(PROJECT, system)).find((one) => one.version === version)?.status,
  };
}
export type House = ReturnType<typeof buildHouse>;

const named = (name: string) => ({ apiVersion: 'leeway.dev/v1', metadata: { name } }) as const;

/** 95 % of decisions right: a version burns when more than 5 % of its judged events are bad. */
export const slo = (name = 'hold-correctness', system = 'flights'): DocumentInput => ({
  ...named(name),
  kind: 'SLO',
  spec: { system, sli: { kind: 'correctness' }, target: '95%' },
});

export type Mode = 'shadow' | 'propose' | 'auto';
export const policy = (
  rollback: Mode | undefined,
  route: Mode | undefined,
  system = 'flights',
): DocumentInput => ({
  ...named(`guard-${system}`),
  kind: 'Policy',
  spec: {
    system,
    when: { kinds: ['slo'], severity: 'page' },
    actions: [
      ...(rollback ? [{ kind: 'rollback', mode: rollback, verifyAfter: '6h' } as const] : []),
      ...(route ? [{ kind: 'route', mode: route, queue: 'default' } as const] : []),
    ],
  },
});

/** One judged minute for each minute of [from, to), with a share of bad events. */
export function judged(version: string, from: number, to: number, badShare: number): SloMinute[] {
  return Array.from({ length: to - from }, (_, index) => ({
    minuteMs: minute(from + index),
    modelVersion: version,
    good: Math.round(20 * (1 - badShare)),
    total: 20,
  }));
}
