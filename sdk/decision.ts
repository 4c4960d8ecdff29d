import { isSpanContextValid, type Span, SpanStatusCode } from '@opentelemetry/api';
import type { Actor, RouteMode } from '../model/decision.ts';
import { Draft } from './draft.ts';
import type { DecisionRecord, NameAndVersion } from './record.ts';
import { type Sampling, sampled } from './sampling.ts';
import { toSinks } from './sinks.ts';
import { spanAttributes } from './span-attributes.ts';
import type { FeaturesOf, SegmentsOf, ValueOf } from './systems.ts';
import type { Tally } from './tally.ts';

/** What happens to every record on its way out. */
export type Outgoing = {
  readonly redact?: Redact | undefined;
  readonly sampling?: Sampling | undefined;
  /** Instead of sending. */
  readonly dryRun?: ((record: DecisionRecord) => void) | undefined;
};

export type Redact = (record: DecisionRecord) => DecisionRecord;

/** What a decision may be told when it starts; all of it can also be said later. */
export type DecisionOptions<S extends string = string> = {
  /** Your own id of the case, unique in the project. Without one, the span's ids are it. */
  readonly id?: string;
  readonly model?: NameAndVersion;
  readonly policy?: NameAndVersion;
  readonly actor?: Actor;
  readonly route?: RouteMode;
  /** What one decision counts in SLOs and impact; 1 by default. */
  readonly weight?: number;
  readonly features?: FeaturesOf<S>;
  readonly segments?: SegmentsOf<S>;
  readonly texts?: Readonly<Record<string, string | null | undefined>>;
  readonly embeddings?: Readonly<Record<string, ArrayLike<number> | null | undefined>>;
  /** Ids of the decisions this one builds on. */
  readonly upstream?: readonly string[];
};

type Fields = { -readonly [K in keyof DecisionRecord]?: DecisionRecord[K] };

/**
 * One decision while it is made. Its span starts with it and ends with `end`, or at the end of the block that holds it
 * with `using`. No method throws; what could not be taken is counted (`counters`).
 */
export class Decision<S extends string = string> implements Disposable {
  readonly system: S;
  /** Names this decision for ever: give it to whoever will know the outcome. */
  readonly id: string;
  readonly span: Span;
  readonly #tally: Tally;
  readonly #outgoing: Outgoing;
  readonly #draft: Draft;
  readonly #fields: Fields = {};
  #ended = false;

