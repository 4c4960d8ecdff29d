import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { REASONS, SIGNALS } from '../../collector/reasons.ts';

const ACK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const WORK_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

type Registers = { readonly registers: Registry[] };

/** Every metric of Leeway itself. Labels come from closed sets, and those that can be named stand at zero from the start. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'leeway_' });
  const at = { registers: [registry] };
  const metrics = {
    registry,
    ...ofCollector(at),
    ...ofAnalyzers(at),
    ...ofAlerts(at),
    ...ofApi(at),
    ...ofStores(at),
  };
  for (const reason of Object.keys(REASONS)) metrics.refused.inc({ reason }, 0);
  for (const signal of SIGNALS) {
    metrics.accepted.inc({ signal }, 0);
    metrics.stored.inc({ signal }, 0);
  }
  for (const what of ['opened', 'escalated', 'resolved']) metrics.incidents.inc({ what }, 0);
  for (const result of ['sent', 'retried', 'dead']) metrics.deliveries.inc({ result }, 0);
  for (const ruling of ['confirmed', 'overturned', 'unsure']) metrics.rulings.inc({ ruling }, 0);
  return metrics;
}
export type Metrics = ReturnType<typeof createMetrics>;

const ofCollector = ({ registers }: Registers) => ({
  accepted: new Counter({
    name: 'leeway_collector_records_accepted_total',
    help: 'Records that were answered with 200 and are on disk.',
    labelNames: ['signal'],
    registers,
  }),
  refused: new Counter({
    name: 'leeway_collector_refusals_total',
    help: 'Requests and records that were turned away.',
    labelNames: ['reason'],
    registers,
  }),
  overwritten: new Counter({
    name: 'leeway_collector_reserved_attributes_total',
    help: 'Attributes in payloads that say where a record belongs; what the credential says was kept instead.',
    registers,
  }),
  ack: new Histogram({
    name: 'leeway_collector_ack_seconds',
    help: 'From the end of the headers to the answer.',
    buckets: ACK_SECONDS,
    registers,
  }),
  stored: new Counter({
    name: 'leeway_collector_records_stored_total',
    help: 'Rows that were loaded into the telemetry store.',
    labelNames: ['signal'],
    registers,
  }),
  segmentsWaiting: new Gauge({
    name: 'leeway_collector_segments_waiting',
    help: 'Sealed segments that are not in the store yet.',
    registers,
  }),
  quarantined: new Counter({
    name: 'leeway_collector_segments_quarantined_total',
    help: 'Segments that were set aside because they cannot be read.',
    registers,
  }),
});

const ofStores = ({ registers }: Registers) => ({
  brokenParts: new Gauge({
    name: 'leeway_store_broken_parts',
    help: 'Parts of a table that could not be read at the start and were set aside: their rows are missing from every answer.',
    labelNames: ['table'],
    registers,
  }),
});

const ofAnalyzers = ({ registers }: Registers) => ({
  evaluation: new Histogram({
    name: 'leeway_analyzers_evaluation_seconds',
    help: 'Time of one monitor in one tick.',
    buckets: WORK_SECONDS,
    registers,
  }),
  behind: new Gauge({
    name: 'leeway_analyzers_behind_seconds',
    help: 'Event time between what is summarised and what was evaluated, by monitor.',
    labelNames: ['system', 'monitor'],
    registers,
  }),
  analysisFailures: new Counter({
    name: 'leeway_analyzers_failures_total',
    help: 'Ticks, monitors or schedules that failed.',
    registers,
  }),
});

const ofAlerts = ({ registers }: Registers) => ({
  incidents: new Counter({
    name: 'leeway_alerts_incidents_total',
    help: 'Incidents that were opened, grew worse or were resolved.',
    labelNames: ['what'],
    registers,
  }),
  actions: new Counter({
    name: 'leeway_alerts_actions_total',
    help: 'Actions by the state they came to.',
    labelNames: ['action', 'state'],
    registers,
  }),
  deliveries: new Counter({
    name: 'leeway_alerts_deliveries_total',
    help: 'Attempts to notify, by result.',
    labelNames: ['result'],
    registers,
  }),
  rulings: new Counter({
    name: 'leeway_review_rulings_total',
    help: 'Rulings of reviewers.',
    labelNames: ['ruling'],
    registers,
  }),
});

const ofApi = ({ registers }: Registers) => ({
  requests: new Histogram({
    name: 'leeway_api_request_seconds',
    help: 'Requests of the API by route and status.',
    labelNames: ['route', 'status'],
    buckets: WORK_SECONDS,
    registers,
  }),
  liveClients: new Gauge({ name: 'leeway_api_live_clients', help: 'Open live connections.', registers }),
});
