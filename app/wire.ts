import { randomUUID } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { channelOpener } from '../alerts/channels/open.ts';
import { createGateCache } from '../alerts/gate-cache.ts';
import { affectedFromProfiles } from '../alerts/outbox/affected.ts';
import { createNotifier } from '../alerts/outbox/notifier.ts';
import { createOutboxWorker } from '../alerts/outbox/worker.ts';
import { createReview, type Review } from '../alerts/review/review.ts';
import { type Alerts, createAlerts } from '../alerts/run.ts';
import { createAnalyzers } from '../analyzers/analyzers.ts';
import { explain } from '../analyzers/explain/explain.ts';
import { createApi } from '../api/app.ts';
import { LOOPBACK_HOSTS } from '../api/guard.ts';
import { createIntake, NO_LOCAL_INTAKE } from '../api/intake.ts';
import { analysisRoutes } from '../api/routes/analysis.ts';
import { explainRoutes } from '../api/routes/explain.ts';
import { gateRoutes } from '../api/routes/gates.ts';
import { incidentRoutes } from '../api/routes/incidents.ts';
import { ofrepRoutes } from '../api/routes/ofrep.ts';
import { performanceRoutes } from '../api/routes/performance.ts';
import { referenceRoutes } from '../api/routes/references.ts';
import { reviewRoutes } from '../api/routes/review.ts';
import { loadStatic } from '../api/static.ts';
import { loadDecision } from '../api/views/decision.ts';
import { type Collector, createCollector } from '../collector/collector.ts';
import { decodeThreads } from '../collector/limits.ts';
import { createWordMasker } from '../collector/masking/words.ts';
import { DEFAULT_PROJECT } from '../model/ids.ts';
import { asSetAside, brokenParts } from '../store/clickhouse/damage.ts';
import { type Control, controlOn, telemetryOn } from './adapters.ts';
import { isLoopback } from './config/load.ts';
import type { Config, Role } from './config/schema.ts';
import { contractReplayOn } from './contract-replay.ts';
import { tellingContracts } from './contracts-told.ts';
import type { Lifecycle } from './lifecycle.ts';
import { maskedGates, maskedIncidents, maskedReview } from './masked-commands.ts';
import { serve } from './serve.ts';
import { openStores, type Stores } from './stores.ts';
import type { Listeners } from './telemetry/listeners.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type Shell = {
  readonly config: Config;
  readonly lifecycle: Lifecycle;
  readonly listeners: Listeners;
  readonly metrics: Metrics;
  readonly nowMs: () => number;
  readonly secret: (name: string) => string | undefined;
};

export type Running = {
  readonly control: Control;
  readonly webUrl: string;
  readonly ingestUrl: string;
  /** Where this process takes OTLP over gRPC, if it does. */
  readonly grpcUrl: string | undefined;
};

/** Names this process among all that write to the same stores. */
const INSTANCE = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
const DASHBOARD = join(import.meta.dirname, '../dist/dashboard');
const LIVE_KEPT_MS = 600_000;
const LIVE_TRIM_EVERY_MS = 60_000;
const PROJECTS = [DEFAULT_PROJECT];

/**
 * Everything, in order: stores, then each role on top of them. What is opened last is closed first. `prepare` runs
 * before a role does: a contract that is to mask the first record must be there before the door opens.
 */
export async function start(shell: Shell, prepare: (control: Control) => Promise<void>): Promise<Running> {
  const { config, lifecycle, listeners, nowMs } = shell;
  const has = (role: Role): boolean => config.roles.includes(role);
  const stores = await openStores(config, lifecycle, listeners.app, nowMs);
  const control = controlOn(stores);
  await prepare(control);
  const trim = setInterval(() => {
    control.live
      .trim(nowMs() - LIVE_KEPT_MS)
      .catch((error: unknown) => listeners.app({ kind: 'trim_failed', error }));
  }, LIVE_TRIM_EVERY_MS);
  lifecycle.add('live events', () => clearInterval(trim));

  const review = createReviewRoom(shell, stores, control);
  const alerts = createAlertsRoom(shell, stores, control, review);
  let collector: Collector | undefined;
  let ingestPort = config.listen.ingestPort;
  let grpcPort: number | undefined;
  if (has('collector')) {
    collector = createCollectorRoom(shell, stores, control);
    ({ port: ingestPort, grpcPort } = await collector.start());
    lifecycle.add('collector', () => collector?.stop());
  }
  if (has('analyzers')) await startAnalyzers(shell, stores, control);
  if (has('alerts')) startAlerts(shell, stores, control, alerts, review);
  const ingestUrl = urlOf(config, ingestPort);
  const webUrl = has('web')
    ? await startWeb(shell, { stores, control, alerts, review, collector, ingestUrl })
    : urlOf(config, config.listen.webPort);
  const grpcUrl = grpcPort === undefined ? undefined : urlOf(config, grpcPort);
  return { control, webUrl, ingestUrl, grpcUrl };
}

