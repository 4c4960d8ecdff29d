import { decisionId, type ProjectId } from '../../model/ids.ts';
import type { Incident } from '../../model/incident.ts';
import type { ReviewItem } from '../../model/review.ts';
import { DAY_MS } from '../../model/time.ts';
import type { DecisionFull, OutcomeRecord, SpanRecord } from '../../store/ports/reads.ts';
import type { ReplayRecord } from '../../store/ports/replays.ts';
import type { DecisionDetail, Span } from '../contract/decisions.ts';
import type { ReadDeps } from '../deps.ts';
import { iso, isoOrNull } from '../query/series.ts';
import { featuresOf } from './decision-features.ts';
import { lineageOf } from './lineage.ts';

const SPANS = 500;
const INCIDENTS = 20;
/** Windows of drift monitors that may hold the decision end this long after it at the most. */
const WINDOW_AHEAD_MS = 35 * DAY_MS;

/** Everything that is known of one decision; undefined when it is not stored. */
export async function loadDecision(
  deps: ReadDeps,
  project: ProjectId,
  id: string,
): Promise<DecisionDetail | undefined> {
  const systems = (await deps.documents.list(project, 'System')).map((stored) => stored.document);
  const rules = systems.map(({ metadata, spec }) => ({
    system: metadata.name,
    correct: spec.correct,
    deferred: spec.deferred,
  }));
  const decision = await deps.reads.decision(project, id, rules);
  if (decision === undefined) return undefined;
  const { system, timeMs } = decision;
  const parsed = decisionId.safeParse(decision.id);
  const [outcomes, spans, review, incidents, monitors, contracts, cells, seen, history] = await Promise.all([
    deps.reads.outcomes(project, id),
    decision.traceId === '' ? [] : deps.reads.trace(project, decision.traceId, SPANS),
    parsed.success ? deps.reviewStore.ofDecision(project, parsed.data) : undefined,
    deps.incidentStore.list({ project, system, fromMs: timeMs, toMs: timeMs + 1, limit: INCIDENTS }),
    deps.documents.list(project, 'Monitor'),
    deps.documents.list(project, 'Contract'),
    deps.reads.driftCells({ project, system, fromMs: timeMs, toMs: timeMs + WINDOW_AHEAD_MS }),
    deps.reads.systems(project),
    decision.replayedAtMs === null ? [] : deps.replays.history(project, id),
  ]);
  const features = await featuresOf({
    deps,
    project,
    decision,
    spec: systems.find(({ metadata }) => metadata.name === system)?.spec,
    monitors: monitors.map((stored) => stored.document),
    contracts: contracts.map((stored) => stored.document),
    cells,
    firstMs: seen.find((one) => one.system === system)?.firstMs ?? null,
  });
  const parts = { decision, features, outcomes, review, incidents };
  return {
    ...assemble(decision, outcomes, review, incidents, spans, history),
    features,
    lineage: lineageOf(parts),
  };
}

function assemble(
  decision: DecisionFull,
  outcomes: readonly OutcomeRecord[],
  review: ReviewItem | undefined,
  incidents: readonly Incident[],
  spans: readonly SpanRecord[],
  history: readonly ReplayRecord[],
): Omit<DecisionDetail, 'features' | 'lineage'> {
  const {
    id,
    system,
    value,
    actor,
    modelVersion,
    policyVersion,
    score,
    confidence,
    route,
    outcome,
    correct,
  } = decision;
  const { model, policy, weight, latencyMs, source, traceId, traceState, copies } = decision;
  return {
    ...{ id, system, value, actor, modelVersion, policyVersion, score, confidence, route, outcome, correct },
    ...{ model, policy, weight, latencyMs, source, traceId, traceState, copies },
    time: iso(decision.timeMs),
    receivedAt: iso(decision.receivedAtMs),
    segments: { ...decision.segments },
    contract: contractOf(decision, history),
    outcomes: outcomes.map((one) => ({
      kind: one.kind,
      value: one.value,
      by: one.by,
      time: iso(one.timeMs),
      note: one.note,
      // A ruling names the value; whether a label agrees is a rule of the system, and is told by `correct`.
      agrees:
        one.kind === 'ruling'
          ? one.value === value
          : outcomes.some((o) => o.kind === 'ruling')
            ? null
            : correct,
    })),
    review:
      review === undefined
        ? null
        : { id: review.id, state: review.state, queue: review.queue, by: review.ruledBy || review.claimedBy },
    incidents: incidents.map((incident) => ({
      id: incident.id,
      title: incident.title,
      state: incident.state,
    })),
    spans: spans.map(spanView),
  };
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUS = ['unset', 'ok', 'error'] as const;

function spanView(span: SpanRecord): Span {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    service: span.service,
    name: span.name,
    kind: KINDS[span.kind] ?? 'unspecified',
    startNs: span.startNs,
    durationNs: span.durationNs,
    status: STATUS[span.status] ?? 'unset',
    statusMessage: span.statusMessage,
    attributes: { ...span.attributes },
    events: eventsOf(span.events),
  };
}

/** OTLP JSON of the events; what is not that is no event. */
function eventsOf(text: string): Span['events'] {
  if (text === '') return [];
  try {
    const events: unknown = JSON.parse(text);
    return Array.isArray(events) ? events.filter(isEvent).map(eventView) : [];
  } catch {
    return [];
  }
}

type OtlpEvent = { readonly timeUnixNano?: unknown; readonly name?: unknown; readonly attributes?: unknown };
const isEvent = (value: unknown): value is OtlpEvent => typeof value === 'object' && value !== null;

const eventView = ({ timeUnixNano, name, attributes }: OtlpEvent): Span['events'][number] => ({
  timeNs: typeof timeUnixNano === 'string' || typeof timeUnixNano === 'number' ? String(timeUnixNano) : '0',
  name: typeof name === 'string' ? name : '',
  attributes: Object.fromEntries(Array.isArray(attributes) ? attributes.flatMap(attributeOf) : []),
});

/** `{key, value: {stringValue: …}}` → [key, …]: the one member of an AnyValue is its value. */
function attributeOf(attribute: unknown): [string, unknown][] {
  if (typeof attribute !== 'object' || attribute === null || !('key' in attribute)) return [];
  const value = 'value' in attribute ? attribute.value : undefined;
  const inner = typeof value === 'object' && value !== null ? Object.values(value)[0] : value;
  return [[String(attribute.key), inner ?? null]];
}

const contractOf = (
  { contract, violations, quarantined, replayedAtMs }: DecisionFull,
  history: readonly ReplayRecord[],
): DecisionDetail['contract'] =>
  contract === '' && replayedAtMs === null
    ? null
    : {
        name: contract,
        violations: [...violations],
        quarantined,
        history: history.map((one) => ({
          replayedAt: isoOrNull(one.replayedAtMs),
          contract: one.contract,
          violations: [...one.violations],
          quarantined: one.quarantined,
          mapped: one.mapping !== '',
        })),
      };
