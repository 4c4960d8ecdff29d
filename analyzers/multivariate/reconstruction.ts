import { fitPca, mannWhitney, normalUpperQuantile, reconstructionError, shuffled } from '../stats/index.ts';
import { numberWords, percentWords } from '../words.ts';
import type { Looked, Told } from './draft.ts';
import type { NumberTable } from './table.ts';

export const RECONSTRUCTION_COLUMNS = 64;
const POWER = 0.8;

/**
 * Principal components are learnt on half of the reference; the other half says how well they know what they have not
 * seen, and the window is held against that. A change of how features move together is reconstructed worse (or, where
 * they lost their own noise, better), though each alone looks as ever.
 */
export function reconstructionOf(looked: Looked, subject: string, table: NumberTable): Told {
  const { spec } = looked;
  const order = shuffled(table.reference.length, looked.random);
  const half = order.length >> 1;
  const rowsAt = (positions: readonly number[]) => positions.flatMap((at) => table.reference[at] ?? []);
  const held = rowsAt(order.slice(half));
  const [nReference, n] = [held.length, table.current.length];
  const told = {
    subject,
    statistic: 'reconstruction' as const,
    limit: spec.limits.reconstruction,
    n,
    nReference,
  };
  const model = fitPca(rowsAt(order.slice(0, half)));
  if (model.kind === 'undefined')
    return { ...told, kind: 'unable', reason: model.reason, what: 'numbers taken together' };
  const before = held.map((row) => reconstructionError(model, row));
  const now = table.current.map((row) => reconstructionError(model, row));
  const test = mannWhitney(before, now);
  if (test.kind === 'undefined')
    return { ...told, kind: 'unable', reason: test.reason, what: 'numbers taken together' };
  const superiority = test.probabilityOfSuperiority;
  const error = Math.sqrt((n + nReference + 1) / (12 * n * nReference));
  const worse = superiority >= 0.5;
  const mean = (errors: readonly number[]): number =>
    errors.reduce((sum, one) => sum + one, 0) / errors.length;
  return {
    ...told,
    kind: 'measured',
    effect: Math.abs(2 * superiority - 1),
    pValue: test.pValue,
    minimumDetectableEffect:
      2 * (normalUpperQuantile(spec.alpha / 2) + normalUpperQuantile(1 - POWER)) * error,
    words: `${model.components.length} components of ${table.names.length} numbers reconstruct a decision of the window ${worse ? 'worse' : 'better'} than one of the reference in ${percentWords(Math.max(superiority, 1 - superiority))} of pairs (mean error ${numberWords(mean(before))} → ${numberWords(mean(now))})`,
    evidence: {
      columns: table.names,
      explained: model.explained,
      errors: { reference: mean(before), current: mean(now) },
    },
  };
}
