import { decisionInput, type FeatureValue, LIMITS } from '../../model/decision.ts';
import { writeDecision } from '../records/rows.ts';
import type { Batch } from '../rows/batch.ts';
import { Attributes } from './attributes.ts';
import type { DecisionSpan } from './context.ts';
import { type Evaluation, evaluationIn, evaluationsOn, judge } from './evaluations.ts';
import { type Fields, firstOf, scalarsOf, spanEvents } from './fields.ts';
import { flagDecision } from './flags.ts';
import { uint64Number } from './int64.ts';
import {
  CONVENTIONS,
  type Convention,
  DECISION_PREFIX,
  EVALUATION_EVENT,
  MOST_VALUE_CHARS,
} from './semconv.ts';
import type { Wire } from './wire.ts';

/** Of one span: what identifies its decision, when and where it was made. */
type Origin = {
  readonly id: string;
  readonly system: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly time: number;
  readonly latencyMs: number;
};

/** A span that is a decision by our own convention, or that may be one by another. */
type Own =
  | { readonly kind: 'leeway'; readonly id: string; readonly system: string }
  | { readonly kind: 'foreign'; readonly system: string };

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
  const traceState = stateOf(bytes, span);
  const latencyMs = uint64Number(span.durationLow, span.durationHigh) / 1e6;
  const fields = scalarsOf(wire, span.attributes);
  const { id, system } = own.kind === 'leeway' ? own : identityOf(fields, own.system, `${traceId}-${spanId}`);
  const origin = { id, system, traceId, spanId, traceState, time: startMs, latencyMs };
  const events = spanEvents(wire, span.events, scratch);
  const evaluations = [
    ...evaluationsOn(fields),
    ...events.flatMap(({ name, fields: own }) => evaluationIn(name, own)),
  ];
  const convention = own.kind === 'leeway' ? undefined : conventionOf(fields);
  if (convention) decide(convention, fields, evaluations, origin, index, batch);
  events.forEach((event, at) => {
    const flag = flagDecision(event.name, event.fields);
    const timeMs = event.timeMs > 0 ? event.timeMs : startMs;
    if (flag)
      writeForeign(
        { ...flag, id: `${traceId}-${spanId}-${at}`, system, traceId, spanId, traceState, time: timeMs },
        index,
        batch,
      );
  });
  const judged = { decisionId: id, system, timeMs: startMs + latencyMs };
  for (const evaluation of evaluations) judge(evaluation, judged, index, batch);
}

/** One that nobody has to carry stays with its span alone. */
const stateOf = (bytes: Buffer, { stateAt, stateEnd }: DecisionSpan): string =>
  stateEnd - stateAt > LIMITS.traceStateChars ? '' : bytes.toString('utf8', stateAt, stateEnd);

const identityOf = (fields: Fields, service: string, spanDecisionId: string) => ({
  id: firstOf(fields, [`${DECISION_PREFIX}id`]) ?? spanDecisionId,
  system: (firstOf(fields, [`${DECISION_PREFIX}system`]) ?? service).trim(),
});

/** Cheap enough for every span: whether there is anything here to look for. */
export function mayBeForeign(bytes: Buffer, span: DecisionSpan): boolean {
  const { attributes, events } = span;
  for (let at = 0; at < events.length; at += 2)
    if (EVENT_NAMES.some((name) => bytes.subarray(events[at], events[at + 1]).includes(name))) return true;
  return isMarked(bytes, attributes, MARKERS);
}

const EVENT_NAMES = [EVALUATION_EVENT.name, 'feature_flag'];
const MARKERS = [...CONVENTIONS.map(({ marker }) => marker), 'evaluations.', 'annotations.'].map((text) =>
  Buffer.from(text),
);

/** Whether an attribute's key begins with one of these. */
export function isMarked(
  bytes: Buffer,
  { count, keyAt, keyEnd }: Attributes,
  markers: readonly Buffer[],
): boolean {
  for (let at = 0; at < count; at++) {
    const from = keyAt[at] ?? 0;
    const first = bytes[from];
    const length = (keyEnd[at] ?? 0) - from;
    for (const marker of markers)
      if (
        marker[0] === first &&
        length >= marker.length &&
        bytes.compare(marker, 0, marker.length, from, from + marker.length) === 0
      )
        return true;
  }
  return false;
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
  writeForeign(
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

/** Under the rules of the decision API, like everything else. */
export function writeForeign(raw: object, index: number, batch: Batch): void {
  const parsed = decisionInput.safeParse(raw);
  if (!parsed.success)
    batch.reject('decisions', index, 'invalid_decision', parsed.error.issues[0]?.message ?? '');
  else if (!batch.decisions.ranges.admits(parsed.data.time))
    batch.reject('decisions', index, 'too_many_months', 'the request touches more than 120 months');
  else writeDecision(batch, parsed.data, batch.contracts.of(parsed.data.system), 'otlp');
}
