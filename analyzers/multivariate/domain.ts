import { applyBinning, type Binning, fitBinning } from '../performance/binning.ts';
import { type Boosted, boost, predict } from '../performance/trees.ts';
import { domainClassifier, type Train } from '../stats/index.ts';
import { percentWords } from '../words.ts';
import type { Looked, Told } from './draft.ts';
import { listWords, mostOf } from './most.ts';
import type { Row } from './table.ts';

const SHOWN = 5;

/**
 * Boosted trees that learn to tell the window from the reference: they see any change of any feature, of what is missing,
 * and of features together. Which features they cut by says where to look.
 */
export function domainOf(
  looked: Looked,
  subject: string,
  rowOf: (row: Looked['current'][number]) => Row,
): Told {
  const { spec, random } = looked;
  const sides = [...looked.reference, ...looked.current].map((one) => ({
    ...rowOf(one),
    prediction: 0,
    truth: null,
  }));
  const [nReference, n] = [looked.reference.length, looked.current.length];
  const told = { subject, statistic: 'domain_auc' as const, limit: spec.limits.domain, n, nReference };
  const names = new Map<string, number>();
  const rowsAt = (positions: readonly number[]) => positions.flatMap((at) => sides[at] ?? []);
  const train: Train = (positions, labels) => {
    const rows = rowsAt(positions);
    const binning = fitBinning(rows, labels);
    const model = boost(applyBinning(binning, rows), labels);
    weigh(model, binning, names);
    return (others) => predict(model, applyBinning(binning, rowsAt(others)));
  };
  const result = domainClassifier(nReference, n, train, { random, alpha: spec.alpha });
  if (result.kind === 'undefined')
    return { ...told, kind: 'unable', reason: result.reason, what: 'decisions' };
  const total = [...names.values()].reduce((sum, one) => sum + one, 0);
  const by = [...names]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, SHOWN)
    .map(([feature, weight]) => ({ feature, share: weight / total }));
  const most = mostOf([...names]);
  const first =
    most.names.length > 0 && result.effect > spec.limits.domain
      ? `, most by ${listWords(most.names)} (${percentWords(most.share)} of its cuts)`
      : '';
  return {
    ...told,
    ...result,
    kind: 'measured',
    words: `a classifier tells the window from the reference in ${percentWords(Math.max(0.5, result.auc))} of pairs${first}`,
    evidence: { auc: result.auc, by },
  };
}

/** A cut near the root parts more rows: each level down counts half. */
function weigh({ trees }: Boosted, binning: Binning, names: Map<string, number>): void {
  const walk = (node: Boosted['trees'][number], weight: number): void => {
    if (node.kind === 'leaf') return;
    const name = binning[node.column]?.name ?? '';
    names.set(name, (names.get(name) ?? 0) + weight);
    walk(node.left, weight / 2);
    walk(node.right, weight / 2);
  };
  for (const tree of trees) walk(tree, 1);
}
