import { createCommands } from '../../../alerts/commands/commands.ts';
import { createGateCache } from '../../../alerts/gate-cache.ts';
import { createReview } from '../../../alerts/review/review.ts';
import { explain } from '../../../analyzers/explain/explain.ts';
import { type ApiDeps, createApi } from '../../../api/app.ts';
import type { ApiEvent } from '../../../api/events.ts';
import { LOOPBACK_HOSTS } from '../../../api/guard.ts';
import { createIntake, type LocalIntake, NO_LOCAL_INTAKE } from '../../../api/intake.ts';
import { analysisRoutes } from '../../../api/routes/analysis.ts';
import { explainRoutes } from '../../../api/routes/explain.ts';
import { gateRoutes } from '../../../api/routes/gates.ts';
import { incidentRoutes } from '../../../api/routes/incidents.ts';
import { ofrepRoutes } from '../../../api/routes/ofrep.ts';
import { performanceRoutes } from '../../../api/routes/performance.ts';
import { referenceRoutes } from '../../../api/routes/references.ts';
import { reviewRoutes } from '../../../api/routes/review.ts';
import { loadStatic } from '../../../api/static.ts';
import { loadDecision } from '../../../api/views/decision.ts';
import { createContractReplay } from '../../../collector/contracts/replay.ts';
import { Failure } from '../../../model/failure.ts';
import { DEFAULT_PROJECT, type ProjectId } from '../../../model/ids.ts';
import { createExplainStore } from '../../../store/clickhouse/explain.ts';
import { createFindingLog } from '../../../store/clickhouse/findings.ts';
import { createLedger } from '../../../store/clickhouse/ledger.ts';
import { createProfileStore } from '../../../store/clickhouse/profiles.ts';
import { createReads } from '../../../store/clickhouse/reads/reads.ts';
import { createReferenceProfiles } from '../../../store/clickhouse/references.ts';
import { createReplayStore } from '../../../store/clickhouse/replays.ts';
import { createReviewSource } from '../../../store/clickhouse/review.ts';
import { createSampleStore } from '../../../store/clickhouse/samples.ts';
import { createSloMinuteStore } from '../../../store/clickhouse/slo-minutes.ts';
import type { ClickhouseDb } from '../../../store/ports/clickhouse.ts';
import { SCOPES, type Scope } from '../../../store/ports/tokens.ts';
import { createActionStore } from '../../../store/postgres/actions.ts';
import { createAuditLog } from '../../../store/postgres/audit.ts';
import { createBackfillStore } from '../../../store/postgres/backfills.ts';
import { createDocumentStore } from '../../../store/postgres/documents.ts';
import { createGateStore } from '../../../store/postgres/gates.ts';
import { createIncidentStore } from '../../../store/postgres/incidents.ts';
import { createLiveBus } from '../../../store/postgres/live.ts';
import { createOutbox } from '../../../store/postgres/outbox.ts';
import { createProgressStore } from '../../../store/postgres/progress.ts';
import { createReferenceBook } from '../../../store/postgres/references.ts';
import { createReviewStore } from '../../../store/postgres/review.ts';
import { createTokenStore } from '../../../store/postgres/tokens.ts';
import { freshClickhouse, freshPostgres } from '../../support/stores.ts';

export const ORIGIN = 'http://127.0.0.1:4300';

type Options = Partial<Pick<ApiDeps, 'allowedHosts' | 'secure' | 'readiness' | 'ofrepGuest'>> & {
  readonly dashboard?: string;
  readonly local?: LocalIntake;
  /** The telemetry store answers nothing: for tests of what stands before it. */
  readonly telemetryDown?: boolean;
};

const refuse = () => Promise.reject(new Failure('store_unavailable', 'down', { retryable: true }));
const DOWN: ClickhouseDb = { query: refuse, command: refuse, insertRowBinary: refuse, insertRows: refuse };

