import type { DecisionInput, OutcomeInput } from '../../model/decision.ts';
import type { SystemContract } from '../contracts/contracts.ts';
import { writeVerdict } from '../contracts/verdict.ts';
import { ACTOR_CODE, ROUTE_CODE, SOURCE_JSON, SOURCE_OTLP } from '../otlp/semconv.ts';
import { type Batch, writeMillisAsNanos } from '../rows/batch.ts';
import type { RowWriter } from '../rows/writer.ts';

const SOURCE_CODE = { json: SOURCE_JSON, otlp: SOURCE_OTLP } as const;
const OUTCOME_KIND_CODE = { label: 1, ruling: 2 } as const;

/** Columns in the order of ROW_LAYOUT.decisions. */
export function writeDecision(
  batch: Batch,
  decision: DecisionInput,
  promised: SystemContract | undefined,
  source: keyof typeof SOURCE_CODE = 'json',
): void {
  const { writer, ranges } = batch.decisions;
  batch.writeProject(writer);
  writer.string(decision.system);
  writer.string(decision.id);
  writeMillisAsNanos(writer, decision.time);
  writer.string(decision.value);
  writer.u8(ACTOR_CODE[decision.actor] ?? 1);
  writer.string(decision.model?.name ?? '');
  writer.string(decision.model?.version ?? '');
  writer.string(decision.policy?.name ?? '');
  writer.string(decision.policy?.version ?? '');
  writer.nullableF64(decision.score);
  writer.nullableF64(decision.confidence);
  writer.u8(ROUTE_CODE[decision.route] ?? 1);
  writer.f64(decision.weight);
  writeLatency(writer, decision.latencyMs);
  writeFeatures(writer, decision.features);
  writeTexts(writer, Object.entries(decision.texts));
  writeEmbeddings(writer, Object.entries(decision.embeddings));
  writeTexts(writer, Object.entries(decision.segments));
  writer.varint(decision.upstream.length);
  for (const id of decision.upstream) writer.string(id);
  writeHex(writer, decision.traceId, 16);
  writeHex(writer, decision.spanId, 8);
  writer.string(decision.traceState ?? '');
  writer.u8(SOURCE_CODE[source]);
  const features = () => ({ ...decision.embeddings, ...decision.texts, ...decision.features });
  writeVerdict(writer, promised, features, decision.time);
  batch.writeReceivedAt(writer);
  writer.rows += 1;
  ranges.add(decision.time);
}

function writeLatency(writer: RowWriter, latencyMs: number | undefined): void {
  if (latencyMs === undefined) {
    writer.u8(1);
    return;
  }
  writer.u8(0);
  writeMillisAsNanos(writer, latencyMs);
}

/** Columns `num`, `cat`, `missing`: by the type of each value. */
function writeFeatures(writer: RowWriter, features: DecisionInput['features']): void {
  const entries = Object.entries(features);
  const num: [string, number][] = [];
  const cat: [string, string][] = [];
  const missing: string[] = [];
  for (const [name, value] of entries) {
    if (typeof value === 'number') num.push([name, value]);
    else if (value === null) missing.push(name);
    else cat.push([name, String(value)]);
  }
  writer.varint(num.length);
  for (const [name, value] of num) {
    writer.string(name);
    writer.f64(value);
  }
  writeTexts(writer, cat);
  writer.varint(missing.length);
  for (const name of missing) writer.string(name);
}

function writeTexts(writer: RowWriter, entries: readonly (readonly [string, string])[]): void {
  writer.varint(entries.length);
  for (const [key, value] of entries) {
    writer.string(key);
    writer.string(value);
  }
}

function writeEmbeddings(
  writer: RowWriter,
  entries: readonly (readonly [string, readonly number[]])[],
): void {
  writer.varint(entries.length);
  for (const [name, values] of entries) {
    writer.string(name);
    writer.varint(values.length);
    for (const value of values) writer.f32(value);
  }
}

function writeHex(writer: RowWriter, hex: string | undefined, bytes: number): void {
  if (hex === undefined) {
    writer.zeros(bytes);
    return;
  }
  writer.raw(Buffer.from(hex, 'hex'), 0, bytes);
}

/** Columns in the order of ROW_LAYOUT.outcomes. */
export function writeOutcome(batch: Batch, outcome: OutcomeInput): void {
  const { writer, ranges } = batch.outcomes;
  batch.writeProject(writer);
  writer.string(outcome.system);
  writer.string(outcome.decisionId);
  writeMillisAsNanos(writer, outcome.time);
  writer.u8(OUTCOME_KIND_CODE[outcome.kind]);
  writer.string(outcome.value);
  writer.string(outcome.by);
  writer.string(outcome.note);
  batch.writeReceivedAt(writer);
  writer.rows += 1;
  ranges.add(outcome.time);
}