const urlOf = (config: Config, port: number): string => {
  const host = isLoopback(config.listen.host) ? config.listen.host : '127.0.0.1';
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
};
const DEFAULT_INGEST_PORT = 4318;
const DEFAULT_GRPC_PORT = 4317;
/** Moved together with the ingest port, so that a second Leeway does not meet the first. */
const grpcPortOf = ({ listen }: Config): number =>
  listen.grpcPort ?? (listen.ingestPort === DEFAULT_INGEST_PORT ? DEFAULT_GRPC_PORT : 0);
const publicUrl = (config: Config): string => config.publicUrl ?? urlOf(config, config.listen.webPort);

function createCollectorRoom(
  shell: Shell,
  { clickhouse }: Stores,
  { documents, live, tokens }: Control,
): Collector {
  const { config, listeners, nowMs, secret } = shell;
  const { loads, ledger } = telemetryOn(clickhouse.loader);
  return createCollector({
    spoolDirectory: join(config.dataDir, 'spool'),
    host: config.listen.host,
    port: config.listen.ingestPort,
    grpcPort: grpcPortOf(config),
    requireToken: config.ingest.requireToken,
    cors: {
      ...config.ingest.cors,
      maxAgeSeconds: Math.round((config.ingest.cors.maxAge ?? 0) / 1_000),
    },
    tokens,
    contracts: { documents, secret },
    loads,
    ledger,
    loaderId: INSTANCE,
    nowMs,
    random: Math.random,
    newId: randomUUID,
    emit: listeners.collector,
    onLoaded: (project) => {
      live
        .publish(project, 'ingest', '', nowMs())
        .catch((error: unknown) => listeners.app({ kind: 'publish_failed', error }));
    },
    limits: { bodyBytes: config.ingest.maxBody, spoolBytes: config.ingest.spool },
    threads: config.ingest.threads ?? decodeThreads(availableParallelism()),
    ...(config.ingest.quota ? { quota: rateLimitOf(config.ingest.quota) } : {}),
  });
}

const BURST_SECONDS = 10;

const rateLimitOf = ({ recordsPerSecond, burst }: NonNullable<Config['ingest']['quota']>) => ({
  recordsPerSecond,
  burstRecords: burst ?? recordsPerSecond * BURST_SECONDS,
});

async function startAnalyzers(shell: Shell, stores: Stores, control: Control): Promise<void> {
  const { backfills, documents, gates, live, progress, references } = control;
  const { every, keep } = shell.config.analysis;
  const telemetry = telemetryOn(stores.clickhouse.analyzers);
  const analyzers = createAnalyzers({
    ...telemetry,
    backfills,
    references: { book: references, profiles: telemetry.referenceProfiles },
    documents,
    gates,
    live,
    progress,
    postgres: stores.postgres,
    nowMs: shell.nowMs,
    emit: shell.listeners.analyzers,
    schedule: { tickMs: every },
    instance: INSTANCE,
    retention: { minutesMs: keep.minutes, hoursMs: keep.hours, daysMs: keep.days },
  });
  await analyzers.start();
  shell.lifecycle.add('analyzers', () => analyzers.stop());
}

function createReviewRoom(shell: Shell, { clickhouse, postgres }: Stores, control: Control): Review {
  const { audit, documents, gates, incidents, live, review } = control;
  return createReview({
    db: postgres,
    store: review,
    source: telemetryOn(clickhouse.api).reviewSource,
    telemetry: clickhouse.api,
    documents,
    gates,
    incidents,
    audit,
    live,
    projects: PROJECTS,
    instance: INSTANCE,
    nowMs: shell.nowMs,
    newId: randomUUID,
    emit: shell.listeners.review,
  });
}

function createAlertsRoom(
  shell: Shell,
  { clickhouse, postgres }: Stores,
  control: Control,
  review: Review,
): Alerts {
  const { findings, profiles, sloMinutes } = telemetryOn(clickhouse.api);
  const { documents, outbox } = control;
  return createAlerts({
    ...control,
    db: postgres,
    findings,
    sloMinutes,
    enqueueNotifications: createNotifier({
      ...{ outbox, documents, newId: randomUUID },
      affected: { gates: control.gates, count: affectedFromProfiles(profiles, shell.nowMs) },
    }),
    routeToReview: review.routeToReview,
    projects: async () => PROJECTS,
    nowMs: shell.nowMs,
    newId: randomUUID,
    emit: shell.listeners.alerts,
  });
}

