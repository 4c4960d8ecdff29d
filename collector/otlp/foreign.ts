import { decisionInput, type FeatureValue, outcomeInput } from '../../model/decision.ts';
import { writeDecision, writeOutcome } from '../records/rows.ts';
import type { Batch } from '../rows/batch.ts';
import { Attributes } from './attributes.ts';
import type { DecisionSpan } from './context.ts';
import { type Fields, firstOf, type SpanEvent, scalarsOf, spanEvents } from './fields.ts';
import { uint64Number } from './int64.ts';
import {
  CONVENTIONS,
  type Convention,
  DECISION_PREFIX,
  EVALUATION_ATTRIBUTE,
  EVALUATION_EVENT,
  FLAG_EVENT,
  MOST_VALUE_CHARS,
} from './semconv.ts';
import type { Wire } from './wire.ts';

/** Of one span: what identifies its decision, when and where it was made. */
type Origin = {
  readonly id: string;
  readonly system: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly time: number;
  readonly latencyMs: number;
};

/** A span that is a decision by our own convention, or that may be one by another. */
type Own =
  | { readonly kind: 'leeway'; readonly id: string; readonly system: string }
  | { readonly kind: 'foreign'; readonly system: string };

type Evaluation = {
  readonly of: string;
  readonly label: string | undefined;
  readonly score: number | undefined;
  readonly explanation: string | undefined;
};

/** Large, and needed for one event at a time. */
const scratch = new Attributes();

/** Spans that speak another convention, and what is said about any span's decision: all by the tables of semconv.ts. */
export function readForeign(
  wire: Wire,
  span: DecisionSpan,
  own: Own,
  index: number,
  startMs: number,
  batch: Batch,
): void {
  const { bytes } = wire;
  const traceId = bytes.toString('hex', span.traceAt, span.traceAt + 16);
  const spanId = bytes.toString('hex', span.spanAt, span.spanAt + 8);
  const latencyMs = uint64Number(span.durationLow, span.durationHigh) / 1e6;
  const fields = scalarsOf(wire, span.attributes);
  const { id, system } = own.kind === 'leeway' ? own : identityOf(fields, own.system, `${traceId}-${spanId}`);
  const origin = { id, system, traceId, spanId, time: startMs, latencyMs };
  const events = spanEvents(wire, span.events, scratch);
  const evaluations = [...evaluationsOn(fields), ...events.flatMap(evaluationIn)];
  const convention = own.kind === 'leeway' ? undefined : conventionOf(fields);
  if (convention) decide(convention, fields, evaluations, origin, index, batch);
  events.forEach((event, at) => {
    flagDecision(event, at, origin, index, batch);
  });
  for (const evaluation of evaluations) judge(evaluation, origin, endOf(origin), index, batch);
}

const identityOf = (fields: Fields, service: string, spanDecisionId: string) => ({
  id: firstOf(fields, [`${DECISION_PREFIX}id`]) ?? spanDecisionId,
  system: (firstOf(fields, [`${DECISION_PREFIX}system`]) ?? service).trim(),
});

const endOf = ({ time, latencyMs }: Origin): number => time + latencyMs;

/** Cheap enough for every span: whether there is anything here to look for. */
export function mayBeForeign(bytes: Buffer, span: DecisionSpan): boolean {
  const { attributes, events } = span;
  for (let at = 0; at < events.length; at += 2)
    if (EVENT_NAMES.some((name) => bytes.subarray(events[at], events[at + 1]).includes(name))) return true;
  for (let at = 0; at < attributes.count; at++) if (isMarker(bytes, attributes, at)) return true;
  return false;
}

const EVENT_NAMES = [EVALUATION_EVENT.name, 'feature_flag'];
const MARKERS = [...CONVENTIONS.map(({ marker }) => marker), 'evaluations.', 'annotations.'].map((text) =>
  Buffer.from(text),
);

function isMarker(bytes: Buffer, { keyAt, keyEnd }: Attributes, at: number): boolean {
  const from = keyAt[at] ?? 0;
  const first = bytes[from];
  return MARKERS.some(
    (marker) =>
      marker[0] === first &&
      (keyEnd[at] ?? 0) - from >= marker.length &&
      bytes.compare(marker, 0, marker.length, from, from + marker.length) === 0,
  );
}

const conventionOf = (fields: Fields): Convention | undefined =>
  CONVENTIONS.find(({ marker, values }) => Object.hasOwn(values, String(fields.get(marker))));