/** The whole API on real stores. The clock stands where the test puts it. */
export async function openApi(options: Options = {}) {
  const [pool, db] = await Promise.all([freshClickhouse(), freshPostgres()]);
  const clock = { nowMs: Date.UTC(2026, 10, 22, 12) };
  const nowMs = () => clock.nowMs;
  const events: ApiEvent[] = [];
  const audit = createAuditLog(db);
  const live = createLiveBus(db);
  const gates = createGateStore(db, { audit, live });
  const documents = createDocumentStore(db, audit, live);
  const incidents = createIncidentStore(db);
  const actions = createActionStore(db);
  const reviewStore = createReviewStore(db);
  const progress = createProgressStore(db);
  const tokens = createTokenStore(db, audit);
  const telemetry = options.telemetryDown === true ? DOWN : pool.api;
  const reads = createReads(telemetry);
  const profiles = createProfileStore(telemetry);
  const findings = createFindingLog(telemetry);
  const sloMinutes = createSloMinuteStore(telemetry);
  const source = createReviewSource(telemetry);
  const newId = () => crypto.randomUUID();
  const book = createReferenceBook(db, { audit, live });
  const numbers = createReferenceProfiles(telemetry);
  const samples = createSampleStore(telemetry);
  const backfills = createBackfillStore(db);
  const review = createReview({
    db,
    store: reviewStore,
    source,
    gates,
    documents,
    telemetry: pool.api,
    incidents,
    audit,
    live,
    projects: [DEFAULT_PROJECT],
    instance: 'test',
    nowMs,
    newId,
    emit: () => undefined,
  });
  const commands = createCommands({
    db,
    incidents,
    actions,
    gates,
    findings,
    documents,
    progress,
    sloMinutes,
    audit,
    live,
    enqueueNotifications: async () => ({ queued: 0, addressing: [] }),
    routeToReview: review.routeToReview,
    projects: async () => [DEFAULT_PROJECT],
    nowMs,
    newId,
    emit: () => undefined,
  });
  const replays = createReplayStore(telemetry);
  const readDeps = {
    reads,
    replays,
    profiles,
    references: { book, numbers },
    progress,
    documents,
    findings,
    gateStore: gates,
    incidentStore: incidents,
    actionStore: actions,
    reviewStore,
    intake: createIntake(createLedger(telemetry), options.local ?? NO_LOCAL_INTAKE),
    audit,
    nowMs,
  };
  const api = createApi({
    ...readDeps,
    contractReplay: createContractReplay({
      replays,
      contracts: { documents, secret: () => undefined },
      loaderId: 'test',
      nowMs,
      onChanged: async () => undefined,
    }),
    tokens,
    live,
    dashboard: await loadStatic(options.dashboard ?? 'test/api/support/no-dashboard'),
    analysis: [
      performanceRoutes(readDeps),
      explainRoutes({
        ...readDeps,
        incident: incidents.get,
        explain: (query, about) => explain({ store: createExplainStore(telemetry), ...about }, query),
      }),
      analysisRoutes({ backfills, profiles, progress, documents, nowMs, newId }),
      referenceRoutes({ book, numbers, samples, profiles, progress, documents, nowMs, newId }),
    ],
    incidents: incidentRoutes({
      incidents,
      actions,
      gates,
      outbox: createOutbox(db),
      sloMinutes,
      countAffected: source.countAffected,
      reviewCounts: reviewStore.incidentCounts,
      commands,
    }),
    gates: gateRoutes({ gates, documents, commands, nowMs }),
    review: reviewRoutes({
      commands: review.commands,
      reads: review.reads,
      decisionDetail: (project: ProjectId, id: string) => loadDecision(readDeps, project, id),
      nowMs,
    }),
    ofrep: ofrepRoutes({ gates: createGateCache({ gates, live, onError: () => undefined }) }),
    ...(options.ofrepGuest === undefined ? {} : { ofrepGuest: options.ofrepGuest }),
    readiness: options.readiness ?? [],
    metrics: () => '# HELP leeway_up Up.\n# TYPE leeway_up gauge\nleeway_up 1\n',
    allowedHosts: options.allowedHosts ?? LOOPBACK_HOSTS,
    ingestUrl: 'http://127.0.0.1:4318',
    secure: options.secure ?? false,
    emit: (event) => events.push(event),
  });
  const token = async (scopes: readonly Scope[] = SCOPES, project: ProjectId = DEFAULT_PROJECT) =>
    (await tokens.create(project, `test ${scopes.join('+')}`, scopes, clock.nowMs)).token;
  const ask = async (path: string, init: RequestInit = {}) => api.app.request(`${ORIGIN}${path}`, init);
  return {
    ...readDeps,
    api,
    ask,
    token,
    tokens,
    events,
    clock,
    pool,
    db,
    live,
    gates,
    incidents,
    actions,
    review,
    reviewStore,
  };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
