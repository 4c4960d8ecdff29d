import { isProbabilityBin, NO_SCORE, tenthOf } from '../../model/score-bins.ts';
import type { Cell } from '../../store/ports/cohorts.ts';
import { keysOf, labelsOf, type SegmentCells, sizeOf } from './strata.ts';

/** Decisions of a window that the reference's labels say next to nothing about. */
export type Outside = {
  /** Of the window's decisions. */
  readonly share: number;
  /** Which they are, the most first. */
  readonly groups: readonly { readonly name: string; readonly share: number; readonly labels: number }[];
};

/** Labels below which a share of right ones is known to worse than ± 0.18. */
const LEAST_SEEN = 30;
/** A group of which the reference has a quarter of the labels that its share of the window asks for was hardly there. */
const HARDLY = 0.25;
/** Many tiny groups are no news: each of them was rare before. */
const LEAST_SHARE = 0.01;
const MOST_NAMED = 5;

/**
 * What of the window lies outside of what was labelled: groups of a segment key, and tenths of the score, that are there
 * now and had hardly a label. The most of any one way to split; null when nothing does. An estimate holds only where
 * something was seen: of these decisions it is a guess, which no interval covers. O(cells).
 */
export function outsideOf(reference: SegmentCells, current: SegmentCells): Outside | null {
  const ways = [
    scoreGroups(reference, current),
    ...keysOf(current).map((key) => segmentGroups(key, reference, current)),
  ];
  const n = sizeOf(current.get('') ?? []);
  const labels = labelsOf(reference.get('') ?? []);
  const found = ways.map((groups): Outside => {
    const unseen = groups
      .map((group) => ({ name: group.name, share: group.n / n, labels: group.labels }))
      .filter((group) => group.share >= LEAST_SHARE && group.labels < LEAST_SEEN)
      .filter((group) => group.labels < HARDLY * group.share * labels)
      .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
    const share = unseen.reduce((sum, group) => sum + group.share, 0);
    return { share, groups: unseen.slice(0, MOST_NAMED) };
  });
  const [most] = found.toSorted((a, b) => b.share - a.share);
  return most && most.share > 0 ? most : null;
}

type Group = { readonly name: string; readonly n: number; readonly labels: number };

const segmentGroups = (key: string, reference: SegmentCells, current: SegmentCells): readonly Group[] =>
  [...current]
    .filter(([segment]) => segment.startsWith(`${key}=`))
    .map(([segment, cells]) => ({
      name: segment,
      n: sizeOf(cells),
      labels: labelsOf(reference.get(segment) ?? []),
    }));

function scoreGroups(reference: SegmentCells, current: SegmentCells): readonly Group[] {
  const by = (cells: SegmentCells) => Map.groupBy(cells.get('') ?? [], scoreWords);
  const known = by(reference);
  return [...by(current)].map(([name, cells]) => ({
    name,
    n: sizeOf(cells),
    labels: labelsOf(known.get(name) ?? []),
  }));
}

function scoreWords({ bin }: Cell): string {
  if (bin === NO_SCORE) return 'no score';
  if (!isProbabilityBin(bin)) return bin < 0 ? 'scores below 0' : 'scores above 1';
  const tenth = tenthOf(bin);
  return `scores of ${tenth / 10} to ${(tenth + 1) / 10}`;
}
