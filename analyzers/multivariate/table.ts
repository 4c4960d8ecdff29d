import type { FeatureChoice } from '../../model/documents/monitor/common.ts';
import { CONFIDENCE_FEATURE, SCORE_FEATURE, VALUE_FEATURE } from '../../model/own-features.ts';
import type { SampledDecision } from '../../store/ports/samples.ts';

/** A decision as a row of named numbers and texts; a name that is not there is missing. */
export type Row = {
  readonly num: Readonly<Record<string, number>>;
  readonly cat: Readonly<Record<string, string>>;
};

/** What was decided, how sure. */
export const predictionRow = ({ value, score, confidence }: SampledDecision): Row => ({
  num: {
    ...(score === null ? {} : { [SCORE_FEATURE]: score }),
    ...(confidence === null ? {} : { [CONFIDENCE_FEATURE]: confidence }),
  },
  cat: { [VALUE_FEATURE]: value },
});

/** The chosen features, without what is an identity or an instant: those tell any two windows apart. */
export const featureRow =
  (choice: FeatureChoice, left: ReadonlySet<string>) =>
  ({ num, cat }: SampledDecision): Row => {
    const wanted = (name: string): boolean => !left.has(name) && (choice === 'all' || choice.includes(name));
    const pick = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.entries(record).filter(([name]) => wanted(name)));
    return { num: pick(num), cat: pick(cat) };
  };

/** Beyond this share of different values a text is an id, not a category. */
const ID_SHARE = 0.5;

/** Names of categorical features that are an id of the case. */
export function identities(rows: readonly SampledDecision[]): string[] {
  const values = new Map<string, { n: number; distinct: Set<string> }>();
  for (const { cat } of rows)
    for (const [name, value] of Object.entries(cat)) {
      const known = values.get(name) ?? { n: 0, distinct: new Set<string>() };
      known.n += 1;
      known.distinct.add(value);
      values.set(name, known);
    }
  return [...values]
    .filter(([, { n, distinct }]) => n > 20 && distinct.size > n * ID_SHARE)
    .map(([name]) => name);
}

/** Share of rows in which a number must be, to be one of the columns that are looked at together. */
const PRESENT_SHARE = 0.5;

export type NumberTable = {
  readonly names: readonly string[];
  /** Row by row; what is missing is the mean of the reference, so that it says nothing. */
  readonly reference: readonly Float64Array[];
  readonly current: readonly Float64Array[];
};

/** Numeric columns of both sides, at most `most`, those that are there most often first. */
export function numberTable(reference: readonly Row[], current: readonly Row[], most: number): NumberTable {
  const counts = new Map<string, number>();
  for (const { num } of reference)
    for (const name of Object.keys(num)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts]
    .filter(([, count]) => count >= reference.length * PRESENT_SHARE)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);
  const means = names.map((name) => {
    const values = reference.flatMap(({ num }) => finite(num[name]) ?? []);
    return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  });
  const rowOf = ({ num }: Row): Float64Array =>
    Float64Array.from(names, (name, j) => finite(num[name]) ?? means[j] ?? 0);
  return { names, reference: reference.map(rowOf), current: current.map(rowOf) };
}

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value : undefined;
