/**
 * Gradient-boosted regression trees on binned features, squared loss: enough to learn where a model errs, small enough to
 * read. Bounded by the constants below; rows are binned once, so a split costs O(rows + bins) per feature.
 * Source: Friedman, Ann. Stat. 29 (2001), alg. 2; binning and leaf weights as in Chen & Guestrin, KDD 2016, eq. 5 (λ = 1).
 */
export const TREES = { rounds: 60, depth: 3, rate: 0.1, bins: 32, leastLeaf: 20 } as const;

/** Column-major: one array of bin numbers per feature. */
export type Binned = { readonly columns: readonly Uint8Array[]; readonly rows: number };

type Node =
  | { readonly kind: 'leaf'; readonly value: number }
  | {
      readonly kind: 'split';
      readonly column: number;
      readonly atMost: number;
      readonly left: Node;
      readonly right: Node;
    };

export type Boosted = { readonly base: number; readonly trees: readonly Node[] };

export function boost(data: Binned, target: Float64Array): Boosted {
  const base = mean(target);
  const residual = target.map((value) => value - base);
  const all = Uint32Array.from({ length: data.rows }, (_, i) => i);
  const trees: Node[] = [];
  for (let round = 0; round < TREES.rounds; round += 1) {
    const tree = grow(data, residual, all, TREES.depth);
    if (tree.kind === 'leaf') break;
    trees.push(tree);
    for (let i = 0; i < data.rows; i += 1)
      residual[i] = (residual[i] ?? 0) - TREES.rate * leafOf(tree, data, i);
  }
  return { base, trees };
}

export const predict = ({ base, trees }: Boosted, data: Binned): Float64Array =>
  Float64Array.from({ length: data.rows }, (_, i) =>
    trees.reduce((sum, tree) => sum + TREES.rate * leafOf(tree, data, i), base),
  );

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function leafOf(tree: Node, data: Binned, row: number): number {
  let node = tree;
  while (node.kind === 'split')
    node = (data.columns[node.column]?.[row] ?? 0) <= node.atMost ? node.left : node.right;
  return node.value;
}

function grow(data: Binned, residual: Float64Array, rows: Uint32Array, depth: number): Node {
  const sum = rows.reduce((total, row) => total + (residual[row] ?? 0), 0);
  const leaf: Node = { kind: 'leaf', value: sum / (rows.length + 1) };
  if (depth === 0 || rows.length < 2 * TREES.leastLeaf) return leaf;
  const split = bestSplit(data, residual, rows, sum);
  if (split === null) return leaf;
  const column = data.columns[split.column] ?? new Uint8Array();
  return {
    kind: 'split',
    ...split,
    left: grow(
      data,
      residual,
      rows.filter((row) => (column[row] ?? 0) <= split.atMost),
      depth - 1,
    ),
    right: grow(
      data,
      residual,
      rows.filter((row) => (column[row] ?? 0) > split.atMost),
      depth - 1,
    ),
  };
}

function bestSplit(data: Binned, residual: Float64Array, rows: Uint32Array, sum: number) {
  const whole = (sum * sum) / (rows.length + 1);
  let best: { column: number; atMost: number } | null = null;
  let bestGain = 1e-12;
  for (const [column, values] of data.columns.entries()) {
    const counts = new Float64Array(TREES.bins);
    const sums = new Float64Array(TREES.bins);
    for (const row of rows) {
      const bin = values[row] ?? 0;
      counts[bin] = (counts[bin] ?? 0) + 1;
      sums[bin] = (sums[bin] ?? 0) + (residual[row] ?? 0);
    }
    let [n, left] = [0, 0];
    for (let bin = 0; bin < TREES.bins - 1; bin += 1) {
      n += counts[bin] ?? 0;
      left += sums[bin] ?? 0;
      if (n < TREES.leastLeaf || rows.length - n < TREES.leastLeaf) continue;
      const gain = (left * left) / (n + 1) + (sum - left) ** 2 / (rows.length - n + 1) - whole;
      if (gain > bestGain) [best, bestGain] = [{ column, atMost: bin }, gain];
    }
  }
  return best;
}
