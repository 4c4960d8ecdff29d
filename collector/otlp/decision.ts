import type { ContractValue } from '../../model/contract-check.ts';
import { LIMITS } from '../../model/decision.ts';
import { writeVerdict } from '../contracts/verdict.ts';
import type { Batch } from '../rows/batch.ts';
import type { RowWriter } from '../rows/writer.ts';
import { type Attributes, BOOL, DOUBLE, EMPTY, INT, STRING, scalarText } from './attributes.ts';
import type { DecisionSpan } from './context.ts';
import { mayBeForeign, readForeign } from './foreign.ts';
import { int64Number, nanosToMs } from './int64.ts';
import { knownName, nameBehind, numberAt, startsWith, writeEmbedding, writeEntry } from './keyed.ts';
import { numberList, textList } from './lists.ts';
import {
  ACTOR_CODE,
  DECISION_LISTS,
  DECISION_NUMBERS,
  DECISION_PREFIX,
  DECISION_TEXTS,
  type DecisionNumber,
  type DecisionText,
  EMBEDDING_PREFIX,
  FEATURE_PREFIX,
  ROUTE_CODE,
  SEGMENT_PREFIX,
  SOURCE_OTLP,
  TEXT_PREFIX,
} from './semconv.ts';
import type { Wire } from './wire.ts';

const PREFIX = Buffer.from(DECISION_PREFIX);
const VALUE = Buffer.from(`${DECISION_PREFIX}value`);
const FEATURE = Buffer.from(DECISION_PREFIX + FEATURE_PREFIX);
const SEGMENT = Buffer.from(DECISION_PREFIX + SEGMENT_PREFIX);
const TEXT = Buffer.from(DECISION_PREFIX + TEXT_PREFIX);
const EMBEDDING = Buffer.from(DECISION_PREFIX + EMBEDDING_PREFIX);

type Lists = { upstream: string[]; missing: string[] };

/** What the span says about its decision, beside features and segments: those go from bytes to bytes. */
type Draft = Lists & {
  texts: Partial<Record<DecisionText, string>>;
  numbers: Partial<Record<DecisionNumber, number>>;
  embeddings: [name: string, values: Float64Array][];
};

/** A span that carries `leeway.decision.value` is a decision: its row is written beside the span's. */
export class DecisionReader {
  readonly #num: number[] = [];
  readonly #cat: number[] = [];
  readonly #segments: number[] = [];
  readonly #texts: number[] = [];
  #problem = '';

  read(
    wire: Wire,
    span: DecisionSpan,
    index: number,
    startMs: number,
    serviceName: Buffer,
    batch: Batch,
  ): void {
    const { attributes } = span;
    const isForeign = mayBeForeign(wire.bytes, span);
    if (!isDecision(wire.bytes, attributes)) {
      if (!isForeign) return;
      const system = serviceName.toString('utf8').trim();
      readForeign(wire, span, { kind: 'foreign', system }, index, startMs, batch);
      return;
    }
    const draft = this.#collect(wire, attributes);
    const system = (draft.texts.system ?? serviceName.toString('utf8')).trim();
    this.#check(draft, system);
    this.#checkNames(wire, attributes);
    if (this.#problem !== '') {
      batch.reject('decisions', index, 'invalid_decision', this.#problem);
      return;
    }
    const { writer, ranges } = batch.decisions;
    this.#row(wire, span, draft, system, batch, writer);
    writer.rows += 1;
    ranges.add(startMs);
    if (!isForeign) return;
    const id = draft.texts.id ?? spanDecisionId(wire.bytes, span);
    readForeign(wire, span, { kind: 'leeway', id, system }, index, startMs, batch);
  }

  #collect(wire: Wire, attributes: Attributes): Draft {
    this.#num.length = 0;
    this.#cat.length = 0;
    this.#segments.length = 0;
    this.#texts.length = 0;
    this.#problem = '';
    const draft: Draft = { texts: {}, numbers: {}, embeddings: [], upstream: [], missing: [] };
    for (let at = 0; at < attributes.count; at++) {
      const kind = attributes.kind[at] ?? EMPTY;
      if (kind < EMPTY || !startsWith(wire.bytes, attributes, at, PREFIX)) continue;
      if (startsWith(wire.bytes, attributes, at, FEATURE, PREFIX.length))
        this.#feature(wire, attributes, at, kind, draft);
      else if (startsWith(wire.bytes, attributes, at, SEGMENT, PREFIX.length)) this.#segments.push(at);
      else if (startsWith(wire.bytes, attributes, at, TEXT, PREFIX.length))
        this.#text(wire, attributes, at, kind, draft);
      else if (startsWith(wire.bytes, attributes, at, EMBEDDING, PREFIX.length))
        this.#embedding(wire, attributes, at, kind, draft);
      else this.#named(wire, attributes, at, kind, draft);
    }
    return draft;
  }

