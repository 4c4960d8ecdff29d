import type { FeatureValue } from '../../model/decision.ts';
import { outcomeInput } from '../../model/decision.ts';
import { writeOutcome } from '../records/rows.ts';
import type { Batch } from '../rows/batch.ts';
import type { Fields } from './fields.ts';
import { EVALUATION_ATTRIBUTE, EVALUATION_EVENT } from './semconv.ts';

/** What a judge, a person or a program, said of one output. */
export type Evaluation = {
  readonly of: string;
  readonly label: string | undefined;
  readonly score: number | undefined;
  readonly explanation: string | undefined;
};

/** Whose evaluation it is, and when it became known. */
type Judged = { readonly decisionId: string; readonly system: string; readonly timeMs: number };

const MOST_NOTE_CHARS = 4_096;

/** A label is an outcome of the decision; a score alone is none. */
export function judge(evaluation: Evaluation, of: Judged, index: number, batch: Batch): void {
  const { label, explanation } = evaluation;
  if (label === undefined) return;
  const parsed = outcomeInput.safeParse({
    decisionId: of.decisionId,
    system: of.system,
    time: of.timeMs,
    value: label,
    by: evaluation.of,
    note: (explanation ?? '').slice(0, MOST_NOTE_CHARS),
  });
  if (!parsed.success)
    batch.reject('outcomes', index, 'invalid_outcome', parsed.error.issues[0]?.message ?? '');
  else if (!batch.outcomes.ranges.admits(parsed.data.time))
    batch.reject('outcomes', index, 'too_many_months', 'the request touches more than 120 months');
  else writeOutcome(batch, parsed.data);
}

const textOf = (value: FeatureValue | undefined): string | undefined =>
  value === undefined || value === null || value === '' ? undefined : String(value);
const numberOf = (value: FeatureValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** In an event of OpenTelemetry's conventions, on a span or as a log record. */
export function evaluationIn(name: string, fields: Fields): Evaluation[] {
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

/** In attributes as OpenInference writes them. */
export function evaluationsOn(fields: Fields): Evaluation[] {
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
