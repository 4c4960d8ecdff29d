import type { Cell } from '../../store/ports/cohorts.ts';

/** A group of decisions in reference and window. Groups lie apart, and are all decisions together. */
export type Stratum = {
  readonly name: string;
  readonly reference: readonly Cell[];
  readonly current: readonly Cell[];
};

export type SegmentCells = ReadonlyMap<string, readonly Cell[]>;

/** Groups of a key that are looked at one by one, the largest first; the others are one. */
const MOST_GROUPS = 16;
/** Decisions that are in none of them: without the key, or in groups that are too many. */
export const OTHERS = 'others';

/** Keys by which decisions are split. */
export const keysOf = (cells: SegmentCells): readonly string[] => [
  ...new Set([...cells.keys()].filter((segment) => segment !== '').map(keyOf)),
];

const keyOf = (segment: string): string => segment.slice(0, segment.indexOf('='));

/** Decisions by the groups of a key, those of the reference and those of the window; either may be empty. O(cells). */
export function strataOf(key: string, reference: SegmentCells, current: SegmentCells): readonly Stratum[] {
  const size = (segment: string): number =>
    Math.max(
      ...[reference, current].map((side) => sizeOf(side.get(segment) ?? []) / sizeOf(side.get('') ?? [])),
    );
  const groups = [...new Set([...reference.keys(), ...current.keys()])]
    .filter((segment) => segment !== '' && keyOf(segment) === key)
    .sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1))
    .slice(0, MOST_GROUPS);
  const strata = groups.map((segment) => ({
    name: segment,
    reference: reference.get(segment) ?? [],
    current: current.get(segment) ?? [],
  }));
  const rest = {
    name: OTHERS,
    reference: without(
      reference.get('') ?? [],
      strata.flatMap((one) => one.reference),
    ),
    current: without(
      current.get('') ?? [],
      strata.flatMap((one) => one.current),
    ),
  };
  return [...strata, rest];
}

export const sizeOf = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.n, 0);
export const labelsOf = (cells: readonly Cell[]): number => cells.reduce((sum, cell) => sum + cell.known, 0);

const idOf = ({ value, truth, by, bin }: Cell): string => JSON.stringify([value, truth, by, bin]);

/** Cells of the whole less those of the parts; means are those of what is left. */
function without(whole: readonly Cell[], parts: readonly Cell[]): readonly Cell[] {
  const taken = Map.groupBy(parts, idOf);
  return whole.flatMap((cell): Cell[] => {
    const away = taken.get(idOf(cell)) ?? [];
    const n = cell.n - sizeOf(away);
    if (n <= 0) return [];
    const left = (part: (of: Cell) => number): number =>
      (cell.n * part(cell) - away.reduce((sum, one) => sum + one.n * part(one), 0)) / n;
    return [
      {
        ...cell,
        n,
        known: cell.known - labelsOf(away),
        p: left((of) => of.p),
        pSq: left((of) => of.pSq),
        logP: left((of) => of.logP),
        logQ: left((of) => of.logQ),
      },
    ];
  });
}