  #feature(wire: Wire, attributes: Attributes, at: number, kind: number, draft: Draft): void {
    const name = (): string => nameBehind(wire, attributes, at, FEATURE);
    if (kind === INT || (kind === DOUBLE && Number.isFinite(attributes.double[at]))) this.#num.push(at);
    else if (kind === STRING || kind === BOOL) this.#cat.push(at);
    // NaN and Infinity are how numeric code says "I do not know": asked for and missing.
    else if (kind === DOUBLE || kind === EMPTY) draft.missing.push(name());
    else this.#fail(`feature ${name()} must be a number, a text or a boolean`);
  }

  #text(wire: Wire, from: Attributes, at: number, kind: number, draft: Draft): void {
    if (kind === STRING) this.#texts.push(at);
    else if (kind === EMPTY) draft.missing.push(nameBehind(wire, from, at, TEXT));
    else this.#fail(`text ${nameBehind(wire, from, at, TEXT)} must be a text`);
  }

  #embedding(wire: Wire, from: Attributes, at: number, kind: number, draft: Draft): void {
    const name = nameBehind(wire, from, at, EMBEDDING);
    if (kind === EMPTY) {
      draft.missing.push(name);
      return;
    }
    this.#length('the name of an embedding', name, 1, LIMITS.featureNameChars);
    const list = numberList(wire, from, at, LIMITS.embeddingDimension);
    if (list.kind === 'too_long')
      this.#fail(`embedding ${name} has more than ${LIMITS.embeddingDimension} numbers`);
    else if (list.kind === 'not_numbers' || list.values.length === 0)
      this.#fail(`embedding ${name} must be an array of finite numbers`);
    else draft.embeddings.push([name, list.values]);
  }

  #named(wire: Wire, attributes: Attributes, at: number, kind: number, draft: Draft): void {
    const name = knownName(wire.bytes, attributes, at);
    if (name === undefined) return;
    if (isOneOf(DECISION_TEXTS, name)) draft.texts[name] = scalarText(wire, attributes, at);
    else if (isOneOf(DECISION_NUMBERS, name)) {
      if (kind === INT) draft.numbers[name] = int64Number(attributes.low[at] ?? 0, attributes.high[at] ?? 0);
      else if (kind !== DOUBLE) this.#fail(`${name} must be a number`);
      else if (Number.isFinite(attributes.double[at])) draft.numbers[name] = attributes.double[at] ?? 0;
    } else if (isOneOf(DECISION_LISTS, name)) {
      const list = name === 'upstream' ? draft.upstream : draft.missing;
      list.push(...textList(wire, attributes, at));
    }
  }

  #fail(problem: string): void {
    if (this.#problem === '') this.#problem = problem;
  }

  /** The same rules as the schema `decisionInput`. */
  #check(draft: Draft, system: string): void {
    const { texts, numbers, upstream } = draft;
    this.#length('value', texts.value, 1, 256);
    this.#length('id', texts.id, 1, 256);
    this.#length('system', system, 1, 128);
    this.#length('model.name', texts['model.name'], 0, 256);
    this.#length('model.version', texts['model.version'], 0, 256);
    this.#length('policy.name', texts['policy.name'], 0, 256);
    this.#length('policy.version', texts['policy.version'], 0, 256);
    if (texts.actor !== undefined && !(texts.actor in ACTOR_CODE))
      this.#fail('actor must be one of ai, human, both');
    if (texts.route !== undefined && !(texts.route in ROUTE_CODE)) this.#fail('route must be auto or review');
    if (numbers.confidence !== undefined && (numbers.confidence < 0 || numbers.confidence > 1))
      this.#fail('confidence must lie between 0 and 1');
    if (numbers.weight !== undefined && numbers.weight < 0) this.#fail('weight must not be negative');
    const features = this.#num.length + this.#cat.length + draft.missing.length;
    if (features > LIMITS.featuresPerDecision) this.#fail(`more than ${LIMITS.featuresPerDecision} features`);
    for (const id of upstream) this.#length('upstream', id, 1, 256);
    for (const name of draft.missing) this.#length('features.missing', name, 1, LIMITS.featureNameChars);
    if (this.#segments.length > LIMITS.segmentsPerDecision)
      this.#fail(`more than ${LIMITS.segmentsPerDecision} segments`);
    if (this.#texts.length > LIMITS.textsPerDecision)
      this.#fail(`more than ${LIMITS.textsPerDecision} texts`);
    if (draft.embeddings.length > LIMITS.embeddingsPerDecision)
      this.#fail(`more than ${LIMITS.embeddingsPerDecision} embeddings`);
    if (upstream.length > LIMITS.upstreamPerDecision)
      this.#fail(`more than ${LIMITS.upstreamPerDecision} upstream decisions`);
  }

  #checkNames(wire: Wire, from: Attributes): void {
    for (const at of this.#num) this.#nameLength(wire, from, at, FEATURE.length);
    for (const at of this.#cat) this.#nameLength(wire, from, at, FEATURE.length);
    for (const at of this.#segments) {
      this.#nameLength(wire, from, at, SEGMENT.length);
      this.#length('segment', scalarText(wire, from, at), 0, 256);
    }
    for (const at of this.#texts) {
      this.#nameLength(wire, from, at, TEXT.length);
      // Characters are never more than bytes: only a long text has to be decoded.
      if ((from.valueEnd[at] ?? 0) - (from.valueAt[at] ?? 0) > LIMITS.freeTextChars)
        this.#length(
          `text ${nameBehind(wire, from, at, TEXT)}`,
          scalarText(wire, from, at),
          0,
          LIMITS.freeTextChars,
        );
    }
  }

  /** Bytes are never fewer than characters: only a long name has to be decoded. */
  #nameLength(wire: Wire, from: Attributes, at: number, prefixBytes: number): void {
    const start = (from.keyAt[at] ?? 0) + prefixBytes;
    const end = from.keyEnd[at] ?? 0;
    if (end > start && end - start <= LIMITS.featureNameChars) return;
    this.#length(
      'the name of a feature or segment',
      wire.bytes.toString('utf8', start, end),
      1,
      LIMITS.featureNameChars,
    );
  }

  #length(name: string, text: string | undefined, least: number, most: number): void {
    if (text === undefined) return;
    if (text.length < least || text.length > most)
      this.#fail(`${name} must have ${least} to ${most} characters`);
  }

  /** Columns in the order of ROW_LAYOUT.decisions. */
  #row(wire: Wire, span: DecisionSpan, draft: Draft, system: string, batch: Batch, writer: RowWriter): void {
    const { bytes } = wire;
    const { texts, numbers } = draft;
    batch.writeProject(writer);
    writer.string(system);
    writer.string(texts.id ?? spanDecisionId(bytes, span));
    writer.i64(span.startLow, span.startHigh);
    writer.string(texts.value ?? '');
    writer.u8(ACTOR_CODE[texts.actor ?? 'ai'] ?? 1);
    writer.string(texts['model.name'] ?? '');
    writer.string(texts['model.version'] ?? '');
    writer.string(texts['policy.name'] ?? '');
    writer.string(texts['policy.version'] ?? '');
    writer.nullableF64(numbers.score);
    writer.nullableF64(numbers.confidence);
    writer.u8(ROUTE_CODE[texts.route ?? 'auto'] ?? 1);
    writer.f64(numbers.weight ?? 1);
    writer.u8(0);
    writer.i64(span.durationLow, span.durationHigh);
    this.#features(wire, span.attributes, writer);
    this.#rest(wire, span, draft, system, batch);
  }

  /** Columns from `missing` on. */
  #rest(wire: Wire, span: DecisionSpan, draft: Draft, system: string, batch: Batch): void {
    const { bytes } = wire;
    const { writer } = batch.decisions;
    writer.varint(draft.missing.length);
    for (const name of draft.missing) writer.string(name);
    writer.varint(this.#texts.length);
    for (const at of this.#texts) writeEntry(wire, span.attributes, at, TEXT.length, writer);
    writer.varint(draft.embeddings.length);
    for (const [name, values] of draft.embeddings) writeEmbedding(writer, name, values);
    writer.varint(this.#segments.length);
    for (const at of this.#segments) writeEntry(wire, span.attributes, at, SEGMENT.length, writer);
    writer.varint(draft.upstream.length);
    for (const id of draft.upstream) writer.string(id);
    writer.raw(bytes, span.traceAt, span.traceAt + 16);
    writer.raw(bytes, span.spanAt, span.spanAt + 8);
    writer.text(bytes, span.stateAt, span.stateEnd);
    writer.u8(SOURCE_OTLP);
    const timeMs = nanosToMs(span.startLow, span.startHigh);
    writeVerdict(
      writer,
      batch.contracts.of(system),
      () => this.#values(wire, span.attributes, draft),
      timeMs,
    );
    batch.writeReceivedAt(writer);
  }

  /** As values, for what looks at them one by one: only where a contract does. */
  #values(wire: Wire, from: Attributes, draft: Draft): Record<string, ContractValue> {
    const name = (at: number): string => nameBehind(wire, from, at, FEATURE);
    return Object.fromEntries([
      ...draft.missing.map((one): [string, ContractValue] => [one, null]),
      ...draft.embeddings.map(([one, values]): [string, ContractValue] => [one, [...values]]),
      ...this.#texts.map((at): [string, ContractValue] => [
        nameBehind(wire, from, at, TEXT),
        scalarText(wire, from, at),
      ]),
      ...this.#cat.map((at): [string, ContractValue] => [name(at), scalarText(wire, from, at)]),
      ...this.#num.map((at): [string, ContractValue] => [name(at), numberAt(from, at)]),
    ]);
  }

  #features(wire: Wire, from: Attributes, writer: RowWriter): void {
    writer.varint(this.#num.length);
    for (const at of this.#num) {
      writer.text(wire.bytes, (from.keyAt[at] ?? 0) + FEATURE.length, from.keyEnd[at] ?? 0);
      writer.f64(numberAt(from, at));
    }
    writer.varint(this.#cat.length);
    for (const at of this.#cat) writeEntry(wire, from, at, FEATURE.length, writer);
  }
}

const isOneOf = <T extends string>(names: readonly T[], name: string): name is T =>
  (names as readonly string[]).includes(name);

const spanDecisionId = (bytes: Buffer, span: DecisionSpan): string =>
  `${bytes.toString('hex', span.traceAt, span.traceAt + 16)}-${bytes.toString('hex', span.spanAt, span.spanAt + 8)}`;

function isDecision(bytes: Buffer, attributes: Attributes): boolean {
  for (let at = 0; at < attributes.count; at++) {
    if (attributes.kind[at] !== STRING) continue;
    if ((attributes.keyEnd[at] ?? 0) - (attributes.keyAt[at] ?? 0) !== VALUE.length) continue;
    if (startsWith(bytes, attributes, at, VALUE)) return true;
  }
  return false;
}
