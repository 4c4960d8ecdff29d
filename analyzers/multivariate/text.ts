import {
  domainClassifier,
  fitLogistic,
  logOdds,
  normalUpperQuantile,
  type SparseRow,
  shuffled,
  type Train,
  welchT,
} from '../stats/index.ts';
import { percentWords } from '../words.ts';
import type { Looked, Told } from './draft.ts';

/** Texts are cut for this look: their beginnings say what they are about. */
const MOST_CHARS = 1_000;
const MOST_TEXTS = 1_000;
const GRAM_CHARS = 3;
const HASH_WIDTH = 1 << 12;
const STRENGTH = 1;
const ITERATIONS = 60;
/** Words of the reference that are held, the most common first. */
const VOCABULARY = 20_000;
const SHOWN = 5;
const POWER = 0.8;

const WORDS = /[\p{L}\p{N}]+/gu;
const wordsOf = (text: string): string[] => text.toLowerCase().match(WORDS) ?? [];

/** Of what is looked at, all that texts need. */
type LookedTexts = Pick<Looked, 'random'> & {
  readonly spec: {
    readonly alpha: number;
    readonly limits: Pick<Looked['spec']['limits'], 'domain' | 'outOfVocabulary'>;
  };
  readonly reference: readonly Pick<Looked['reference'][number], 'text'>[];
  readonly current: readonly Pick<Looked['current'][number], 'text'>[];
};
type TextStatistic = Extract<Told['statistic'], 'domain_auc' | 'out_of_vocabulary'>;
type ToldOfTexts = Told & { readonly statistic: TextStatistic };

/** One free text: whether window and reference read differently, and how many of its words are new. */
export function textsOf(looked: LookedTexts, name: string): ToldOfTexts[] {
  const texts = (rows: LookedTexts['current']): string[] =>
    rows
      .flatMap(({ text }) => (text[name] === undefined ? [] : [text[name].slice(0, MOST_CHARS)]))
      .slice(0, MOST_TEXTS);
  const reference = texts(looked.reference);
  const current = texts(looked.current);
  return [domainOf(looked, name, reference, current), vocabularyOf(looked, name, reference, current)];
}

function domainOf(
  looked: LookedTexts,
  subject: string,
  reference: readonly string[],
  current: readonly string[],
): ToldOfTexts {
  const { spec, random } = looked;
  const base = {
    subject,
    statistic: 'domain_auc' as const,
    limit: spec.limits.domain,
    n: current.length,
    nReference: reference.length,
  };
  const rows = [...reference, ...current].map(hashed);
  const at = (positions: readonly number[]) => positions.flatMap((one) => rows[one] ?? []);
  const train: Train = (positions, labels) => {
    const model = fitLogistic(at(positions), labels, HASH_WIDTH, {
      strength: STRENGTH,
      iterations: ITERATIONS,
    });
    return (others) => Float64Array.from(at(others), (row) => logOdds(model, row));
  };
  const result = domainClassifier(reference.length, current.length, train, { random, alpha: spec.alpha });
  if (result.kind === 'undefined') return { ...base, kind: 'unable', reason: result.reason, what: 'texts' };
  const words = movedWords(reference, current);
  const most =
    words[0] && result.effect > spec.limits.domain
      ? `; "${words[0].word}" is in ${percentWords(words[0].current)} of them where it was in ${percentWords(words[0].reference)}`
      : '';
  return {
    ...base,
    ...result,
    kind: 'measured',
    words: `a classifier tells the new texts from those of the reference in ${percentWords(Math.max(0.5, result.auc))} of pairs${most}`,
    evidence: { auc: result.auc, words },
  };
}

/** Character n-grams and whole words, counted by hash and brought to length 1: language-free, and bounded. */
function hashed(text: string): SparseRow {
  const counts = new Map<number, number>();
  const count = (gram: string): void => {
    const slot = hash(gram) % HASH_WIDTH;
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  };
  const lower = ` ${text.toLowerCase()} `;
  for (let i = 0; i + GRAM_CHARS <= lower.length; i += 1) count(lower.slice(i, i + GRAM_CHARS));
  for (const word of wordsOf(text)) count(`#${word}`);
  const values = [...counts.values()].map((one) => 1 + Math.log(one));
  const length = Math.sqrt(values.reduce((sum, one) => sum + one * one, 0)) || 1;
  return { columns: [...counts.keys()], values: values.map((one) => one / length) };
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return (state ^ (state >>> 15)) >>> 0;
}

type Moved = { readonly word: string; readonly reference: number; readonly current: number };

/** Words whose share of texts changed most. */
function movedWords(reference: readonly string[], current: readonly string[]): Moved[] {
  const shares = (texts: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const text of texts)
      for (const word of new Set(wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1 / texts.length);
    return counts;
  };
  const [before, now] = [shares(reference), shares(current)];
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((word) => ({ word, reference: before.get(word) ?? 0, current: now.get(word) ?? 0 }))
    .sort(
      (a, b) =>
        Math.abs(b.current - b.reference) - Math.abs(a.current - a.reference) || (a.word < b.word ? -1 : 1),
    )
    .slice(0, SHOWN);
}

/**
 * Share of a text's words that the reference does not know. The vocabulary is of one half of the reference, and the other
 * half says how much is unknown in texts that did not make it: against its own words a reference has none.
 */
function vocabularyOf(
  looked: LookedTexts,
  subject: string,
  reference: readonly string[],
  current: readonly string[],
): ToldOfTexts {
  const { spec } = looked;
  const order = shuffled(reference.length, looked.random);
  const half = order.length >> 1;
  const at = (positions: readonly number[]) => positions.flatMap((one) => reference[one] ?? []);
  const known = vocabulary(at(order.slice(0, half)));
  const before = unknownShares(at(order.slice(half)), known);
  const now = unknownShares(current, known);
  const base = {
    subject,
    statistic: 'out_of_vocabulary' as const,
    limit: spec.limits.outOfVocabulary,
    n: now.length,
    nReference: before.length,
  };
  const test = welchT(before, now);
  const mean = (shares: readonly number[]): number =>
    shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length);
  if (test.kind === 'undefined')
    return { ...base, kind: 'unable', reason: test.reason, what: 'words of texts' };
  const error = test.statistic === 0 ? 0 : Math.abs(test.difference / test.statistic);
  return {
    ...base,
    kind: 'measured',
    effect: Math.abs(test.difference),
    pValue: test.pValue,
    minimumDetectableEffect: (normalUpperQuantile(spec.alpha / 2) + normalUpperQuantile(1 - POWER)) * error,
    words: `${percentWords(mean(now))} of a text's words are not among those of the reference, where ${percentWords(mean(before))} is usual`,
    evidence: { vocabulary: known.size, examples: unknownExamples(current, known) },
  };
}

function vocabulary(texts: readonly string[]): Set<string> {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Set(
    [...counts]
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, VOCABULARY)
      .map(([word]) => word),
  );
}

/** A text without words has no share. */
const unknownShares = (texts: readonly string[], known: ReadonlySet<string>): number[] =>
  texts.flatMap((text) => {
    const words = wordsOf(text);
    return words.length === 0 ? [] : [words.filter((word) => !known.has(word)).length / words.length];
  });

function unknownExamples(texts: readonly string[], known: ReadonlySet<string>): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of wordsOf(text)) if (!known.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, SHOWN)
    .map(([word]) => word);
}
