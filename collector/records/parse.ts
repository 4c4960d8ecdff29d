import { z } from 'zod';
import {
  type DecisionInput,
  decisionInput,
  LIMITS,
  type OutcomeInput,
  outcomeInput,
} from '../../model/decision.ts';
import { MaskRefused } from '../masking/mask.ts';
import { maskDecision, maskOutcome } from '../masking/record.ts';
import { Refusal } from '../refusal.ts';
import type { Batch } from '../rows/batch.ts';
import { withCarried } from './carried.ts';
import { itemsOfJson, itemsOfLines } from './items.ts';
import { withoutReserved } from './reserved.ts';
import { writeDecision, writeOutcome } from './rows.ts';

export type RecordSignal = 'decisions' | 'outcomes';
export type RecordFormat = 'json' | 'ndjson';

type Asked = { readonly format: RecordFormat; readonly signal: RecordSignal; readonly ruling: boolean };

/** Decisions or outcomes as JSON: one object, an array, or one object per line. Each record stands for itself. Returns how many there were. */
export function readRecords(body: Buffer, asked: Asked, batch: Batch): number {
  const { format, signal, ruling } = asked;
  const items = format === 'ndjson' ? itemsOfLines(body) : itemsOfJson(body);
  if (items.length > LIMITS.recordsPerRequest)
    throw new Refusal(
      'too_many_records',
      `${items.length} records; at most ${LIMITS.recordsPerRequest} per request`,
    );
  items.forEach((item, index) => {
    if (item.kind === 'refused') batch.reject(signal, index, item.reason, item.message);
    else {
      const { value, removed } = withoutReserved(item.value);
      batch[signal].overwritten += removed;
      if (signal === 'decisions') readDecision(value, index, batch);
      else readOutcome(value, ruling ? RULING : outcomeInput, index, batch);
    }
  });
  return items.length;
}

function readDecision(value: unknown, index: number, batch: Batch): void {
  const parsed = decisionInput.safeParse(value);
  if (!parsed.success) {
    batch.reject('decisions', index, 'invalid_decision', describe(parsed.error));
    return;
  }
  const decision = withCarried(parsed.data, batch.carried);
  const tooMany =
    Object.keys(decision.features).length > LIMITS.featuresPerDecision
      ? `features: more than ${LIMITS.featuresPerDecision}`
      : Object.keys(decision.segments).length > LIMITS.segmentsPerDecision
        ? `segments: more than ${LIMITS.segmentsPerDecision}`
        : undefined;
  if (tooMany !== undefined) batch.reject('decisions', index, 'invalid_decision', tooMany);
  else if (!batch.decisions.ranges.admits(decision.time)) rejectMonth(batch, 'decisions', index);
  else keepDecision(batch, index, decision);
}

function keepDecision(batch: Batch, index: number, decision: DecisionInput): void {
  const promised = batch.contracts.of(decision.system);
  const masks = promised?.masks;
  const kept = masks ? attempt(batch, 'decisions', index, () => maskDecision(decision, masks)) : decision;
  if (kept) writeDecision(batch, kept, promised);
}

function keepOutcome(batch: Batch, index: number, outcome: OutcomeInput): void {
  const masks = batch.contracts.of(outcome.system)?.masks;
  const kept = masks ? attempt(batch, 'outcomes', index, () => maskOutcome(outcome, masks)) : outcome;
  if (kept) writeOutcome(batch, kept);
}

/** The record masked; or nothing of it, and it is counted under the reason. */
function attempt<T>(batch: Batch, signal: RecordSignal, index: number, mask: () => T): T | undefined {
  try {
    return mask();
  } catch (error) {
    if (!(error instanceof MaskRefused)) throw error;
    batch.reject(signal, index, error.reason, error.message);
    return undefined;
  }
}

/** What comes by the path of rulings is one; a record that says otherwise is refused by the schema. */
const RULING = outcomeInput.extend({ kind: z.literal('ruling').default('ruling') });

function readOutcome(
  value: unknown,
  schema: typeof RULING | typeof outcomeInput,
  index: number,
  batch: Batch,
): void {
  const parsed = schema.safeParse(value);
  if (!parsed.success) batch.reject('outcomes', index, 'invalid_outcome', describe(parsed.error));
  else if (!batch.outcomes.ranges.admits(parsed.data.time)) rejectMonth(batch, 'outcomes', index);
  else keepOutcome(batch, index, parsed.data);
}

const rejectMonth = (batch: Batch, signal: RecordSignal, index: number): void =>
  batch.reject(signal, index, 'too_many_months', 'the request touches more than 120 months');

/** "features.distance: Invalid input …; time: …": at most three, so that a bad batch gives a short answer. */
function describe(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`)
    .join('; ');
}
