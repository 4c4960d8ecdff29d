import type { AlertEvent } from '../../alerts/events.ts';
import type { OutboxEvent } from '../../alerts/outbox/events.ts';
import type { ReviewEvent } from '../../alerts/review/events.ts';
import type { AnalyzerEvent } from '../../analyzers/events.ts';
import type { ApiEvent } from '../../api/events.ts';
import type { CollectorEvent } from '../../collector/events.ts';
import { SIGNALS } from '../../collector/reasons.ts';
import type { AppEvent } from '../events.ts';
import type { Level, Log } from './log.ts';
import type { Metrics } from './metrics.ts';

type RoomEvent =
  | AppEvent
  | CollectorEvent
  | AnalyzerEvent
  | AlertEvent
  | OutboxEvent
  | ReviewEvent
  | ApiEvent;
type Kind<E extends { readonly kind: string }> = E['kind'];

/** How loud each event is; `quiet` ones are metrics only. A new event without an entry is a type error. */
const LOUDNESS: Readonly<Record<Kind<RoomEvent>, Level | 'quiet'>> = {
  started: 'info',
  stopping: 'info',
  close_failed: 'error',
  broken_parts: 'error',
  postgres_ended: 'error',
  postgres_back: 'info',
  trim_failed: 'warn',
  publish_failed: 'warn',
  gate_cache_failed: 'warn',

  accepted: 'quiet',
  committed: 'quiet',
  loaded: 'debug',
  recovered: 'info',
  tail_cut: 'warn',
  segment_quarantined: 'error',
  spool_write_failed: 'error',
  spool_writes_again: 'info',
  store_unavailable: 'warn',
  store_back: 'info',
  decoder_up: 'debug',
  decoder_lost: 'error',
  fault: 'error',

  profiled: 'debug',
  evaluated: 'debug',
  monitor_failed: 'error',
  schedule_failed: 'error',

  findings_taken: 'debug',
  incident_opened: 'info',
  incident_escalated: 'info',
  incident_resolved: 'info',
  action_refused: 'info',
  action_moved: 'info',
  decision_raced: 'debug',
  tick_done: 'quiet',
  /** Of analyzers and of alerts. */
  tick_failed: 'error',

  delivery_sent: 'info',
  delivery_retried: 'warn',
  delivery_dead: 'error',
  delivery_lease_lost: 'warn',
  breaker_opened: 'warn',
  outbox_failed: 'error',

  review_items_added: 'debug',
  review_leases_expired: 'debug',
  review_items_expired: 'debug',
  review_claimed: 'debug',
  review_ruled: 'debug',
  review_undone: 'debug',
  review_outcome_written: 'debug',
  review_failed: 'error',

  answered: 'debug',
  failed: 'error',
  /** Of the collector and of the API: a caller's mistake, and counted. */
  refused: 'debug',
  live_clients: 'quiet',
  live_dropped: 'warn',
};

/** The one place where what the rooms tell becomes metrics and log lines. */
export function createListeners(log: Log, metrics: Metrics) {
  const told =
    <E extends RoomEvent>(room: string, count: (event: E, metrics: Metrics) => void) =>
    (event: E): void => {
      count(event, metrics);
      const { kind, ...fields } = event;
      const level = LOUDNESS[kind];
      if (level !== 'quiet') log(level, `${room} ${kind}`, fields);
    };
  return {
    app: told('app', countApp),
    collector: told('collector', countCollector),
    analyzers: told('analyzers', countAnalyzers),
    alerts: told('alerts', countAlerts),
    outbox: told('outbox', countOutbox),
    review: told('review', countReview),
    api: told('api', countApi),
  };
}
export type Listeners = ReturnType<typeof createListeners>;

function countApp(event: AppEvent, metrics: Metrics): void {
  if (event.kind === 'broken_parts') metrics.brokenParts.set({ table: event.table }, event.parts);
}

function countCollector(event: CollectorEvent, metrics: Metrics): void {
  if (event.kind === 'accepted') {
    for (const signal of SIGNALS) metrics.accepted.inc({ signal }, event.rows[signal]);
    metrics.overwritten.inc(event.overwritten);
    metrics.ack.observe(event.ackMs / 1_000);
  } else if (event.kind === 'refused') {
    metrics.refused.inc({ reason: event.reason });
  } else if (event.kind === 'loaded') {
    for (const signal of SIGNALS) metrics.stored.inc({ signal }, event.stored[signal]);
    metrics.segmentsWaiting.set(event.segmentsWaiting);
  } else if (event.kind === 'segment_quarantined') {
    metrics.quarantined.inc();
  }
}

function countAnalyzers(event: AnalyzerEvent, metrics: Metrics): void {
  if (event.kind === 'evaluated') {
    metrics.evaluation.observe(event.tookMs / 1_000);
    metrics.behind.set({ system: event.system, monitor: event.monitor }, event.behindMs / 1_000);
  } else if (event.kind !== 'profiled') {
    metrics.analysisFailures.inc();
  }
}

const INCIDENT = {
  incident_opened: 'opened',
  incident_escalated: 'escalated',
  incident_resolved: 'resolved',
} as const;

function countAlerts(event: AlertEvent, metrics: Metrics): void {
  if (event.kind === 'action_moved') metrics.actions.inc({ action: event.action, state: event.state });
  else if (event.kind === 'action_refused') metrics.actions.inc({ action: event.action, state: 'refused' });
  else if (event.kind in INCIDENT)
    metrics.incidents.inc({ what: INCIDENT[event.kind as keyof typeof INCIDENT] });
}

const DELIVERY = { delivery_sent: 'sent', delivery_retried: 'retried', delivery_dead: 'dead' } as const;

function countOutbox(event: OutboxEvent, metrics: Metrics): void {
  if (event.kind in DELIVERY)
    metrics.deliveries.inc({ result: DELIVERY[event.kind as keyof typeof DELIVERY] });
}

function countReview(event: ReviewEvent, metrics: Metrics): void {
  if (event.kind === 'review_ruled') metrics.rulings.inc({ ruling: event.ruling });
}

function countApi(event: ApiEvent, metrics: Metrics): void {
  if (event.kind === 'answered') {
    metrics.requests.observe({ route: event.route, status: event.status }, event.durationMs / 1_000);
  } else if (event.kind === 'live_clients') {
    metrics.liveClients.set(event.open);
  }
}
