import type { Batch } from '../rows/batch.ts';
import type { Attributes } from './attributes.ts';
import { evaluationIn, evaluationsOn, judge } from './evaluations.ts';
import { type Fields, firstOf, scalarsOf } from './fields.ts';
import { flagDecision } from './flags.ts';
import { isMarked, writeForeign } from './foreign.ts';
import { DECISION_PREFIX, EVALUATION_EVENT, FLAG_EVENT } from './semconv.ts';
import type { Wire } from './wire.ts';

/** What an event takes from its log record, once that is a row. */
export type LogEvent = {
  readonly attributes: Attributes;
  /** Of the record's field `event_name`; '' where the sender does not know it. */
  readonly name: string;
  /** Lower-case hex; '' when the record belongs to no trace. */
  readonly traceId: string;
  readonly spanId: string;
  readonly timeMs: number;
  /** Tells the record from all others, and is the same when it is sent again. */
  readonly recordHash: string;
  readonly service: string;
};

/** Before OTLP had `event_name` for it. */
const NAME_ATTRIBUTE = 'event.name';

/** Cheap enough for every record: whether there is anything here to look for. */
export const mayBeEvent = (bytes: Buffer, name: string, attributes: Attributes): boolean =>
  name === EVALUATION_EVENT.name ||
  (FLAG_EVENT.names as readonly string[]).includes(name) ||
  isMarked(bytes, attributes, MARKERS);
const MARKERS = [NAME_ATTRIBUTE, 'evaluations.', 'annotations.'].map((text) => Buffer.from(text));

/**
 * Events that OpenTelemetry's conventions send as log records: a flag that was evaluated is a decision, an evaluation
 * is an outcome of the decision whose span the record belongs to. A score without a label stays in the log alone: the
 * decision's row was written before it.
 */
export function readLogEvent(wire: Wire, event: LogEvent, index: number, batch: Batch): void {
  const fields = scalarsOf(wire, event.attributes);
  const name = event.name === '' ? (firstOf(fields, [NAME_ATTRIBUTE]) ?? '') : event.name;
  const system = (firstOf(fields, [`${DECISION_PREFIX}system`]) ?? event.service).trim();
  const { timeMs } = event;
  const flag = flagDecision(name, fields);
  if (flag) {
    const trace =
      event.traceId === '' || event.spanId === '' ? {} : { traceId: event.traceId, spanId: event.spanId };
    writeForeign({ ...flag, ...trace, id: `log-${event.recordHash}`, system, time: timeMs }, index, batch);
  }
  const evaluations = [...evaluationIn(name, fields), ...evaluationsOn(fields)];
  if (evaluations.every(({ label }) => label === undefined)) return;
  const decisionId = decisionOf(event, fields);
  if (decisionId === undefined)
    batch.reject(
      'outcomes',
      index,
      'invalid_outcome',
      `the evaluation names no decision: it has neither a span id nor ${EVALUATION_EVENT.responseId}`,
    );
  else for (const evaluation of evaluations) judge(evaluation, { decisionId, system, timeMs }, index, batch);
}

/** The convention: the event belongs to the span that is evaluated, or else names its response. */
function decisionOf({ traceId, spanId }: LogEvent, fields: Fields): string | undefined {
  const own = firstOf(fields, [`${DECISION_PREFIX}id`]);
  if (own !== undefined) return own;
  if (traceId !== '' && spanId !== '') return `${traceId}-${spanId}`;
  return firstOf(fields, [EVALUATION_EVENT.responseId]);
}
