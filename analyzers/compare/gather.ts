import type { ClickhouseDb } from '../../store/ports/clickhouse.ts';
import { categoryCounts, type Pair } from './counts-sql.ts';
import { type Kind, kindOf } from './facts.ts';
import { countedValues, fineNumbers, moveSd } from './fine.ts';
import type { Category, Gathered } from './gathered.ts';
import { type Look, lookAt, momentsOf } from './look.ts';
import type { Numbers } from './report.ts';
import { type TextSigns, textChecks } from './text.ts';
import { gatherTime } from './time.ts';

const MOST_CATEGORIES = 1_000;

export type GatherOptions = {
  /** Chance of a false word that one check may have, where it is asked for before the checks are counted. */
  readonly alpha: number;
  readonly limit: number;
  readonly signs: TextSigns;
  /** As the person says; else the rules decide. */
  readonly kind: Kind | undefined;
  /** Whether the column seems to have few values, on each side. */
  readonly few: { readonly reference: boolean; readonly current: boolean };
};

/** Counts what a column's kind is compared by. */
export async function gatherColumn(
  db: ClickhouseDb,
  name: string,
  pair: Pair,
  options: GatherOptions,
): Promise<Gathered> {
  const reference = await lookAt(db, 'reference', pair.reference, options.few.reference);
  const current = await lookAt(db, 'current', pair.current, options.few.current);
  const { kind, because } = options.kind ?? kindOf(name, reference.facts, current.facts);
  const bare = {
    ...{ name, kind, because, reference: reference.facts, current: current.facts },
    ...{ fine: [], numbers: null, categories: [], more: [], coverage: null },
  };
  if (kind === 'categorical') return { ...bare, categories: await categories(db, pair, reference, current) };
  if (kind === 'time') return { ...bare, ...(await gatherTime(db, pair, reference.facts, current.facts)) };
  if (kind === 'text') {
    // A text's length has few values however many texts there are.
    const fine = (await countedValues(db, pair, 'length')) ?? [];
    const length = (side: 'reference' | 'current') =>
      momentsOf(fine.map((bin) => ({ value: bin.from, rows: bin[side] })));
    const more = await textChecks(db, name, pair, options);
    return { ...bare, fine, numbers: numbersOf(length('reference'), length('current'), fine), more };
  }
  if (kind !== 'numeric' && kind !== 'discrete') return bare;
  const fine = await fineNumbers(db, pair, reference, current);
  return { ...bare, fine, numbers: numbersOf(reference.numbers, current.numbers, fine) };
}

const numbersOf = (
  reference: Look['numbers'],
  current: Look['numbers'],
  fine: Gathered['fine'],
): Numbers | null =>
  reference === null || current === null ? null : { reference, current, moveSd: moveSd(fine, reference.sd) };

async function categories(db: ClickhouseDb, pair: Pair, reference: Look, current: Look): Promise<Category[]> {
  if (reference.values === null || current.values === null) {
    type Row = { v: string; r: number; c: number };
    const rows = await db.query<Row>(categoryCounts(pair, MOST_CATEGORIES));
    return rows.map(({ v, r, c }) => ({ value: v, reference: r, current: c }));
  }
  const counts = new Map<string, { reference: number; current: number }>();
  for (const [side, values] of [
    ['reference', reference.values] as const,
    ['current', current.values] as const,
  ])
    for (const { label, rows } of values) {
      if (label === null) continue;
      const one = counts.get(label) ?? { reference: 0, current: 0 };
      one[side] += rows;
      counts.set(label, one);
    }
  return [...counts]
    .map(([value, one]) => ({ value, ...one }))
    .sort((a, b) => b.reference + b.current - a.reference - a.current || (a.value < b.value ? -1 : 1))
    .slice(0, MOST_CATEGORIES);
}
