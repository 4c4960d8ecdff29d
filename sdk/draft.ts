import { FEATURE_TEXT_CHARS, MOST, TEXT_CHARS } from './attributes.ts';
import type { Problem } from './record.ts';
import type { FeatureValue } from './systems.ts';

type Report = (problem: Problem) => void;

/** What a decision is made of, made fit for the collector while it is gathered: bounded, and of known types. */
export class Draft {
  readonly features: Record<string, FeatureValue> = {};
  readonly segments: Record<string, string> = {};
  readonly texts: Record<string, string | null> = {};
  readonly embeddings: Record<string, readonly number[] | null> = {};
  readonly upstream: string[] = [];
  #featureCount = 0;
  #segmentCount = 0;
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  addFeatures(values: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(values)) {
      const value = values[name];
      if (value === undefined) continue;
      const isNew = !Object.hasOwn(this.features, name);
      if (!this.#fits(name, isNew, this.#featureCount, MOST.featuresPerDecision)) continue;
      const usable = this.#feature(value);
      if (usable === undefined) continue;
      this.features[name] = usable;
      if (isNew) this.#featureCount += 1;
    }
  }

  addSegments(values: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(values)) {
      const value = values[key];
      if (value === undefined) continue;
      const isNew = !Object.hasOwn(this.segments, key);
      if (!this.#fits(key, isNew, this.#segmentCount, MOST.segmentsPerDecision)) continue;
      const text = this.text(value);
      if (text === undefined) continue;
      this.segments[key] = text;
      if (isNew) this.#segmentCount += 1;
    }
  }

  addTexts(values: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(values)) {
      const value = values[name];
      if (value === undefined) continue;
      const isNew = !Object.hasOwn(this.texts, name);
      if (!this.#fits(name, isNew, Object.keys(this.texts).length, MOST.textsPerDecision)) continue;
      if (value === null) this.texts[name] = null;
      else if (typeof value === 'string') this.texts[name] = this.#cut(value, MOST.freeTextChars);
      else this.#report('unusable_value');
    }
  }

  addEmbeddings(values: Readonly<Record<string, unknown>>): void {
    for (const name of Object.keys(values)) {
      const value = values[name];
      if (value === undefined) continue;
      const isNew = !Object.hasOwn(this.embeddings, name);
      if (!this.#fits(name, isNew, Object.keys(this.embeddings).length, MOST.embeddingsPerDecision)) continue;
      const usable = value === null ? null : this.#vector(value);
      if (usable !== undefined) this.embeddings[name] = usable;
    }
  }

  /** Part of a vector is another vector: one that cannot be sent whole is not sent. */
  #vector(value: unknown): readonly number[] | undefined {
    const list = Array.isArray(value) || isFloats(value) ? value : [];
    if (list.length > MOST.embeddingDimension) {
      this.#report('too_many');
      return undefined;
    }
    const numbers = Array.from<unknown>(list).filter(
      (one) => typeof one === 'number' && Number.isFinite(one),
    );
    if (numbers.length > 0 && numbers.length === list.length) return numbers as number[];
    this.#report('unusable_value');
    return undefined;
  }

  addUpstream(ids: readonly unknown[]): void {
    for (const id of ids) {
      const text = this.text(id);
      if (text === undefined || text === '') continue;
      if (this.upstream.length < MOST.upstreamPerDecision) this.upstream.push(text);
      else this.#report('too_many');
    }
  }

  /** A text of at most TEXT_CHARS. A number becomes text, since versions often are numbers. */
  text(value: unknown): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string') return this.#cut(value, TEXT_CHARS);
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    this.#report('unusable_value');
    return undefined;
  }

  number(value: unknown): number | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.#report('unusable_value');
    return undefined;
  }

  #feature(value: unknown): FeatureValue | undefined {
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return this.#cut(value, FEATURE_TEXT_CHARS);
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.#report('unusable_value');
    // NaN and the infinities are how numeric code says "I do not know": asked for, and missing.
    return typeof value === 'number' ? null : undefined;
  }

  #fits(name: string, isNew: boolean, count: number, most: number): boolean {
    if (name.length > 0 && name.length <= MOST.featureNameChars && (!isNew || count < most)) return true;
    this.#report('too_many');
    return false;
  }

  #cut(text: string, chars: number): string {
    if (text.length <= chars) return text;
    this.#report('text_cut');
    return text.slice(0, chars);
  }
}

const isFloats = (value: unknown): value is Float32Array | Float64Array =>
  value instanceof Float32Array || value instanceof Float64Array;