function startAlerts(
  shell: Shell,
  { postgres }: Stores,
  control: Control,
  alerts: Alerts,
  review: Review,
): void {
  const { config, lifecycle, listeners, nowMs, secret } = shell;
  const worker = createOutboxWorker({
    ...control,
    db: postgres,
    openChannel: channelOpener({ secret, publicUrl: publicUrl(config) }),
    nowMs,
    random: Math.random,
    emit: listeners.outbox,
  });
  worker.start();
  lifecycle.add('outbox', () => worker.stop());
  review.start();
  lifecycle.add('review', () => review.stop());
  alerts.start();
  lifecycle.add('alerts', () => alerts.stop());
}

type WebParts = {
  readonly stores: Stores;
  readonly control: Control;
  readonly alerts: Alerts;
  readonly review: Review;
  readonly collector: Collector | undefined;
  readonly ingestUrl: string;
};

async function startWeb(shell: Shell, parts: WebParts): Promise<string> {
  const { config, lifecycle, listeners, metrics, nowMs } = shell;
  const { stores, control, alerts, review, ingestUrl } = parts;
  const { tokens, live, outbox, ...ports } = control;
  const documents = tellingContracts(control.documents, (project) =>
    parts.collector?.contractsChanged(project),
  );
  const telemetry = telemetryOn(stores.clickhouse.api);
  const gateCache = createGateCache({
    gates: ports.gates,
    live,
    onError: (error) => listeners.app({ kind: 'gate_cache_failed', error }),
  });
  await gateCache.start();
  lifecycle.add('gate cache', () => gateCache.stop());

  const reading = {
    ...telemetry,
    documents,
    references: { book: ports.references, numbers: telemetry.referenceProfiles },
    progress: ports.progress,
    gateStore: ports.gates,
    incidentStore: ports.incidents,
    actionStore: ports.actions,
    reviewStore: ports.review,
    intake: createIntake(telemetry.ledger, parts.collector ?? NO_LOCAL_INTAKE, async () =>
      (await brokenParts(stores.clickhouse.api)).map(asSetAside),
    ),
    audit: ports.audit,
    nowMs,
  };
  const mask = createWordMasker({ documents, secret: shell.secret }, nowMs);
  const commands = maskedIncidents(alerts.commands, ports.incidents, mask);
  const onLoopback = isLoopback(config.listen.host);
  const api = createApi({
    ...reading,
    contractReplay: contractReplayOn({ ...parts, secret: shell.secret, loaderId: INSTANCE, nowMs }),
    live,
    tokens,
    dashboard: await loadStatic(DASHBOARD),
    analysis: [
      performanceRoutes(reading),
      explainRoutes({
        ...reading,
        incident: ports.incidents.get,
        explain: (query, about) => explain({ store: telemetry.explain, ...about }, query),
      }),
      analysisRoutes({ ...telemetry, ...ports, documents, nowMs, newId: randomUUID }),
      referenceRoutes({
        ...telemetry,
        ...ports,
        book: ports.references,
        numbers: telemetry.referenceProfiles,
        documents,
        nowMs,
        newId: randomUUID,
      }),
    ],
    incidents: incidentRoutes({
      ...ports,
      outbox,
      sloMinutes: telemetry.sloMinutes,
      countAffected: affectedFromProfiles(telemetry.profiles, nowMs),
      reviewCounts: ports.review.incidentCounts,
      commands,
    }),
    gates: gateRoutes({ gates: maskedGates(ports.gates, mask), documents, commands, nowMs }),
    review: reviewRoutes({
      commands: maskedReview(review.commands, ports.review, mask),
      reads: review.reads,
      decisionDetail: (project, id) => loadDecision(reading, project, id),
      nowMs,
    }),
    ofrep: ofrepRoutes({ gates: gateCache }),
    ...(onLoopback && !config.ingest.requireToken ? { ofrepGuest: GUEST } : {}),
    allowedHosts: [...LOOPBACK_HOSTS, ...config.listen.allowedHosts, new URL(publicUrl(config)).hostname],
    ingestUrl,
    secure: publicUrl(config).startsWith('https:'),
    readiness: readiness(stores),
    metrics: () => metrics.registry.metrics(),
    emit: listeners.api,
  });
  const server = await serve(api.app.fetch, config.listen.host, config.listen.webPort);
  lifecycle.add('web server', () => server.close());
  lifecycle.add('live connections', () => api.stop());
  return urlOf(config, server.port);
}

/** Who asks the gate without a token, where only this machine can ask. */
const GUEST = { tokenId: 'loopback', project: DEFAULT_PROJECT, name: 'loopback', scopes: ['read'] as const };

const readiness = ({ clickhouse, postgres }: Stores) => [
  {
    name: 'clickhouse',
    check: async () => {
      await clickhouse.api.query({ sql: 'SELECT 1' });
    },
  },
  {
    name: 'postgres',
    check: async () => {
      await postgres.query('SELECT 1');
    },
  },
];