function decide(
  convention: Convention,
  fields: Fields,
  evaluations: readonly Evaluation[],
  origin: Origin,
  index: number,
  batch: Batch,
): void {
  const value = firstOf(fields, convention.values[String(fields.get(convention.marker))] ?? []);
  if (value === undefined || value.length > MOST_VALUE_CHARS || value.includes('\n')) return;
  const features: Record<string, FeatureValue> = {};
  for (const [attribute, name] of Object.entries(convention.features)) {
    const found = fields.get(attribute);
    if (found !== undefined) features[name] = found;
  }
  for (const { of, score } of evaluations) if (score !== undefined) features[`evaluation.${of}`] = score;
  write(
    {
      ...origin,
      value,
      model: {
        name: firstOf(fields, convention.modelName) ?? '',
        version: firstOf(fields, convention.modelVersion) ?? '',
      },
      policy: { name: firstOf(fields, convention.policyName) ?? '' },
      features,
    },
    index,
    batch,
  );
}

function flagDecision(event: SpanEvent, at: number, origin: Origin, index: number, batch: Batch): void {
  const { fields, name } = event;
  const value = firstOf(fields, FLAG_EVENT.values);
  const flag = fields.get(FLAG_EVENT.flag);
  if (!(FLAG_EVENT.names as readonly string[]).includes(name) || value === undefined || flag === undefined)
    return;
  const features: Record<string, FeatureValue> = {};
  for (const [attribute, feature] of Object.entries(FLAG_EVENT.features)) {
    const found = fields.get(attribute);
    if (found !== undefined) features[feature] = found;
  }
  const { system, traceId, spanId } = origin;
  const id = `${traceId}-${spanId}-${at}`;
  const time = event.timeMs > 0 ? event.timeMs : origin.time;
  const policy = { name: String(flag), version: String(fields.get(FLAG_EVENT.version) ?? '') };
  // A flag's value may be a whole document; what is decided is then not a short word.
  if (value.length > MOST_VALUE_CHARS) return;
  write({ id, system, traceId, spanId, time, value, policy, features }, index, batch);
}

/** Under the rules of the decision API, like everything else. */
function write(raw: object, index: number, batch: Batch): void {
  const parsed = decisionInput.safeParse(raw);
  if (!parsed.success)
    batch.reject('decisions', index, 'invalid_decision', parsed.error.issues[0]?.message ?? '');
  else if (!batch.decisions.ranges.admits(parsed.data.time))
    batch.reject('decisions', index, 'too_many_months', 'the request touches more than 120 months');
  else writeDecision(batch, parsed.data, batch.contracts.of(parsed.data.system), 'otlp');
}

function judge(evaluation: Evaluation, origin: Origin, time: number, index: number, batch: Batch): void {
  const { label, of, explanation } = evaluation;
  if (label === undefined) return;
  const parsed = outcomeInput.safeParse({
    decisionId: origin.id,
    system: origin.system,
    time,
    value: label,
    by: of,
    note: (explanation ?? '').slice(0, MOST_NOTE_CHARS),
  });
  if (!parsed.success)
    batch.reject('outcomes', index, 'invalid_outcome', parsed.error.issues[0]?.message ?? '');
  else if (!batch.outcomes.ranges.admits(time))
    batch.reject('outcomes', index, 'too_many_months', 'the request touches more than 120 months');
  else writeOutcome(batch, parsed.data);
}
const MOST_NOTE_CHARS = 4_096;

const textOf = (value: FeatureValue | undefined): string | undefined =>
  value === undefined || value === null || value === '' ? undefined : String(value);
const numberOf = (value: FeatureValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

function evaluationIn({ name, fields }: SpanEvent): Evaluation[] {
  const of = textOf(fields.get(EVALUATION_EVENT.of));
  if (name !== EVALUATION_EVENT.name || of === undefined) return [];
  return [
    {
      of,
      label: textOf(fields.get(EVALUATION_EVENT.label)),
      score: numberOf(fields.get(EVALUATION_EVENT.score)),
      explanation: textOf(fields.get(EVALUATION_EVENT.explanation)),
    },
  ];
}

function evaluationsOn(fields: Fields): Evaluation[] {
  const found = new Map<string, Map<string, FeatureValue>>();
  for (const [key, value] of fields) {
    const [, evaluation, annotation, field] = EVALUATION_ATTRIBUTE.exec(key) ?? [];
    if (field === undefined) continue;
    const place = evaluation === undefined ? `a${annotation}` : `e${evaluation}`;
    found.set(place, (found.get(place) ?? new Map()).set(field, value));
  }
  return [...found.values()].flatMap((one) => {
    const of = textOf(one.get('name'));
    if (of === undefined) return [];
    return [
      {
        of,
        label: textOf(one.get('label')),
        score: numberOf(one.get('score')),
        explanation: textOf(one.get('explanation')),
      },
    ];
  });
}