  constructor(system: S, span: Span, options: DecisionOptions<S>, tally: Tally, outgoing: Outgoing = {}) {
    this.system = system;
    this.span = span;
    this.#tally = tally;
    this.#outgoing = outgoing;
    this.#draft = new Draft((problem) => tally.problem(problem, system));
    this.id = (this.#draft.text(options.id) ?? '') || idOf(span);
    this.#take(() => {
      this.#decidedBy(options.actor, options.route);
      this.#fields.weight = this.#within(options.weight, 0, Number.MAX_VALUE);
      this.#fields.model = this.#named(options.model);
      this.#fields.policy = this.#named(options.policy);
      this.#draft.addFeatures(options.features ?? {});
      this.#draft.addSegments(options.segments ?? {});
      this.#draft.addTexts(options.texts ?? {});
      this.#draft.addEmbeddings(options.embeddings ?? {});
      this.#draft.addUpstream(options.upstream ?? []);
    });
  }

  /** What it was decided from. null: asked for and missing. May be called often; the last value of a name counts. */
  features(values: FeaturesOf<S>): this {
    return this.#take(() => this.#draft.addFeatures(values));
  }

  /** Free text it was decided from, by name: a complaint, a prompt. A contract can mask what is in it. */
  texts(values: Readonly<Record<string, string | null | undefined>>): this {
    return this.#take(() => this.#draft.addTexts(values));
  }

  embeddings(values: Readonly<Record<string, ArrayLike<number> | null | undefined>>): this {
    return this.#take(() => this.#draft.addEmbeddings(values));
  }

  segments(values: SegmentsOf<S>): this {
    return this.#take(() => this.#draft.addSegments(values));
  }

  model(model: NameAndVersion): this {
    return this.#take(() => {
      this.#fields.model = { ...this.#fields.model, ...this.#named(model) };
    });
  }

  policy(name: string, version?: string): this {
    return this.#take(() => {
      this.#fields.policy = this.#named({ name, version });
    });
  }

  /** The model's output, and how sure it is of it (0..1). */
  score(score: number, confidence?: number): this {
    return this.#take(() => {
      this.#fields.score = this.#draft.number(score);
      this.#fields.confidence = this.#within(confidence, 0, 1);
    });
  }

  /** `human`: a person decided. `both`: a machine proposed and a person ruled, or will. */
  by(actor: Actor, route?: RouteMode): this {
    return this.#take(() => this.#decidedBy(actor, route));
  }

  upstream(...ids: readonly string[]): this {
    return this.#take(() => this.#draft.addUpstream(ids));
  }

  /** What was decided. Without it, `end` sends a span and no decision. */
  value(value: ValueOf<S>): this {
    return this.#take(() => {
      this.#fields.value = this.#draft.text(value) || undefined;
    });
  }

  /** Something broke on the way: the span says so. The decision itself counts only if it has a value. */
  failed(error: unknown): this {
    return this.#take(() => {
      const message = error instanceof Error ? error.message : String(error);
      this.#fields.error = message;
      this.span.recordException(error instanceof Error ? error : message);
      this.span.setStatus({ code: SpanStatusCode.ERROR, message });
    });
  }

  /** Sends it. A second call does nothing. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tally.safely(this.system, () => this.#send());
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #send(): void {
    try {
      const { sampling, dryRun } = this.#outgoing;
      const made = this.#redacted(this.#record());
      const record = sampling === undefined ? made : sampled(made, sampling);
      if (record === 'dropped') {
        this.#tally.sampledOut();
        return;
      }
      if (record.value === undefined) this.#tally.problem('without_value', this.system);
      else this.#tally.decided();
      if (dryRun) dryRun(record);
      else this.span.setAttributes(spanAttributes(record));
      toSinks(record);
    } finally {
      this.span.end();
    }
    if (droppedBy(this.span) > 0) this.#tally.problem('attributes_dropped', this.system);
  }

  #record(): DecisionRecord {
    const { features, segments, texts, embeddings, upstream } = this.#draft;
    const { value, actor = 'ai', route = 'auto', model = {}, policy = {} } = this.#fields;
    const { score, confidence, weight, error } = this.#fields;
    const named = { system: this.system, id: this.id, value, actor, route, model, policy };
    return { ...named, score, confidence, weight, features, segments, texts, embeddings, upstream, error };
  }

  /** Fails closed: what could not be redacted is not sent. */
  #redacted(record: DecisionRecord): DecisionRecord {
    const { redact } = this.#outgoing;
    if (redact === undefined) return record;
    try {
      return { ...redact(record), id: record.id, system: record.system };
    } catch {
      this.#tally.problem('redaction_failed', this.system);
      return { ...record, features: {}, segments: {}, texts: {}, embeddings: {} };
    }
  }

  #named(of: NameAndVersion | undefined): NameAndVersion {
    const name = this.#draft.text(of?.name);
    const version = this.#draft.text(of?.version);
    return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
  }

  #decidedBy(actor: string | undefined, route: string | undefined): void {
    if (isActor(actor)) this.#fields.actor = actor;
    else if (actor !== undefined) this.#tally.problem('unusable_value', this.system);
    if (isRoute(route)) this.#fields.route = route;
    else if (route !== undefined) this.#tally.problem('unusable_value', this.system);
  }

  #within(value: unknown, least: number, most: number): number | undefined {
    const number = this.#draft.number(value);
    if (number === undefined || (number >= least && number <= most)) return number;
    this.#tally.problem('unusable_value', this.system);
    return undefined;
  }

  #take(work: () => void): this {
    if (this.#ended) this.#tally.problem('after_end', this.system);
    else this.#tally.safely(this.system, work);
    return this;
  }
}

// Plain JavaScript calls this too, and one wrong word would have the collector refuse the whole decision.
const isActor = (text: unknown): text is Actor => text === 'ai' || text === 'human' || text === 'both';
const isRoute = (text: unknown): text is RouteMode => text === 'auto' || text === 'review';

/** The id the collector gives a decision that brings none, so that both sides name it alike. */
function idOf(span: Span): string {
  const context = span.spanContext();
  // Without an SDK every span has the same zeros for ids.
  return isSpanContextValid(context) ? `${context.traceId}-${context.spanId}` : crypto.randomUUID();
}

/** The API does not say what its SDK dropped; the span of the stock SDK does. */
const droppedBy = (span: Span): number =>
  'droppedAttributesCount' in span && typeof span.droppedAttributesCount === 'number'
    ? span.droppedAttributesCount
    : 0;
